"""Any source of labelled items as one table; nothing of them is opened yet."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Protocol, get_args

import numpy as np
import pandas as pd

from ..errors import InvalidInput
from ..evaluation.labelled_items import (
    EVERY_SPLIT,
    LabelledChoice,
    LabelledItems,
    LabelledModality,
    Source,
)
from ..evaluation.labelled_source import read_labelled
from ..training.sources import SPLITS, data_path

DataModality = Literal["text", "audio", "image", "video"]
DATA_MODALITIES: tuple[DataModality, ...] = get_args(DataModality)
_LABELLED: dict[DataModality, LabelledModality] = {
    "text": "text", "audio": "audio", "image": "face",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class DataTable:
    """Labelled items and what is known of each.

    Attributes:
        modality: of what they are
        name: of the source
        sources: (item,) texts, files, pictures, or members of a ZIP
        ids: (item,) each once
        labels: (item,) as written, several joined by `|`
        splits: (item,) `train`, `validation`, `test`, a word of the source's own, or ""
        groups: (item,) speaker, dialogue or the like; "" where nothing is known
        group_column: what the groups are; "" where there are none
    """

    modality: DataModality
    name: str
    sources: Sequence[Source]
    ids: Sequence[str]
    labels: Sequence[str]
    splits: Sequence[str]
    groups: Sequence[str]
    group_column: str = ""

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: np.ndarray) -> "DataTable":
        """Some items, by number."""
        columns = ("sources", "ids", "labels", "splits", "groups")
        return replace(self, **{c: [getattr(self, c)[i] for i in rows] for c in columns})


def _joined(modality: DataModality, parts: Sequence[LabelledItems]) -> DataTable:
    """Items of several splits, one after the other."""
    return DataTable(
        modality=modality,
        name=parts[0].name,
        sources=[p.sources[i] for p in parts for i in range(len(p))],
        ids=[i for p in parts for i in p.ids],
        labels=[p.truth[i] for p in parts for i in range(len(p))],
        splits=[p.split for p in parts for _ in range(len(p))],
        groups=[p.groups[i] if p.groups else "" for p in parts for i in range(len(p))],
        group_column=next((p.group_column for p in parts if p.groups), ""),
    )


def _sides(modality: LabelledModality, path: Path, group: str) -> list[LabelledItems]:
    """The splits of a source that has some; else all of it."""

    def read(split: str) -> LabelledItems:
        return read_labelled(modality, path, LabelledChoice(split=split, group=group))

    first = _or_nothing(read, EVERY_SPLIT)
    if first is not None and first.split != EVERY_SPLIT:
        return [first]  # it has no splits
    found = [side for name in SPLITS if (side := _or_nothing(read, name)) is not None]
    return found or ([first] if first is not None else [read("train")])


class _Reader(Protocol):
    """Reads one split of a source."""

    def __call__(self, split: str) -> LabelledItems: ...


def _or_nothing(read: _Reader, split: str) -> LabelledItems | None:
    try:
        return read(split)
    except InvalidInput:
        return None


def _clips(path: Path) -> DataTable:
    from ..training.video_data import read_clips

    clips = read_clips(data_path(str(path)))
    return DataTable(
        modality="video",
        name=path.name,
        sources=[c.path for c in clips],
        ids=[c.path.as_posix() for c in clips],
        labels=[c.label for c in clips],
        splits=[c.split for c in clips],
        groups=[c.group for c in clips],
        group_column="person" if any(c.group for c in clips) else "",
    )


def read_data(modality: DataModality, path: Path, group: str = "") -> DataTable:
    """Every labelled item of a source, whatever its layout.

    Args:
        modality: of what is looked for
        path: table, folder or ZIP of classes or splits, or a data set as it was downloaded
        group: column of speaker or dialogue; "" takes a known one

    Raises:
        InvalidInput: if nothing of the kind is there
    """
    if modality == "video":
        return _clips(path)
    return _joined(modality, _sides(_LABELLED[modality], path, group))


def guess_modality(path: Path) -> DataModality:
    """What a source holds, by its files or columns.

    Raises:
        InvalidInput: if it cannot be told
    """
    tried: list[str] = []
    for modality in ("audio", "image", "text", "video"):
        try:
            if len(read_data(modality, path)):
                return modality
        except InvalidInput as error:
            tried.append(f"{modality}: {error}")
    raise InvalidInput(f"{path}: nothing that is labelled was found. {'; '.join(tried)}")


def write_table(table: DataTable, path: Path) -> None:
    """Write ids, texts or paths, labels, splits and groups as a table that trainings read.

    Args:
        table: its items are texts or files of this computer
        path: .csv, .jsonl or .parquet

    Raises:
        InvalidInput: for another ending, or items that are no files, such as a ZIP's
    """
    if not all(isinstance(s, str | Path) for s in table.sources):
        raise InvalidInput(
            f"{table.name}: its items are no files of their own; unpack it, or prepare it first"
        )
    column = "text" if table.modality == "text" else "path"
    known = {
        "id": list(table.ids),
        column: [str(s if column == "text" else Path(s).absolute()) for s in table.sources],  # type: ignore[arg-type]
        "label": list(table.labels),
        "split": list(table.splits),
        "group": list(table.groups),
    }
    frame = pd.DataFrame({name: values for name, values in known.items() if any(values)})
    writers = {
        ".csv": lambda: frame.to_csv(path, index=False),
        ".jsonl": lambda: frame.to_json(path, orient="records", lines=True),
        ".parquet": lambda: frame.to_parquet(path, index=False),
    }
    if path.suffix not in writers:
        raise InvalidInput(f"{path}: expected one of {', '.join(writers)}")
    writers[path.suffix]()
