"""Two files of answers on the same items: differences, McNemar's test, where they disagree."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.stats import binomtest

from ..errors import InvalidInput
from ..labels import ordered
from .bootstrap import bootstrap_counts
from .metrics import (
    BOOTSTRAP_SAMPLES,
    NO_ANSWER,
    PERCENTILES,
    ClassificationScores,
    Interval,
    classification_scores,
    confusion_cells,
    confusion_metrics,
)
from .prediction_report import scores_record
from .predictions import Predictions

COMPARED = ("accuracy", "uar", "macro_f1")
MOST_EXAMPLES = 100
NAMED = 5
NOTHING = ""
"""stands for an item without an answer"""


@dataclass(frozen=True)
class Difference:
    """A score of the second file minus that of the first, with its paired 95 % interval."""

    value: float
    interval: Interval


@dataclass(frozen=True)
class McNemar:
    """McNemar's exact test: whether one is right where the other is wrong more often than chance.

    Items are taken as independent, whatever their groups.

    Attributes:
        only_first: items that only the first file has right
        only_second: items that only the second has right
        p_value: two-sided, of the binomial distribution
    """

    only_first: int
    only_second: int
    p_value: float


@dataclass(frozen=True)
class Disagreement:
    """An item with two answers; an empty one is none."""

    item: str
    truth: str
    first: str
    second: str


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two models on the same items.

    Attributes:
        names: of the files
        first: scores on the shared items
        second: likewise
        differences: score -> second minus first
        mcnemar: test of their accuracies
        pairs: (truth, first, second) -> items on which they disagree so, the most frequent first
        examples: up to 100 of these items
        notices: what a person should know
    """

    names: tuple[str, str]
    first: ClassificationScores
    second: ClassificationScores
    differences: dict[str, Difference]
    mcnemar: McNemar
    pairs: dict[tuple[str, str, str], int]
    examples: list[Disagreement]
    notices: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """All of it, ready for JSON."""
        keys = ("truth", "a", "b")
        return {
            "n": self.first.n,
            "labels": list(self.first.labels),
            "a": {"file": self.names[0], **scores_record(self.first)},
            "b": {"file": self.names[1], **scores_record(self.second)},
            "difference": {
                name: {"b_minus_a": d.value, "interval": list(d.interval)}
                for name, d in self.differences.items()
            },
            "mcnemar": {
                "only_a_right": self.mcnemar.only_first,
                "only_b_right": self.mcnemar.only_second,
                "p_value": self.mcnemar.p_value,
            },
            "disagreements": {
                "count": sum(self.pairs.values()),
                "pairs": [
                    {**dict(zip(keys, pair, strict=True)), "count": n}
                    for pair, n in self.pairs.items()
                ],
                "examples": [
                    {"id": e.item, "truth": e.truth, "a": e.first, "b": e.second}
                    for e in self.examples
                ],
            },
            "notices": list(self.notices),
        }


def compare_predictions(
    first: Predictions, second: Predictions, samples: int = BOOTSTRAP_SAMPLES, seed: int = 0
) -> Comparison:
    """Compare two files; items are joined by their ids, or by their rows where none are named.

    Args:
        first: with the groups that are drawn whole
        second: of the same items
        samples: of the bootstrap
        seed: of the bootstrap

    Raises:
        InvalidInput: if they share no item, or an item has two truths
    """
    first, second, notices = _joined(first, second)
    labels = ordered({*first.labels, *second.labels})
    truth, a = _renumbered(first, first.truth, labels), _renumbered(first, first.prediction, labels)
    other, b = (_renumbered(second, x, labels) for x in (second.truth, second.prediction))
    _refuse_two_truths(first, truth, other, labels)
    groups = first.groups
    scored = [classification_scores(truth, x, labels, groups, samples, seed) for x in (a, b)]
    if groups is not None:
        notices.append("McNemar's test takes items as independent; the intervals draw groups whole")
    pairs, examples = _disagreements(first, (truth, a, b), labels)
    return Comparison(
        names=(first.name, second.name),
        first=scored[0],
        second=scored[1],
        differences=_differences((truth, a, b), len(labels), groups, samples, seed),
        mcnemar=mcnemar(a == truth, b == truth),
        pairs=pairs,
        examples=examples,
        notices=tuple(dict.fromkeys([*notices, *first.notices, *second.notices])),
    )


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
    return McNemar(only_first, only_second, p_value)


def _joined(first: Predictions, second: Predictions) -> tuple[Predictions, Predictions, list[str]]:
    """Both with the shared items in one order, and what is to be told of it."""
    if (first.ids is None) != (second.ids is None):
        raise InvalidInput("expected ids in both files or in none; name their column with --id")
    if first.ids is None or second.ids is None:
        a, b = first.rows.tolist(), second.rows.tolist()
    else:
        a = [first.ids.words[i] for i in first.ids.numbers]
        b = [second.ids.words[i] for i in second.ids.numbers]
    place = {item: i for i, item in enumerate(b)}
    shared = [(i, place[item]) for i, item in enumerate(a) if item in place]
    by_id = first.ids is not None
    if not shared or (not by_id and len(shared) < max(len(a), len(b))):
        how = "id" if by_id else "row"
        raise InvalidInput(
            f"{first.name} ({len(a):,} items) and {second.name} ({len(b):,} items) share "
            f"{len(shared):,} by {how}; expected the same items"
            + ("" if by_id else ", or a column of ids with --id")
        )
    notices = []
    for name, others, known in (first.name, a, set(b)), (second.name, b, set(a)):
        if missing := [x for x in others if x not in known]:
            listed = _listed(missing)
            notices.append(f"{len(missing):,} items are only in {name} and left out ({listed})")
    kept_a, kept_b = np.array(shared).T
    return first.take(kept_a), second.take(kept_b), notices


def _listed(items: Iterable[object]) -> str:
    names = [str(item) for item in items]
    return ", ".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")


def _renumbered(
    predictions: Predictions, places: np.ndarray, labels: tuple[str, ...]
) -> np.ndarray:
    """Places in other labels; no answer stays none."""
    numbers = np.array([*(labels.index(x) for x in predictions.labels), NO_ANSWER])
    return numbers[places]


def _refuse_two_truths(
    first: Predictions, truth: np.ndarray, other: np.ndarray, labels: tuple[str, ...]
) -> None:
    apart = np.flatnonzero(truth != other)
    if len(apart):
        i = int(apart[0])
        raise InvalidInput(
            f"expected the same truth for an item in both files, got {labels[truth[i]]!r} and "
            f"{labels[other[i]]!r} for {first.name_of(i)} and others for {len(apart):,} items in "
            f"all ({_listed(first.name_of(int(j)) for j in apart[:NAMED])}); are these the same "
            "items in the same order?"
        )


def _differences(
    answers: tuple[np.ndarray, np.ndarray, np.ndarray],
    labels: int,
    groups: np.ndarray | None,
    samples: int,
    seed: int,
) -> dict[str, Difference]:
    """Differences with intervals from samples in which both files have the same items."""
    truth, a, b = answers
    size = labels * (labels + 1)
    kinds, cells = np.unique(
        confusion_cells(truth, a, labels) * size + confusion_cells(truth, b, labels),
        return_inverse=True,
    )
    every = np.arange(len(kinds))
    sides = [
        csr_array((np.ones(len(kinds)), (every, side)), shape=(len(kinds), size))
        for side in (kinds // size, kinds % size)
    ]

    def differences(counts: np.ndarray) -> dict[str, np.ndarray]:
        """Scores of (sample, kind) counts: second minus first."""
        shape = (-1, labels, labels + 1)
        old, new = (confusion_metrics((counts @ side).reshape(shape)) for side in sides)
        return {name: new[name] - old[name] for name in COMPARED}

    cells = cells.reshape(-1)
    exact = differences(np.bincount(cells)[None])
    blocks = [differences(c) for c in bootstrap_counts(cells, len(kinds), groups, samples, seed)]
    found = {}
    for name in COMPARED:
        low, high = np.percentile(np.concatenate([b[name] for b in blocks]), PERCENTILES)
        found[name] = Difference(float(exact[name][0]), (float(low), float(high)))
    return found


def _disagreements(
    first: Predictions,
    answers: tuple[np.ndarray, np.ndarray, np.ndarray],
    labels: tuple[str, ...],
) -> tuple[dict[tuple[str, str, str], int], list[Disagreement]]:
    truth, a, b = answers
    apart = np.flatnonzero(a != b)
    names = (*labels, NOTHING)  # NO_ANSWER, -1, is the last
    numbered = Counter(
        zip(truth[apart].tolist(), a[apart].tolist(), b[apart].tolist(), strict=True)
    )
    pairs = {(names[t], names[x], names[y]): n for (t, x, y), n in numbered.most_common()}
    examples = [
        Disagreement(first.name_of(i), names[truth[i]], names[a[i]], names[b[i]])
        for i in apart[:MOST_EXAMPLES].tolist()
    ]
    return pairs, examples
