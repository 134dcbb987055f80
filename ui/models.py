"""Models, opened once and shared by every session, and the widgets that choose one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import streamlit as st

import emotion_core
from emotion_core import registry
from emotion_core.errors import EmotionCoreError, LabelMismatch, ModelUnavailable
from emotion_core.labels import EKMAN7, LABEL_SETS, LabelMapping, mapping
from emotion_core.loading import DEFAULT_TEXT_MODEL
from emotion_core.text.pipeline import TextModel
from emotion_core.types import EmotionScores, ModelSpec

OWN_LABELS = "the model's own"
OTHER_MODEL = "another model…"
OPENED_AT_MOST = 4
"""models that stay in memory"""
LEAST_KEPT = 0.5
"""share of an answer that must have a place in the label set, or it counts as uncertain"""


@dataclass(frozen=True, eq=False)
class Choice:
    """What a person chose in the sidebar.

    Attributes:
        model: answers
        labels: label set of the answers that are shown
        level: in [0, 1]; an answer whose top probability is lower counts as uncertain
    """

    model: TextModel
    labels: tuple[str, ...]
    level: float

    def judge(self, scores: EmotionScores) -> EmotionScores:
        """An answer of the model, in the chosen label set and by the chosen level."""
        mapped = scores.to(self.labels, self.model.spec.calibration)
        homeless = self._carry.kept(scores.probabilities) < LEAST_KEPT
        return replace(mapped, uncertain=bool(homeless or mapped.probability < self.level))

    @cached_property
    def _carry(self) -> LabelMapping:
        return mapping(self.model.labels, self.labels)


@st.cache_resource(show_spinner="Opening the model…", max_entries=OPENED_AT_MOST)
def _opened(model: str, version: int) -> TextModel:  # noqa: ARG001  version is part of the key
    opened = emotion_core.load(model)
    opened.predict("so that the first visitor does not wait for the warm-up")
    return opened


def open_model(model: str) -> TextModel:
    """A text model by bundle id, folder or hub name; opened again when its manifest changed.

    Raises:
        EmotionCoreError: if it cannot be opened
    """
    folders = {f.name: f for f in registry.bundle_folders()}
    manifest = folders.get(model, Path(model)) / registry.MANIFEST
    return _opened(model, manifest.stat().st_mtime_ns if manifest.is_file() else 0)


def text_specs() -> list[ModelSpec]:
    """The text models that are here, the default one first."""
    specs = [s for s in registry.available() if s.modality == "text"]
    return sorted(specs, key=lambda s: (s.id != DEFAULT_TEXT_MODEL, s.id))


def _choose_model() -> str:
    names = [s.folder.name for s in text_specs()]
    chosen = st.selectbox("Model", [*names, OTHER_MODEL], key="text_model", persist_state="session")
    if chosen != OTHER_MODEL:
        return chosen
    typed = st.text_input(
        "Hub name or folder",
        key="text_model_other",
        persist_state="session",
        placeholder="hub:owner/name",
        help="A text classifier of the Hugging Face hub as `hub:owner/name`, which is then "
        "downloaded, or a folder on this computer.",
    ).strip()
    if not typed:
        missing = "" if names else "no model is here yet (`make models` trains them); "
        raise ModelUnavailable(f"{missing}type a hub name or a folder in the sidebar")
    return typed


def _label_sets(model: TextModel) -> Mapping[str, tuple[str, ...]]:
    """Name -> label set that the model's answers can be mapped to."""
    possible = {OWN_LABELS: model.labels}
    for name, target in LABEL_SETS.items():
        try:
            mapping(model.labels, target)
        except LabelMismatch:
            continue
        if target != model.labels:
            possible[name] = target
    return possible


def _choose_labels(model: TextModel) -> tuple[str, ...]:
    sets = _label_sets(model)
    names = list(sets)
    default = next((n for n in names if sets[n] == EKMAN7), OWN_LABELS)
    start = names.index(default) if model.spec.id == DEFAULT_TEXT_MODEL else 0
    name = st.selectbox(
        "Labels",
        names,
        start,
        format_func=lambda n: f"{n} ({len(sets[n])})",
        key=f"labels_{model.spec.id}",
        persist_state="session",
    )
    return sets[name]


def _choose_level(spec: ModelSpec, labels: tuple[str, ...]) -> float:
    percent = st.slider(
        "Uncertain below",
        0,
        95,
        round(100 * spec.calibration.for_labels(labels).uncertain_below),
        format="%d%%",
        key=f"level_{spec.id}_{len(labels)}",
        persist_state="session",
        help="An answer whose probability is lower is marked as uncertain. "
        "The first value is the one that was fitted for this model.",
    )
    return percent / 100


def choose() -> Choice | None:
    """The sidebar's widgets; None, with the reason shown, while no model can be opened."""
    with st.sidebar:
        for name, reason in registry.damaged().items():
            st.warning(f"The model {name} is left out: {reason}", icon=":material/broken_image:")
        try:
            model = open_model(_choose_model())
        except EmotionCoreError as error:
            failure = str(error)
        else:
            labels = _choose_labels(model)
            level = _choose_level(model.spec, labels)
            if labels != model.labels:
                with st.expander("What this label set loses"):
                    st.caption(mapping(model.labels, labels).loss())
            return Choice(model, labels, level)
    st.error(failure)
    return None
