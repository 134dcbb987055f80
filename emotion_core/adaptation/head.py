"""A linear head on a frozen network, which starts from what the network already answers."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

STRENGTHS = (0.01, 0.1, 1.0, 10.0, 100.0)
"""variances of the weights that are tried: the smaller, the closer to the network's own answers"""
BIAS_STRENGTH = 100.0
LEAST_DEVIATION = 1e-6
MAX_STEPS = 300


@dataclass(frozen=True, eq=False)
class Seen:
    """What a frozen network makes of some items.

    Attributes:
        embeddings: (item, width)
        prior: (item, label) logarithm of what it answers, carried to the new labels; zeros where
            its own labels say nothing of them
    """

    embeddings: np.ndarray
    prior: np.ndarray

    def take(self, index: np.ndarray) -> "Seen":
        """The items at these places."""
        return Seen(self.embeddings[index], self.prior[index])

    def __len__(self) -> int:
        return len(self.embeddings)


@dataclass(frozen=True, eq=False)
class Head:
    """Logits of new labels: `embeddings @ weight.T + bias + trust * prior`.

    Attributes:
        weight: (label, width)
        bias: (label,)
        trust: in the network's own answers
    """

    weight: np.ndarray
    bias: np.ndarray
    trust: float

    def logits(self, seen: Seen) -> np.ndarray:
        """(item, label)"""
        return seen.embeddings @ self.weight.T + self.bias + self.trust * seen.prior


class _Parameters(NamedTuple):
    """What is fitted: weights (label, column), bias (label,), trust."""

    weight: np.ndarray
    bias: np.ndarray
    trust: float


def _unpacked(values: np.ndarray, labels: int) -> _Parameters:
    weight = values[: -labels - 1].reshape(labels, -1)
    return _Parameters(weight, values[-labels - 1 : -1], float(values[-1]))


def _fitted(
    columns: np.ndarray, prior: np.ndarray, truth: np.ndarray, strength: float
) -> _Parameters:
    """The most probable parameters, given normal ones of the given variance."""
    from scipy.optimize import minimize
    from scipy.special import log_softmax

    labels = prior.shape[1]
    wanted = np.eye(labels)[truth]

    def loss(values: np.ndarray) -> tuple[float, np.ndarray]:
        weight, bias, trust = _unpacked(values, labels)
        logs = log_softmax(columns @ weight.T + bias + trust * prior, axis=1)
        error = np.exp(logs) - wanted
        total = -(logs * wanted).sum()
        total += ((weight**2).sum() / strength + (bias**2).sum() / BIAS_STRENGTH) / 2
        slopes = (error.T @ columns + weight / strength, error.sum(0) + bias / BIAS_STRENGTH)
        return total, np.concatenate([slopes[0].ravel(), slopes[1], [(error * prior).sum()]])

    start = np.zeros(labels * columns.shape[1] + labels + 1)
    start[-1] = 1.0
    steps = {"maxiter": MAX_STEPS}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options=steps)
    return _unpacked(found.x, labels)


def fit_head(seen: Seen, truth: np.ndarray, strength: float) -> Head:
    """Logistic regression on the embeddings, added to what the network answers already.

    Args:
        seen: items to learn from
        truth: (item,) places of their labels
        strength: variance of the weights, of embeddings scaled to a variance of 1 in all

    Source: Chen et al., A closer look at few-shot classification, ICLR 2019 (a frozen encoder with
    a linear head is hard to beat).
    """
    from threadpoolctl import threadpool_limits

    values = seen.embeddings.astype(np.float64)
    mean, deviation = values.mean(0), values.std(0)
    scale = 1 / (np.maximum(deviation, LEAST_DEVIATION) * np.sqrt(values.shape[1]))
    scale[deviation < LEAST_DEVIATION] = 0.0
    # the best weights lie in the span of the items: as many columns as items say everything
    with threadpool_limits(1):  # products this small lose by a second core
        left, sizes, right = np.linalg.svd((values - mean) * scale, full_matrices=False)
        found = _fitted(left * sizes, seen.prior, truth, strength)
    weight = found.weight @ right * scale
    return Head(weight, found.bias - weight @ mean, found.trust)
