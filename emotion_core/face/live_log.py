"""What a running camera's faces were answered along time, kept for a while."""

from collections import deque
from typing import NamedTuple

import numpy as np

from ..rows import Row, answer_row
from ..types import EmotionScores, EmotionTimeline

SOURCE = "webcam"
STEP_S, LONGEST_SPAN_S = 0.1, 0.5
"""answers that are kept lie so far apart at least; each holds until the next, but no longer"""


class LiveAnswer(NamedTuple):
    """The answers to one frame: track ids (face,), smoothed (face, label), uncertain (face,)."""

    time_s: float
    people: np.ndarray
    probabilities: np.ndarray
    uncertain: np.ndarray


class AnswerLog:
    """The answers of a stream's last while, at most one each `STEP_S`.

    Args:
        labels: ordered, of every answer
        longest_s: what is older than this is given up
    """

    def __init__(self, labels: tuple[str, ...], longest_s: float) -> None:
        self.labels, self.longest_s = labels, longest_s
        self._origin_s = 0.0
        self._answers: deque[LiveAnswer] = deque()

    def __len__(self) -> int:
        return len(self._answers)

    def add(self, answer: LiveAnswer) -> None:
        """Keep an answer, unless the last one was just before."""
        kept = self._answers
        if not kept:
            self._origin_s = answer.time_s
        elif answer.time_s - kept[-1].time_s < STEP_S - 1e-6:
            return
        kept.append(answer)
        while answer.time_s - kept[0].time_s > self.longest_s:
            kept.popleft()

    def copy(self) -> "AnswerLog":
        """As it is now; what is added later does not change it."""
        log = AnswerLog(self.labels, self.longest_s)
        log._origin_s, log._answers = self._origin_s, self._answers.copy()
        return log

    @property
    def people(self) -> list[int]:
        """Track ids of everybody who was seen, in order of appearance."""
        return sorted({p for answer in self._answers for p in answer.people.tolist()})

    @property
    def times_s(self) -> np.ndarray:
        """(answer,) since the first one that was ever added."""
        return np.array([a.time_s for a in self._answers]) - self._origin_s

    def probabilities(self, track_id: int) -> np.ndarray:
        """(answer, label) of one person, a row for each of `times_s`; NaN where not seen."""
        rows = np.full((len(self), len(self.labels)), np.nan)
        for number, answer in enumerate(self._answers):
            for face in np.flatnonzero(answer.people == track_id):
                rows[number] = answer.probabilities[face]
        return rows

    def timeline(self, track_id: int) -> EmotionTimeline:
        """One person along time; spans without the face are gaps."""
        probabilities = self.probabilities(track_id)
        seen = ~np.isnan(probabilities).any(1)
        return EmotionTimeline(self._spans_s()[seen], probabilities[seen], self.labels)

    def rows(self) -> list[Row]:
        """A row for each answer to each face, as `rows.columns(labels)` has them."""
        rows = []
        for answer, span_s in zip(self._answers, self._spans_s().round(3).tolist(), strict=True):
            for face, person in enumerate(answer.people.tolist()):
                uncertain = bool(answer.uncertain[face])
                scores = EmotionScores(self.labels, answer.probabilities[face], uncertain=uncertain)
                row = answer_row(SOURCE, scores, self.labels, person=person, span_s=tuple(span_s))
                rows.append(row)
        return rows

    def _spans_s(self) -> np.ndarray:
        """(answer, 2); each holds until the next."""
        starts = self.times_s
        ends = np.append(starts[1:], starts[-1:] + STEP_S)
        return np.stack([starts, np.minimum(ends, starts + LONGEST_SPAN_S)], axis=1)
