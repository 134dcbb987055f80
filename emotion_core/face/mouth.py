"""How much a mouth moves from one sample to the next: who is speaking."""

import numpy as np

SIDE = 48
"""px of the crops that are compared"""
MOUTH = (slice(31, 46), slice(13, 35))
STILL = (slice(12, 29), slice(8, 40))
"""eyes and nose, whose change tells how much the head, the light or the cut moved"""


def comparable(crop: np.ndarray) -> np.ndarray:
    """An aligned crop, (size, size) grey or (size, size, 3) RGB uint8, as (48, 48) in [0, 1]."""
    import cv2

    grey = crop if crop.ndim == 2 else cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    if len(grey) != SIDE:
        grey = cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return grey.astype(np.float32) / 255


def mouth_motion(before: np.ndarray, now: np.ndarray) -> float:
    """Mean change of the mouth beyond that of eyes and nose, in grey levels of [0, 1].

    Args:
        before: (48, 48) of `comparable`
        now: the same face, a sample later

    Example:
        >>> before = np.zeros((48, 48), np.float32)
        >>> now = before.copy()
        >>> now[MOUTH] = 0.5
        >>> mouth_motion(before, now)
        0.5
    """
    change = np.abs(now - before)
    return float(change[MOUTH].mean() - change[STILL].mean())
