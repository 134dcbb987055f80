"""What a model does to different people: rates and scores per slice, and whether they differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scipy.stats import binomtest

from ..datasets.columns import WordColumn
from .metrics import BOOTSTRAP_SAMPLES, NO_ANSWER, Interval
from .predictions import ColumnChoice, Predictions
from .several_tests import holm
from .slices import Gap, SlicedScores, sliced_scores

LEVEL = 0.05
"""of a corrected p-value, below which a gap is called more than chance"""
YES = ("yes",)


@dataclass(frozen=True)
class SliceRate:
    """A rate or score of one slice.

    Attributes:
        n: items
        value: in [0, 1]
        interval: 95 %; None where all items are of one group, which tells nothing of others
    """

    n: int
    value: float
    interval: Interval | None


@dataclass(frozen=True, eq=False)
class Check:
    """One measure, compared between the slices of one column.

    Attributes:
        column: what tells the slices
        measure: what is compared, in words
        slices: value -> its rate, the largest slice first
        gap: between the judged slices; None where fewer than two can be judged
        permuted: what changed slices in the test: `items`, `groups`, or another word
        permutations: how many
    """

    column: str
    measure: str
    slices: dict[str, SliceRate]
    gap: Gap | None
    permuted: str
    permutations: int

    def as_dict(self) -> dict[str, Any]:
        """All of it, ready for JSON."""
        gap = self.gap and {
            "lowest": self.gap.lowest,
            "highest": self.gap.highest,
            "difference": round(self.gap.difference, 4),
            "p_value": round(self.gap.p_value, 4),
            "corrected": round(self.gap.corrected, 4),
        }
        return {
            "column": self.column,
            "measure": self.measure,
            "slices": [
                {
                    "slice": name,
                    "n": rate.n,
                    "value": round(rate.value, 4),
                    "interval": rate.interval and [round(x, 4) for x in rate.interval],
                }
                for name, rate in self.slices.items()
            ],
            "gap": gap,
            "permuted": self.permuted,
            "permutations": self.permutations,
        }


@dataclass(frozen=True, eq=False)
class FairnessPart:
    """Checks on one set of data.

    Attributes:
        title: what they are about
        protocol: data, items and method, in words
        limits: what they cannot show
        checks: of one family, whose p-values are corrected together
        facts: further measured numbers, name in words -> value, or value and interval
    """

    title: str
    protocol: str
    limits: str
    checks: tuple[Check, ...]
    facts: dict[str, list[float]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """All of it, ready for JSON."""
        return {
            "title": self.title,
            "protocol": self.protocol,
            "limits": self.limits,
            "checks": [check.as_dict() for check in self.checks],
            "facts": {k: [round(x, 4) for x in v] for k, v in self.facts.items()},
        }


def word_column(values: Sequence[str] | np.ndarray) -> WordColumn:
    """A column of words, each distinct one kept once."""
    words, numbers = np.unique(np.asarray(values, str), return_inverse=True)
    return WordColumn(numbers.reshape(-1), tuple(words.tolist()))


def sliced_predictions(
    labels: tuple[str, ...],
    truth: np.ndarray,
    prediction: np.ndarray,
    columns: Mapping[str, np.ndarray],
    groups: np.ndarray | None = None,
) -> Predictions:
    """Answers that are at hand as numbers, in the form that slices are scored in.

    Args:
        labels: ordered
        truth: (item,) places in `labels`
        prediction: (item,) places in `labels`, or `NO_ANSWER`
        columns: name -> (item,) words
        groups: (item,) speaker or person; None where items are independent
    """
    number = None if groups is None else np.unique(groups, return_inverse=True)[1].reshape(-1)
    return Predictions(
        name="answers",
        columns=ColumnChoice("truth", "prediction"),
        labels=labels,
        truth=truth,
        prediction=prediction,
        rows=np.arange(len(truth)),
        groups=number,
        ids=None,
        probabilities=None,
        slices={name: word_column(values) for name, values in columns.items()},
        notices=(),
    )


def score_checks(
    predictions: Predictions, measures: Mapping[str, str], samples: int = BOOTSTRAP_SAMPLES
) -> list[Check]:
    """Scores per slice of each column.

    Args:
        predictions: with slices
        measures: `accuracy` or `uar` -> what it is called
        samples: of the bootstrap
    """
    return [
        Check(
            column=sliced.column,
            measure=named,
            slices={
                value: SliceRate(
                    s.n,
                    s.metrics[metric],
                    s.intervals[metric] if _several(predictions, sliced.column, value) else None,
                )
                for value, s in sliced.slices.items()
            },
            gap=sliced.gaps.get(metric),
            permuted=sliced.permuted,
            permutations=sliced.permutations,
        )
        for sliced in sliced_scores(predictions, samples)
        for metric, named in measures.items()
    ]


def _several(predictions: Predictions, column: str, value: str) -> bool:
    """Whether a slice has items of more than one group."""
    if predictions.groups is None:
        return True
    chosen = predictions.slices[column].where([value])
    return len(set(predictions.groups[chosen].tolist())) > 1


def rate_checks(
    outcomes: Mapping[str, np.ndarray], columns: Mapping[str, np.ndarray]
) -> list[Check]:
    """How often each outcome occurs in each slice of each column; Wilson's intervals.

    Args:
        outcomes: measure in words -> (item,) bool
        columns: name -> (item,) words; items are independent of each other
    """
    return [
        _rate_check(measure, sliced)
        for measure, hits in outcomes.items()
        for sliced in sliced_scores(
            sliced_predictions(
                YES, np.zeros(len(hits), int), np.where(hits, 0, NO_ANSWER), columns
            ),
            samples=1,
        )
    ]


def _rate_check(measure: str, sliced: SlicedScores) -> Check:
    rates = {}
    for value, scores in sliced.slices.items():
        hits = scores.n - int(scores.unanswered.sum())
        found = binomtest(hits, scores.n).proportion_ci(method="wilson")
        rates[value] = SliceRate(scores.n, hits / scores.n, (float(found.low), float(found.high)))
    gap = sliced.gaps.get("accuracy")
    return Check(sliced.column, measure, rates, gap, sliced.permuted, sliced.permutations)


def corrected_together(checks: Sequence[Check]) -> tuple[Check, ...]:
    """The checks as one family, with p-values corrected for their number by Holm."""
    judged = [c.gap.p_value for c in checks if c.gap is not None]
    corrected = iter(holm(judged)) if judged else iter(())
    return tuple(
        c if c.gap is None else replace(c, gap=replace(c.gap, corrected=next(corrected)))
        for c in checks
    )


def told(check: Mapping[str, Any]) -> str:
    """A check, as `Check.as_dict` writes it, in a sentence.

    Example:
        >>> gap = {"lowest": "m", "highest": "f", "difference": 0.05, "corrected": 0.4}
        >>> told({"column": "sex", "measure": "UAR", "gap": gap, "permuted": "groups"})
        'UAR by sex: largest gap 0.050, m below f; it may be chance (corrected p = 0.400).'
    """
    gap = check["gap"]
    head = f"{check['measure']} by {check['column']}:"
    if gap is None:
        return f"{head} too few items in all slices but one to judge a gap."
    if gap["difference"] == 0:
        return f"{head} no gap between the slices."
    chance = (
        f"it may be chance (corrected p = {gap['corrected']:.3f})"
        if gap["corrected"] >= LEVEL
        else f"more than chance gives (corrected p = {gap['corrected']:.3f})"
    )
    return (
        f"{head} largest gap {gap['difference']:.3f}, {gap['lowest']} below {gap['highest']}; "
        f"{chance}."
    )
