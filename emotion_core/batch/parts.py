"""The folder of answers: one Parquet file per portion, each there whole or not at all."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from ..errors import InvalidInput
from ..rows import Row, RowFile
from . import record
from .storage import TEMPORARY, Place

PART = re.compile(r"part-(\d{6,})\.parquet")
ATTEMPTS = re.compile(r"_attempts-\d{6,}\.json")


class PartCounts(NamedTuple):
    """What a part holds."""

    items: int
    failed: int


class Parts:
    """The parts of a run.

    Args:
        folder: of the answers
    """

    def __init__(self, folder: Place) -> None:
        self.folder = folder

    def place(self, number: int) -> Place:
        """Of a part."""
        return self.folder.below(f"part-{number:06d}.parquet")

    def attempts(self, number: int) -> Place:
        """Of the tries at a part that is not there yet."""
        return self.folder.below(f"_attempts-{number:06d}.json")

    def write(self, number: int, rows: Sequence[Row], names: Sequence[str]) -> None:
        """Put a part there; writing it twice leaves the same."""
        with self.place(number).new_file() as path, RowFile(path, names) as file:
            file.write(rows)

    def numbers(self) -> list[int]:
        """Of the parts that are there."""
        found = (PART.fullmatch(name) for name in self.folder.names())
        return sorted(int(match[1]) for match in found if match)

    def counts(self, number: int) -> PartCounts | None:
        """Items and failed items of a part; None if it cannot be read."""
        import pyarrow as pa
        import pyarrow.compute as pc
        import pyarrow.parquet as pq

        place = self.place(number)
        try:
            with place.fs.open(place.path, "rb") as file:
                table = pq.read_table(file, columns=["source", "error"])
        except (OSError, pa.ArrowException):
            return None
        failed = table.filter(pc.not_equal(table["error"], ""))
        return PartCounts(*(len(t["source"].unique()) for t in (table, failed)))

    def check_free(self) -> None:
        """Refuse a folder that holds Parquet files which are no answers of this.

        Raises:
            InvalidInput: naming one of them
        """
        if other := next((n for n in self.folder.names() if n.endswith(".parquet")), None):
            raise InvalidInput(
                f"{self.folder.address} holds Parquet files of something else ({other}); give a "
                "new or empty folder as --out"
            )

    def clear(self) -> None:
        """Remove the record and every part, and nothing else."""
        for name in self.folder.names():
            if name == record.NAME or PART.fullmatch(name):
                self.folder.below(name).remove()
        self.sweep()

    def sweep(self) -> None:
        """Remove what a killed run was writing."""
        names = self.folder.names()
        for name in filter(ATTEMPTS.fullmatch, names):
            self.folder.below(name).remove()
        if TEMPORARY in names:
            self.folder.below(TEMPORARY).remove_folder()
