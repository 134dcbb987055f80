"""The page that answers a sentence, a voice and a face at once, in any combination."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from pathlib import Path

import streamlit as st

from emotion_core.fusion.evidence import FusedModality
from emotion_core.recording.pipeline import RecordingModel
from emotion_core.types import EmotionScores, ModelSpec

from .answer import show_notices
from .face_source import UPLOAD
from .record import facts, metrics_table, model_card
from .recording_example import SYNTHETIC
from .together_card import part_card
from .together_parts import Part, face_part, moment_of, read_part, voice_part, words_part
from .together_result import together_result
from .together_source import VOICE, Given, chosen_face, chosen_voice, examples_button, typed
from .uploads import Upload
from .voice_sound import PLAYED

KEPT = "together_kept"
HINTS: dict[FusedModality, str] = {
    "text": "No sentence yet.",
    "audio": "No voice yet.",
    "face": "No face yet.",
}
FIRST = (
    "Type, record or take any of the three, or try the example: each is answered at once, and all "
    "of them together."
)
NAMES: dict[FusedModality, str] = {"text": "Words", "audio": "Voice", "face": "Face"}


@dataclass
class Kept:
    """What a person gave last and what came of it, so that nothing is answered twice.

    Attributes:
        given: last
        parts: modality -> what it was read from, and what came of it
    """

    given: Given = field(default_factory=lambda: Given("", None, None))
    parts: dict[FusedModality, tuple[tuple[Hashable, ...], Part]] = field(default_factory=dict)

    def part(
        self, modality: FusedModality, key: tuple[Hashable, ...], read: Callable[[], Part]
    ) -> Part:
        """What came of it, read only if it or a model is another one than before."""
        if modality not in self.parts or self.parts[modality][0] != key:
            with st.spinner("Reading…"):
                self.parts[modality] = key, read_part(read)
        return self.parts[modality][1]


def _judged(model: RecordingModel, spec: ModelSpec, scores: EmotionScores) -> EmotionScores:
    """An answer in the labels of the fusion, so that all can be compared."""
    return scores.to(model.labels, spec.calibration)


def _level(model: RecordingModel, spec: ModelSpec) -> float:
    return spec.calibration.for_labels(model.labels).uncertain_below


def _spec(model: RecordingModel, modality: FusedModality) -> ModelSpec:
    return {"text": model.text, "audio": model.audio, "face": model.face}[modality].spec


def _show_part(model: RecordingModel, modality: FusedModality, part: Part) -> None:
    """The small answer under what was given."""
    if part.evidence is None:
        st.warning(part.reason, icon=":material/info:")
        return
    spec = _spec(model, modality)
    scores = _judged(model, spec, part.evidence.scores)
    part_card(NAMES[modality], scores, _level(model, spec), part.note, part.portrait)
    show_notices(scores.notices)


def _play(recording: Upload | None) -> None:
    """Let a recording be heard; one of the microphone has a player of its own."""
    kind = PLAYED.get(Path(recording.name).suffix.lower()) if recording else None
    if recording and kind and st.session_state[f"{VOICE}_from"] == UPLOAD:
        st.audio(recording.content, format=kind)


def _words(model: RecordingModel, kept: Kept) -> Part | None:
    text = typed()
    kept.given = replace(kept.given, text=text)
    if not text:
        return None
    return kept.part("text", (model.text, model.fusion, text), lambda: words_part(model, text))


def _voice(model: RecordingModel, kept: Kept) -> Part | None:
    voice = chosen_voice(kept.given.voice)
    kept.given = replace(kept.given, voice=voice)
    if voice is None:
        return None
    key = (model.audio, model.fusion, voice.identity)
    return kept.part("audio", key, lambda: voice_part(model, voice))


def _face(model: RecordingModel, kept: Kept) -> Part | None:
    face = chosen_face(kept.given.face)
    kept.given = replace(kept.given, face=face)
    if face is None:
        return None
    key = (model.face, model.fusion, face.identity)
    return kept.part("face", key, lambda: face_part(model, face))


_READERS: dict[FusedModality, Callable[[RecordingModel, Kept], Part | None]] = {
    "text": _words,
    "audio": _voice,
    "face": _face,
}


def _fusion_record(spec: ModelSpec) -> None:
    """Everything that is known of the model that fuses."""
    with st.expander(f"About the model {spec.id}: measured scores, licence, data"):
        scores, rest = st.columns(2)
        with scores:
            metrics_table(spec)
        with rest:
            facts(spec)
    model_card(spec)


@st.fragment
def together_page(model: RecordingModel) -> None:
    """Draw the page below its title.

    Args:
        model: one for each modality, and one that fuses
    """
    kept: Kept = st.session_state.setdefault(KEPT, Kept())
    examples_button()
    parts: dict[FusedModality, Part] = {}
    columns = st.columns(3, gap="medium")
    for column, (modality, read) in zip(columns, _READERS.items(), strict=True):
        with column:
            part = read(model, kept)
            if part is None:
                st.caption(HINTS[modality])
            else:
                _show_part(model, modality, part)
                parts[modality] = part
            if modality == "audio":
                _play(kept.given.voice)
    if kept.given.synthetic:
        st.info(SYNTHETIC, icon=":material/draw:")
    if not parts:
        st.info(FIRST)
    else:
        moment = moment_of(parts)
        said: dict[FusedModality, str] = {
            m: _judged(model, _spec(model, m), e.scores).label for m, e in moment.items()
        }
        together_result(model, moment, said)
    _fusion_record(model.fusion.spec)
