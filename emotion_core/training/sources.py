"""Where labelled items lie: a folder per class, a folder or file per split, or one table."""

import os
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ..errors import InvalidInput
from ..folders import list_files
from .hub_data import HUB_PREFIX, hub_folder, read_parquet, split_of_shard

SPLITS = ("train", "validation", "test")
SPLIT_ALIASES = {
    "val": "validation",
    "valid": "validation",
    "dev": "validation",
    "eval": "validation",
}
TABLES = (".csv", ".jsonl", ".parquet")


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
    """The split that a folder or file is named after, or ""."""
    split = SPLIT_ALIASES.get(name, name)
    return split if split in SPLITS else ""


def read_table(path: Path, *, as_written: bool = False) -> pd.DataFrame:
    """A CSV, JSONL or Parquet file.

    Args:
        path: the file
        as_written: whether cells are words, also those that look like numbers (speaker `01`);
            a missing one is an empty word

    Raises:
        InvalidInput: for another ending or an unreadable file
    """
    csv = {"dtype": str, "keep_default_na": False} if as_written else {}
    readers: dict[str, Callable[[Path], pd.DataFrame]] = {
        ".csv": lambda p: pd.read_csv(p, **csv),
        ".parquet": read_parquet,
        ".jsonl": lambda p: pd.read_json(p, lines=True, dtype=not as_written),
    }
    if path.suffix not in readers:
        raise InvalidInput(f"{path}: expected a folder or one of {', '.join(TABLES)}")
    try:
        frame = readers[path.suffix](path)
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{path} cannot be read: {error}") from error
    return frame.map(_word) if as_written else frame


def _word(cell: Any) -> Any:
    """A cell in words, empty where it is missing; one of bytes or of several stays as it is."""
    if isinstance(cell, bytes) or not pd.api.types.is_scalar(cell):
        return cell
    if pd.isna(cell):
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def require_columns(frame: pd.DataFrame, columns: Sequence[str], path: Path) -> None:
    """Raise `InvalidInput` where a table lacks a column."""
    for column in columns:
        if column not in frame:
            raise InvalidInput(f"{path}: no column {column!r}; it has {', '.join(frame.columns)}")


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
        folder: [path for path in list_files(folder) if path.suffix.lower() in endings]
        for folder in classes
    }
    empty = [str(folder) for folder, files in found.items() if not files]
    if empty and len(empty) < len(classes):
        raise InvalidInput(
            f"{', '.join(empty)}: a class without files ({' '.join(sorted(endings))}); fill the "
            "folder or remove it"
        )
    return [(folder.name, path) for folder, files in found.items() for path in files]


def _entries(folder: Path) -> list[Path]:
    """What lies in a folder, and in its `data`, where the hub puts tables."""
    tables = [p for p in sorted((folder / "data").glob("*")) if p.suffix in TABLES]
    return sorted(folder.iterdir()) + tables


def read_source(
    path: Path, read_classes: Callable[[Path], pd.DataFrame], *, as_written: bool = False
) -> pd.DataFrame:
    """All rows, with a `split` column where the source has splits.

    Args:
        path: a table; a folder with `train`, `validation` and `test`, each a table or a folder
            per class; or a folder with a folder per class
        read_classes: reads a folder per class
        as_written: as for `read_table`

    Raises:
        InvalidInput: if nothing readable is there
    """
    if not path.exists():
        raise InvalidInput(f"{path} does not exist; give a folder or a file with --data")
    if path.is_file():
        frame = read_table(path, as_written=as_written)
    else:
        parts = []
        for entry in _entries(path):
            split = split_of(split_of_shard(entry.stem))
            if split and entry.is_dir():
                parts.append(read_classes(entry).assign(split=split))
            elif split and entry.suffix in TABLES:
                parts.append(read_table(entry, as_written=as_written).assign(split=split))
        frame = pd.concat(parts, ignore_index=True) if parts else read_classes(path)
    if "split" in frame:
        frame["split"] = frame["split"].replace(SPLIT_ALIASES)
    return frame


def require_split(data: str, split: str, items: int) -> None:
    """Raise `InvalidInput` if the data of a bundle have nothing in a split."""
    if not items:
        raise InvalidInput(
            f"{data}: no item is in a {split} split, so none was kept from training to measure on. "
            "Measure on other labelled items with --data, or divide these with `data split` and "
            "train again"
        )
