"""Scores of a classifier, pure functions over arrays; the estimators are scikit-learn's."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from ..errors import InvalidInput

Interval = tuple[float, float]
BOOTSTRAP_SAMPLES = 1000
PERCENTILES = (2.5, 97.5)


@dataclass(frozen=True)
class ClassScores:
    """Precision, recall, F1 (with its 95 % interval) and support of one class."""

    precision: float
    recall: float
    f1: float
    support: int
    f1_interval: Interval


@dataclass(frozen=True, eq=False)
class ClassificationScores:
    """Scores of predictions against the truth, each with its bootstrap 95 % interval.

    Attributes:
        n: items
        labels: ordered
        metrics: `accuracy`, `uar`, `macro_f1`, `weighted_f1` and, for multi-label
            predictions, `micro_f1`
        intervals: the same names
        baseline: accuracy of always answering the most frequent label
        per_class: label -> scores
        confusion: (label, label) counts, rows are truth; empty for multi-label
    """

    n: int
    labels: tuple[str, ...]
    metrics: dict[str, float]
    intervals: dict[str, Interval]
    baseline: float
    per_class: dict[str, ClassScores]
    confusion: np.ndarray


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    return np.divide(numerator, denominator, out=np.zeros(numerator.shape), where=denominator > 0)


def resample(counts: np.ndarray, groups: np.ndarray | None, samples: int, seed: int) -> np.ndarray:
    """Sums of per-item counts over bootstrap samples.

    Args:
        counts: (item, value)
        groups: (item,) speaker or dialogue; whole groups are drawn. None draws items
        samples: how many
        seed: of the random generator

    Returns:
        (sample, value)
    """
    if groups is not None:
        _, inverse = np.unique(groups, return_inverse=True)
        summed = np.zeros((inverse.max() + 1, counts.shape[1]))
        np.add.at(summed, inverse, counts)
        counts = summed
    rng = np.random.default_rng(seed)
    drawn = np.empty((samples, counts.shape[1]))
    share = np.full(len(counts), 1 / len(counts))
    for s in range(samples):
        drawn[s] = rng.multinomial(len(counts), share) @ counts
    return drawn


def _confusion_metrics(confusion: np.ndarray) -> dict[str, np.ndarray]:
    """Scores of confusion counts (..., truth, prediction); classes without support are left out."""
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    support, predicted = confusion.sum(-1), confusion.sum(-2)
    f1 = _ratio(2 * hits, support + predicted)
    recall = _ratio(hits, support)
    occurs, seen = support > 0, (support + predicted) > 0
    total = support.sum(-1)
    return {
        "accuracy": _ratio(hits.sum(-1), total),
        "uar": _ratio((recall * occurs).sum(-1), occurs.sum(-1)),
        "macro_f1": _ratio((f1 * seen).sum(-1), seen.sum(-1)),
        "weighted_f1": _ratio((f1 * support).sum(-1), total),
        "f1": f1,
    }


def _intervals(values: dict[str, np.ndarray]) -> dict[str, Interval]:
    found = {}
    for name, sampled in values.items():
        low, high = np.percentile(sampled, PERCENTILES)
        found[name] = (float(low), float(high))
    return found


def _with_intervals(
    metrics: Callable[[np.ndarray], dict[str, np.ndarray]],
    shape: tuple[int, ...],
    counts: np.ndarray,
    groups: np.ndarray | None,
    samples: int,
    seed: int,
) -> tuple[dict[str, float], dict[str, Interval], np.ndarray]:
    exact = metrics(counts.sum(0, dtype=np.float64).reshape(shape))
    drawn = metrics(resample(counts, groups, samples, seed).reshape(-1, *shape))
    per_class = np.percentile(drawn.pop("f1"), PERCENTILES, axis=0).T
    exact.pop("f1")
    return {k: float(v) for k, v in exact.items()}, _intervals(drawn), per_class


def classification_scores(
    truth: np.ndarray,
    prediction: np.ndarray,
    labels: tuple[str, ...],
    groups: np.ndarray | None = None,
    samples: int = BOOTSTRAP_SAMPLES,
    seed: int = 0,
) -> ClassificationScores:
    """Score single-label predictions.

    Args:
        truth: (item,) places in `labels`
        prediction: (item,) places in `labels`
        labels: ordered
        groups: (item,) speaker or dialogue, drawn whole for the intervals
        samples: bootstrap samples
        seed: of the bootstrap

    Raises:
        InvalidInput: if there is no item or the lengths differ

    Example:
        >>> s = classification_scores(np.array([0, 1, 1]), np.array([0, 1, 0]), ("a", "b"))
        >>> round(s.metrics["uar"], 2)
        0.75
    """
    if not len(truth) or len(truth) != len(prediction):
        raise InvalidInput(
            f"expected a prediction per item, got {len(prediction)} for {len(truth)}"
        )
    n, k = len(truth), len(labels)
    counts = np.zeros((n, k * k), np.float32)
    counts[np.arange(n), truth * k + prediction] = 1
    metrics, intervals, f1_intervals = _with_intervals(
        _confusion_metrics, (k, k), counts, groups, samples, seed
    )
    rows = precision_recall_fscore_support(truth, prediction, labels=range(k), zero_division=0)
    return ClassificationScores(
        n=n,
        labels=labels,
        metrics=metrics,
        intervals=intervals,
        baseline=float(np.bincount(truth, minlength=k).max() / n),
        per_class=_class_scores(labels, rows, f1_intervals),
        confusion=confusion_matrix(truth, prediction, labels=range(k)),
    )


def _class_scores(
    labels: tuple[str, ...], rows: tuple[np.ndarray, ...], f1_intervals: np.ndarray
) -> dict[str, ClassScores]:
    return {
        label: ClassScores(float(p), float(r), float(f), int(s), (float(low), float(high)))
        for label, p, r, f, s, (low, high) in zip(labels, *rows, f1_intervals, strict=True)
    }


def _multi_label_metrics(counts: np.ndarray) -> dict[str, np.ndarray]:
    """Scores of (..., label, 4): hits, truths, predictions, and (first label only) exact items."""
    hits, support, predicted = counts[..., 0], counts[..., 1], counts[..., 2]
    items = counts[..., 0, 4]
    f1 = _ratio(2 * hits, support + predicted)
    both = (support + predicted).sum(-1)
    return {
        "accuracy": _ratio(counts[..., 0, 3], items),
        "uar": _ratio(hits, support).mean(-1),
        "macro_f1": f1.mean(-1),
        "weighted_f1": _ratio((f1 * support).sum(-1), support.sum(-1)),
        "micro_f1": _ratio(2 * hits.sum(-1), both),
        "f1": f1,
    }


def multi_label_scores(
    truth: np.ndarray,
    prediction: np.ndarray,
    labels: tuple[str, ...],
    groups: np.ndarray | None = None,
    samples: int = BOOTSTRAP_SAMPLES,
    seed: int = 0,
) -> ClassificationScores:
    """Score multi-label predictions; `accuracy` counts items with every label right.

    Args:
        truth: (item, label) bool
        prediction: (item, label) bool
        labels: ordered
        groups: (item,) drawn whole for the intervals
        samples: bootstrap samples
        seed: of the bootstrap

    Raises:
        InvalidInput: if there is no item or the shapes differ
    """
    if not len(truth) or truth.shape != prediction.shape:
        raise InvalidInput(f"expected predictions {truth.shape}, got {prediction.shape}")
    counts = np.zeros((*truth.shape, 5), np.float32)
    counts[..., 0], counts[..., 1], counts[..., 2] = truth & prediction, truth, prediction
    counts[:, 0, 3] = (truth == prediction).all(1)
    counts[:, 0, 4] = 1
    shape = (truth.shape[1], 5)
    metrics, intervals, f1_intervals = _with_intervals(
        _multi_label_metrics, shape, counts.reshape(len(truth), -1), groups, samples, seed
    )
    rows = precision_recall_fscore_support(truth, prediction, zero_division=0)
    most_frequent = np.zeros_like(truth)
    most_frequent[:, truth.sum(0).argmax()] = True
    return ClassificationScores(
        n=len(truth),
        labels=labels,
        metrics=metrics,
        intervals=intervals,
        baseline=float((most_frequent == truth).all(1).mean()),
        per_class=_class_scores(labels, rows, f1_intervals),
        confusion=np.zeros((0, 0), np.int64),
    )
