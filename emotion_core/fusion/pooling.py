"""Late fusion: several answers in the same labels averaged, or multiplied, into one."""

from collections.abc import Sequence

import numpy as np

from ..errors import InvalidInput, LabelMismatch
from ..types import EmotionScores

LEAST_PROBABILITY = 1e-4
"""a label that one modality rules out is not lost for good in a pool of logarithms"""


def shares(weights: np.ndarray) -> np.ndarray:
    """Weights (..., modality) scaled to sum to 1; equal shares where all of them are 0."""
    total = weights.sum(-1, keepdims=True)
    even = np.full(weights.shape, 1 / weights.shape[-1])
    return np.where(total > 0, weights / np.where(total > 0, total, 1), even)


def mean_pool(probabilities: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted arithmetic mean of (..., modality, label), by weights (..., modality)."""
    return (shares(weights)[..., None] * probabilities).sum(-2)


def log_pool(probabilities: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted geometric mean of (..., modality, label), scaled to sum to 1.

    Source: Genest and Zidek, Combining probability distributions, Statistical Science 1986.
    """
    logs = np.log(np.maximum(probabilities, LEAST_PROBABILITY))
    pooled = np.exp((shares(weights)[..., None] * logs).sum(-2))
    return pooled / pooled.sum(-1, keepdims=True)


def _stacked(
    scores: Sequence[EmotionScores], weights: Sequence[float]
) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities (modality, label) and weights (modality,), checked."""
    given = np.asarray(weights, np.float64)
    if not len(scores) or given.shape != (len(scores),):
        raise InvalidInput(
            f"expected a weight for each of one answer or more, got {len(given)} weights for "
            f"{len(scores)} answers"
        )
    if not np.isfinite(given).all() or (given < 0).any() or not given.any():
        raise InvalidInput(
            f"weights: expected finite values of 0 or more, not all of them 0, got {given}"
        )
    for other in scores[1:]:
        if other.labels != scores[0].labels:
            raise LabelMismatch(
                f"expected the labels {scores[0].labels} of every modality, got {other.labels}; "
                "map them to one label set first"
            )
    return np.stack([s.probabilities for s in scores]), given


def _answer(scores: Sequence[EmotionScores], probabilities: np.ndarray) -> EmotionScores:
    notices = tuple(dict.fromkeys(notice for s in scores for notice in s.notices))
    unsure = all(s.uncertain for s in scores)
    return EmotionScores(scores[0].labels, probabilities, uncertain=unsure, notices=notices)


def late_fusion(scores: Sequence[EmotionScores], weights: Sequence[float]) -> EmotionScores:
    """Average the modalities' probabilities, weighted.

    Args:
        scores: one per modality, all with the same ordered labels
        weights: (modality,) non-negative; scaled to sum to 1

    Raises:
        LabelMismatch: if two modalities use different labels
        InvalidInput: if the weights do not fit, or all are 0

    Example:
        >>> sure = EmotionScores(("calm", "joy"), np.array([0.9, 0.1]))
        >>> unsure = EmotionScores(("calm", "joy"), np.array([0.5, 0.5]))
        >>> late_fusion([sure, unsure], [3, 1]).probabilities.round(3).tolist()
        [0.8, 0.2]
    """
    return _answer(scores, mean_pool(*_stacked(scores, weights)))


def log_opinion_pool(scores: Sequence[EmotionScores], weights: Sequence[float]) -> EmotionScores:
    """Multiply the modalities' probabilities, each to the power of its weight.

    Args:
        scores: one per modality, all with the same ordered labels
        weights: (modality,) non-negative; scaled to sum to 1

    Raises:
        LabelMismatch: if two modalities use different labels
        InvalidInput: if the weights do not fit, or all are 0

    Source: Genest and Zidek, Combining probability distributions, Statistical Science 1986.

    Example:
        >>> sure = EmotionScores(("calm", "joy"), np.array([0.9, 0.1]))
        >>> unsure = EmotionScores(("calm", "joy"), np.array([0.5, 0.5]))
        >>> log_opinion_pool([sure, unsure], [1, 1]).probabilities.round(3).tolist()
        [0.75, 0.25]
    """
    return _answer(scores, log_pool(*_stacked(scores, weights)))
