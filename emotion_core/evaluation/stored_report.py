"""A report that was kept as JSON, read again to be looked at."""

import json
from collections.abc import Mapping
from typing import Any, cast

import numpy as np

from ..errors import InvalidInput
from .curves import ProbabilityScores
from .metrics import NO_ANSWER, ClassificationScores, ClassScores, Interval, confusion_metrics
from .prediction_report import PredictionReport
from .predictions import MOST_LABELS, ColumnChoice, Predictions

MOST_ITEMS = 20_000_000
ROUNDED_BY = 1e-6


def read_report(content: bytes, name: str) -> PredictionReport:
    """What `evaluate ... --json` wrote, as far as it can be drawn again.

    The scores are computed anew from the counts of the confusion matrix; intervals, reliability
    and coverage are those of the file. Items have no ids, and slices and ROC curves are not in it.

    Args:
        content: of the file
        name: of the file

    Raises:
        InvalidInput: if it is no such report, or its numbers do not fit together
    """
    record = _record(content, name)
    try:
        scores = _scores(record)
        probabilities = _probabilities(record.get("probabilities"))
        predictions = _predictions(record, scores, name)
        protocol = record.get("protocol", {})
        samples, seed = int(protocol["bootstrap_samples"]), int(protocol["seed"])
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise InvalidInput(
            f"{name}: expected a report as `evaluate ... --json` writes it, got something else "
            f"({type(error).__name__}: {error}); choose the JSON file of such a report"
        ) from error
    return PredictionReport(predictions, scores, probabilities, [], samples, seed)


def _record(content: bytes, name: str) -> dict[str, Any]:
    try:
        record = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"{name}: expected JSON, got something else: {error}") from error
    if not isinstance(record, dict) or "confusion" not in record:
        raise InvalidInput(
            f"{name}: expected a report as `evaluate ... --json` writes it, got other JSON"
        )
    return cast("dict[str, Any]", record)


def _interval(pair: Any) -> Interval:
    low, high = (float(x) for x in pair)
    if not low <= high:
        raise ValueError(f"an interval from {low} to {high}")
    return low, high


def _confusion(record: Mapping[str, Any]) -> tuple[tuple[str, ...], np.ndarray]:
    """Labels, and counts (label, label + 1), whose last column is no answer."""
    labels = tuple(str(x) for x in record["confusion"]["labels"])
    counts = np.array(record["confusion"]["counts"])
    unanswered = np.array(record["confusion"]["unanswered"])
    whole = np.column_stack([counts, unanswered])
    if not 0 < len(labels) <= MOST_LABELS or len(set(labels)) < len(labels):
        raise ValueError(f"{len(labels)} labels")
    if whole.shape != (len(labels), len(labels) + 1) or whole.dtype.kind != "i":
        raise ValueError(f"counts {whole.shape} of {whole.dtype}")
    if whole.min() < 0 or not 0 < whole.sum() <= MOST_ITEMS or whole.sum() != record["n"]:
        raise ValueError(f"counts of {whole.sum()} items for n = {record['n']}")
    return labels, whole


def _scores(record: Mapping[str, Any]) -> ClassificationScores:
    labels, counts = _confusion(record)
    exact, support = confusion_metrics(counts), counts.sum(1)
    intervals = {name: _interval(pair) for name, pair in record["intervals"].items()}
    metrics = {name: float(exact[name]) for name in intervals}
    for name, value in metrics.items():
        if abs(value - float(record[name])) > ROUNDED_BY:
            raise ValueError(f"{name} is {record[name]}, and {value:.6f} by its own counts")
    per_class = {
        label: ClassScores(
            float(exact["precision"][i]),
            float(exact["recall"][i]),
            float(exact["f1"][i]),
            int(support[i]),
            _interval(record["per_class"][label]["f1_interval"]),
        )
        for i, label in enumerate(labels)
    }
    return ClassificationScores(
        n=int(counts.sum()),
        labels=labels,
        metrics=metrics,
        intervals=intervals,
        baseline=float(support.max() / support.sum()),
        per_class=per_class,
        confusion=counts[:, :-1],
        unanswered=counts[:, -1],
    )


def _probabilities(record: Mapping[str, Any] | None) -> ProbabilityScores | None:
    if record is None:
        return None
    columns = ("mean_probability", "share_right", "items")
    return ProbabilityScores(
        n=int(record["n"]),
        ece=float(record["ece"]),
        log_loss=float(record["log_loss"]),
        brier=float(record["brier"]),
        aurc=float(record["aurc"]),
        reliability=np.array([[float(row[c]) for c in columns] for row in record["reliability"]]),
        coverage_risk=np.array(record["coverage_risk"], np.float64).reshape(-1, 2),
        by_class={},
    )


def _predictions(record: Mapping[str, Any], scores: ClassificationScores, name: str) -> Predictions:
    """As many items of each truth and answer as there were, in the order of the labels."""
    counts = np.column_stack([scores.confusion, scores.unanswered])
    truth, prediction = np.divmod(
        np.repeat(np.arange(counts.size), counts.ravel()), len(scores.labels) + 1
    )
    protocol = record["protocol"]
    told = ["read from a report: its items are not in it, only how many there are of each kind"]
    if record.get("slices"):
        told.append("the slices of the report are not drawn; give the stored predictions for them")
    return Predictions(
        name=str(protocol.get("file", name)),
        columns=ColumnChoice(str(protocol["truth"]), str(protocol["prediction"])),
        labels=scores.labels,
        truth=truth,
        prediction=np.where(prediction == len(scores.labels), NO_ANSWER, prediction),
        rows=np.arange(scores.n),
        groups=None,
        ids=None,
        probabilities=None,
        slices={},
        notices=(*told, *(str(n) for n in record.get("notices", ()))),
    )
