"""Files in which several labels may apply to an item, as tables of labels."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..datasets.columns import WordColumn, column_names, named_rows, read_columns
from ..errors import InvalidInput
from ..labels import ordered
from .predictions import ERROR, ColumnChoice

SEVERAL = "|"
"""between the labels of one item"""
MOST_LABELS = 200


@dataclass(frozen=True, eq=False)
class LabelTables:
    """Truths and answers of the same items, several labels in each.

    Attributes:
        name: of the file
        labels: ordered; of truths and answers together
        truth: (item, label) bool
        prediction: (item, label) bool
        rows: (item,) row of the file, counted from 0
        groups: (item,) number of the group; None where none were named
        ids: None where none were named
        notices: what a person should know
    """

    name: str
    labels: tuple[str, ...]
    truth: np.ndarray
    prediction: np.ndarray
    rows: np.ndarray
    groups: np.ndarray | None
    ids: WordColumn | None
    notices: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    def name_of(self, item: int) -> str:
        """The item's id, or its row where it has none."""
        return str(self.rows[item]) if self.ids is None else self.ids[item]

    def take(self, items: np.ndarray) -> "LabelTables":
        """Some items, in that order."""
        return replace(
            self,
            truth=self.truth[items],
            prediction=self.prediction[items],
            rows=self.rows[items],
            groups=None if self.groups is None else self.groups[items],
            ids=None if self.ids is None else self.ids.take(items),
        )

    def in_labels(self, labels: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
        """Truth and prediction (item, label) in more labels, which hold its own."""
        places = [labels.index(x) for x in self.labels]
        wide = np.zeros((2, len(self), len(labels)), bool)
        wide[:, :, places] = self.truth, self.prediction
        return wide[0], wide[1]


def labels_in_words(row: np.ndarray, labels: tuple[str, ...]) -> str:
    """The labels of one item, joined.

    Example:
        >>> labels_in_words(np.array([True, False, True]), ("joy", "fear", "love"))
        'joy|love'
    """
    return SEVERAL.join(x for x, there in zip(labels, row, strict=True) if there)


def _split(word: str) -> list[str]:
    return [part.strip() for part in word.split(SEVERAL) if part.strip()]


def _table(column: WordColumn, labels: tuple[str, ...]) -> np.ndarray:
    """(row, label) bool."""
    place = {label: i for i, label in enumerate(labels)}
    table = np.zeros((len(column.words), len(labels)), bool)
    for row, word in enumerate(column.words):
        table[row, [place[x] for x in _split(word)]] = True
    return table[column.numbers]


def _ordered_labels(name: str, columns: Iterable[WordColumn]) -> tuple[str, ...]:
    words = {x for column in columns for word in column.words for x in _split(word)}
    if not words or len(words) > MOST_LABELS:
        raise InvalidInput(
            f"{name}: expected 1 to {MOST_LABELS} labels, joined by {SEVERAL!r} where an item has "
            f"several, got {len(words):,} different ones; are these the columns of the labels?"
        )
    return ordered(words)


def read_label_tables(path: Path, columns: ColumnChoice) -> LabelTables:
    """Read a file whose cells hold labels joined by `|`; an empty cell holds none.

    Args:
        path: CSV, TSV, JSONL or Parquet
        columns: truth, prediction and, if known, group and identity

    Raises:
        InvalidInput: if a column is missing, there is no row, or an id is there twice
    """
    wanted = [columns.truth, columns.prediction, columns.group, columns.identity]
    words = list(dict.fromkeys(name for name in wanted if name))
    failed = ERROR in column_names(path) and ERROR not in words
    content = read_columns(path, [*words, ERROR] if failed else words, [], SEVERAL)
    if not content.rows:
        raise InvalidInput(f"{path.name}: expected rows with predictions, got 0 rows")
    truth, prediction = content.words[columns.truth], content.words[columns.prediction]
    labels = _ordered_labels(path.name, (truth, prediction))
    answers = _table(prediction, labels)
    if failed:
        answers &= content.words[ERROR].where([""])[:, None]
    ids = content.words[columns.identity] if columns.identity else None
    if ids is not None:
        _refuse_twice(path.name, ids)
    groups = None
    if columns.group:
        named = content.words[columns.group]
        alone = len(named.words) + np.arange(content.rows)
        groups = np.where(named.where([""]), alone, named.numbers)
    return LabelTables(
        name=path.name,
        labels=labels,
        truth=_table(truth, labels),
        prediction=answers,
        rows=np.arange(content.rows),
        groups=groups,
        ids=ids,
    )


def _refuse_twice(name: str, ids: WordColumn) -> None:
    counts = np.bincount(ids.numbers, minlength=len(ids.words))
    if counts.max() > 1:
        rows = np.flatnonzero(ids.numbers == counts.argmax())
        raise InvalidInput(
            f"{name}: expected each id once, got one several times: {named_rows(rows)}"
        )
