"""Scores of a classifier, pure functions over arrays; the estimators are scikit-learn's."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from sklearn.metrics import precision_recall_fscore_support

from ..errors import InvalidInput
from .bootstrap import bootstrap_counts

Interval = tuple[float, float]
BOOTSTRAP_SAMPLES = 1000
PERCENTILES = (2.5, 97.5)
HEADLINE = ("accuracy", "uar", "macro_f1", "weighted_f1")
AVERAGES = (
    *HEADLINE, "macro_precision", "macro_recall", "weighted_precision", "weighted_recall",
)  # fmt: skip
"""`uar` is over the classes of the truth; `macro_recall`, as the other macro averages, over those
of truth and answers, so a class that was only answered counts with 0"""
NO_ANSWER = -1
"""in the place of an answer's label"""


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
        metrics: of `AVERAGES` those asked for and, for multi-label predictions, `micro_f1`
        intervals: the same names
        baseline: accuracy of always answering the most frequent label
        per_class: label -> scores
        confusion: (label, label) counts, rows are truth; empty for multi-label
        unanswered: (label,) items of each label without an answer; empty for multi-label
    """

    n: int
    labels: tuple[str, ...]
    metrics: dict[str, float]
    intervals: dict[str, Interval]
    baseline: float
    per_class: dict[str, ClassScores]
    confusion: np.ndarray
    unanswered: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    return np.divide(numerator, denominator, out=np.zeros(numerator.shape), where=denominator > 0)


def resample(counts: np.ndarray, groups: np.ndarray | None, samples: int, seed: int) -> np.ndarray:
    """Sums of per-item counts over bootstrap samples.

    Args:
        counts: (item, value)
        groups: (item,) speaker or dialogue; whole groups are drawn. None, or one group, draws
            items
        samples: how many
        seed: of the random generator

    Returns:
        (sample, value)
    """
    if groups is not None and (groups != groups[0]).any():
        _, inverse = np.unique(groups, return_inverse=True)
        summed = np.zeros((inverse.max() + 1, counts.shape[1]))
        np.add.at(summed, inverse, counts)
        counts = summed
    rng = np.random.default_rng(seed)
    drawn = np.empty((samples, counts.shape[1]))
    share, counts = np.full(len(counts), 1 / len(counts)), counts.astype(np.float64)
    for s in range(samples):  # in floats, since numpy multiplies matrices of integers slowly
        drawn[s] = rng.multinomial(len(counts), share).astype(np.float64) @ counts
    return drawn


def confusion_metrics(confusion: np.ndarray) -> dict[str, np.ndarray]:
    """Scores of confusion counts (..., truth, prediction); classes without support are left out.

    Args:
        confusion: a last column beyond the labels counts items without an answer

    Returns:
        `AVERAGES` (...,) and `precision`, `recall` and `f1` (..., label)
    """
    labels = confusion.shape[-2]
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    support, predicted = confusion.sum(-1), confusion.sum(-2)[..., :labels]
    total = support.sum(-1)
    recall = _ratio(hits, support)
    occurs, seen = support > 0, (support + predicted) > 0
    by_class = {
        "precision": _ratio(hits, predicted),
        "recall": recall,
        "f1": _ratio(2 * hits, support + predicted),
    }
    return {
        "accuracy": _ratio(hits.sum(-1), total),
        "uar": _ratio((recall * occurs).sum(-1), occurs.sum(-1)),
        **{f"macro_{k}": _ratio((v * seen).sum(-1), seen.sum(-1)) for k, v in by_class.items()},
        **{f"weighted_{k}": _ratio((v * support).sum(-1), total) for k, v in by_class.items()},
        **by_class,
    }


def confusion_cells(truth: np.ndarray, prediction: np.ndarray, labels: int) -> np.ndarray:
    """(item,) cell of each item in a flattened (label, label + 1) table; the last is no answer."""
    answered = np.where(prediction == NO_ANSWER, labels, prediction)
    return truth.astype(np.int64) * (labels + 1) + answered


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


def _drawn_intervals(
    cells: np.ndarray,
    shape: tuple[int, int],
    groups: np.ndarray | None,
    samples: int,
    seed: int,
    names: tuple[str, ...],
) -> tuple[dict[str, Interval], np.ndarray]:
    """Intervals of scores, and (label, 2) those of F1, of cells (item,) of a table."""
    drawn: dict[str, list[np.ndarray]] = {name: [] for name in (*names, "f1")}
    for block in bootstrap_counts(cells, shape[0] * shape[1], groups, samples, seed):
        scores = confusion_metrics(block.reshape(-1, *shape))
        for name, values in drawn.items():
            values.append(scores[name])
    sampled = {name: np.concatenate(values) for name, values in drawn.items()}
    f1_intervals = np.percentile(sampled.pop("f1"), PERCENTILES, axis=0).T
    return _intervals(sampled), f1_intervals


def classification_scores(
    truth: np.ndarray,
    prediction: np.ndarray,
    labels: tuple[str, ...],
    groups: np.ndarray | None = None,
    samples: int = BOOTSTRAP_SAMPLES,
    seed: int = 0,
    names: tuple[str, ...] = HEADLINE,
) -> ClassificationScores:
    """Score single-label predictions.

    Args:
        truth: (item,) places in `labels`
        prediction: (item,) places in `labels`, or `NO_ANSWER`, which is wrong
        labels: ordered
        groups: (item,) speaker or dialogue, drawn whole for the intervals
        samples: bootstrap samples
        seed: of the bootstrap
        names: which of `AVERAGES` to give

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
    shape = (len(labels), len(labels) + 1)
    cells = confusion_cells(truth, prediction, len(labels))
    confusion = np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape)
    drawn = _drawn_intervals(cells, shape, groups, samples, seed, names)
    return _confusion_scores(confusion, labels, names, *drawn)


def _confusion_scores(
    confusion: np.ndarray,
    labels: tuple[str, ...],
    names: tuple[str, ...],
    intervals: dict[str, Interval],
    f1_intervals: np.ndarray,
) -> ClassificationScores:
    """Scores of counts (label, label + 1), whose last column is no answer."""
    exact, support = confusion_metrics(confusion), confusion.sum(1)
    rows = (exact["precision"], exact["recall"], exact["f1"], support)
    return ClassificationScores(
        n=int(support.sum()),
        labels=labels,
        metrics={name: float(exact[name]) for name in names},
        intervals=intervals,
        baseline=float(support.max() / support.sum()),
        per_class=_class_scores(labels, rows, f1_intervals),
        confusion=confusion[:, : len(labels)],
        unanswered=confusion[:, len(labels)],
    )


def _class_scores(
    labels: tuple[str, ...], rows: tuple[np.ndarray, ...], f1_intervals: np.ndarray
) -> dict[str, ClassScores]:
    return {
        label: ClassScores(float(p), float(r), float(f), int(s), (float(low), float(high)))
        for label, p, r, f, s, (low, high) in zip(labels, *rows, f1_intervals, strict=True)
    }


def multi_label_counts(truth: np.ndarray, prediction: np.ndarray) -> np.ndarray:
    """(item, label * 5) what `multi_label_metrics` adds up, of (item, label) bool."""
    counts = np.zeros((*truth.shape, 5), np.float32)
    counts[..., 0], counts[..., 1], counts[..., 2] = truth & prediction, truth, prediction
    counts[:, 0, 3] = (truth == prediction).all(1)
    counts[:, 0, 4] = 1
    return counts.reshape(len(truth), -1)


def multi_label_metrics(counts: np.ndarray) -> dict[str, np.ndarray]:
    """Scores of sums (..., label, 5): hits, truths, predictions; of the first label exact, all."""
    hits, support, predicted = counts[..., 0], counts[..., 1], counts[..., 2]
    items = counts[..., 0, 4]
    f1 = _ratio(2 * hits, support + predicted)
    both, occurs = (support + predicted).sum(-1), support > 0
    return {
        "accuracy": _ratio(counts[..., 0, 3], items),
        "uar": _ratio((_ratio(hits, support) * occurs).sum(-1), occurs.sum(-1)),
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
    shape = (truth.shape[1], 5)
    metrics, intervals, f1_intervals = _with_intervals(
        multi_label_metrics, shape, multi_label_counts(truth, prediction), groups, samples, seed
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
