"""What probabilities tell beyond the answer: calibration, coverage against risk, ROC, PR."""

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import auc, confusion_matrix_at_thresholds

from .calibration import expected_calibration_error

BINS = 15
POINTS = 200
"""of a curve that is drawn; areas are of the whole curve"""


@dataclass(frozen=True, eq=False)
class ClassCurves:
    """How well one class's probability tells its items from the others.

    Attributes:
        roc_auc: area under the ROC curve
        average_precision: area under the precision-recall curve, as steps
        roc: (point, 2) false and true positive rate
        precision_recall: (point, 2) recall and precision
    """

    roc_auc: float
    average_precision: float
    roc: np.ndarray
    precision_recall: np.ndarray


@dataclass(frozen=True, eq=False)
class ProbabilityScores:
    """How far probabilities can be believed.

    Attributes:
        n: items with probabilities
        ece: expected calibration error, 15 bins of the top probability
        log_loss: mean of -log of the truth's probability, in nats
        brier: mean squared distance from the truth over labels, in [0, 2]
        aurc: mean risk over all coverages
        reliability: (bin, 3) mean top probability, share right, items; empty bins left out
        coverage_risk: (point, 2) share of the items answered, the surest first, and share of
            these that are wrong
        by_class: label -> curves, of labels that some items have and others have not
    """

    n: int
    ece: float
    log_loss: float
    brier: float
    aurc: float
    reliability: np.ndarray
    coverage_risk: np.ndarray
    by_class: dict[str, ClassCurves]


def _thinned(points: np.ndarray) -> np.ndarray:
    """At most `POINTS` of the points of a curve, with its first and last."""
    if len(points) <= POINTS:
        return points
    return points[np.unique(np.linspace(0, len(points) - 1, POINTS).round().astype(int))]


def class_curves(present: np.ndarray, probability: np.ndarray) -> ClassCurves:
    """ROC and precision-recall curve of one class.

    Args:
        present: (item,) bool, both values occur
        probability: (item,)

    Example:
        >>> c = class_curves(np.array([True, False, True]), np.array([0.9, 0.8, 0.7]))
        >>> c.roc_auc, round(c.average_precision, 3)
        (0.5, 0.833)
    """
    _, false, _, true, _ = confusion_matrix_at_thresholds(present, probability)
    true_rate, false_rate = true / present.sum(), false / (~present).sum()
    found = true + false > 0
    precision, recall = (true / np.maximum(true + false, 1))[found], true_rate[found]
    roc = np.stack([np.append(0, false_rate), np.append(0, true_rate)], 1)
    return ClassCurves(
        roc_auc=float(auc(roc[:, 0], roc[:, 1])),
        average_precision=float((np.diff(recall, prepend=0) * precision).sum()),
        roc=_thinned(roc),
        precision_recall=_thinned(np.stack([recall, precision], 1)),
    )


def reliability(top: np.ndarray, right: np.ndarray, bins: int = BINS) -> np.ndarray:
    """(bin, 3) mean top probability, share right and items of equal-width bins with items.

    Args:
        top: (item,) highest probability
        right: (item,) bool
        bins: over [0, 1]
    """
    place = np.clip(np.ceil(top * bins).astype(int) - 1, 0, bins - 1)
    items = np.bincount(place, minlength=bins)
    taken = items > 0
    sums = [np.bincount(place, weights=w, minlength=bins)[taken] for w in (top, right)]
    return np.stack([*(s / items[taken] for s in sums), items[taken]], 1)


def coverage_against_risk(top: np.ndarray, right: np.ndarray) -> np.ndarray:
    """(item, 2) coverage and risk when the items from the surest on are answered.

    Items as sure as each other are answered together.

    Args:
        top: (item,) highest probability
        right: (item,) bool
    """
    order = np.argsort(-top, kind="stable")
    counted = np.arange(1, len(top) + 1)
    wrong = np.cumsum(~right[order])
    last = np.append(top[order][1:] != top[order][:-1], True)
    return np.stack([counted[last] / len(top), wrong[last] / counted[last]], 1)


def probability_scores(
    truth: np.ndarray, probabilities: np.ndarray, labels: tuple[str, ...]
) -> ProbabilityScores:
    """Score probabilities.

    Args:
        truth: (item,) places in `labels`, or -1 for a label that has no probability
        probabilities: (item, label), each row summing to 1
        labels: ordered
    """
    items = np.arange(len(truth))
    top, known = probabilities.max(1), truth >= 0
    right = probabilities.argmax(1) == truth
    of_truth = np.where(known, probabilities[items, truth], 0.0)
    squared = np.einsum("ij,ij->i", probabilities, probabilities) - 2 * of_truth + 1
    curve = coverage_against_risk(top, right)
    by_class = {}
    for place, label in enumerate(labels):
        present = truth == place
        if 0 < present.sum() < len(truth):
            by_class[label] = class_curves(present, probabilities[:, place])
    return ProbabilityScores(
        n=len(truth),
        ece=expected_calibration_error(probabilities, truth, BINS),
        log_loss=float(-np.log(np.maximum(of_truth, np.finfo(float).eps)).mean()),
        brier=float(squared.mean()),
        aurc=float((curve[:, 1] * np.diff(curve[:, 0], prepend=0)).sum()),
        reliability=reliability(top, right),
        coverage_risk=_thinned(curve),
        by_class=by_class,
    )
