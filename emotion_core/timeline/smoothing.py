"""Smoothing of consecutive answers."""

import numpy as np

from ..errors import InvalidInput


def smooth(probabilities: np.ndarray, weight: float) -> np.ndarray:
    """Exponential smoothing of consecutive answers.

    Args:
        probabilities: (time, label), each row summing to 1
        weight: in [0, 1), of the past; 0 leaves the answers as they are

    Returns:
        (time, label), each row summing to 1

    Example:
        >>> smooth(np.array([[1.0, 0.0], [0.0, 1.0]]), 0.5).tolist()
        [[1.0, 0.0], [0.5, 0.5]]
    """
    if not 0 <= weight < 1:
        raise InvalidInput(f"smoothing weight: expected a value in [0, 1), got {weight}")
    smoothed = np.array(probabilities, np.float64)
    for now in range(1, len(smoothed)):
        smoothed[now] = weight * smoothed[now - 1] + (1 - weight) * smoothed[now]
    return smoothed
