"""Truths and answers of a file as numbers; what cannot be scored is refused by row."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..datasets.columns import PredictionColumns, WordColumn, column_names, named_rows, read_columns
from ..errors import InvalidInput
from ..labels import ordered
from .metrics import NO_ANSWER
from .spelling import Carried, alike, carry

PROBABILITIES, ERROR = "p_", "error"
TOLERANCE = 0.01
"""by which probabilities, which were rounded, may miss a sum of 1"""
MOST_LABELS = 200
FEW_GROUPS = 5
"""below which their bootstrap tells little"""


@dataclass(frozen=True)
class ColumnChoice:
    """Which columns of a file mean what.

    Attributes:
        truth: labels
        prediction: labels; empty where there is no answer
        group: speaker or dialogue
        identity: of the item
        probabilities: what their columns start with; None takes `p_` where such columns fit the
            answers, "" takes none
        slices: columns to compare scores by
    """

    truth: str
    prediction: str
    group: str | None = None
    identity: str | None = None
    probabilities: str | None = None
    slices: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Probabilities:
    """Probabilities of the items that have an answer.

    Attributes:
        labels: as the columns name them
        items: (scored,) which items
        values: (scored, label), each row summing to 1
    """

    labels: tuple[str, ...]
    items: np.ndarray
    values: np.ndarray


@dataclass(frozen=True, eq=False)
class Predictions:
    """Truths and answers of the same items.

    Attributes:
        name: of the file
        columns: where they stood
        labels: ordered; of truths and answers together
        truth: (item,) places in `labels`
        prediction: (item,) places in `labels`, or `NO_ANSWER`
        rows: (item,) row of the file, counted from 0
        groups: (item,) number of the group; None where none were named
        ids: None where none were named
        probabilities: None where there are none
        slices: column -> its values
        notices: what a person should know
    """

    name: str
    columns: ColumnChoice
    labels: tuple[str, ...]
    truth: np.ndarray
    prediction: np.ndarray
    rows: np.ndarray
    groups: np.ndarray | None
    ids: WordColumn | None
    probabilities: Probabilities | None
    slices: dict[str, WordColumn]
    notices: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.truth)

    def name_of(self, item: int) -> str:
        """The item's id, or its row where it has none."""
        return str(self.rows[item]) if self.ids is None else self.ids[item]

    def take(self, items: np.ndarray) -> "Predictions":
        """Some items, in that order, without their probabilities."""
        return replace(
            self,
            truth=self.truth[items],
            prediction=self.prediction[items],
            rows=self.rows[items],
            groups=None if self.groups is None else self.groups[items],
            ids=None if self.ids is None else self.ids.take(items),
            probabilities=None,
            slices={name: column.take(items) for name, column in self.slices.items()},
        )


def read_predictions(path: Path, columns: ColumnChoice, labels: str = "") -> Predictions:
    """Read a file of truths and answers.

    Args:
        path: CSV, TSV, JSONL or Parquet
        columns: which to read
        labels: name of a label set to carry both to; "" keeps every spelling apart

    Raises:
        InvalidInput: if a column is missing, there is no row, or rows cannot be scored; the
            message names the first of them
    """
    names = column_names(path)
    roles = [columns.truth, columns.prediction, columns.group, columns.identity, *columns.slices]
    words = list(dict.fromkeys(name for name in roles if name))
    if ERROR in names and ERROR not in words:
        words.append(ERROR)
    prefix = PROBABILITIES if columns.probabilities is None else columns.probabilities
    numbers = [n for n in names if prefix and n.startswith(prefix) and n not in words]
    if columns.probabilities and not numbers:
        raise InvalidInput(
            f"{path.name}: no column starts with {prefix!r}; it has {', '.join(names)}"
        )
    content = read_columns(path, words, numbers)
    spelt = tuple(n.removeprefix(prefix) for n in numbers)
    return predictions_from(path.name, columns, content, spelt, labels)


def predictions_from(
    name: str,
    columns: ColumnChoice,
    content: PredictionColumns,
    probabilities: tuple[str, ...] = (),
    labels: str = "",
) -> Predictions:
    """Truths and answers of columns that were read or made.

    Args:
        name: of the file, for messages
        columns: which of them mean what
        content: the columns; a column `error` tells of items without an answer
        probabilities: labels of its columns of numbers, if they are to be used
        labels: name of a label set to carry both to; "" keeps every spelling apart

    Raises:
        InvalidInput: if there is no row, or rows cannot be scored
    """
    if not content.rows:
        raise InvalidInput(f"{name}: expected rows with predictions, got 0 rows")
    found = _scored(name, columns, content, labels)
    if not probabilities:
        return found
    return _with_probabilities(found, content.numbers, probabilities, labels)


def _empty(column: WordColumn) -> np.ndarray:
    """(row,) bool: nothing but blanks."""
    return column.where(w for w in column.words if not w.strip())


def _failed(column: WordColumn) -> np.ndarray:
    """(row,) bool: an error is told; numbers and false are none."""
    return column.where(w for w in column.words if w.strip() and not _is_no_error(w))


def _is_no_error(text: str) -> bool:
    try:
        return math.isfinite(float(text)) or math.isnan(float(text))
    except ValueError:
        return text.strip().lower() in ("false", "none", "null")


def _refuse_missing(name: str, column: WordColumn, what: str) -> None:
    missing = np.flatnonzero(_empty(column))
    if len(missing):
        raise InvalidInput(
            f"{name}: expected {what} in every row, got none in {named_rows(missing)}; fill it in "
            "or leave those rows out"
        )


def _refuse_twice(name: str, column: WordColumn) -> None:
    counts = np.bincount(column.numbers, minlength=len(column.words))
    if counts.max() < 2:
        return
    word = int(counts.argmax())
    rows = np.flatnonzero(column.numbers == word)
    raise InvalidInput(
        f"{name}: expected each id once, got {int((counts > 1).sum()):,} ids several times, such "
        f"as {column.words[word]!r} in {named_rows(rows)}; leave the copies out or name another "
        "column with --id"
    )


def _answered(columns: ColumnChoice, words: Mapping[str, WordColumn]) -> np.ndarray:
    """(row,) bool: there is an answer, and no error is told."""
    answered = ~_empty(words[columns.prediction])
    if ERROR in words and ERROR not in (columns.truth, columns.prediction):
        answered &= ~_failed(words[ERROR])
    return answered


def _checked_ids(
    name: str, columns: ColumnChoice, words: Mapping[str, WordColumn]
) -> WordColumn | None:
    if not columns.identity:
        return None
    ids = words[columns.identity]
    _refuse_missing(name, ids, f"an id ({columns.identity})")
    _refuse_twice(name, ids)
    return ids


def _scored(
    name: str, columns: ColumnChoice, content: PredictionColumns, label_set: str
) -> Predictions:
    """Everything but probabilities."""
    words = content.words
    truth, prediction = words[columns.truth], words[columns.prediction]
    _refuse_missing(name, truth, f"a truth ({columns.truth})")
    answered, ids = _answered(columns, words), _checked_ids(name, columns, words)
    given = {prediction.words[i] for i in np.unique(prediction.numbers[answered])}
    carried = carry([*truth.words, *given], label_set) if label_set else None
    labels, notices = _labels(name, columns, truth, given, carried)
    kept, target = _places(truth, labels, carried), _places(prediction, labels, carried)
    rows, told = _kept_rows(name, kept, label_set)
    groups, alone = group_numbers(words[columns.group]) if columns.group else (None, [])
    return Predictions(
        name=name,
        columns=columns,
        labels=labels,
        truth=kept[rows],
        prediction=np.where(answered, target, NO_ANSWER)[rows],
        rows=rows,
        groups=None if groups is None else groups[rows],
        ids=None if ids is None else ids.take(rows),
        probabilities=None,
        slices={s: words[s].take(rows) for s in columns.slices},
        notices=(
            *notices,
            *told,
            *alone,
            *_class_notices(kept[rows], labels),
            *_group_notices(None if groups is None else groups[rows], columns.group or ""),
        ),
    )


def _kept_rows(name: str, truth: np.ndarray, label_set: str) -> tuple[np.ndarray, list[str]]:
    """Rows whose truth has a place, and how many have none."""
    rows = np.flatnonzero(truth != NO_ANSWER)
    if not len(rows):
        raise InvalidInput(f"{name}: no truth has a place in {label_set}; choose another set")
    lost = len(truth) - len(rows)
    return rows, [f"{lost:,} rows left out: {label_set} lacks their truth"] if lost else []


def _labels(
    name: str, columns: ColumnChoice, truth: WordColumn, given: set[str], carried: Carried | None
) -> tuple[tuple[str, ...], list[str]]:
    """Ordered labels and what is to be told of them."""
    if carried is not None:
        found = {carried.table[w] for w in {*truth.words, *given} if w in carried.table}
        return tuple(x for x in carried.target if x in found), [f"labels carried: {carried.loss}"]
    words = {*truth.words, *given}
    if len(words) > MOST_LABELS:
        raise InvalidInput(
            f"{name}: expected at most {MOST_LABELS} labels, got {len(words):,} different words in "
            f"{columns.truth!r} and {columns.prediction!r}; are these the columns of the labels?"
        )
    notices = [
        f"{' and '.join(map(repr, same))} may be one label; --labels merges spellings"
        for same in alike(words)
    ]
    return ordered(words), notices


def _class_notices(truth: np.ndarray, labels: tuple[str, ...]) -> list[str]:
    support = np.bincount(truth, minlength=len(labels))
    found = []
    if (support > 0).sum() == 1:
        found.append("the truth has one class only: UAR and F1 say little")
    if len(truth) == 1:
        found.append("there is one item only: the intervals mean nothing")
    if absent := [x for x, n in zip(labels, support, strict=True) if not n]:
        found.append(f"answered but never true: {', '.join(absent)}; UAR leaves them out")
    return found


def _group_notices(groups: np.ndarray | None, column: str) -> list[str]:
    number = FEW_GROUPS if groups is None else len(np.unique(groups))
    if number == 1:
        return [f"all items have one {column}: the intervals say nothing of others"]
    if number < FEW_GROUPS:
        return [f"{number} different values of {column} only: the intervals mean little"]
    return []


def _places(column: WordColumn, labels: tuple[str, ...], carried: Carried | None) -> np.ndarray:
    """(row,) place of each word's label, or `NO_ANSWER` where it has none."""
    place = {label: i for i, label in enumerate(labels)}
    table = carried.table if carried else {w: w for w in column.words}
    places = [place.get(table.get(w, ""), NO_ANSWER) for w in column.words]
    return np.array(places, np.int64)[column.numbers]


def group_numbers(column: WordColumn) -> tuple[np.ndarray, list[str]]:
    """(row,) number of its group, and how many rows are alone since they name none."""
    missing = _empty(column)
    groups = column.numbers.astype(np.int64)
    groups[missing] = len(column.words) + np.arange(missing.sum())
    alone = int(missing.sum())
    return groups, [f"{alone:,} rows without a group count as a group each"] if alone else []


def _with_probabilities(
    found: Predictions, matrix: np.ndarray, spelt: tuple[str, ...], label_set: str
) -> Predictions:
    """Probabilities of the answered items, checked, in the labels of the report."""
    items = np.flatnonzero(found.prediction != NO_ANSWER)
    answers = {found.labels[i] for i in np.unique(found.prediction[items])}
    carried = carry([*spelt], label_set) if label_set else None
    columns = set(carried.table.values()) if carried else set(spelt)
    if lacking := sorted(answers - columns):
        told = f"no probabilities are used: no column holds those of {', '.join(lacking)}"
        if found.columns.probabilities is not None:
            raise InvalidInput(f"{found.name}: {told}; name another start with --probabilities")
        return replace(found, notices=(*found.notices, told))
    if not len(items):
        return found
    values = matrix if len(items) == len(matrix) else matrix[found.rows[items]]
    _refuse_improbable(found.name, values, found.rows[items])
    values /= values.sum(1, keepdims=True)
    if carried is not None:
        values, spelt = carried.mapping_of(spelt).apply(values), carried.target
    return replace(found, probabilities=Probabilities(spelt, items, values))


def _refuse_improbable(name: str, values: np.ndarray, rows: np.ndarray) -> None:
    """Raise where probabilities (item, label) are missing, beyond [0, 1], or miss a sum of 1."""
    sums = values.sum(1)
    faults = {
        "a probability for every label": np.isnan(sums),
        "probabilities from 0 to 1": (values.min(1) < -1e-6) | (values.max(1) > 1 + 1e-6),
        "probabilities that sum to 1": np.abs(sums - 1) > TOLERANCE,
    }
    for expected, wrong in faults.items():
        if wrong.any():
            raise InvalidInput(
                f"{name}: expected {expected} in each row with an answer, got something else in "
                f"{named_rows(rows[wrong])}, where they sum to {sums[wrong][0]:.4g}; mend them or "
                'leave them out with --probabilities ""'
            )
