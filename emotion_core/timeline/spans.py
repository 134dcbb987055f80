"""Spans of time."""

import numpy as np


def parted(spans_s: np.ndarray) -> np.ndarray:
    """Spans, (segment, 2), that no longer overlap: each moment goes to the nearest centre.

    Example:
        >>> parted(np.array([[0.0, 3.0], [1.0, 4.0], [5.0, 6.0]])).tolist()
        [[0.0, 2.0], [2.0, 4.0], [5.0, 6.0]]
    """
    shown = spans_s.copy()
    overlapping = spans_s[:-1, 1] > spans_s[1:, 0]
    middle = (spans_s[:-1, 1] + spans_s[1:, 0]) / 2
    shown[:-1, 1] = np.where(overlapping, middle, spans_s[:-1, 1])
    shown[1:, 0] = np.where(overlapping, middle, spans_s[1:, 0])
    return shown
