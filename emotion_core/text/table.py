"""Files of texts, read row by row: CSV, TSV, TXT, JSONL and Parquet.

No row is lost: a row that cannot be read carries its error, and the rest goes on.
"""

import csv
import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TextIO

from ..encoding import find_encoding
from ..errors import EmotionCoreError, InvalidInput
from ..labels import mapping
from ..rows import Row, answer_row
from ..types import EmotionScores
from .pipeline import TextModel
from .routing import AutomaticTextModel, Route

ENDINGS = (".csv", ".tsv", ".txt", ".jsonl", ".parquet")
CHUNK_ROWS = 1024
"""rows that are in memory at a time"""
LANGUAGE, MODEL = "language", "model"
"""columns of an answer whose model the language picked"""
MAX_CELL = 64 * 2**20
"""bytes of one CSV cell that are read at most"""

OnProgress = Callable[[int, int], None]


@dataclass(frozen=True)
class TextRow:
    """One row of a file: its text, or why it has none."""

    place: int
    """0-based, the header not counted"""
    text: str = ""
    error: str = ""
    route: Route | None = None
    """the text's language and who answers, where the language picks the model"""


@dataclass(frozen=True)
class TextTable:
    """A file of texts that was looked at but not yet read.

    Attributes:
        path: where it lies
        encoding: found by looking at its bytes; empty for Parquet
        columns: names of its columns; empty for TXT
        delimiter: of CSV and TSV
        rows: how many it has
        notices: what a person should know of how it is read
    """

    path: Path
    encoding: str
    columns: tuple[str, ...]
    delimiter: str
    rows: int
    notices: tuple[str, ...] = field(default=())

    def choose_column(self, column: str | None = None) -> str | None:
        """The column to read: the one named, else `text`, else the only one.

        Raises:
            InvalidInput: if there is no such column, or none was named and several are there
        """
        if not self.columns:
            return None
        if column is None:
            by_name = {c.strip().lower(): c for c in self.columns}
            column = by_name.get("text", self.columns[0] if len(self.columns) == 1 else None)
        if column not in self.columns:
            asked = "choose the column of the texts" if column is None else f"no column {column!r}"
            raise InvalidInput(f"{self.path.name}: {asked}; it has {', '.join(self.columns)}")
        return column


def _delimiter_of(header: str, ending: str) -> str:
    if ending == ".tsv":
        return "\t"
    counts = {d: header.count(d) for d in ",;\t|"}
    best = max(counts, key=lambda d: counts[d])
    return best if counts[best] else ","


def _open_text(path: Path, encoding: str) -> TextIO:
    return path.open("r", encoding=encoding, errors="replace", newline="")


class _CsvRow(NamedTuple):
    cells: list[str]
    stray_quote: bool = False
    """whether a quote did not end with its cell, so that the line was read without regard to it"""


def _csv_rows(path: Path, encoding: str, delimiter: str) -> Iterator[_CsvRow]:
    """Rows that are not blank; a stray quote spoils its own line alone."""
    csv.field_size_limit(MAX_CELL)
    with _open_text(path, encoding) as file:
        again: deque[str] = deque()
        taken: list[str] = []

        def lines() -> Iterator[str]:
            while line := again.popleft() if again else file.readline():
                taken.append(line)
                yield line

        while True:
            try:
                for cells in csv.reader(lines(), delimiter=delimiter, strict=True):
                    taken.clear()
                    if cells:
                        yield _CsvRow(cells)
                return
            except csv.Error:
                first, *rest = taken
                again.extendleft(reversed(rest))
                taken.clear()
            as_it_stands = csv.reader([first], delimiter=delimiter, quoting=csv.QUOTE_NONE)
            yield _CsvRow(next(as_it_stands), stray_quote=True)


def _inspect_csv(path: Path, ending: str, encoding: str, notices: tuple[str, ...]) -> TextTable:
    with _open_text(path, encoding) as file:
        delimiter = _delimiter_of(file.readline(MAX_CELL), ending)
    lines = _csv_rows(path, encoding, delimiter)
    header, stray = next(lines, _CsvRow([]))
    if not "".join(header).strip():
        raise InvalidInput(f"{path.name}: the first line must name the columns")
    rows, strays = 0, int(stray)
    for row in lines:
        rows += 1
        strays += row.stray_quote
    if strays:
        notices += (
            f"{strays:,} of the lines had a quote that does not end with its cell; they were read "
            "with their quotes as they stand",
        )
    return TextTable(path, encoding, tuple(header), delimiter, rows, notices)


def _inspect_parquet(path: Path) -> TextTable:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        content = pq.ParquetFile(path)
    except (OSError, pa.ArrowException) as error:
        raise InvalidInput(f"{path.name} is no readable Parquet file: {error}") from error
    with content:
        return TextTable(path, "", tuple(content.schema_arrow.names), "", content.metadata.num_rows)


def inspect_table(path: Path, ending: str | None = None) -> TextTable:
    """Look at a file: encoding, columns and number of rows.

    Args:
        path: the file
        ending: what to read it as; None takes the path's own ending

    Raises:
        InvalidInput: for a missing, empty or unreadable file, or another ending
    """
    ending = (ending or path.suffix).lower()
    if ending not in ENDINGS:
        raise InvalidInput(f"{path.name}: expected a file ending in {', '.join(ENDINGS)}")
    if not path.is_file():
        raise InvalidInput(f"{path} does not exist")
    if not path.stat().st_size:
        raise InvalidInput(f"{path.name} is empty (0 bytes); choose a file with texts")
    if ending == ".parquet":
        return _inspect_parquet(path)
    with path.open("rb") as file:
        encoding, notices = find_encoding(file)
    try:
        if ending in (".csv", ".tsv"):
            return _inspect_csv(path, ending, encoding, notices)
        with _open_text(path, encoding) as file:
            names: dict[str, None] = {}
            rows = 0
            for line in file:
                rows += bool(line.strip()) or ending == ".txt"
                if ending == ".jsonl" and rows <= 100:
                    record = _json_record(line)
                    names |= dict.fromkeys(record if isinstance(record, dict) else ())
    except (csv.Error, UnicodeError) as error:
        raise InvalidInput(
            f"{path.name} cannot be read as {ending[1:].upper()}: {error}"
        ) from error
    if ending == ".jsonl" and not names:
        raise InvalidInput(f"{path.name}: expected one JSON object a line, none was found")
    return TextTable(path, encoding, tuple(names), "", rows, notices)


def _json_record(line: str) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _read_csv(table: TextTable, column: str) -> Iterator[TextRow]:
    index = table.columns.index(column)
    rows = islice(_csv_rows(table.path, table.encoding, table.delimiter), 1, None)
    width = len(table.columns)
    for place, (cells, _) in enumerate(rows):
        beyond = any(cells[width:])
        if index >= len(cells):
            yield TextRow(place, error=f"the row has {len(cells)} cells, none for {column!r}")
        elif beyond and index == width - 1:  # an unquoted delimiter in the text itself
            yield TextRow(place, table.delimiter.join(cells[index:]))
        elif beyond:
            error = f"the row has {len(cells)} cells for {width} columns; quote texts with "
            yield TextRow(place, error=f"{error}{table.delimiter!r} in them")
        else:
            yield TextRow(place, cells[index])


def _read_jsonl(table: TextTable, column: str) -> Iterator[TextRow]:
    with _open_text(table.path, table.encoding) as file:
        for place, line in enumerate(x for x in file if x.strip()):
            record = _json_record(line)
            value = record.get(column) if isinstance(record, dict) else None
            if isinstance(value, str):
                yield TextRow(place, value)
            elif not isinstance(record, dict):
                yield TextRow(place, error="the line is not a JSON object")
            else:
                yield TextRow(place, error=f"the line has no text under {column!r}")


def _read_txt(table: TextTable) -> Iterator[TextRow]:
    with _open_text(table.path, table.encoding) as file:
        for place, line in enumerate(file):
            yield TextRow(place, line.rstrip("\r\n"))


def _read_parquet(table: TextTable, column: str) -> Iterator[TextRow]:
    import pyarrow.parquet as pq

    place = 0
    with pq.ParquetFile(table.path) as content:
        for batch in content.iter_batches(CHUNK_ROWS, columns=[column]):
            for value in batch.column(0).to_pylist():
                ok = isinstance(value, str)
                yield TextRow(place, value) if ok else TextRow(place, error="the cell has no text")
                place += 1


def read_table(table: TextTable, column: str | None = None) -> Iterator[TextRow]:
    """Every row of a file, in order.

    Raises:
        InvalidInput: if the column is not there
    """
    chosen = table.choose_column(column)
    if chosen is None:
        return _read_txt(table)
    if not table.encoding:
        return _read_parquet(table, chosen)
    return _read_csv(table, chosen) if table.delimiter else _read_jsonl(table, chosen)


def _answered(
    model: TextModel, rows: list[TextRow]
) -> list[tuple[TextRow, EmotionScores | EmotionCoreError]]:
    """Each row, with its route where there is one, and its answer."""
    texts = [row.text for row in rows]
    if not isinstance(model, AutomaticTextModel):
        return list(zip(rows, model.predict_each(texts), strict=True))
    return [
        (replace(row, route=routed.route), routed.answer)
        for row, routed in zip(rows, model.predict_routed(texts), strict=True)
    ]


def predict_rows(
    model: TextModel,
    rows: Iterator[TextRow],
    total: int,
    labels: tuple[str, ...] | None = None,
    on_progress: OnProgress | None = None,
) -> Iterator[list[tuple[TextRow, EmotionScores | Exception]]]:
    """Answers in chunks, each beside its row; a row without an answer carries its error.

    Args:
        model: answers
        rows: from `read_table`
        total: number of rows, for the progress
        labels: label set to map to; None keeps the model's own
        on_progress: called with (rows done, rows)
    """
    target = labels or model.labels
    mapping(model.labels, target)  # refuse before the first row
    calibration = None if isinstance(model, AutomaticTextModel) else model.spec.calibration
    done = 0
    while chunk := list(islice(rows, CHUNK_ROWS)):
        answered = iter(_answered(model, [r for r in chunk if not r.error]))
        paired: list[tuple[TextRow, EmotionScores | Exception]] = []
        for read in chunk:
            row, answer = (read, InvalidInput(read.error)) if read.error else next(answered)
            if isinstance(answer, EmotionScores):
                answer = answer.to(target, calibration)
            paired.append((row, answer))
        done += len(chunk)
        if on_progress:
            on_progress(done, total)
        yield paired


def table_rows(
    paired: list[tuple[TextRow, EmotionScores | Exception]],
    labels: tuple[str, ...],
    multi_label: bool = False,
) -> list[Row]:
    """Pairs of `predict_rows` as rows of the answer table; a route adds `language` and `model`."""
    rows = []
    for row, answer in paired:
        cells = answer_row(row.place, answer, labels, multi_label=multi_label)
        if row.route is not None:
            cells |= {LANGUAGE: row.route.language.code, MODEL: row.route.model.spec.id}
        rows.append(cells)
    return rows
