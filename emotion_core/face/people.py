"""Answers for the faces of sampled frames, gathered to people along time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from ..scoring import calibrated_scores, softmax
from ..types import EmotionTimeline, Faces, ModelSpec
from .analysis import Person
from .mouth import comparable, mouth_motion
from .peaks import Peaks

THUMBNAIL_PX = 96
LEAST_SAMPLES = 2
"""a face that one frame alone shows is taken for an error of the detector"""


@dataclass
class _Track:
    """What is known of one person so far."""

    peaks: Peaks
    times_s: list[float] = field(default_factory=list)
    faces: list[Faces] = field(default_factory=list)
    logits: list[np.ndarray] = field(default_factory=list)
    embeddings: list[np.ndarray] = field(default_factory=list)
    mouth_motion: list[float] = field(default_factory=list)
    crop: np.ndarray | None = None


def _motion(track: _Track, crop: np.ndarray) -> float:
    """Of the mouth since the sample before, which this one replaces."""
    before, track.crop = track.crop, comparable(crop)
    return np.nan if before is None else mouth_motion(before, track.crop)


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
    """

    def __init__(self, spec: ModelSpec, step_s: float, scale: float = 1.0) -> None:
        self.spec, self.step_s, self.scale = spec, step_s, scale
        self.times_s: list[float] = []
        self._tracks: dict[int, _Track] = {}

    def add(
        self,
        time_s: float,
        frame: np.ndarray,
        faces: Faces,
        logits: Sequence[np.ndarray],
        crops: Sequence[np.ndarray] = (),
        embeddings: Sequence[np.ndarray] = (),
    ) -> None:
        """One sampled frame.

        Args:
            time_s: its time
            frame: (height, width, 3) RGB, for the thumbnails
            faces: tracked
            logits: (label,) of each face
            crops: of each face, as the classifier reads it; without them the motion of the mouth
                is not known
            embeddings: (width,) of each face, where they are to be kept
        """
        self.times_s.append(time_s)
        for i, answer in enumerate(logits):
            number = int(faces.track_id[i])
            track = self._tracks.setdefault(number, _Track(Peaks(self.spec.labels)))
            draw = partial(thumbnail, frame, faces.boxes_xyxy[i])
            track.peaks.add(len(track.times_s), time_s, self._probabilities(answer), draw)
            track.times_s.append(time_s)
            track.faces.append(faces.take(np.array([i])))
            track.logits.append(answer)
            if len(embeddings):
                track.embeddings.append(embeddings[i].astype(np.float16))
            track.mouth_motion.append(_motion(track, crops[i]) if len(crops) else np.nan)

    def _probabilities(self, logits: np.ndarray) -> np.ndarray:
        """Calibrated, of one face or of several."""
        return softmax(np.asarray(logits, np.float64) / self.spec.calibration.temperature)

    def finish(self, end_s: float = np.inf) -> tuple[Person, ...]:
        """Everybody who was seen, numbered by order of appearance.

        Args:
            end_s: of the video; the last sample stands no longer
        """
        seen = [t for t in self._tracks.values() if len(t.times_s) >= LEAST_SAMPLES]
        seen.sort(key=lambda t: t.times_s[0])
        return tuple(self._person(i, track, end_s) for i, track in enumerate(seen, 1))

    def _person(self, number: int, track: _Track, end_s: float) -> Person:
        times = np.array(track.times_s)
        logits = np.stack(track.logits).astype(np.float64)
        probabilities, peaks = self._probabilities(logits), track.peaks.best()
        # a sample stands until the next frame that was looked at, with or without the face
        last_s = min(self.times_s[-1] + self.step_s, max(self.times_s[-1], end_s))
        ends = np.append(self.times_s[1:], last_s)
        ends = ends[np.searchsorted(self.times_s, times)]
        count = len(times)
        faces = Faces(
            np.concatenate([f.boxes_xyxy for f in track.faces]),
            np.concatenate([f.confidence for f in track.faces]),
            np.full(count, number),
            np.concatenate([f.landmarks for f in track.faces]),
        ).scaled(1 / self.scale)
        return Person(
            track_id=number,
            times_s=times,
            faces=faces,
            probabilities=probabilities,
            uncertain=probabilities.max(1) < self.spec.calibration.uncertain_below,
            scores=calibrated_scores(self.spec, attention(probabilities) @ logits),
            timeline=EmotionTimeline(np.stack([times, ends], 1), probabilities, self.spec.labels),
            peaks=np.array([p.sample for p in peaks], np.int64),
            thumbnails=np.stack([p.picture for p in peaks]),
            mouth_motion=np.array(track.mouth_motion),
            embeddings=np.stack(track.embeddings)
            if track.embeddings
            else np.zeros((count, 0), np.float16),
        )
