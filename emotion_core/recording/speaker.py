"""Whose mouth moves while something is said."""

from collections.abc import Sequence

import numpy as np

from ..face.analysis import Person
from .analysis import NOBODY

LEAST_SAMPLES = 3
"""of a face in a span, below which nothing is said of its mouth"""
LEAST_MOTION = 0.004
"""grey levels in [0, 1] by which a speaking mouth changes more than the eyes' part of its face"""


def _motion(person: Person, span_s: np.ndarray) -> float:
    """Mean motion of a mouth in a span (2,); NaN where the face is hardly seen."""
    first, past = np.searchsorted(person.times_s, span_s)
    motion = person.mouth_motion[first:past]
    motion = motion[np.isfinite(motion)]
    return float(motion.mean()) if len(motion) >= LEAST_SAMPLES else np.nan


def who_speaks(people: Sequence[Person], spans_s: np.ndarray) -> np.ndarray:
    """The person who is seen speaking in each of some spans of speech.

    Args:
        people: seen in the video
        spans_s: (span, 2) in which somebody speaks

    Returns:
        (span,) number of the person, or `NOBODY` where no mouth moves
    """
    spans_s = np.asarray(spans_s, np.float64).reshape(-1, 2)
    if not len(people) or not len(spans_s):
        return np.full(len(spans_s), NOBODY)
    motion = np.array([[_motion(person, span) for person in people] for span in spans_s])
    motion = np.where(np.isfinite(motion), motion, -np.inf)
    best = motion.argmax(1)
    numbers = np.array([person.track_id for person in people])
    return np.where(motion.max(1) >= LEAST_MOTION, numbers[best], NOBODY)
