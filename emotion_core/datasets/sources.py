"""Where labelled items lie: a folder per class, a folder or file per split, or one table."""

import logging
import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ..errors import InvalidInput
from ..folders import list_files
from ..labels import label_of
from .columns import ENDINGS, column_names, read_columns
from .hub_data import HUB_PREFIX, hub_folder, read_parquet, split_of_shard
from .labelled_items import SEVERAL

log = logging.getLogger(__name__)

SPLITS = ("train", "validation", "test")
SPLIT_ALIASES = {
    "training": "train", "val": "validation", "valid": "validation", "validate": "validation",
    "dev": "validation", "eval": "validation", "testing": "test",
}  # fmt: skip
TABLES = ENDINGS
TABLES_FOLDER = "data"
"""where the hub puts the tables of a data set"""
INDEXES = ("index.csv", "index.parquet")
"""tables that name the items of their folder"""
GROUP_COLUMNS = ("group", "speaker", "person", "subject")
"""the first that a table has says what must stay together"""
KNOWN_COLUMNS = {"text": (), "path": ("file", "filename"), "label": ("labels",), "split": ()}
"""column -> other names of it"""
EMOTION = "emotion"
"""a column of the known data sets, whose words are read as those of `labels.py`"""


def data_path(name: str) -> Path:
    """A path as given, or below `$EMOTION_DATA` (default `../shared/data`) where it is not.

    `hf:owner/name` is a data set of the Hugging Face hub, `hf:folder` a copy of one.
    """
    if name.startswith(HUB_PREFIX):
        return hub_folder(name.removeprefix(HUB_PREFIX))
    path = Path(name)
    root = Path(os.environ.get("EMOTION_DATA", "../shared/data"))
    return path if path.exists() or path.is_absolute() else root / path


def split_of(name: str) -> str:
    """The split that a word, folder or file is named after, or "".

    Example:
        >>> split_of(" Dev "), split_of("Training"), split_of("fold 3")
        ('validation', 'train', '')
    """
    word = name.strip().lower()
    split = SPLIT_ALIASES.get(word, word)
    return split if split in SPLITS else ""


def split_of_path(path: Path) -> str:
    """The split that a table or folder is named after, also as the hub names parts; or ""."""
    return split_of(split_of_shard(path.stem))


def read_table(path: Path) -> pd.DataFrame:
    """A CSV, TSV, JSONL or Parquet file, its cells as words, also those like numbers.

    A missing cell is an empty word; several labels in one are joined by `|`. Columns are there
    by the names that trainings ask for, too: `label` where it says `Labels`.

    Raises:
        InvalidInput: for another ending or an unreadable file
    """
    ending = path.suffix.lower()
    if ending not in TABLES:
        raise InvalidInput(f"{path}: expected a folder or one of {', '.join(TABLES)}")
    if ending != ".parquet":
        names = [name for name in column_names(path) if name]
        columns = read_columns(path, names, (), SEVERAL).words
        return _known_columns(pd.DataFrame({n: list(columns[n]) for n in names}, dtype=object))
    try:
        frame = read_parquet(path)
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{path} cannot be read: {error}") from error
    return _known_columns(frame.map(_word))


def _word(cell: Any) -> Any:
    """A cell in words, empty where it is missing; one of bytes or fields stays as it is."""
    if isinstance(cell, bytes | dict):
        return cell
    if not pd.api.types.is_scalar(cell):
        return SEVERAL.join(_word(member) for member in cell)
    if pd.isna(cell):
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _known_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with its known columns also under the names that trainings ask for."""
    spelt = {str(name).strip().lower(): name for name in reversed(frame.columns)}
    for wanted, others in {**KNOWN_COLUMNS, **dict.fromkeys(GROUP_COLUMNS, ())}.items():
        found = next((spelt[name] for name in (wanted, *others) if name in spelt), None)
        if wanted not in frame and found is not None:
            frame[wanted] = frame[found]
    if "label" not in frame and EMOTION in spelt:
        frame["label"] = frame[spelt[EMOTION]].map(label_of)
    return frame


def given_splits(splits: Iterable[str], data: str) -> set[str]:
    """The splits that are named, of items of which all have one, or none has.

    Args:
        splits: (item,) as `read_source` reads them, empty where there is none
        data: what they are of, for the message

    Raises:
        InvalidInput: for another word, or where some items have a split and others have none
    """
    counts = Counter(splits)
    missing, found = counts.pop("", 0), set(counts)
    if odd := sorted(found - set(SPLITS)):
        raise InvalidInput(
            f"{data}: expected the splits {', '.join(SPLITS)}, got {', '.join(odd)}; rename them "
            "in the column split, or leave those items out"
        )
    if found and missing:
        raise InvalidInput(
            f"{data}: expected a split for every item or for none, got {missing} of "
            f"{missing + counts.total()} without; fill in the column split or take it out"
        )
    return found


def require_one_spelling(labels: Iterable[str], data: str) -> None:
    """Raise `InvalidInput` where labels differ in case or blanks alone, such as Joy and joy."""
    spellings: dict[str, set[str]] = {}
    for label in labels:
        spellings.setdefault(label.strip().lower(), set()).add(label)
    if several := [" and ".join(map(repr, sorted(s))) for s in spellings.values() if len(s) > 1]:
        raise InvalidInput(
            f"{data}: one label in several spellings: {', '.join(several)}; write it in one way"
        )


def require_one_label(labels: Iterable[str], data: str) -> None:
    """Raise `InvalidInput` where an item has several labels, of which such a model learns one."""
    if several := sorted({label for label in labels if SEVERAL in label}):
        raise InvalidInput(
            f"{data}: expected one label for each item, got {several[0]!r}; keep the main one"
        )


def tell_left_out(data: str, reasons: Iterable[str]) -> None:
    """Log how many items were left out, and why."""
    if counts := Counter(reasons):
        listed = ", ".join(f"{n} {reason}" for reason, n in counts.most_common())
        log.warning("%s: left out %s", data, listed)


def require_columns(frame: pd.DataFrame, columns: Sequence[str], path: Path) -> None:
    """Raise `InvalidInput` where a table lacks a column."""
    for column in columns:
        if column not in frame:
            raise InvalidInput(f"{path}: no column {column!r}; it has {', '.join(frame.columns)}")


def data_files(folder: Path) -> list[Path]:
    """All files below a folder, as `list_files`; those that no table could name are left out."""
    files = list_files(folder)
    named = [p for p in files if os.fsencode(p).decode(errors="replace") == str(p)]
    tell_left_out(str(folder), ["whose name is not UTF-8"] * (len(files) - len(named)))
    return named


def class_files(root: Path, endings: Collection[str]) -> list[tuple[str, Path]]:
    """(class, file) of every file below `root/<class>/`; empty where no folder holds one.

    Args:
        root: holds a folder per class
        endings: of the files, in lower case, with their dot

    Raises:
        InvalidInput: if a class has no file while others have
    """
    classes = [p for p in sorted(root.iterdir()) if p.is_dir() and not p.name.startswith(".")]
    found = {
        folder: [path for path in data_files(folder) if path.suffix.lower() in endings]
        for folder in classes
    }
    empty = [str(folder) for folder, files in found.items() if not files]
    if empty and len(empty) < len(classes):
        raise InvalidInput(
            f"{', '.join(empty)}: a class without files ({' '.join(sorted(endings))}); fill the "
            "folder or remove it"
        )
    return [(folder.name, path) for folder, files in found.items() for path in files]


def entries(folder: Path) -> list[Path]:
    """What lies in a folder, and the tables in its `data`, where the hub puts them."""
    tables = [p for p in sorted((folder / TABLES_FOLDER).glob("*")) if p.suffix.lower() in TABLES]
    return sorted(folder.iterdir()) + tables


def index_of(folder: Path) -> Path | None:
    """The table that names the items of a folder, if one lies in it."""
    return next((p for name in INDEXES if (p := folder / name).is_file()), None)


def read_source(path: Path, read_classes: Callable[[Path], pd.DataFrame]) -> pd.DataFrame:
    """All rows as `read_table` reads them, with a `split` column where the source has splits.

    Args:
        path: a table; a folder with `index.csv` or `index.parquet`; a folder with `train`,
            `validation` and `test`, each a table or a folder per class; or a folder with a folder
            per class
        read_classes: reads a folder per class

    Raises:
        InvalidInput: if nothing readable is there
    """
    if not path.exists():
        raise InvalidInput(f"{path} does not exist; give a folder or a file with --data")
    table = path if path.is_file() else index_of(path)
    if table is not None:
        frame = read_table(table)
    else:
        parts, others = [], []
        for entry in entries(path):
            split = split_of_path(entry)
            if split and entry.is_dir():
                parts.append(read_classes(entry).assign(split=split))
            elif split and entry.suffix.lower() in TABLES:
                parts.append(read_table(entry).assign(split=split))
            elif entry.is_dir() and not entry.name.startswith(".") and entry.name != TABLES_FOLDER:
                others.append(f"folder {entry.name} that is named after no split")
        tell_left_out(str(path), others if parts else ())
        frame = pd.concat(parts, ignore_index=True).fillna("") if parts else read_classes(path)
    if "split" in frame:
        frame["split"] = [split_of(word) or word.strip() for word in frame["split"]]
    return frame


def require_split(data: str, split: str, items: int) -> None:
    """Raise `InvalidInput` if the data of a bundle have nothing in a split."""
    if not items:
        raise InvalidInput(
            f"{data}: no item is in a {split} split, so none was kept from training to measure on. "
            "Measure on other labelled items with --data, or divide these with `data split` and "
            "train again"
        )
