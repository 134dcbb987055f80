"""The tab of a person's own test: of answers, or of a model on their own labelled items."""

from collections.abc import Callable, Mapping
from functools import partial

import streamlit as st

from .evaluation_own_again import again_way, kept_list
from .evaluation_own_answers import answers_way
from .evaluation_own_kinds import PICTURES, SOUNDS, TEXTS
from .evaluation_own_labelled import labelled_way
from .evaluation_own_upload import KEY

WAYS: Mapping[str, Callable[[], None]] = {
    "Truths and answers": answers_way,
    "Labelled texts": partial(labelled_way, TEXTS),
    "Labelled sounds": partial(labelled_way, SOUNDS),
    "Labelled pictures": partial(labelled_way, PICTURES),
    "A kept report": again_way,
}


def own_tab() -> None:
    """Draw the tab."""
    way = st.segmented_control(
        "What do you have?", list(WAYS), default=next(iter(WAYS)), required=True, key=f"{KEY}_way"
    )
    WAYS[way]()
    kept_list()
