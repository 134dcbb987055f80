"""The strongest moments of a person along a video, one for each expression."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..labels import NEUTRAL

PEAKS = 6
"""that are kept, the strongest"""
BREAK_S = 2.0
"""an expression that returns sooner goes on, so that one that flickers has one peak"""


class Peak(NamedTuple):
    """The moment at which an expression was strongest."""

    strength: float
    """probability of the label; less than 0 where the label is neutral"""
    sample: int
    picture: np.ndarray
    """(height, width, 3) RGB uint8"""


@dataclass
class _Episode:
    """A stretch in which one label was on top, but for short breaks."""

    peak: Peak
    last_s: float


class Peaks:
    """Gathers the peaks of one person; holds a picture for each label and six more at most.

    Args:
        labels: ordered
    """

    def __init__(self, labels: Sequence[str]) -> None:
        self._neutral = labels.index(NEUTRAL) if NEUTRAL in labels else -1
        self._ended: list[Peak] = []
        self._episodes: dict[int, _Episode] = {}

    def add(
        self,
        sample: int,
        time_s: float,
        probabilities: np.ndarray,
        picture: Callable[[], np.ndarray],
    ) -> None:
        """One sample.

        Args:
            sample: its number
            time_s: its time, later than that of the one before
            probabilities: (label,)
            picture: draws it; called where it may be a peak
        """
        label = int(probabilities.argmax())
        strength = float(probabilities[label]) - (label == self._neutral)
        episode = self._episodes.get(label)
        if episode and time_s - episode.last_s < BREAK_S:
            episode.last_s = time_s
            if strength <= episode.peak.strength:
                return
            episode.peak = Peak(strength, sample, picture())
            return
        if episode:
            self._ended = _strongest([*self._ended, episode.peak])
        self._episodes[label] = _Episode(Peak(strength, sample, picture()), time_s)

    def best(self) -> list[Peak]:
        """The strongest first; a neutral moment only where nothing was expressed."""
        found = _strongest([*self._ended, *(e.peak for e in self._episodes.values())])
        return [p for p in found if p.strength > 0] or found[:1]


def _strongest(peaks: Sequence[Peak]) -> list[Peak]:
    return sorted(peaks, key=lambda peak: -peak.strength)[:PEAKS]
