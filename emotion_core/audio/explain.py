"""Which time-frequency regions drove an answer."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

BANDS = 8
"""patches along frequency"""
PATCH_FRAMES = 8
"""frames of a patch, more where that would make too many"""
MOST_STEPS = 32
"""patches along time"""


def blank_level(levels: np.ndarray) -> np.ndarray:
    """What a blanked cell sounds like: the median (bin,) of a window (frame, bin)."""
    return np.median(levels, 0)


def occlusion_weights(
    levels: np.ndarray, blank: np.ndarray, probability: Callable[[Sequence[np.ndarray]], np.ndarray]
) -> np.ndarray:
    """How far the answer falls when a patch is made to sound like nothing in particular.

    Args:
        levels: (frame, bin) logarithmic
        blank: (bin,) what a patch is replaced by
        probability: windows of levels to the probability (window,) of the label explained

    Returns:
        (frame, bin), positive where the patch speaks for the label

    Source: Zeiler and Fergus, Visualizing and understanding convolutional networks, ECCV 2014.
    """
    frames, bins = levels.shape
    bands = _parts(bins, BANDS)
    before = probability([levels])[0]
    weights = np.zeros_like(levels)
    for time in _parts(frames, min(MOST_STEPS, round(frames / PATCH_FRAMES))):
        changed = np.repeat(levels[None], len(bands), axis=0)
        for copy, band in zip(changed, bands, strict=True):
            copy[time, band] = blank[band]
        for band, after in zip(bands, probability(list(changed)), strict=True):
            weights[time, band] = before - after
    return weights


def _parts(size: int, count: int) -> list[slice]:
    """About equal parts of a length, at least one, none of them empty."""
    edges = np.linspace(0, size, min(size, max(1, count)) + 1).round().astype(int)
    return [slice(a, b) for a, b in pairwise(edges)]
