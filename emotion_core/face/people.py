"""Answers for the faces of sampled frames, gathered to people along time."""

import math
from collections.abc import Iterable

import numpy as np

from ..growing import GrowingArray
from ..scoring import calibrated_scores, softmax
from ..types import EmotionTimeline, Faces, ModelSpec
from .analysis import Glimpses, Person
from .samples import Sample, Samples, Seen

THUMBNAIL_PX = 96
LEAST_SAMPLES = 2
"""a face that one frame alone shows may be an error of the detector, and is nobody"""


def attention(probabilities: np.ndarray) -> np.ndarray:
    """(sample,) weights that sum to 1: how sure each of the answers (sample, label) is.

    Certainty is 1 less the entropy, as a share of the largest one there could be.
    """
    p = np.clip(probabilities, 1e-12, 1)
    certainty = 1 + (p * np.log(p)).sum(1) / np.log(p.shape[1])
    weights = np.maximum(certainty, 1e-3)
    return weights / weights.sum()


def thumbnail(frame: np.ndarray, box_xyxy: np.ndarray) -> np.ndarray:
    """The head around a box of a frame, (96, 96, 3) RGB uint8."""
    import cv2

    center, side = (box_xyxy[:2] + box_xyxy[2:]) / 2, 1.4 * (box_xyxy[2:] - box_xyxy[:2]).max()
    scale = THUMBNAIL_PX / side
    shift = THUMBNAIL_PX / 2 - scale * center
    matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]], np.float64)
    size = (THUMBNAIL_PX, THUMBNAIL_PX)
    return cv2.warpAffine(
        frame, matrix, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
    )


class People:
    """Gathers samples; memory grows by a few numbers for each.

    Args:
        spec: labels and calibration
        step_s: between two samples
        scale: px of the given frames per px of the video as it is shown
        memory_s: somebody not seen for longer does not come back
    """

    def __init__(
        self,
        spec: ModelSpec,
        step_s: float,
        scale: float = 1.0,
        memory_s: float = math.inf,
    ) -> None:
        self.spec, self.step_s, self.scale, self.memory_s = spec, step_s, scale, memory_s
        self._times_s = GrowingArray(np.float64)
        self._followed: dict[int, Samples] = {}
        self._gone: list[Seen] = []
        self._glimpses = GrowingArray(np.float64, 5)

    @property
    def times_s(self) -> np.ndarray:
        """(frame,) of the frames looked at."""
        return self._times_s.array()

    def add(self, time_s: float, samples: Iterable[Sample]) -> None:
        """One frame that was looked at, and the tracked faces in it."""
        self._times_s.append(time_s)
        for sample in samples:
            number = int(sample.face.track_id[0])
            if number not in self._followed:
                self._followed[number] = Samples(number, self.spec.labels)
            self._followed[number].add(sample, self._probabilities(sample.logits))
        self._let_go(time_s)

    def _let_go(self, time_s: float) -> None:
        """Keep of those who are gone what the answer needs, and of a glimpse when and where."""
        for number, samples in list(self._followed.items()):
            if time_s - samples.last_s > self.memory_s:
                del self._followed[number]
                if len(samples) >= LEAST_SAMPLES:
                    self._gone.append(samples.seen())
                else:
                    self._glimpses.extend(_times_and_boxes(samples))

    def _probabilities(self, logits: np.ndarray) -> np.ndarray:
        """Calibrated, of one face or of several."""
        return softmax(np.asarray(logits, np.float64) / self.spec.calibration.temperature)

    def finish(self, end_s: float = np.inf) -> tuple[Person, ...]:
        """Everybody who was seen, numbered by order of appearance.

        Args:
            end_s: of the video; the last sample stands no longer
        """
        here = [s.seen() for s in self._followed.values() if len(s) >= LEAST_SAMPLES]
        everybody = sorted([*self._gone, *here], key=lambda seen: (seen.times_s[0], seen.track_id))
        times_s = self.times_s
        # a sample stands until the next frame that was looked at, with or without the face
        last_s = min(times_s[-1] + self.step_s, max(times_s[-1], end_s)) if len(times_s) else 0.0
        ends_s = np.append(times_s[1:], last_s)
        return tuple(
            self._person(i, seen, ends_s[np.searchsorted(times_s, seen.times_s)])
            for i, seen in enumerate(everybody, 1)
        )

    @property
    def glimpses(self) -> Glimpses:
        """The faces that are nobody so far."""
        here = [_times_and_boxes(s) for s in self._followed.values() if len(s) < LEAST_SAMPLES]
        rows = np.concatenate([self._glimpses.array(), *here])
        return Glimpses(rows[:, 0], rows[:, 1:] / self.scale)

    def _person(self, number: int, seen: Seen, ends_s: np.ndarray) -> Person:
        """A person whose samples stand until `ends_s` (sample,)."""
        logits = seen.logits.astype(np.float64)
        probabilities = self._probabilities(logits)
        spans_s = np.stack([seen.times_s, ends_s], 1)
        numbers = np.full(len(ends_s), number)
        faces = Faces(seen.boxes_xyxy, seen.confidence, numbers, seen.landmarks)
        return Person(
            track_id=number,
            times_s=seen.times_s,
            faces=faces if self.scale == 1 else faces.scaled(1 / self.scale),
            probabilities=probabilities,
            uncertain=probabilities.max(1) < self.spec.calibration.uncertain_below,
            scores=calibrated_scores(self.spec, attention(probabilities) @ logits),
            timeline=EmotionTimeline(spans_s, probabilities, self.spec.labels),
            peaks=seen.peaks,
            thumbnails=seen.thumbnails,
            mouth_motion=seen.mouth_motion,
            embeddings=seen.embeddings,
        )


def _times_and_boxes(samples: Samples) -> np.ndarray:
    """(sample, 5): time in s and box in px of each."""
    seen = samples.seen()
    return np.column_stack([seen.times_s, seen.boxes_xyxy])
