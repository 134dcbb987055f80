"""Models, opened once and shared by every session, and the widgets that choose one."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
import streamlit as st

from emotion_core import registry
from emotion_core.audio.pipeline import AudioModel, load_audio_model
from emotion_core.errors import EmotionCoreError, LabelMismatch, ModelUnavailable
from emotion_core.face.detect import DETECTORS, open_detector
from emotion_core.face.pipeline import FaceModel, load_face_model
from emotion_core.fusion.pipeline import FusionModel, load_fusion_model
from emotion_core.labels import EKMAN7, LABEL_SETS, LEAST_KEPT, LabelMapping, mapping
from emotion_core.loading import (
    DEFAULT_AUDIO_MODEL,
    DEFAULT_FACE_MODEL,
    DEFAULT_FUSION_MODEL,
    DEFAULT_TEXT_MODEL,
)
from emotion_core.recording.pipeline import RecordingModel
from emotion_core.text.pipeline import TextModel, load_text_model
from emotion_core.types import MODALITIES, EmotionScores, EmotionTimeline, Modality, ModelSpec

OWN_LABELS = "the model's own"
OTHER_MODEL = "another model…"
RESTORE = "restore the shipped ones with `git checkout models/`"
"""what a page says where no model is there"""
OPENED_AT_MOST = 4
"""models that stay in memory"""
DEFAULTS = (DEFAULT_TEXT_MODEL, DEFAULT_AUDIO_MODEL, DEFAULT_FACE_MODEL, DEFAULT_FUSION_MODEL)
DETECTOR_NAMES = {"mtcnn": "MTCNN", "yunet": "YuNet, from a file of your own"}
CLASSIFIED: Mapping[Modality, str] = {"text": "texts", "audio": "voices", "face": "faces"}


class Model(Protocol):
    """What the models of every modality have."""

    @property
    def spec(self) -> ModelSpec: ...
    @property
    def labels(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, eq=False)
class AnyChoice:
    """What a person chose in the sidebar.

    Attributes:
        model: answers
        labels: label set of the answers that are shown
        level: in [0, 1]; an answer whose top probability is lower counts as uncertain
    """

    model: Model
    labels: tuple[str, ...]
    level: float

    def judge(self, scores: EmotionScores) -> EmotionScores:
        """An answer of the model, in the chosen label set and by the chosen level."""
        mapped = scores.to(self.labels, self.model.spec.calibration)
        unsure = self._unsure(scores.probabilities, mapped.probabilities)
        return replace(mapped, uncertain=bool(unsure))

    def judge_timeline(self, timeline: EmotionTimeline) -> tuple[EmotionTimeline, np.ndarray]:
        """Answers along time in the chosen label set, and (segment,) which are uncertain."""
        mapped = self._carry.apply(timeline.probabilities)
        unsure = self._unsure(timeline.probabilities, mapped)
        return EmotionTimeline(timeline.spans_s, mapped, self.labels), unsure

    def _unsure(self, own: np.ndarray, mapped: np.ndarray) -> np.ndarray:
        """Whether answers, (..., label) before and after the mapping, count as uncertain."""
        return (self._carry.kept(own) < LEAST_KEPT) | (mapped.max(-1) < self.level)

    @cached_property
    def _carry(self) -> LabelMapping:
        return mapping(self.model.labels, self.labels)


@dataclass(frozen=True, eq=False)
class Choice(AnyChoice):
    """What a person chose for texts."""

    model: TextModel


@dataclass(frozen=True, eq=False)
class VoiceChoice(AnyChoice):
    """What a person chose for voices."""

    model: AudioModel


@dataclass(frozen=True, eq=False)
class FaceChoice(AnyChoice):
    """What a person chose for faces.

    Attributes:
        detector: member of `DETECTORS`, the one that the model finds faces with
    """

    model: FaceModel
    detector: str = DETECTORS[0]


@st.cache_resource(show_spinner="Opening the model…", max_entries=OPENED_AT_MOST)
def opened_text(model: str, version: int) -> TextModel:  # noqa: ARG001  version is part of the key
    """A text model that all sessions share, opened again where its version has changed."""
    opened = load_text_model(model)
    opened.predict("so that the first visitor does not wait for the warm-up")
    return opened


@st.cache_resource(show_spinner="Opening the model…", max_entries=OPENED_AT_MOST)
def _opened_audio(model: str, version: int) -> AudioModel:  # noqa: ARG001  as above
    return load_audio_model(model)


@st.cache_resource(show_spinner="Opening the model…", max_entries=OPENED_AT_MOST)
def _opened_face(model: str, version: int, detector: str, weights: str) -> FaceModel:  # noqa: ARG001  as above
    finder = open_detector(detector, weights=Path(weights) if weights else None)
    opened = load_face_model(model, finder)
    opened.predict(np.zeros((64, 64, 3), np.uint8))
    return opened


@st.cache_resource(show_spinner="Opening the model…", max_entries=OPENED_AT_MOST)
def _opened_fusion(model: str, version: int) -> FusionModel:  # noqa: ARG001  as above
    return load_fusion_model(model)


def shared_text(model: str) -> TextModel:
    """The text model of a bundle that everybody in this process has.

    Args:
        model: bundle id, folder or hub name
    """
    return opened_text(model, version_of(model))


def shared_audio(model: str) -> AudioModel:
    """The same for voices."""
    return _opened_audio(model, version_of(model))


def shared_face(model: str, detector: str = DETECTORS[0], weights: str = "") -> FaceModel:
    """The same for faces, which a detector finds, with the file of its weights if it needs one."""
    return _opened_face(model, version_of(model), detector, weights)


def version_of(model: str) -> int:
    """Changes with a bundle's manifest, so that a model trained again is opened again."""
    folders = {f.name: f for f in registry.bundle_folders()}
    manifest = folders.get(model, Path(model)) / registry.MANIFEST
    return manifest.stat().st_mtime_ns if registry.is_file(manifest) else 0


def model_specs(modality: Modality) -> list[ModelSpec]:
    """The models of a modality that are here, the default one first."""
    specs = [s for s in registry.available() if s.modality == modality]
    return sorted(specs, key=lambda s: (s.id not in DEFAULTS, s.id))


def every_model() -> list[ModelSpec]:
    """All models that are here: texts, voices, faces, fusions; of each the default one first."""
    return [spec for modality in MODALITIES for spec in model_specs(modality)]


def _choose_model(modality: Modality, name: str = "Model") -> str:
    """Bundle id, folder or hub name of the model to open."""
    names = [s.folder.name for s in model_specs(modality)]
    chosen = st.selectbox(
        name, [*names, OTHER_MODEL], key=f"{modality}_model", persist_state="session"
    )
    if chosen != OTHER_MODEL:
        return chosen
    typed = st.text_input(
        "Hub name or folder",
        key=f"{modality}_model_other",
        persist_state="session",
        placeholder="hub:owner/name",
        help=f"A classifier of {CLASSIFIED[modality]} of the Hugging Face hub as "
        "`hub:owner/name`, which is then downloaded, or a folder on this computer.",
    ).strip()
    if not typed:
        missing = "" if names else f"no model is here ({RESTORE}); "
        raise ModelUnavailable(f"{missing}type a hub name or a folder in the sidebar")
    return typed


def _label_sets(model: Model) -> Mapping[str, tuple[str, ...]]:
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


def choose_labels(model: Model) -> tuple[str, ...]:
    """The label set that a person chose for answers."""
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


def choose_reading(model: Model) -> tuple[tuple[str, ...], float]:
    """Label set and level of the answers that are shown."""
    labels = choose_labels(model)
    level = _choose_level(model.spec, labels)
    if labels != model.labels:
        with st.expander("What this label set loses"):
            st.caption(mapping(model.labels, labels).loss())
    return labels, level


@contextmanager
def sidebar() -> Generator[None]:
    """The sidebar, the reason why no model can be opened put on the page instead."""
    failure = ""
    with st.sidebar:
        for name, reason in registry.damaged().items():
            st.warning(f"The model {name} is left out: {reason}", icon=":material/broken_image:")
        try:
            yield
        except EmotionCoreError as error:
            failure = str(error)
    if failure:
        st.error(failure)


def choose_voice() -> VoiceChoice | None:
    """As `choose`, for models that answer voices."""
    with sidebar():
        name = _choose_model("audio")
        model = shared_audio(name)
        return VoiceChoice(model, *choose_reading(model))
    return None


def _choose_detector() -> tuple[str, str]:
    """Name of the detector, and the file of its weights, empty where it brings its own."""
    name = st.selectbox(
        "Face detector",
        DETECTORS,
        format_func=DETECTOR_NAMES.__getitem__,
        key="face_detector",
        persist_state="session",
        help="MTCNN finds small and turned faces. YuNet is faster; its file comes from the OpenCV "
        "model zoo.",
    )
    if name == DETECTORS[0]:
        return name, ""
    typed = st.text_input(
        "File of the detector",
        key="face_detector_file",
        persist_state="session",
        placeholder="face_detection_yunet.onnx",
        help="A file on the computer that runs the app.",
    ).strip()
    if not typed:
        raise ModelUnavailable("type the path of a YuNet file in the sidebar, or choose MTCNN")
    return name, typed


def choose_face() -> FaceChoice | None:
    """As `choose`, for models that answer faces."""
    with sidebar():
        name = _choose_model("face")
        detector, weights = _choose_detector()
        model = shared_face(name, detector, weights)
        return FaceChoice(model, *choose_reading(model), detector)
    return None


def fusion_model(model: str = DEFAULT_FUSION_MODEL) -> FusionModel:
    """A model that fuses what the others answer.

    Raises:
        ModelUnavailable: if there is none, or it is damaged
    """
    return _opened_fusion(model, version_of(model))


def choose_fusion() -> str:
    """Bundle id of the fusion model.

    Raises:
        ModelUnavailable: if there is none
    """
    names = [s.folder.name for s in model_specs("fusion")]
    if not names:
        raise ModelUnavailable(f"no fusion model is here; {RESTORE}")
    return st.selectbox("Fusion", names, key="fusion_model", persist_state="session")


def choose_recording() -> RecordingModel | None:
    """As `choose`, for the models that look at and listen to a recording together."""
    with sidebar():
        text = _choose_model("text", "Model of words")
        audio = _choose_model("audio", "Model of voices")
        face = _choose_model("face", "Model of faces")
        detector, weights = _choose_detector()
        return RecordingModel(
            shared_text(text),
            shared_audio(audio),
            shared_face(face, detector, weights),
            fusion_model(choose_fusion()),
        )
    return None
