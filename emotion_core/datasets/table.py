"""Any source of labelled items as one table; nothing of them is opened yet."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import pandas as pd

from ..errors import InvalidInput
from ..face.answers import VIDEO_ENDINGS
from .labelled_items import (
    EVERY_SPLIT,
    LabelledChoice,
    LabelledItems,
    LabelledModality,
    Source,
)
from .labelled_source import MEDIA, read_labelled
from .labelled_splits import EVERY, NO_SPLITS
from .sources import class_files, data_path, split_of

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
        left_out: how many rows or files of the source are no item here
        notices: why they are not
        faults: what keeps a training from reading the source
    """

    modality: DataModality
    name: str
    sources: Sequence[Source]
    ids: Sequence[str]
    labels: Sequence[str]
    splits: Sequence[str]
    groups: Sequence[str]
    group_column: str = ""
    left_out: int = 0
    notices: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: np.ndarray) -> "DataTable":
        """Some items, by number."""
        columns = ("sources", "ids", "labels", "splits", "groups")
        return replace(self, **{c: [getattr(self, c)[i] for i in rows] for c in columns})


def _table_of(items: LabelledItems, faults: Iterable[str]) -> DataTable:
    """Items of every split, with what was left out; how a measuring counts them is not told."""
    return DataTable(
        modality=next(m for m, labelled in _LABELLED.items() if labelled == items.modality),
        name=items.name,
        sources=list(items.sources),
        ids=items.ids,
        labels=list(items.truth),
        splits=[""] * len(items) if items.splits is None else list(items.splits),
        groups=[""] * len(items) if items.groups is None else list(items.groups),
        group_column=items.group_column if items.groups is not None else "",
        left_out=items.left_out,
        notices=tuple(n for n in items.notices if n not in (EVERY, NO_SPLITS)),
        faults=tuple(faults),
    )


def _class_faults(modality: LabelledModality, folder: Path) -> Iterable[str]:
    """What trainings refuse of a folder of classes, or of splits and classes."""
    inside = [p for p in sorted(folder.iterdir()) if p.is_dir()]
    for root in [p for p in inside if split_of(p.name.lower())] or [folder]:
        try:
            class_files(root, MEDIA[modality])
        except InvalidInput as error:
            yield str(error)


def _clips(path: Path) -> DataTable:
    from .clips import read_clips

    clips = read_clips(data_path(str(path)))  # its log says what is left out
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
    choice = LabelledChoice(split=EVERY_SPLIT, group=group)
    items = read_labelled(_LABELLED[modality], path, choice)
    source = data_path(str(path))
    by_class = items.by_folder and source.is_dir()
    return _table_of(items, _class_faults(items.modality, source) if by_class else ())


def guess_modality(path: Path) -> DataModality:
    """What a source holds, by its files or columns; films are video, with or without sound.

    Raises:
        InvalidInput: if it cannot be told
    """
    tried: list[str] = []
    for modality in ("audio", "image", "text", "video"):
        try:
            table = read_data(modality, path)
        except InvalidInput as error:
            tried.append(f"{modality}: {error}")
        else:
            return "video" if all(map(_is_film, table.sources)) else modality
    raise InvalidInput(f"{path}: nothing that is labelled was found. {'; '.join(tried)}")


def _is_film(source: Source) -> bool:
    return isinstance(source, Path) and source.suffix.lower() in VIDEO_ENDINGS


_WRITERS: Mapping[str, Callable[[pd.DataFrame, Path], None]] = {
    ".csv": lambda frame, path: frame.to_csv(path, index=False),
    ".jsonl": lambda frame, path: frame.to_json(path, orient="records", lines=True),
    ".parquet": lambda frame, path: frame.to_parquet(path, index=False),
}


def require_writable(table: DataTable, path: Path) -> None:
    """Refuse what `write_table` cannot write, before work is done for it.

    Raises:
        InvalidInput: for another ending, or items that are no files, such as a ZIP's
    """
    if table.modality != "text" and not all(isinstance(s, Path) for s in table.sources):
        raise InvalidInput(
            f"{table.name}: its items are no files of their own; unpack it, or prepare it first"
        )
    if path.suffix not in _WRITERS:
        raise InvalidInput(f"{path}: expected one of {', '.join(_WRITERS)}")


def text_of(source: Source) -> str:
    """The text of an item: as it stands, or what its file holds.

    Raises:
        InvalidInput: if the file cannot be read
    """
    if isinstance(source, str):
        return source
    if isinstance(source, np.ndarray):
        raise InvalidInput("expected a text, got a picture")
    try:
        content = source.read_bytes() if isinstance(source, Path) else source.read()
    except OSError as error:
        raise InvalidInput(f"{source} cannot be read: {error.strerror}") from error
    return content.decode("utf-8-sig", errors="replace")


def _file_of(source: Source) -> str:
    return str(Path(source).absolute()) if isinstance(source, str | Path) else ""


def write_table(table: DataTable, path: Path) -> None:
    """Write ids, texts or paths, labels, splits and groups as a table that trainings read.

    Args:
        table: its items are texts or files of this computer
        path: .csv, .jsonl or .parquet; there whole or not at all

    Raises:
        InvalidInput: as for `require_writable`, or if it cannot be written
    """
    require_writable(table, path)
    column, written = ("text", text_of) if table.modality == "text" else ("path", _file_of)
    known = {
        "id": list(table.ids),
        column: [written(source) for source in table.sources],
        "label": list(table.labels),
        "split": list(table.splits),
        "group": list(table.groups),
    }
    frame = pd.DataFrame({name: values for name, values in known.items() if any(values)})
    draft = path.with_name(f"{path.name}.new")
    try:
        _WRITERS[path.suffix](frame, draft)
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise InvalidInput(
            f"{path} cannot be written: {error}; if the disk is full, make room and give the same "
            "command again"
        ) from error
