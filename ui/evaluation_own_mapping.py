"""What the labels of a person's data mean in those of a model."""

from collections.abc import Collection, Mapping

import streamlit as st

from emotion_core.errors import LabelMismatch
from emotion_core.evaluation.labelled_mapping import LabelMap, map_labels, suggested
from emotion_core.labels import LABEL_SETS, mapping
from emotion_core.types import ModelSpec

from .palette import titled

OWN, LEFT_OUT, COMMON = "the model's own", "(left out)", "EKMAN7"
MOST_WIDGETS, COLUMNS = 60, 3


def _label_sets(spec: ModelSpec) -> dict[str, tuple[str, ...]]:
    """Name -> label set that the model's answers can be carried to, its own first."""
    found = {OWN: spec.labels}
    for name, target in LABEL_SETS.items():
        try:
            mapping(spec.labels, target)
        except LabelMismatch:
            continue
        if target != spec.labels:
            found[name] = target
    return found


def choose_label_set(spec: ModelSpec, words: Collection[str], key: str) -> str:
    """Name of the label set that is scored in; "" for the model's own labels.

    A model with more labels than the common set starts in that one where the data need no
    others: its further labels would only be answered wrongly.
    """
    sets = _label_sets(spec)
    names = list(sets)
    meant = set(suggested(words, spec.labels).values())
    fits = COMMON in sets and meant <= set(sets[COMMON]) and len(spec.labels) > len(sets[COMMON])
    start = names.index(COMMON) if fits else 0
    chosen = st.selectbox(
        "Labels", names, start, format_func=lambda n: f"{n} ({len(sets[n])})", key=f"{key}_labels",
        help="The labels that are scored; the model's answers are carried to them.",
    )  # fmt: skip
    return "" if chosen == OWN else chosen


def choose_mapping(
    counts: Mapping[str, int], spec: ModelSpec, label_set: str, key: str
) -> LabelMap:
    """A place for each label of the data, the likely one to start with.

    Raises:
        InvalidInput: if none has a place
    """
    target = LABEL_SETS[label_set] if label_set else spec.labels
    likely = suggested(counts, target)
    if len(counts) > MOST_WIDGETS:
        chosen = {word: likely.get(word, "") for word in counts}
        st.caption(f"{len(counts):,} labels are too many to map by hand; the likely ones are used.")
        return map_labels(counts, spec.labels, label_set, chosen)
    lacking = [word for word in counts if word not in likely]
    as_spelt = all(likely.get(word) == word for word in counts)
    title = "What your labels mean"
    if lacking:
        title += f" ({len(lacking)} without a place)"
    chosen: dict[str, str] = {}
    with st.expander(title, expanded=not as_spelt, icon=":material/swap_horiz:"):
        st.caption("Each label of your data, how many items have it, and what it is scored as.")
        columns = st.columns(COLUMNS)
        for place, (word, count) in enumerate(counts.items()):
            options = [LEFT_OUT, *target]
            start = options.index(likely[word]) if word in likely else 0
            meant = columns[place % COLUMNS].selectbox(
                f"{word} ({count:,})", options, start,
                format_func=lambda x: x if x == LEFT_OUT else titled(x),
                key=f"{key}_map_{label_set}_{word}",
            )  # fmt: skip
            chosen[word] = "" if meant == LEFT_OUT else meant
    return map_labels(counts, spec.labels, label_set, chosen)
