"""Answers as rows: the columns that scripts rely on, and the files they are written to."""

import csv
import io
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Protocol, TextIO

from .errors import InvalidInput, LabelMismatch
from .types import EmotionScores

Cell = str | float | bool | int | None
Row = dict[str, Cell]

FIXED = ("source", "person", "start_s", "end_s", "label", "uncertain", "error")
ENDINGS = (".csv", ".parquet", ".jsonl")


def probability_columns(labels: Sequence[str]) -> list[str]:
    """`p_<label>` of each label, in order."""
    return [f"p_{label}" for label in labels]


def columns(labels: Sequence[str], multi_label: bool = False) -> list[str]:
    """Every column of a table of answers, in order.

    After the fixed ones and the probabilities come `notice` and, for multi-label models,
    `present` (labels that reach their threshold, joined by `|`) and `presence_<label>`.
    """
    extra = ["present", *(f"presence_{label}" for label in labels)] if multi_label else []
    return [*FIXED, *probability_columns(labels), "notice", *extra]


@lru_cache
def _layout(labels: tuple[str, ...], multi_label: bool) -> tuple[Row, list[str], list[str]]:
    """An empty row, and the names of its probability and its presence columns."""
    empty: Row = dict.fromkeys(columns(labels, multi_label))
    return empty, probability_columns(labels), [f"presence_{label}" for label in labels]


def answer_row(
    source: str | int,
    answer: EmotionScores | Exception | None,
    labels: Sequence[str],
    *,
    multi_label: bool = False,
    person: int | None = None,
    span_s: tuple[float, float] | None = None,
) -> Row:
    """One row: an answer, the error in its place, or (None) nothing found and nothing wrong.

    Raises:
        LabelMismatch: if the answer has other labels than the table
    """
    empty, probabilities, presences = _layout(tuple(labels), multi_label)
    row: Row = dict(empty)
    row |= {"source": source, "person": person, "error": ""}
    if span_s is not None:
        row |= {"start_s": span_s[0], "end_s": span_s[1]}
    if isinstance(answer, Exception):
        row["error"] = str(answer)
    elif answer is not None:
        if answer.labels != tuple(labels):
            raise LabelMismatch(f"expected an answer in {labels}, got one in {answer.labels}")
        row |= {"label": answer.label, "uncertain": answer.uncertain}
        row |= {"notice": "; ".join(answer.notices)}
        row.update(zip(probabilities, answer.probabilities.round(6).tolist(), strict=True))
        if answer.presence is not None and multi_label:
            row["present"] = "|".join(answer.present)
            row.update(zip(presences, answer.presence.round(6).tolist(), strict=True))
    return row


def encodable(row: Mapping[str, Cell]) -> Row:
    r"""The row with a `?` for what UTF-8 has no place for: a file's name may be no text.

    Example:
        >>> encodable({"source": "a\udcff.wav", "person": 1})
        {'source': 'a?.wav', 'person': 1}
    """
    return {
        name: cell.encode("utf-8", "replace").decode() if isinstance(cell, str) else cell
        for name, cell in row.items()
    }


class RowWriter(Protocol):
    """Takes rows as they come; memory does not grow with their number."""

    def write(self, rows: Sequence[Mapping[str, Cell]]) -> None: ...
    def close(self) -> None: ...


class _JsonLines:
    def __init__(self, file: TextIO, owned: bool) -> None:
        self.file, self.owned = file, owned

    def write(self, rows: Sequence[Mapping[str, Cell]]) -> None:
        self.file.writelines(json.dumps(_plain(r), ensure_ascii=False) + "\n" for r in rows)
        self.file.flush()

    def close(self) -> None:
        if self.owned:
            self.file.close()


def _plain(row: Mapping[str, Cell]) -> dict[str, Cell]:
    """Empty cells as empty texts, so that every format says the same."""
    return {k: "" if v is None else v for k, v in row.items()}


class _Csv:
    def __init__(self, file: TextIO, names: Sequence[str]) -> None:
        self.file, self.names = file, names
        self.writer = csv.writer(file)
        self.writer.writerow(names)

    def write(self, rows: Sequence[Mapping[str, Cell]]) -> None:
        words = {True: "true", False: "false"}
        for row in rows:
            flag = row["uncertain"]
            plain = row if flag is None else {**row, "uncertain": words[bool(flag)]}
            self.writer.writerow([plain[name] for name in self.names])

    def close(self) -> None:
        self.file.close()


class _Parquet:
    def __init__(self, target: Path | io.BytesIO, names: Sequence[str]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        kinds = {"uncertain": pa.bool_(), "person": pa.int64()}
        texts = {
            "source", "label", "error", "notice", "present", "text", "modality", "speaker",
            "disagreement", "language", "model",
        }  # fmt: skip
        self.schema = pa.schema(
            [(n, kinds.get(n, pa.string() if n in texts else pa.float64())) for n in names]
        )
        self.table = pa.Table
        self.writer = pq.ParquetWriter(target, self.schema)

    def write(self, rows: Sequence[Mapping[str, Cell]]) -> None:
        if rows:
            plain = [r | {"source": str(r["source"])} for r in map(dict, rows)]
            self.writer.write_table(self.table.from_pylist(plain, schema=self.schema))

    def close(self) -> None:
        self.writer.close()


class RowFile:
    """Writes rows to a file by its ending, or JSON lines to standard output.

    Args:
        target: path ending in `.csv`, `.parquet` or `.jsonl`; None for standard output
        names: columns, in order

    Raises:
        InvalidInput: for another ending or a folder that cannot be written
    """

    def __init__(self, target: Path | None, names: Sequence[str]) -> None:
        self.writer = self._open(target, names)

    @staticmethod
    def _open(target: Path | None, names: Sequence[str]) -> RowWriter:
        if target is None:
            return _JsonLines(sys.stdout, owned=False)
        ending = target.suffix.lower()
        if ending not in ENDINGS:
            raise InvalidInput(f"--out {target}: expected an ending of {', '.join(ENDINGS)}")
        try:
            if ending == ".parquet":
                return _Parquet(target, names)
            file = target.open("w", encoding="utf-8", newline="")
        except OSError as error:
            raise InvalidInput(f"{target} cannot be written: {error}") from error
        return _Csv(file, names) if ending == ".csv" else _JsonLines(file, owned=True)

    def write(self, rows: Sequence[Mapping[str, Cell]]) -> None:
        """Add rows, with a `?` for what UTF-8 has no place for."""
        self.writer.write([encodable(row) for row in rows])

    def __enter__(self) -> "RowFile":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.writer.close()


def rows_as_bytes(
    parts: Iterable[Sequence[Mapping[str, Cell]]], names: Sequence[str], ending: str
) -> bytes:
    """Rows as the bytes of a file, made in memory.

    Args:
        parts: rows in order, some at a time
        names: columns, in order
        ending: `.csv`, `.parquet` or `.jsonl`
    """
    text, binary = io.StringIO(newline=""), io.BytesIO()
    writers: Mapping[str, Callable[[], RowWriter]] = {
        ".csv": lambda: _Csv(text, names),
        ".parquet": lambda: _Parquet(binary, names),
        ".jsonl": lambda: _JsonLines(text, owned=False),
    }
    writer = writers[ending]()
    for rows in parts:
        writer.write([encodable(row) for row in rows])
    content = text.getvalue().encode()
    writer.close()
    return binary.getvalue() or content
