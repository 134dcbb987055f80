"""The last minute of each person as lines, a few points a second."""

from dataclasses import dataclass

import numpy as np

from emotion_core.face.live_log import AnswerLog

from ..models import FaceChoice

PEOPLE_AT_MOST = 3
"""charts on the page; of more people those who were seen longest"""
POINT_S = 0.3
"""from one point of a line to the next"""
LEAST_POINTS = 3
"""of a shorter line, nobody may have been there"""


@dataclass(frozen=True, eq=False)
class PersonLines:
    """One person along the last minute.

    Attributes:
        person: track id
        ages_s: (point,) how long ago, falling to 0
        probabilities: (point, label); NaN where the person was not seen
        uncertain: (point,) whether the top probability is below the level
    """

    person: int
    ages_s: np.ndarray
    probabilities: np.ndarray
    uncertain: np.ndarray

    @property
    def seen(self) -> np.ndarray:
        """(point,) whether the person was seen."""
        return np.isfinite(self.probabilities[:, 0])


def people_lines(log: AnswerLog, choice: FaceChoice) -> list[PersonLines]:
    """Everybody who was seen, by order of appearance, in the chosen label set.

    Args:
        log: of the last minute, in the labels of the choice's model
        choice: label set and level
    """
    everybody = [_lines(person, log, choice) for person in log.people]
    seen = [lines for lines in everybody if lines.seen.sum() >= LEAST_POINTS]
    longest = sorted(seen, key=lambda lines: -lines.seen.sum())[:PEOPLE_AT_MOST]
    return sorted(longest, key=lambda lines: lines.person)


def _lines(person: int, log: AnswerLog, choice: FaceChoice) -> PersonLines:
    times = log.times_s
    seen = np.isfinite(log.probabilities(person)[:, 0])
    probabilities = np.full((len(times), len(choice.labels)), np.nan)
    uncertain = np.zeros(len(times), bool)
    judged, uncertain[seen] = choice.judge_timeline(log.timeline(person))
    probabilities[seen] = judged.probabilities
    kept = np.unique(np.floor(times / POINT_S), return_index=True)[1]
    kept[-1] = len(times) - 1
    return PersonLines(person, times[-1] - times[kept], probabilities[kept], uncertain[kept])
