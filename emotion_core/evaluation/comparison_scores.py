"""Paired differences of scores with their intervals, McNemar's test, and Holm's correction."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.stats import binomtest

from .bootstrap import bootstrap_counts
from .metrics import (
    PERCENTILES,
    Interval,
    confusion_cells,
    confusion_metrics,
    multi_label_counts,
    multi_label_metrics,
)

COMPARED = ("accuracy", "uar", "macro_f1")
CLASS_F1 = "f1"
Metrics = Callable[[np.ndarray], dict[str, np.ndarray]]


@dataclass(frozen=True)
class Difference:
    """A score of the second file minus that of the first, with its paired 95 % interval."""

    value: float
    interval: Interval

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {"b_minus_a": self.value, "interval": list(self.interval)}


@dataclass(frozen=True, eq=False)
class Differences:
    """Differences of scores, and of the F1 of each label in order."""

    scores: dict[str, Difference]
    class_f1: list[Difference]


@dataclass(frozen=True)
class McNemar:
    """McNemar's exact test: whether one is right where the other is wrong more often than chance.

    Items are taken as independent, whatever their groups.

    Attributes:
        only_first: items that only the first file has right
        only_second: items that only the second has right
        p_value: two-sided, of the binomial distribution
        corrected: by Holm, for the number of pairs that are compared
    """

    only_first: int
    only_second: int
    p_value: float
    corrected: float


def mcnemar(first_right: np.ndarray, second_right: np.ndarray) -> McNemar:
    """McNemar's exact test of two classifiers on the same items, each (item,) bool.

    Example:
        >>> test = mcnemar(np.array([1, 1, 1, 0], bool), np.array([0, 0, 1, 0], bool))
        >>> test.only_first, test.p_value
        (2, 0.5)
    """
    only_first = int((first_right & ~second_right).sum())
    only_second = int((second_right & ~first_right).sum())
    both = only_first + only_second
    p_value = float(binomtest(only_first, both).pvalue) if both else 1.0
    return McNemar(only_first, only_second, p_value, p_value)


def single_label_differences(
    answers: tuple[np.ndarray, np.ndarray, np.ndarray],
    labels: int,
    groups: np.ndarray | None,
    samples: int,
    seed: int,
) -> Differences:
    """Differences of two files with one answer per item.

    Args:
        answers: truth, first and second, (item,) places of labels or `NO_ANSWER`
        labels: how many
        groups: (item,) drawn whole
        samples: of the bootstrap
        seed: of the bootstrap
    """
    truth, a, b = answers
    size = labels * (labels + 1)
    both = confusion_cells(truth, a, labels) * size + confusion_cells(truth, b, labels)
    kinds, cells = np.unique(both, return_inverse=True)
    every = np.arange(len(kinds))
    old, new = (
        csr_array((np.ones(len(kinds)), (every, side)), shape=(len(kinds), size))
        for side in (kinds // size, kinds % size)
    )

    def metrics(counts: np.ndarray) -> dict[str, np.ndarray]:
        return confusion_metrics(counts.reshape(-1, labels, labels + 1))

    drawn = (cells.reshape(-1), groups, samples, seed)
    return _paired(metrics, (old, new), drawn, COMPARED)


def multi_label_differences(
    answers: tuple[np.ndarray, np.ndarray, np.ndarray],
    groups: np.ndarray | None,
    samples: int,
    seed: int,
) -> Differences:
    """Differences of two files in which several labels may apply to an item.

    Args:
        answers: truth, first and second, (item, label) bool
        groups: (item,) drawn whole
        samples: of the bootstrap
        seed: of the bootstrap
    """
    labels = answers[0].shape[1]
    packed = np.packbits(np.column_stack(answers), axis=1)
    _, first, cells = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    truth, a, b = (x[first] for x in answers)
    old, new = (multi_label_counts(truth, x).astype(np.float64) for x in (a, b))

    def metrics(counts: np.ndarray) -> dict[str, np.ndarray]:
        return multi_label_metrics(counts.reshape(-1, labels, 5))

    drawn = (cells.reshape(-1), groups, samples, seed)
    return _paired(metrics, (old, new), drawn, (*COMPARED, "micro_f1"))


def _paired(
    metrics: Metrics,
    sides: tuple[csr_array, csr_array] | tuple[np.ndarray, np.ndarray],
    drawn: tuple[np.ndarray, np.ndarray | None, int, int],
    names: tuple[str, ...],
) -> Differences:
    """Differences with intervals from samples in which both files have the same items.

    Args:
        metrics: of (sample, value) sums
        sides: of each file, (kind, value) what an item of a kind counts
        drawn: (item,) kinds, (item,) groups, samples and seed
        names: of the scores
    """
    cells, groups, samples, seed = drawn
    size = sides[0].shape[0]

    def differences(counts: np.ndarray) -> dict[str, np.ndarray]:
        old, new = (metrics(counts @ side) for side in sides)
        return {name: new[name] - old[name] for name in (*names, CLASS_F1)}

    exact = differences(np.bincount(cells, minlength=size)[None].astype(np.float64))
    blocks = [differences(c) for c in bootstrap_counts(cells, size, groups, samples, seed)]
    spans = {
        name: np.percentile(np.concatenate([b[name] for b in blocks]), PERCENTILES, axis=0)
        for name in exact
    }
    return Differences(
        {name: _difference(exact[name][0], spans[name]) for name in names},
        [
            _difference(value, span)
            for value, span in zip(exact[CLASS_F1][0], spans[CLASS_F1].T, strict=True)
        ],
    )


def _difference(value: np.ndarray, span: np.ndarray) -> Difference:
    low, high = span.tolist()
    return Difference(float(value), (low, high))
