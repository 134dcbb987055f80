"""What is known of one person along a video, a row of numbers for each sample."""

import math
from typing import NamedTuple

import numpy as np

from ..growing import GrowingArray, PackedRows
from ..types import Faces
from .mouth import comparable, mouth_motion
from .peaks import Peaks
from .pictures import Pictures


class Sample(NamedTuple):
    """A face in one sampled frame.

    Attributes:
        time_s: of the frame
        face: one, tracked
        logits: (label,)
        picture: (height, width, 3) RGB uint8 of the head
        crop: as the classifier reads it; None where the mouth is not watched
        embedding: (width,), where it is to be kept
    """

    time_s: float
    face: Faces
    logits: np.ndarray
    picture: np.ndarray
    crop: np.ndarray | None = None
    embedding: np.ndarray | None = None


class Seen(NamedTuple):
    """All samples of one person as parallel arrays, without room to spare.

    Attributes:
        track_id: of the tracker
        times_s: (sample,)
        boxes_xyxy: (sample, 4) px
        confidence: (sample,)
        landmarks: (sample, 5, 2) px
        logits: (sample, label)
        mouth_motion: (sample,) as `Person` has it
        embeddings: (sample, width), in 8 bits each; of width 0 unless they were given
        peaks: (peak,) numbers of the samples where an expression is strongest, best first
        thumbnails: the face at each peak
    """

    track_id: int
    times_s: np.ndarray
    boxes_xyxy: np.ndarray
    confidence: np.ndarray
    landmarks: np.ndarray
    logits: np.ndarray
    mouth_motion: np.ndarray
    embeddings: PackedRows
    peaks: np.ndarray
    thumbnails: Pictures


class Samples:
    """Gathers the samples of one person.

    Args:
        track_id: of the tracker
        labels: ordered

    Attributes:
        last_s: time of the last sample
    """

    def __init__(self, track_id: int, labels: tuple[str, ...]) -> None:
        self.track_id, self.last_s = track_id, -math.inf
        self._times_s = GrowingArray(np.float64)
        self._boxes = GrowingArray(np.float32, 4)
        self._confidence = GrowingArray(np.float32)
        self._landmarks = GrowingArray(np.float32, 5, 2)
        self._logits = GrowingArray(np.float32, len(labels))
        self._motion = GrowingArray(np.float64)
        self._embeddings = PackedRows(0)
        self._peaks = Peaks(labels)
        self._crop: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self._times_s)

    def add(self, sample: Sample, probabilities: np.ndarray) -> None:
        """The next sample, and its calibrated probabilities (label,)."""
        self._peaks.add(len(self), sample.time_s, probabilities, lambda: sample.picture)
        self.last_s = sample.time_s
        self._times_s.append(sample.time_s)
        self._boxes.extend(sample.face.boxes_xyxy)
        self._confidence.extend(sample.face.confidence)
        self._landmarks.extend(sample.face.landmarks)
        self._logits.append(sample.logits)
        self._motion.append(self._moved(sample.crop))
        if sample.embedding is not None:
            if not len(self._embeddings):
                self._embeddings = PackedRows(len(sample.embedding))
            self._embeddings.append(sample.embedding)

    def _moved(self, crop: np.ndarray | None) -> float:
        """Motion of the mouth since the sample before, which this one replaces."""
        before, self._crop = self._crop, None if crop is None else comparable(crop)
        if before is None or self._crop is None:
            return np.nan
        return mouth_motion(before, self._crop)

    def seen(self) -> Seen:
        """What came so far."""
        peaks = self._peaks.best()
        return Seen(
            self.track_id,
            self._times_s.array(),
            self._boxes.array(),
            self._confidence.array(),
            self._landmarks.array(),
            self._logits.array(),
            self._motion.array(),
            self._embeddings.fitted(),
            np.array([peak.sample for peak in peaks], np.int64),
            Pictures([peak.picture for peak in peaks]),
        )
