"""A table that names items and their labels: CSV, TSV, JSONL or Parquet."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..errors import InvalidInput
from ..labels import label_of
from .columns import WordColumn, column_names, read_columns
from .labelled_files import FolderFiles, ItemFiles
from .labelled_hub import with_class_names
from .labelled_items import SEVERAL, LabelledChoice, LabelledItems, LabelledModality
from .labelled_splits import chosen_split, splits_in_our_words
from .sources import EMOTION, GROUP_COLUMNS, KNOWN_COLUMNS

PATH_COLUMNS, TEXT_COLUMNS, TRUTH_COLUMNS = (
    (name, *KNOWN_COLUMNS[name]) for name in ("path", "text", "label")
)
SPLIT, IDENTITY = "split", "id"


def item_column(modality: LabelledModality, names: Sequence[str]) -> str:
    """The column of the texts or paths, by its name; "" where there is none."""
    known = (*TEXT_COLUMNS, *PATH_COLUMNS) if modality == "text" else PATH_COLUMNS
    return _first(names, known)


def truth_column(names: Sequence[str]) -> str:
    """The column of the labels, by its name; "" where there is none."""
    return _first(names, (*TRUTH_COLUMNS, EMOTION))


def group_column(names: Sequence[str]) -> str:
    """The column of speakers or the like, by its name; "" where there is none."""
    return _first(names, GROUP_COLUMNS)


def split_column(names: Sequence[str]) -> str:
    """The column of the splits, by its name; "" where there is none."""
    return _first(names, (SPLIT,))


def _first(names: Sequence[str], wanted: Sequence[str]) -> str:
    lower: Mapping[str, str] = {n.strip().lower(): n for n in reversed(names)}
    return next((lower[w] for w in wanted if w in lower), "")


def read_table_items(
    modality: LabelledModality,
    path: Path,
    choice: LabelledChoice,
    files: ItemFiles | None = None,
    named_after: str = "",
) -> LabelledItems:
    """The items that a table names.

    Args:
        modality: of the items
        path: of the table
        choice: split and columns
        files: where its paths lead; None takes the table's folder
        named_after: split that the table is named after; all of it is read

    Raises:
        InvalidInput: if a column is missing, an item has no label, or there is none
    """
    names = column_names(path)
    columns = _columns(modality, names, choice, path.name)
    wanted = [c for c in (*columns.values(), *choice.slices) if c]
    content = read_columns(path, list(dict.fromkeys(wanted)), (), SEVERAL)
    if not content.rows:
        raise InvalidInput(f"{path.name}: expected rows with labels, got 0 rows")
    splits = WordColumn.of([named_after] * content.rows)
    if columns["split"] and not named_after:
        splits = content.words[columns["split"]]
    rows, split, told = chosen_split(splits, choice.split, path.name)
    truth = with_class_names(path, columns["truth"], content.words[columns["truth"]])
    truth = _truth(truth, columns["truth"])
    kept, missing = _labelled(truth, rows, columns["truth"], path.name)
    found = _items(modality, columns, content.words, truth, kept, files or FolderFiles(path.parent))
    return replace(
        found,
        name=path.name,
        slices={s: content.words[s].take(kept) for s in choice.slices},
        split=split,
        splits=splits_in_our_words(splits).take(kept) if split else None,
        left_out=len(rows) - len(kept),
        notices=(*told, *missing),
    )


def _columns(
    modality: LabelledModality, names: Sequence[str], choice: LabelledChoice, table: str
) -> dict[str, str]:
    """Role -> column, "" where it has none; those that must be there are."""
    item = choice.column or item_column(modality, names)
    truth = choice.truth or truth_column(names)
    for column, what, option in (
        (item, "texts" if modality == "text" else "paths", "--column"),
        (truth, "labels", "--truth"),
    ):
        if column not in names:
            asked = f"no column {column!r}" if column else f"no column of {what}"
            raise InvalidInput(f"{table}: {asked}; it has {', '.join(names)}; name one: {option}")
    return {
        "item": item,
        "truth": truth,
        "group": choice.group or group_column(names),
        "split": split_column(names),
        "id": _first(names, (IDENTITY,)),
    }


def _truth(column: WordColumn, name: str) -> WordColumn:
    """Labels as written; those of a known data set in the words of `labels.py`."""
    if name.strip().lower() != EMOTION:
        return column
    return WordColumn(column.numbers, tuple(label_of(w) for w in column.words))


def _labelled(
    truth: WordColumn, rows: np.ndarray, column: str, table: str
) -> tuple[np.ndarray, list[str]]:
    """Those of the rows that have a label, and how many have none."""
    kept = rows[~truth.where(w for w in truth.words if not w.strip())[rows]]
    if not len(kept):
        raise InvalidInput(f"{table}: no item has a label ({column}); fill it in")
    lost = len(rows) - len(kept)
    return kept, [f"{lost:,} rows left out: they have no label ({column})"] if lost else []


def _items(
    modality: LabelledModality,
    columns: Mapping[str, str],
    words: Mapping[str, WordColumn],
    truth: WordColumn,
    rows: np.ndarray,
    files: ItemFiles,
) -> LabelledItems:
    """These rows as items."""
    item, group = words[columns["item"]], columns["group"]
    by_text = columns["item"].strip().lower() not in PATH_COLUMNS and modality == "text"
    return LabelledItems(
        modality=modality,
        name="",
        sources=item.take(rows) if by_text else [files.source(name) for name in item.take(rows)],
        truth=truth.take(rows),
        ids=_names(words, columns["id"], None if by_text else item, rows),
        groups=words[group].take(rows) if group else None,
        group_column=group,
    )


def _names(
    words: Mapping[str, WordColumn], identity: str, paths: WordColumn | None, rows: np.ndarray
) -> list[str]:
    """What each item is called: its id, else its path, where that is told once, else its row."""
    for column in (words[identity] if identity else None, paths):
        if column is None:
            continue
        called = list(column.take(rows))
        if len(set(called)) == len(called) and all(c.strip() for c in called):
            return called
    return [str(i) for i in rows]
