"""What a new head gains over the network as it was shipped, on examples that it had not seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..datasets.labelled_items import LabelledItems
from ..evaluation.calibration import calibration_record
from ..evaluation.comparison import Comparison, compare_predictions
from ..evaluation.metrics import ClassificationScores, classification_scores
from ..evaluation.prediction_report import scores_record
from ..evaluation.predictions import ColumnChoice, Predictions
from ..rows import probability_columns
from ..types import ModelSpec

HELD_OUT = "held-out answers"


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Answers of heads that had not seen the examples.

    Attributes:
        labels: ordered
        truth: (item,) places of the labels
        fold: (item,) in which each was held out
        uncalibrated: (item, label) probabilities without temperature
        probabilities: (item, label) with the temperature that fits them
        uncertain_below: top probability of an uncertain answer
    """

    labels: tuple[str, ...]
    truth: np.ndarray
    fold: np.ndarray
    uncalibrated: np.ndarray
    probabilities: np.ndarray
    uncertain_below: float

    def predictions(self, items: LabelledItems, name: str, scores: np.ndarray) -> Predictions:
        """Answers as any file of answers is.

        Args:
            items: what was answered
            name: of who answered
            scores: (item, label), the largest of which is the answer
        """
        return Predictions(
            name=name,
            columns=ColumnChoice("truth", "prediction", probabilities=""),
            labels=self.labels,
            truth=self.truth,
            prediction=scores.argmax(1),
            rows=np.arange(len(self.truth)),
            groups=None if items.groups is None else items.groups.numbers,
            ids=None,
            probabilities=None,
            slices={},
            notices=(),
        )

    def table(self, items: LabelledItems) -> pd.DataFrame:
        """A row per example: id, truth, fold and probabilities; the group where there is one."""
        columns = {
            "id": list(items.ids),
            "truth": [self.labels[k] for k in self.truth],
            "fold": self.fold,
        }
        if items.groups is not None:
            columns["group"] = [items.groups[i] for i in range(len(items))]
        names = probability_columns(self.labels)
        return pd.DataFrame(columns | dict(zip(names, self.probabilities.T, strict=True)))


@dataclass(frozen=True, eq=False)
class AdaptationReport:
    """Held-out answers of new heads, beside those of the network as it was shipped.

    Attributes:
        data: name of the examples
        base: id of the network
        protocol: in words
        predictions: a row per example: id, truth, fold and probabilities
        scores: of the held-out answers
        compared: with the network's own answers; None where these say nothing of the labels
        errors: why examples could not be read
        settings: chosen strength, trust in the own answers, and the seconds that all of it took
        calibration: of the held-out answers, as `calibration_record` gives it
    """

    data: str
    base: str
    protocol: str
    predictions: pd.DataFrame
    scores: ClassificationScores
    compared: Comparison | None
    errors: tuple[str, ...]
    settings: Mapping[str, float]
    calibration: Mapping[str, float]

    @property
    def metrics(self) -> dict[str, float]:
        """Headline scores."""
        names = ("accuracy", "uar", "macro_f1", "weighted_f1")
        return {n: round(self.scores.metrics[n], 4) for n in names}

    @property
    def gain(self) -> dict[str, Any]:
        """Difference of each score, with its interval; empty where nothing can be compared."""
        if self.compared is None:
            return {}
        return {
            name: {"before": self.compared.first.metrics[name],
                   "after": self.compared.second.metrics[name],
                   "difference": d.value, "interval": list(d.interval)}
            for name, d in self.compared.differences.items()
        }  # fmt: skip

    def as_dict(self) -> dict[str, Any]:
        """All of it, ready for JSON."""
        return {
            "protocol": self.protocol,
            "metrics": self.metrics,
            "scores": scores_record(self.scores),
            "adapted_from": self.base,
            "gain": self.gain,
            "errors": list(self.errors),
            "settings": dict(self.settings),
            "calibration": dict(self.calibration),
        }


def report_of(
    spec: ModelSpec,
    items: LabelledItems,
    answered: "HeldOut",
    own: np.ndarray | None,
    errors: Sequence[str],
    settings: Mapping[str, float],
) -> AdaptationReport:
    """Score held-out answers.

    Args:
        spec: of the network that was built on
        items: all examples that could be read
        answered: what new heads said of them
        own: (item, label) what the network itself says of the new labels; None where it cannot
        errors: why examples could not be read
        settings: to be kept
    """
    compared = None
    after = answered.predictions(items, HELD_OUT, answered.probabilities)
    if own is not None:
        compared = compare_predictions(answered.predictions(items, spec.id, own), after)
    groups = None if items.groups is None else items.groups.numbers
    return AdaptationReport(
        data=items.name,
        base=spec.id,
        protocol=_protocol(spec, items, answered, len(errors)),
        predictions=answered.table(items),
        scores=classification_scores(
            answered.truth, answered.probabilities.argmax(1), answered.labels, groups
        ),
        compared=compared,
        errors=tuple(errors),
        settings=settings,
        calibration=calibration_record(
            answered.uncalibrated, answered.probabilities, answered.truth, answered.uncertain_below
        ),
    )


def _protocol(spec: ModelSpec, items: LabelledItems, answered: HeldOut, lost: int) -> str:
    """How it was measured, in words."""
    folds = len(np.unique(answered.fold))
    apart = (
        f"whole {items.group_column or 'group'}s apart"
        if items.groups is not None
        else ("examples drawn at random, so one speaker or source may be on both sides")
    )
    unread = f" {lost} further examples could not be read." if lost else ""
    return (
        f"{len(items)} examples of {items.name}, {folds} folds held out once each, {apart}; the "
        f"head on the frozen {spec.id} and its penalty were fitted without the fold. The shipped "
        f"head was fitted on all of them.{unread}"
    )
