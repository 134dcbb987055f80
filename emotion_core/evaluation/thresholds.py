"""Per-class thresholds for labels that may occur together."""

import numpy as np


def fit_thresholds(truth: np.ndarray, presence: np.ndarray, smoothing: float = 0.0) -> np.ndarray:
    """The threshold of each class that maximises its F1 on held-out items.

    Args:
        truth: (item, label) bool
        presence: (item, label) in [0, 1]
        smoothing: pseudo-counts that pull rare classes' thresholds to where their F1 curve
            is high over a wide range instead of at one lucky item

    Returns:
        (label,) thresholds; 0.5 for a class without a positive item

    Example:
        >>> fit_thresholds(np.array([[0], [1], [1]], bool), np.array([[0.1], [0.3], [0.8]]))
        array([0.2])
    """
    thresholds = np.full(truth.shape[1], 0.5)
    for k in range(truth.shape[1]):
        order = np.argsort(-presence[:, k], kind="stable")
        scores, hits = presence[order, k], truth[order, k]
        positives = hits.sum()
        if not positives:
            continue
        true_positive = np.cumsum(hits)
        f1 = 2 * true_positive / (np.arange(1, len(hits) + 1) + positives + smoothing)
        last_of_tie = np.append(scores[1:] != scores[:-1], True)
        best = int(np.argmax(np.where(last_of_tie, f1, -1)))
        below = scores[best + 1] if best + 1 < len(scores) else 0.0
        thresholds[k] = (scores[best] + below) / 2
    return thresholds
