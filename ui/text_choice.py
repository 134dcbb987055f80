"""Which model answers texts: the one that a person chose, or the one of each text's language."""

from contextlib import nullcontext
from dataclasses import dataclass

import streamlit as st

from emotion_core.errors import ModelUnavailable
from emotion_core.text.routing import (
    ENGLISH_MODEL,
    OTHERS_MODEL,
    AutomaticTextModel,
    Route,
)
from emotion_core.types import EmotionScores

from .models import (
    OPENED_AT_MOST,
    OTHER_MODEL,
    RESTORE,
    Choice,
    choose_labels,
    choose_reading,
    model_specs,
    opened_text,
    sidebar,
    version_of,
)

TOGGLE = "text_automatic"


@dataclass(frozen=True, eq=False)
class AutomaticChoice(Choice):
    """The model of each text's language answers, by its own level; `level` is not used."""

    model: AutomaticTextModel

    def judge(self, scores: EmotionScores) -> EmotionScores:
        """An answer in the chosen label set; whether it is uncertain, its own model has said."""
        return scores.to(self.labels)


@st.cache_resource(show_spinner="Opening the models…", max_entries=OPENED_AT_MOST)
def _opened_automatic(english: int, others: int) -> AutomaticTextModel:
    """The automatic model, opened again where the version of one of the two has changed."""
    return AutomaticTextModel(
        opened_text(ENGLISH_MODEL, english), opened_text(OTHERS_MODEL, others)
    )


def route_of(choice: Choice, text: str) -> Route | None:
    """Language and model of a text, where the language picks the model.

    Raises:
        InvalidInput: if the text is empty
    """
    return choice.model.route(text) if isinstance(choice, AutomaticChoice) else None


def level_of(choice: Choice, route: Route | None) -> float:
    """The probability below which an answer counts as uncertain."""
    if route is None:
        return choice.level
    return route.model.spec.calibration.for_labels(choice.labels).uncertain_below


def route_line(route: Route) -> str:
    """Language and model of a text, in Markdown."""
    language = route.language
    sure = f" ({language.confidence:.0%} sure)" if language.code else ""
    return f"Language: **{language.name}**{sure} · answered by **{route.model.spec.id}**"


def _choose_automatic() -> AutomaticChoice:
    model = _opened_automatic(version_of(ENGLISH_MODEL), version_of(OTHERS_MODEL))
    labels = choose_labels(model)
    st.caption(
        f"English is answered by {ENGLISH_MODEL}, every other language by {OTHERS_MODEL}; "
        "an answer is uncertain below the level that was fitted for its model."
    )
    return AutomaticChoice(model, labels, 0.0)


def _typed_name(some: bool) -> str:
    """Hub name or folder that a person types."""
    typed = st.text_input(
        "Hub name or folder",
        key="text_model_other",
        persist_state="session",
        placeholder="hub:owner/name",
        help="A classifier of texts of the Hugging Face hub as `hub:owner/name`, which is then "
        "downloaded, or a folder on this computer.",
    ).strip()
    if not typed:
        missing = "" if some else f"no model is here ({RESTORE}); "
        raise ModelUnavailable(f"{missing}type a hub name or a folder in the sidebar")
    return typed


def _turn_off() -> None:
    st.session_state[TOGGLE] = False


def _choose_name(automatic: bool) -> str:
    """Bundle id, folder or hub name of the model to open; choosing one ends the automatic."""
    names = [spec.folder.name for spec in model_specs("text")]
    with st.expander("Choose a model instead") if automatic else nullcontext():
        name = st.selectbox(
            "Model",
            [*names, OTHER_MODEL],
            key="text_model",
            persist_state="session",
            on_change=_turn_off,
        )
    return _typed_name(bool(names)) if name == OTHER_MODEL and not automatic else name


def choose_text() -> Choice | None:
    """The sidebar's widgets; None, with the reason shown, while no model can be opened."""
    possible = {ENGLISH_MODEL, OTHERS_MODEL} <= {s.folder.name for s in model_specs("text")}
    st.session_state.setdefault(TOGGLE, True)
    with sidebar():
        automatic = possible and st.toggle(
            "Pick the model by the language",
            key=TOGGLE,
            persist_state="session",
            help="The language of each text is detected on this computer.",
        )
        name = _choose_name(automatic)
        if automatic:
            return _choose_automatic()
        model = opened_text(name, version_of(name))
        return Choice(model, *choose_reading(model))
    return None
