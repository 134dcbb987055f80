"""What is to be answered: a table, or a folder as a table of its files."""

import hashlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, NamedTuple

from ..errors import InvalidInput
from ..registry import sha256_of
from ..text.table import TextTable, inspect_table, read_table
from .storage import Place, StoredFile

BatchModality = Literal["text", "audio", "image"]
MODALITIES: tuple[BatchModality, ...] = ("text", "audio", "image")
PATH_COLUMNS = ("path", "file", "filename")
TEXT_ENDINGS = (".txt",)


class Portion(NamedTuple):
    """Consecutive items that one worker answers and writes as one part.

    Attributes:
        number: 0-based
        first: row number of its first item
        items: texts or paths; empty where a row has none
        errors: (item,) why a row has none, or empty
    """

    number: int
    first: int
    items: list[str]
    errors: list[str]


@dataclass(frozen=True)
class Source:
    """Items in their order, in a table on this computer.

    Attributes:
        table: was looked at
        column: of the texts or paths; None for one text a line
        root: address that paths are relative to; empty where the items are texts
        by_path: whether answers name the path of an item, or its row number
        fingerprint: changes with the items
    """

    table: TextTable
    column: str | None
    root: str
    by_path: bool
    fingerprint: str

    def __len__(self) -> int:
        return self.table.rows

    def portions(self, size: int, finished: frozenset[int] = frozenset()) -> Iterator[Portion]:
        """The items in equal portions, in order, without those that are finished."""
        rows = read_table(self.table, self.column)
        number = 0
        while chunk := list(islice(rows, size)):
            if number not in finished:
                texts, errors = [row.text for row in chunk], [row.error for row in chunk]
                yield Portion(number, number * size, texts, errors)
            number += 1


@contextmanager
def opened_source(
    address: str, modality: BatchModality, column: str | None = None
) -> Generator[Source]:
    """A folder, CSV, TSV, TXT, JSONL or Parquet; what is elsewhere is fetched for the time.

    Args:
        address: a path, or `protocol://...`
        modality: what the items are
        column: of the texts or paths; None finds it

    Raises:
        InvalidInput: if it is not there, cannot be read, or holds no such items
    """
    place = Place(address)
    if modality != "text":
        place.require_shared()
    if place.is_folder():
        with TemporaryDirectory() as scratch:
            yield _folder(place, modality, Path(scratch, "files.parquet"))
    elif place.is_file():
        with place.local_file() as path:
            yield _table(place, path, modality, column)
    else:
        raise InvalidInput(f"{address} does not exist; give a folder, CSV, JSONL or Parquet file")


def _table(place: Place, path: Path, modality: BatchModality, column: str | None) -> Source:
    table = inspect_table(path, Path(place.path).suffix)
    if not table.rows:
        raise InvalidInput(f"{place.address} has no rows; there is nothing to answer")
    if modality == "text":
        chosen, root = table.choose_column(column), ""
    else:
        chosen = _path_column(table, column)
        root = place.address.rpartition("/")[0] if "/" in place.address else "."
    digest = f"{sha256_of(path)} {chosen}"
    return Source(table, chosen, root, by_path=False, fingerprint=_digest([digest]))


def _path_column(table: TextTable, column: str | None) -> str | None:
    by_name = {c.strip().lower(): c for c in table.columns}
    named = [by_name[name] for name in PATH_COLUMNS if name in by_name]
    if column is None and not named and len(table.columns) > 1:
        raise InvalidInput(
            f"{table.path.name}: choose the column of the paths with --column; it has "
            f"{', '.join(table.columns)}"
        )
    return table.choose_column(column or next(iter(named), None))


def _folder(place: Place, modality: BatchModality, listing: Path) -> Source:
    place.require_shared()
    kinds, endings = _endings(modality)
    files = [f for f in place.files() if Path(f.name).suffix.lower() in endings]
    if not files:
        raise InvalidInput(
            f"{place.address}: expected {kinds} ({' '.join(endings)}) in the folder, got none"
        )
    _write_listing(files, listing)
    described = [place.address.rstrip("/"), *map(repr, files)]
    return Source(
        inspect_table(listing), "path", place.address, by_path=True, fingerprint=_digest(described)
    )


def _endings(modality: BatchModality) -> tuple[str, tuple[str, ...]]:
    """What a folder's items are called, and how their names end."""
    if modality == "audio":
        from ..audio.decode import ENDINGS

        return "recordings", ENDINGS
    if modality == "image":
        from ..face.answers import PICTURE_ENDINGS

        return "pictures", PICTURE_ENDINGS
    return "texts, one a file", TEXT_ENDINGS


def _write_listing(files: list[StoredFile], path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = [f.name.encode("utf-8", "replace").decode() for f in files]
    pq.write_table(pa.table({"path": names}), path)


def _digest(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode("utf-8", "replace")).hexdigest()
