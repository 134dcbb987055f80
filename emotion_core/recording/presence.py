"""Whose face stands for a stretch of a recording."""

from collections.abc import Sequence

import numpy as np

from ..face.analysis import Person
from .analysis import NOBODY
from .speaker import who_speaks

TOGETHER = 64
"""spans of which one question is asked: only of those who are seen then, however many others
there are before and after"""


def speaking(people: Sequence[Person], spans_s: np.ndarray) -> np.ndarray:
    """The person who is seen speaking in each of some spans of speech.

    Args:
        people: seen in the video
        spans_s: (span, 2) in which somebody speaks, in order of time

    Returns:
        (span,) number of the person, or `NOBODY` where no mouth moves
    """
    found = np.full(len(spans_s), NOBODY)
    for start in range(0, len(spans_s), TOGETHER):
        part = spans_s[start : start + TOGETHER]
        near = _seen_between(people, part[:, 0].min(), part[:, 1].max())
        found[start : start + TOGETHER] = who_speaks(near, part)
    return found


def _seen_between(people: Sequence[Person], start_s: float, end_s: float) -> list[Person]:
    seen = [p for p in people if len(p.times_s)]
    return [p for p in seen if p.times_s[0] < end_s and p.times_s[-1] >= start_s]


def shown_person(windows_s: np.ndarray, people: Sequence[Person], speaks: np.ndarray) -> np.ndarray:
    """Whose face stands for each window: who speaks, else who is seen largest and longest.

    Args:
        windows_s: (window, 2) in order of time
        people: seen in the video
        speaks: (window,) whether anybody does

    Returns:
        (window,) number of the person, or `NOBODY`
    """
    shown = np.full(len(windows_s), NOBODY)
    most = np.zeros(len(windows_s))
    for person in people:
        size = _size(person, windows_s)
        shown[size > most] = person.track_id
        most = np.maximum(most, size)
    speaker = np.full(len(windows_s), NOBODY)
    speaker[speaks] = speaking(people, windows_s[speaks])
    return np.where(speaker == NOBODY, shown, speaker)


def _size(person: Person, windows_s: np.ndarray) -> np.ndarray:
    """(window,) heights of a face in windows (window, 2), added over the samples in each."""
    heights = np.ptp(person.faces.boxes_xyxy[:, 1::2], axis=1)
    until = np.concatenate([[0.0], np.cumsum(heights, dtype=np.float64)])
    first, past = np.searchsorted(person.times_s, windows_s).T
    return until[past] - until[first]
