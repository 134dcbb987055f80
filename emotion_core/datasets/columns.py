"""Columns of a table, read without the rest of it: CSV, TSV, JSONL, Parquet.

A file may be far larger than memory: it is read block by block, words become numbers at once,
and columns that nobody asked for are never kept.
"""

import codecs
import csv
import json
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InvalidInput

if TYPE_CHECKING:
    import pyarrow as pa

ENDINGS = (".csv", ".tsv", ".jsonl", ".parquet")
BLOCK_BYTES = 2**23
LOOKED_AT = 100
"""lines of JSON that tell the columns"""
FIRST_LINE = 2**20
NAMED_ROWS = 5


@dataclass(frozen=True, eq=False)
class WordColumn:
    """A column of texts, each distinct one kept once.

    Attributes:
        numbers: (row,) place in `words`
        words: distinct texts as written; an empty cell is ""
    """

    numbers: np.ndarray
    words: tuple[str, ...]

    @classmethod
    def of(cls, texts: Sequence[str]) -> "WordColumn":
        """A column of these texts."""
        place: dict[str, int] = {}
        numbers = [place.setdefault(text, len(place)) for text in texts]
        return cls(np.array(numbers, np.int32), tuple(place))

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, row: int) -> str:
        return self.words[self.numbers[row]]

    def __iter__(self) -> Iterator[str]:
        return (self.words[number] for number in self.numbers)

    def where(self, chosen: Iterable[str]) -> np.ndarray:
        """(row,) bool: whether the text is one of these."""
        kept = set(chosen)
        return np.array([w in kept for w in self.words], bool)[self.numbers]

    def take(self, rows: np.ndarray) -> "WordColumn":
        """Some of the rows, by number or by a bool for each."""
        return WordColumn(self.numbers[rows], self.words)


@dataclass(frozen=True, eq=False)
class PredictionColumns:
    """What was read of a file.

    Attributes:
        rows: how many it has
        words: column -> its texts
        numbers: (row, number column) float64, NaN where empty
    """

    rows: int
    words: dict[str, WordColumn]
    numbers: np.ndarray


def column_names(path: Path) -> tuple[str, ...]:
    """Names of the columns of a file; of JSONL, those of its first lines.

    Raises:
        InvalidInput: for a missing, empty or unreadable file, or another ending
    """
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise InvalidInput(f"{path.name}: expected a file ending in {', '.join(ENDINGS)}")
    if not path.is_file():
        raise InvalidInput(f"{path} does not exist")
    if not path.stat().st_size:
        raise InvalidInput(f"{path.name} is empty (0 bytes); choose a file with predictions")
    with _told(path):
        if ending == ".parquet":
            import pyarrow.parquet as pq

            names = tuple(pq.read_schema(path).names)
        elif ending == ".jsonl":
            names = tuple(dict.fromkeys(k for record in _first_records(path) for k in record))
        else:
            names = tuple(next(csv.reader([_header(path)], delimiter=_delimiter(path)), []))
    if not "".join(names).strip():
        raise InvalidInput(f"{path.name}: the first line must name the columns")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InvalidInput(
            f"{path.name}: expected each column once, got {', '.join(twice)} twice; rename one"
        )
    return names


def read_columns(
    path: Path, words: Sequence[str], numbers: Sequence[str], lists: str = ""
) -> PredictionColumns:
    """Read some columns of a file.

    Args:
        path: the file
        words: columns of texts
        numbers: columns of numbers
        lists: joins the texts of a cell that holds a list; "" refuses such cells

    Raises:
        InvalidInput: if a column is not there, a row is damaged, or a number is none
    """
    import pyarrow as pa

    names = column_names(path)
    for wanted in (*words, *numbers):
        if wanted not in names:
            raise InvalidInput(f"{path.name}: no column {wanted!r}; it has {', '.join(names)}")
    readers = {".parquet": _parquet_batches, ".jsonl": partial(_json_batches, lists=lists)}
    read = readers.get(path.suffix.lower(), _csv_batches)
    texts: dict[str, list[pa.Array]] = {name: [] for name in words}
    figures: dict[str, list[np.ndarray]] = {name: [] for name in numbers}
    rows = 0
    with _told(path):
        for batch in read(path, tuple(dict.fromkeys(words)), tuple(numbers)):
            rows += batch.num_rows
            for name, parts in texts.items():
                parts.append(_encoded(batch.column(name), lists))
            for name, values in figures.items():
                values.append(_floats(batch.column(name)))
        joined = {name: _joined(parts) for name, parts in texts.items()}
    matrix = np.empty((rows, len(numbers)))
    for place, name in enumerate(numbers):
        matrix[:, place] = np.concatenate(figures.pop(name)) if rows else 0
    return PredictionColumns(rows, joined, matrix)


@contextmanager
def _told(path: Path) -> Generator[None]:
    """What goes wrong while reading, told once and in the project's words."""
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError, csv.Error, UnicodeError) as error:
        remedy = ""
        if "UTF8" in str(error) or isinstance(error, UnicodeError):
            remedy = "; save the file as UTF-8"
        raise InvalidInput(f"{path.name} cannot be read: {error}{remedy}") from error


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(2)
    return "utf-16" if head in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8"


def _header(path: Path) -> str:
    encoding = "utf-8-sig" if _encoding(path) == "utf-8" else "utf-16"
    with path.open("r", encoding=encoding, newline="") as file:
        return file.readline(FIRST_LINE)


def _delimiter(path: Path) -> str:
    if path.suffix.lower() == ".tsv":
        return "\t"
    header = _header(path)
    best = max(",;\t|", key=header.count)
    return best if best in header else ","


def _csv_batches(
    path: Path, words: tuple[str, ...], numbers: tuple[str, ...]
) -> Iterator["pa.RecordBatch"]:
    import pyarrow as pa
    from pyarrow import csv as pa_csv

    bad: list[str] = []

    def refuse(row: pa_csv.InvalidRow) -> str:
        text = row.text if len(row.text) <= 80 else f"{row.text[:80]}…"
        place = "" if row.number is None else f"line {row.number}: "
        found = f"expected {row.expected_columns} cells, got {row.actual_columns}"
        bad.append(f"{place}{found} in {text!r}")
        return "error"

    kinds = dict.fromkeys(words, pa.string()) | dict.fromkeys(numbers, pa.float64())
    try:
        with pa_csv.open_csv(
            path,
            pa_csv.ReadOptions(block_size=BLOCK_BYTES, encoding=_encoding(path), use_threads=False),
            pa_csv.ParseOptions(
                delimiter=_delimiter(path), newlines_in_values=True, invalid_row_handler=refuse
            ),
            pa_csv.ConvertOptions(
                include_columns=[*words, *numbers], column_types=kinds, strings_can_be_null=False
            ),
        ) as reader:
            yield from reader
    except pa.ArrowInvalid as error:
        if bad:
            raise InvalidInput(
                f"{path.name}: {bad[0]}; put texts that hold the delimiter in quotation marks"
            ) from error
        if "conversion error to double" in str(error):
            _refuse_words(path, numbers)
        raise


def _refuse_words(path: Path, columns: Sequence[str]) -> None:
    """Name the rows in which a column of numbers holds something else."""
    for name, column in read_columns(path, columns, ()).words.items():
        rows = np.flatnonzero(column.where(w for w in column.words if not _is_number(w)))
        if len(rows):
            raise InvalidInput(
                f"{path.name}: expected numbers in the column {name!r}, got {column[rows[0]]!r}; "
                f"{named_rows(rows)}"
            )


def _is_number(text: str) -> bool:
    try:
        float(text or "nan")
    except ValueError:
        return False
    return True


def named_rows(rows: np.ndarray) -> str:
    """The first rows, and how many there are.

    Example:
        >>> named_rows(np.array([3, 4]))
        'rows 3, 4 (counted from 0, without the header)'
    """
    listed = ", ".join(str(row) for row in rows[:NAMED_ROWS].tolist())
    more = f" and {len(rows) - NAMED_ROWS:,} more" if len(rows) > NAMED_ROWS else ""
    word = "row" if len(rows) == 1 else "rows"
    return f"{word} {listed}{more} (counted from 0, without the header)"


def _parquet_batches(
    path: Path, words: tuple[str, ...], numbers: tuple[str, ...]
) -> Iterator["pa.RecordBatch"]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as content:
        yield from content.iter_batches(2**17, columns=[*words, *numbers])


def _first_records(path: Path) -> list[dict[str, object]]:
    with path.open(encoding="utf-8-sig") as file:
        return [_record(path, row, line) for row, line in _lines(islice(file, LOOKED_AT))]


def _lines(file: Iterable[str]) -> Iterator[tuple[int, str]]:
    return enumerate(line for line in file if line.strip())


def _record(path: Path, row: int, line: str) -> dict[str, object]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        raise InvalidInput(f"{path.name}: row {row} (counted from 0) is no JSON object")
    return record


def _json_batches(
    path: Path, words: tuple[str, ...], numbers: tuple[str, ...], lists: str
) -> Iterator["pa.RecordBatch"]:
    import pyarrow as pa
    from pyarrow import json as pa_json

    kinds = [(name, pa.string()) for name in words] + [(name, pa.float64()) for name in numbers]
    given = 0
    try:
        with pa_json.open_json(
            path,
            pa_json.ReadOptions(block_size=BLOCK_BYTES),
            pa_json.ParseOptions(
                explicit_schema=pa.schema(kinds), unexpected_field_behavior="ignore"
            ),
        ) as reader:
            for batch in reader:
                given += batch.num_rows
                yield batch
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        yield from _json_lines(path, words, numbers, given, lists)


def _json_lines(
    path: Path, words: tuple[str, ...], numbers: tuple[str, ...], start: int, lists: str
) -> Iterator["pa.RecordBatch"]:
    """As `_json_batches` from a row on, for labels that are numbers and for naming a bad line."""
    import pyarrow as pa

    with path.open(encoding="utf-8-sig") as file:
        lines = islice(_lines(file), start, None)
        while chunk := list(islice(lines, 2**14)):
            records = [_record(path, row, line) for row, line in chunk]
            columns = [
                pa.array([_word(r.get(n), lists) for r in records], pa.string()) for n in words
            ]
            places = [row for row, _ in chunk]
            for n in numbers:
                values = zip(places, (r.get(n) for r in records), strict=True)
                columns.append(pa.array([_number(path, n, *v) for v in values], pa.float64()))
            yield pa.record_batch(columns, names=[*words, *numbers])


def _word(value: object, lists: str) -> str:
    if value is None or value != value:  # NaN
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # labels 0, 1 and nothing are written as 0.0 and 1.0
    if lists and isinstance(value, list):
        return lists.join(_word(member, "") for member in value)
    return value if isinstance(value, str) else json.dumps(value)


def _number(path: Path, name: str, row: int, value: object) -> float:
    if value is None or value == "":
        return float("nan")
    if isinstance(value, int | float):
        return float(value)
    raise InvalidInput(f"{path.name}: row {row}, column {name!r}: expected a number, got {value!r}")


def _encoded(column: "pa.Array", lists: str) -> "pa.Array":
    """Texts as numbers of distinct texts; empty where there is none."""
    import pyarrow as pa
    from pyarrow import compute

    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if lists and (pa.types.is_list(column.type) or pa.types.is_large_list(column.type)):
        column = compute.binary_join(compute.cast(column, pa.list_(pa.string())), lists)
    if pa.types.is_nested(column.type):
        raise InvalidInput("expected a column with one label a row, got lists; choose another")
    if pa.types.is_floating(column.type):
        column = compute.if_else(compute.is_nan(column), None, column)
    return compute.fill_null(compute.cast(column, pa.string()), "").dictionary_encode()


def _floats(column: "pa.Array") -> np.ndarray:
    import pyarrow as pa
    from pyarrow import compute

    # a copy: a view would keep the whole block in memory, with the columns that nobody needs
    return np.array(compute.cast(column, pa.float64()).to_numpy(zero_copy_only=False))


def _joined(parts: list["pa.Array"]) -> WordColumn:
    import pyarrow as pa

    if not parts:
        return WordColumn(np.zeros(0, np.int32), ())
    whole = pa.chunked_array(parts).unify_dictionaries().combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = pa.concat_arrays(whole.chunks)
    return WordColumn(whole.indices.to_numpy(), tuple(whole.dictionary.to_pylist()))
