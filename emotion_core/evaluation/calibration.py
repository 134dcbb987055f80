"""How far probabilities can be believed."""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

UNCERTAIN_SHARE = 0.1
"""of validation answers, the least sure, that the default level calls uncertain"""


def fit_temperature(logits: np.ndarray, truth: np.ndarray) -> float:
    """The temperature that makes the truth most likely.

    Args:
        logits: (item, label) of a held-out split
        truth: (item,) places of the labels

    Source: Guo, Pleiss, Sun and Weinberger, ICML 2017.
    """

    def loss(log_temperature: float) -> float:
        scaled = log_softmax(logits / np.exp(log_temperature), axis=1)
        return -float(scaled[np.arange(len(truth)), truth].mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-3, 3), method="bounded").x))


def expected_calibration_error(
    probabilities: np.ndarray, truth: np.ndarray, bins: int = 15
) -> float:
    """Mean distance between top probability and accuracy over equal-width bins, in [0, 1].

    Args:
        probabilities: (item, label)
        truth: (item,) places of the labels
        bins: equal-width bins of the top probability

    Source: Naeini, Cooper and Hauskrecht, AAAI 2015.

    Example:
        >>> expected_calibration_error(np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([0, 1]))
        0.5
    """
    top = probabilities.max(1)
    right = probabilities.argmax(1) == truth
    place = np.clip(np.ceil(top * bins).astype(int) - 1, 0, bins - 1)
    gap = np.bincount(place, weights=top - right, minlength=bins)
    return float(np.abs(gap).sum() / len(truth))


def calibration_record(
    before: np.ndarray, after: np.ndarray, truth: np.ndarray, uncertain_below: float
) -> dict[str, float]:
    """How far answers can be believed, ready for JSON; what no item tells is left out.

    Args:
        before: (item, label) probabilities without temperature
        after: (item, label) calibrated
        truth: (item,) places of the labels
        uncertain_below: top probability below which an answer is called uncertain

    Returns:
        `ece_before`, `ece_after`, `uncertain_share`, `top_label_accuracy`, and the accuracies
        `accuracy_uncertain` of the uncertain answers and `accuracy_sure` of the others
    """
    if not len(truth):
        return {}
    right, sure = after.argmax(1) == truth, after.max(1) >= uncertain_below
    parts = {"accuracy_sure": right[sure], "accuracy_uncertain": right[~sure]}
    return {
        "ece_before": expected_calibration_error(before, truth),
        "ece_after": expected_calibration_error(after, truth),
        "uncertain_share": float(1 - sure.mean()),
        **{name: float(part.mean()) for name, part in parts.items() if len(part)},
        "top_label_accuracy": float(right.mean()),
    }


def uncertain_level(probabilities: np.ndarray, share: float = UNCERTAIN_SHARE) -> float:
    """The top probability that `share` of the held-out answers (item, label) do not reach."""
    return float(np.quantile(probabilities.max(1), share))


def mapped_probabilities(logits: np.ndarray, matrix: np.ndarray, temperature: float) -> np.ndarray:
    """Softmax of logits (item, source), summed into target labels by a (source, target) matrix."""
    mapped = softmax(logits / temperature, axis=1) @ matrix
    return mapped / mapped.sum(1, keepdims=True)
