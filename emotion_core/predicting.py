"""`predict` for what is more than one answer: videos, recordings, moments of several modalities."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import overload

from .errors import InvalidInput
from .face.analysis import VideoAnalysis
from .face.pipeline import VIDEO_FPS, FaceModel
from .face.video import VideoSource
from .fusion.evidence import FusedScores, Moment
from .fusion.pipeline import FusionModel, load_fusion_model
from .recording.analysis import Looking, RecordingAnalysis
from .recording.pipeline import RecordingModel, load_recording_model
from .recording.run import RecordingSource
from .recording.transcript import Transcript
from .types import ModelSpec


@dataclass(frozen=True)
class VideoModel:
    """A face model that looks at videos.

    Attributes:
        face: finds and answers the faces of each sampled frame
    """

    face: FaceModel

    @property
    def spec(self) -> ModelSpec:
        """Of the face model."""
        return self.face.spec

    @property
    def labels(self) -> tuple[str, ...]:
        """Ordered labels of the answers."""
        return self.face.labels

    @overload
    def predict(self, source: VideoSource, *, fps: float = VIDEO_FPS) -> VideoAnalysis: ...
    @overload
    def predict(
        self, source: Sequence[VideoSource], *, fps: float = VIDEO_FPS
    ) -> list[VideoAnalysis]: ...
    def predict(
        self, source: VideoSource | Sequence[VideoSource], *, fps: float = VIDEO_FPS
    ) -> VideoAnalysis | list[VideoAnalysis]:
        """Everybody who is seen in a video, along time, or in several.

        Args:
            source: path or bytes, or a list of these
            fps: frames a second that are looked at

        Raises:
            InvalidInput: if a video cannot be decoded, or fps is not positive
        """
        if isinstance(source, str | Path | bytes):
            return self.face.analyse(source, fps=fps)
        return [self.face.analyse(one, fps=fps) for one in source]


class RecordingPredictor(RecordingModel):
    """A model for each modality, and `predict` for recordings."""

    @overload
    def predict(
        self,
        source: RecordingSource,
        transcript: Transcript | None = None,
        *,
        fps: float = Looking.fps,
    ) -> RecordingAnalysis: ...
    @overload
    def predict(
        self, source: Sequence[RecordingSource], *, fps: float = Looking.fps
    ) -> list[RecordingAnalysis]: ...
    def predict(
        self,
        source: RecordingSource | Sequence[RecordingSource],
        transcript: Transcript | None = None,
        *,
        fps: float = Looking.fps,
    ) -> RecordingAnalysis | list[RecordingAnalysis]:
        """What words, voice and faces of a recording express, one by one and together.

        Args:
            source: path or bytes of a video or of sound, or a list of these
            transcript: what is said in one recording, from `read_transcript`
            fps: frames a second that are looked at

        Raises:
            InvalidInput: if neither sound nor picture can be read, or a transcript comes with a
                list
        """
        if isinstance(source, str | Path | bytes):
            return self.analyse(source, transcript=transcript, fps=fps)
        if transcript is not None:
            raise InvalidInput(
                "expected a transcript with one recording, got one with a list; predict each alone"
            )
        return [self.analyse(one, fps=fps) for one in source]


class FusionPredictor(FusionModel):
    """A fusion, and `predict` for moments."""

    @overload
    def predict(self, moment: Moment) -> FusedScores: ...
    @overload
    def predict(self, moment: Sequence[Moment]) -> list[FusedScores]: ...
    def predict(self, moment: Moment | Sequence[Moment]) -> FusedScores | list[FusedScores]:
        """One answer for a moment, or for each of several.

        Args:
            moment: modality -> `Evidence`, any of text, audio and face; or a list of these

        Raises:
            InvalidInput: for a moment without any, or an answer of a model that this fusion was
                not fitted to
        """
        if isinstance(moment, Sequence):
            return self.fuse(moment)
        return self.fuse([moment])[0]


def load_fusion_predictor(model: str | Path) -> FusionPredictor:
    """A fusion by bundle id or bundle folder, with `predict`.

    Raises:
        ModelUnavailable: if there is none, or it is damaged
        InvalidInput: if it is a model of another modality
    """
    opened = load_fusion_model(model)
    return FusionPredictor(opened.spec, opened.fuser)


def load_recording_predictor(fusion: str | Path) -> RecordingPredictor:
    """The default model of each modality and a fusion, with `predict`.

    Args:
        fusion: bundle id or folder

    Raises:
        ModelUnavailable: if one is missing or damaged
        InvalidInput: if it is a model of another modality
    """
    opened = load_recording_model(fusion=fusion)
    return RecordingPredictor(opened.text, opened.audio, opened.face, opened.fusion)
