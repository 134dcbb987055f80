"""Everything that a file of truths and answers tells, ready for JSON and for a page."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from .curves import ProbabilityScores, probability_scores
from .metrics import AVERAGES, BOOTSTRAP_SAMPLES, ClassificationScores, classification_scores
from .predictions import Predictions
from .slices import SlicedScores, sliced_scores


@dataclass(frozen=True, eq=False)
class PredictionReport:
    """Scores of one file.

    Attributes:
        predictions: what was scored
        scores: of all items
        probabilities: None where the file has none
        slices: one for each column asked for
        samples: of the bootstrap
        seed: of bootstrap and permutations
    """

    predictions: Predictions
    scores: ClassificationScores
    probabilities: ProbabilityScores | None
    slices: list[SlicedScores]
    samples: int
    seed: int

    @property
    def unanswered(self) -> int:
        """Items without an answer."""
        return int(self.scores.unanswered.sum())

    @property
    def groups(self) -> int | None:
        """How many groups there are, None where none were named."""
        groups = self.predictions.groups
        return None if groups is None else len(np.unique(groups))

    def as_dict(self) -> dict[str, Any]:
        """All of it, ready for JSON."""
        record = scores_record(self.scores)
        if self.probabilities is not None:
            record["probabilities"] = _probability_record(self.probabilities)
        if self.slices:
            record["slices"] = {s.column: _slice_record(s) for s in self.slices}
        record["protocol"] = {
            "file": self.predictions.name,
            "truth": self.predictions.columns.truth,
            "prediction": self.predictions.columns.prediction,
            "group": self.predictions.columns.group,
            "groups": self.groups,
            "bootstrap_samples": self.samples,
            "seed": self.seed,
        }
        record["notices"] = list(self.predictions.notices)
        return record


def evaluate_predictions(
    predictions: Predictions, samples: int = BOOTSTRAP_SAMPLES, seed: int = 0
) -> PredictionReport:
    """Score truths and answers.

    Args:
        predictions: read from a file
        samples: of the bootstrap
        seed: of bootstrap and permutations

    Raises:
        InvalidInput: if a slice column has too many values
    """
    scores = classification_scores(
        predictions.truth,
        predictions.prediction,
        predictions.labels,
        predictions.groups,
        samples,
        seed,
        AVERAGES,
    )
    return PredictionReport(
        predictions=predictions,
        scores=scores,
        probabilities=_scored_probabilities(predictions),
        slices=sliced_scores(predictions, samples, seed),
        samples=samples,
        seed=seed,
    )


def _scored_probabilities(predictions: Predictions) -> ProbabilityScores | None:
    given = predictions.probabilities
    if given is None:
        return None
    place = {label: i for i, label in enumerate(given.labels)}
    places = np.array([place.get(label, -1) for label in predictions.labels])
    return probability_scores(places[predictions.truth[given.items]], given.values, given.labels)


def scores_record(scores: ClassificationScores) -> dict[str, Any]:
    """Scores in the form that scripts rely on, ready for JSON."""
    unanswered = int(scores.unanswered.sum())
    return {
        "n": scores.n,
        **scores.metrics,
        "baseline": scores.baseline,
        "unanswered": {"count": unanswered, "share": unanswered / scores.n},
        "per_class": {k: asdict(v) for k, v in scores.per_class.items()},
        "confusion": {
            "labels": list(scores.labels),
            "counts": scores.confusion.tolist(),
            "unanswered": scores.unanswered.tolist(),
        },
        "intervals": {k: list(v) for k, v in scores.intervals.items()},
    }


def _probability_record(found: ProbabilityScores) -> dict[str, Any]:
    names = ("mean_probability", "share_right", "items")
    return {
        "n": found.n,
        "ece": found.ece,
        "log_loss": found.log_loss,
        "brier": found.brier,
        "aurc": found.aurc,
        "roc_auc": {k: c.roc_auc for k, c in found.by_class.items()},
        "average_precision": {k: c.average_precision for k, c in found.by_class.items()},
        "reliability": [dict(zip(names, row, strict=True)) for row in found.reliability.tolist()],
        "coverage_risk": found.coverage_risk.tolist(),
    }


def _slice_record(sliced: SlicedScores) -> dict[str, Any]:
    return {
        "slices": {
            value: {
                "n": scores.n,
                **scores.metrics,
                "unanswered": int(scores.unanswered.sum()),
                "intervals": {k: list(v) for k, v in scores.intervals.items()},
            }
            for value, scores in sliced.slices.items()
        },
        "judged": list(sliced.judged),
        "gaps": {metric: asdict(gap) for metric, gap in sliced.gaps.items()},
        "permuted": sliced.permuted,
        "permutations": sliced.permutations,
    }
