"""What each modality says by itself: of a sentence, a short recording, a picture."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from emotion_core.audio.decode import SAMPLE_RATE, AudioStream
from emotion_core.errors import EmotionCoreError, InvalidInput
from emotion_core.face.align import crop_faces
from emotion_core.face.image import read_image
from emotion_core.face.people import thumbnail
from emotion_core.fusion.evidence import Evidence, FusedModality, Moment
from emotion_core.recording.pipeline import RecordingModel
from emotion_core.recording.windows import FULL_FACE_PX
from emotion_core.types import EmotionScores, Waveform

from .uploads import Upload

LONGEST_S = 120.0
"""of a recording; what is said in a longer one changes"""
NO_FACE = (
    "No face was found. Faces are found best from the front, evenly lit and in focus, with eyes, "
    "nose and mouth in sight."
)


@dataclass(frozen=True, eq=False)
class Part:
    """What came of one modality that was given.

    Attributes:
        evidence: None where it has no answer
        reason: why it has none; else empty
        note: what else is to be said of it
        portrait: (height, width, 3) RGB uint8 of the face, or None
    """

    evidence: Evidence | None
    reason: str = ""
    note: str = ""
    portrait: np.ndarray | None = None


def read_part(read: Callable[[], Part]) -> Part:
    """A part, or the reason why there is none, so that the others still answer."""
    try:
        return read()
    except EmotionCoreError as error:
        return Part(None, str(error))


def embedding_wanted(model: RecordingModel, modality: FusedModality) -> bool:
    """Whether the fusion reads a modality's embedding beside its answer."""
    encoders = model.fusion.fuser.encoders or {}
    return modality in encoders and encoders[modality].width > 0


def _evidence(
    scores: EmotionScores,
    model: RecordingModel,
    modality: FusedModality,
    embed: Callable[[], np.ndarray],
    reliability: float = 1.0,
) -> Evidence:
    """A model without an embedding is no fault here: the fusion says that it needs one."""
    embedding = None
    if embedding_wanted(model, modality):
        with suppress(InvalidInput):
            embedding = embed()[0]
    return Evidence(scores, embedding, reliability)


def words_part(model: RecordingModel, text: str) -> Part:
    """What a sentence says.

    Raises:
        InvalidInput: if there is nothing in it to read
    """
    scores = model.text.predict(text)
    return Part(_evidence(scores, model, "text", lambda: model.text.embed([text])))


def _samples(recording: Upload) -> tuple[Waveform, tuple[str, ...]]:
    """A short recording, decoded once, and what is odd about it."""
    blocks = []
    with AudioStream(recording.content, name=recording.name) as stream:
        for block in stream:
            blocks.append(block)
            if stream.decoded_s > LONGEST_S:
                raise InvalidInput(
                    f"{recording.name} is longer than {LONGEST_S / 60:.0f} minutes, in which an "
                    "emotion changes; open it on the page Recording"
                )
        return Waveform(np.concatenate(blocks)[None], SAMPLE_RATE), stream.notices


def voice_part(model: RecordingModel, recording: Upload) -> Part:
    """What a voice says.

    Raises:
        InvalidInput: if the recording cannot be decoded, is too long or holds no speech
    """
    waveform, notices = _samples(recording)
    scores = model.audio.predict(waveform, name=recording.name)
    scores = replace(scores, notices=(*notices, *scores.notices))
    return Part(_evidence(scores, model, "audio", lambda: model.audio.embed([waveform])))


def face_part(model: RecordingModel, picture: Upload) -> Part:
    """What the largest face of a picture says.

    Raises:
        InvalidInput: if the picture cannot be read
    """
    photo = read_image(picture.content)
    found = model.face.predict(photo.frame)
    if not len(found):
        return Part(None, NO_FACE)
    boxes = found.faces.boxes_xyxy
    heights = np.ptp(boxes[:, 1::2], axis=1)
    place = int(heights.argmax())
    scores = found.scores[place]
    scores = replace(scores, notices=(*photo.notices, *scores.notices))

    def embed() -> np.ndarray:
        largest = found.faces.take(np.array([place]))
        return model.face.embed(crop_faces(photo.frame, largest, model.face.classifier.crop))

    trust = min(1.0, float(heights[place]) / FULL_FACE_PX)
    return Part(
        _evidence(scores, model, "face", embed, trust),
        note=f"the largest of {len(found)} faces" if len(found) > 1 else "",
        portrait=thumbnail(photo.frame, boxes[place]),
    )


def moment_of(parts: dict[FusedModality, Part]) -> Moment:
    """The parts that have an answer, to be fused."""
    return {m: p.evidence for m, p in parts.items() if p.evidence is not None}
