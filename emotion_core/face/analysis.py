"""The value types of what is seen in photos and videos."""

from dataclasses import dataclass, field

import numpy as np

from ..errors import InvalidInput
from ..growing import PackedRows
from ..types import EmotionScores, EmotionTimeline, Faces
from .pictures import Pictures


@dataclass(frozen=True, eq=False)
class FaceScores:
    """The faces of one picture and what each expresses.

    Attributes:
        faces: in the pixels of the upright picture, from left to right, also where it was shrunk
            to be looked at
        scores: one per face
        size_wh: width and height of the upright picture in px
        notices: what a person should know of how it was read
    """

    faces: Faces
    scores: tuple[EmotionScores, ...]
    size_wh: tuple[int, int]
    notices: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "scores", tuple(self.scores))
        if len(self.scores) != len(self.faces):
            raise InvalidInput(
                f"expected scores for {len(self.faces)} faces, got {len(self.scores)}"
            )

    def __len__(self) -> int:
        return len(self.faces)


@dataclass(frozen=True, eq=False)
class FaceWeights:
    """How much each region of a face drove its answer.

    Attributes:
        crop: (height, width) grey or (height, width, 3) RGB uint8, what the network saw
        weights: (height, width) in [-1, 1]; positive speaks for `label`, negative against it
        label: the label explained
        method: `grad-cam` or `occlusion`
    """

    crop: np.ndarray
    weights: np.ndarray
    label: str
    method: str

    def __post_init__(self) -> None:
        if self.weights.shape != self.crop.shape[:2]:
            raise InvalidInput(
                f"expected a weight per pixel of {self.crop.shape[:2]}, got {self.weights.shape}"
            )


@dataclass(frozen=True, eq=False)
class Person:
    """One person of a video, along time.

    Attributes:
        track_id: from 1, in the order of appearance
        times_s: (sample,) of the sampled frames in which the face was seen
        faces: (sample,) where the face was, one per sample
        probabilities: (sample, label), each row summing to 1
        uncertain: (sample,) whether the top probability is below the model's level
        scores: of the person over the whole video, by attention over the samples
        timeline: spans without a face are gaps
        peaks: (peak,) numbers of the samples where an expression is strongest, best first
        thumbnails: (peak, height, width, 3) RGB uint8, the face at each peak; packed, and
            unpacked one at a time
        mouth_motion: (sample,) how much the mouth changed since the sample before, beyond what
            the eyes' part of the face did, in grey levels of [0, 1]; NaN for the first
        embeddings: (sample, width) of the model, which fusion reads, packed; of width 0 unless
            they were asked for
    """

    track_id: int
    times_s: np.ndarray
    faces: Faces
    probabilities: np.ndarray
    uncertain: np.ndarray
    scores: EmotionScores
    timeline: EmotionTimeline
    peaks: np.ndarray
    thumbnails: Pictures | np.ndarray
    mouth_motion: np.ndarray = field(default_factory=lambda: np.zeros(0))
    embeddings: PackedRows | np.ndarray = field(default_factory=lambda: PackedRows(0))

    def __post_init__(self) -> None:
        if isinstance(self.thumbnails, np.ndarray):
            object.__setattr__(self, "thumbnails", Pictures(self.thumbnails))
        if isinstance(self.embeddings, np.ndarray):
            object.__setattr__(self, "embeddings", PackedRows.of(self.embeddings))

    @property
    def seen_s(self) -> float:
        """How long the face was seen."""
        spans = self.timeline.spans_s
        return float((spans[:, 1] - spans[:, 0]).sum())


@dataclass(frozen=True, eq=False)
class Glimpses:
    """Faces that one sampled frame alone showed; they may be errors of the detector.

    Attributes:
        times_s: (glimpse,) of the sampled frames
        boxes_xyxy: (glimpse, 4) px of the video as it is shown
    """

    times_s: np.ndarray = field(default_factory=lambda: np.zeros(0))
    boxes_xyxy: np.ndarray = field(default_factory=lambda: np.zeros((0, 4)))


@dataclass(frozen=True, eq=False)
class VideoAnalysis:
    """Everything that was seen in a video.

    Attributes:
        labels: ordered
        people: those who were seen, by order of appearance
        times_s: (frame,) of every sampled frame, with or without a face
        duration_s: how much of the video was read
        fps: sampled frames a second
        size_wh: width and height of a frame in px, as it is shown
        notices: what a person should know of how it was read
        glimpses: faces that are nobody of `people`; they are blurred with the others, nothing else
    """

    labels: tuple[str, ...]
    people: tuple[Person, ...]
    times_s: np.ndarray
    duration_s: float
    fps: float
    size_wh: tuple[int, int]
    notices: tuple[str, ...] = ()
    glimpses: Glimpses = field(default_factory=Glimpses)
