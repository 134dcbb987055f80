"""What a person gives to be checked for leaks: a table of texts, or a ZIP of files."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd

from ..audio.decode import ENDINGS as SOUND_ENDINGS
from ..datasets.columns import WordColumn, read_columns
from ..datasets.corpora import known_speaker
from ..datasets.labelled_files import ZipFiles
from ..datasets.sources import split_of
from ..errors import InvalidInput
from ..face.answers import PICTURE_ENDINGS
from .leak_items import LeakItems, OnProgress, file_items, side_of, text_items

KINDS = (SOUND_ENDINGS, tuple(PICTURE_ENDINGS), (".txt",))
"""of which a ZIP must hold one"""


def _spelt(column: WordColumn) -> np.ndarray:
    return np.array(column.words, object)[column.numbers].astype(str)


def table_items(path: Path, text: str, split: str = "", group: str = "") -> LeakItems:
    """Texts of a table; no other file is opened, whatever the table names.

    Args:
        path: CSV, TSV, JSONL or Parquet
        text: column of the texts
        split: column of the sides; empty where there is none
        group: column of what must not be on both sides; empty where there is none

    Raises:
        InvalidInput: if the table cannot be read, a column is missing, or it has no rows
    """
    wanted = list(dict.fromkeys(name for name in (text, split, group) if name))
    found = read_columns(path, wanted, [])
    if not found.rows:
        raise InvalidInput(f"{path.name} has 0 rows; give a table with a text in each")
    nothing = np.full(found.rows, "")
    sides = nothing
    if split:
        column = found.words[split]
        known = WordColumn(column.numbers, tuple(side_of(word) for word in column.words))
        sides = _spelt(known)
    groups = _spelt(found.words[group]) if group else nothing
    return text_items(pd.Series(_spelt(found.words[text])), sides, groups, group)


def _side_in(name: str) -> str:
    """The side that a folder on the way to a file is named after; empty where none is."""
    folders = PurePosixPath(name).parts[:-1]
    return next((side for part in folders if (side := split_of(part))), "")


def _of_one_kind(names: Sequence[str], archive: str) -> list[str]:
    for endings in KINDS:
        if found := [n for n in names if PurePosixPath(n).suffix.lower() in endings]:
            return found
    raise InvalidInput(
        f"{archive}: expected recordings, pictures or texts (.txt) in folders named train and "
        f"test, got {len(names):,} files of none of these"
    )


def zip_items(path: Path, on_progress: OnProgress | None = None) -> LeakItems:
    """Recordings, pictures or texts of a ZIP; the folders that they lie in tell the sides.

    Args:
        path: ZIP with folders such as `train` and `test`, at any depth
        on_progress: called with (files done, files)

    Raises:
        InvalidInput: if it is no ZIP, holds too much, or nothing that can be read
    """
    archive = ZipFiles(path)
    names = _of_one_kind(archive.names, path.name)
    speakers = np.array([known_speaker(Path(name)) for name in names])
    return file_items(
        [archive.members[name] for name in names],
        names,
        np.array([_side_in(name) for name in names]),
        speakers,
        "speaker" if (speakers != "").any() else "",
        on_progress,
    )
