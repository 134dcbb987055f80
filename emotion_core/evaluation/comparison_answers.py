"""The answers of several files to the same items, in the labels of all."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import InvalidInput
from ..labels import ordered
from .comparison_items import listed
from .comparison_labels import LabelTables, labels_in_words
from .comparison_scores import Differences, multi_label_differences, single_label_differences
from .metrics import (
    NO_ANSWER,
    ClassificationScores,
    classification_scores,
    multi_label_scores,
)
from .predictions import Predictions

NOTHING = ""
"""stands for an item without an answer"""


@dataclass(frozen=True, eq=False)
class Answers:
    """The answers of several files to the items that they share.

    Attributes:
        labels: ordered; of all files together
        names: of the files
        items: (item,) ids or rows
        truth: (item,) places of labels, or (item, label) bool
        given: of each file, the same form as `truth`
        groups: (item,) drawn whole, or None
    """

    labels: tuple[str, ...]
    names: tuple[str, ...]
    items: list[str]
    truth: np.ndarray
    given: list[np.ndarray]
    groups: np.ndarray | None

    @property
    def several(self) -> bool:
        """Whether several labels may apply to an item."""
        return self.truth.ndim > 1

    def apart(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """(item,) bool: whether two answers differ."""
        unlike = first != second
        return unlike.any(1) if self.several else unlike

    def in_words(self, answers: np.ndarray, item: int) -> str:
        """An answer or truth as its labels; empty where there is none."""
        if self.several:
            return labels_in_words(answers[item], self.labels)
        return (*self.labels, NOTHING)[answers[item]]  # NO_ANSWER, -1, is the last

    def scores(self, place: int, samples: int, seed: int) -> ClassificationScores:
        """Of one file."""
        kind = multi_label_scores if self.several else classification_scores
        return kind(self.truth, self.given[place], self.labels, self.groups, samples, seed)

    def differences(self, pair: tuple[int, int], samples: int, seed: int) -> Differences:
        """Of two files, the second minus the first."""
        triple = (self.truth, self.given[pair[0]], self.given[pair[1]])
        if self.several:
            return multi_label_differences(triple, self.groups, samples, seed)
        return single_label_differences(triple, len(self.labels), self.groups, samples, seed)


def answers_of(files: Sequence[Predictions | LabelTables]) -> Answers:
    """Truths and answers in the labels of all files, checked to be of the same items.

    Args:
        files: with the same items in one order; the first has the groups that are drawn whole

    Raises:
        InvalidInput: if an item has two truths
    """
    labels = ordered({x for f in files for x in f.labels})
    truths, given = zip(*(_in_labels(f, labels) for f in files), strict=True)
    names = _apart_names([f.name for f in files])
    found = Answers(
        labels=labels,
        names=names,
        items=[files[0].name_of(i) for i in range(len(files[0]))],
        truth=truths[0],
        given=list(given),
        groups=files[0].groups,
    )
    for other in truths[1:]:
        _refuse_two_truths(found, other)
    return found


def _apart_names(names: Sequence[str]) -> tuple[str, ...]:
    """Names of files, numbered where two are the same.

    Example:
        >>> _apart_names(["a.csv", "b.csv", "a.csv"])
        ('a.csv', 'b.csv', 'a.csv (2)')
    """
    return tuple(
        f"{name} ({before + 1})" if (before := names[:i].count(name)) else name
        for i, name in enumerate(names)
    )


def _in_labels(
    file: Predictions | LabelTables, labels: tuple[str, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Truth and answer in other labels, which hold the file's own; no answer stays none."""
    if isinstance(file, LabelTables):
        return file.in_labels(labels)
    numbers = np.array([*(labels.index(x) for x in file.labels), NO_ANSWER])
    return numbers[file.truth], numbers[file.prediction]


def _refuse_two_truths(found: Answers, other: np.ndarray) -> None:
    apart = np.flatnonzero(found.apart(found.truth, other))
    if len(apart):
        i = int(apart[0])
        raise InvalidInput(
            "expected the same truth for an item in both files, got "
            f"{found.in_words(found.truth, i)!r} and {found.in_words(other, i)!r} for "
            f"{found.items[i]} and others for {len(apart):,} items in all "
            f"({listed(found.items[j] for j in apart.tolist())}); are these the same items in the "
            "same order?"
        )
