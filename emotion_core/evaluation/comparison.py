"""Several files of answers on the same items: differences, McNemar's test, where they disagree."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, TypeVar

import numpy as np

from ..errors import InvalidInput
from .comparison_answers import Answers, answers_of
from .comparison_items import shared_items
from .comparison_labels import LabelTables
from .comparison_scores import Difference, Differences, McNemar, mcnemar
from .metrics import BOOTSTRAP_SAMPLES, ClassificationScores
from .prediction_report import scores_record
from .predictions import Predictions
from .several_tests import holm

MOST_EXAMPLES = 100
ANSWERS_APART = "McNemar's test takes items as independent; the intervals draw groups whole"
Table = TypeVar("Table", Predictions, LabelTables)
"""files are all of one kind"""


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
        class_f1: label -> the same of its F1
        mcnemar: test of their accuracies
        pairs: (truth, first, second) -> items on which they disagree so, the most frequent first
        examples: up to 100 of these items
        notices: what a person should know
    """

    names: tuple[str, str]
    first: ClassificationScores
    second: ClassificationScores
    differences: dict[str, Difference]
    class_f1: dict[str, Difference]
    mcnemar: McNemar
    pairs: dict[tuple[str, str, str], int]
    examples: list[Disagreement]
    notices: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """All of it, ready for JSON."""
        return {
            "n": self.first.n,
            "labels": list(self.first.labels),
            "a": {"file": self.names[0], **scores_record(self.first)},
            "b": {"file": self.names[1], **scores_record(self.second)},
            **self.record(),
            "notices": list(self.notices),
        }

    def record(self) -> dict[str, Any]:
        """What the two differ in, ready for JSON."""
        keys = ("truth", "a", "b")
        return {
            "difference": {name: d.as_dict() for name, d in self.differences.items()},
            "per_class_f1": {label: d.as_dict() for label, d in self.class_f1.items()},
            "mcnemar": {
                "only_a_right": self.mcnemar.only_first,
                "only_b_right": self.mcnemar.only_second,
                "p_value": self.mcnemar.p_value,
                "p_holm": self.mcnemar.corrected,
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
        }


@dataclass(frozen=True, eq=False)
class ManyComparison:
    """Two models or more on the same items, each against each.

    Attributes:
        answers: to the shared items
        scores: of each file
        pairs: (first, second) places of files -> how they differ
        samples: of the bootstrap
        notices: what a person should know
    """

    answers: Answers
    scores: list[ClassificationScores]
    pairs: dict[tuple[int, int], Comparison]
    samples: int
    notices: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Of the files."""
        return self.answers.names

    @property
    def right(self) -> np.ndarray:
        """(file, item) bool: whether an answer is right."""
        answers = self.answers
        return np.stack([~answers.apart(answers.truth, given) for given in answers.given])

    def examples(self) -> list[tuple[str, str, tuple[str, ...]]]:
        """Item, truth and the answer of each file, of up to 100 items on which not all agree."""
        found, first = self.answers, self.answers.given[0]
        apart = np.any([found.apart(first, other) for other in found.given[1:]], axis=0)
        return [
            (
                found.items[i],
                found.in_words(found.truth, i),
                tuple(found.in_words(given, i) for given in found.given),
            )
            for i in np.flatnonzero(apart)[:MOST_EXAMPLES].tolist()
        ]

    def as_dict(self) -> dict[str, Any]:
        """All of it, ready for JSON; of two files in the form of `Comparison`."""
        if len(self.names) == 2:
            return self.pairs[0, 1].as_dict()
        right = self.right
        return {
            "n": len(self.answers.truth),
            "labels": list(self.answers.labels),
            "files": [
                {"file": name, **scores_record(s)}
                for name, s in zip(self.names, self.scores, strict=True)
            ],
            "pairs": [
                {"a": pair.names[0], "b": pair.names[1], **pair.record()}
                for pair in self.pairs.values()
            ],
            "all_right": int(right.all(0).sum()),
            "all_wrong": int((~right).all(0).sum()),
            "examples": [
                {"id": item, "truth": truth, "answers": list(given)}
                for item, truth, given in self.examples()
            ],
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
    return compare_all([first, second], samples, seed).pairs[0, 1]


def compare_all(
    files: Sequence[Table], samples: int = BOOTSTRAP_SAMPLES, seed: int = 0
) -> ManyComparison:
    """Compare two files or more, each against each, on the items that all of them hold.

    Args:
        files: all with one answer per item, or all with several labels; the first has the groups
            that are drawn whole
        samples: of the bootstrap
        seed: of the bootstrap

    Raises:
        InvalidInput: if there are fewer than two, they share no item, or an item has two truths
    """
    if len(files) < 2:
        raise InvalidInput(f"expected two files of answers or more, got {len(files)}")
    shared, told = shared_items(files)
    answers = answers_of(shared)
    if answers.groups is not None:
        told.append(ANSWERS_APART)
    notices = tuple(dict.fromkeys([*told, *(n for f in shared for n in f.notices)]))
    scores = [answers.scores(place, samples, seed) for place in range(len(shared))]
    pairs = {}
    for pair in combinations(range(len(shared)), 2):
        pairs[pair] = _pair(
            answers, scores, pair, notices, answers.differences(pair, samples, seed)
        )
    corrected = holm([p.mcnemar.p_value for p in pairs.values()])
    for (pair, found), value in zip(list(pairs.items()), corrected, strict=True):
        pairs[pair] = replace(found, mcnemar=replace(found.mcnemar, corrected=value))
    return ManyComparison(answers, scores, pairs, samples, notices)


def _pair(
    answers: Answers,
    scores: Sequence[ClassificationScores],
    pair: tuple[int, int],
    notices: tuple[str, ...],
    differences: Differences,
) -> Comparison:
    first, second = pair
    a, b = answers.given[first], answers.given[second]
    apart = np.flatnonzero(answers.apart(a, b)).tolist()
    spelt = [
        (answers.in_words(answers.truth, i), answers.in_words(a, i), answers.in_words(b, i))
        for i in apart
    ]
    return Comparison(
        names=(answers.names[first], answers.names[second]),
        first=scores[first],
        second=scores[second],
        differences=differences.scores,
        class_f1=dict(zip(answers.labels, differences.class_f1, strict=True)),
        mcnemar=mcnemar(*(~answers.apart(answers.truth, given) for given in (a, b))),
        pairs=dict(Counter(spelt).most_common()),
        examples=[
            Disagreement(answers.items[i], *words)
            for i, words in zip(apart[:MOST_EXAMPLES], spelt, strict=False)
        ],
        notices=notices,
    )
