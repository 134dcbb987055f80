"""Answers to the rows of a file, worked out in a thread while the page stays usable."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pandas as pd

from emotion_core.text.table import (
    LANGUAGE,
    MODEL,
    TextTable,
    inspect_table,
    predict_rows,
    read_table,
    table_rows,
)
from emotion_core.types import EmotionScores

from .jobs import Job
from .models import Choice
from .tables import TEXT, export_columns, frame_of
from .temporary import temporary_folder
from .text_choice import AutomaticChoice

ROWS_AT_MOST = 100_000


@contextmanager
def saved(name: str, content: bytes) -> Generator[Path]:
    """An upload as a file, which is deleted in every case."""
    with temporary_folder() as folder:
        path = folder / (Path(name).name or "upload")
        path.write_bytes(content)
        yield path


def inspected(name: str, content: bytes) -> TextTable:
    """Columns, encoding and number of rows of an upload.

    Raises:
        InvalidInput: if it cannot be read
    """
    with saved(name, content) as path:
        return inspect_table(path)


class TableJob(Job):
    """Answers the first 100,000 rows of a table.

    Args:
        table: the upload, as it was looked at
        content: the upload
        column: of the texts; None for a file without columns
        choice: model, label set and level

    Attributes:
        rows: how many will be answered
        names: columns of its table of answers
    """

    def __init__(
        self, table: TextTable, content: bytes, column: str | None, choice: Choice
    ) -> None:
        self.table, self.choice, self.column = table, choice, column
        self.rows = min(table.rows, ROWS_AT_MOST)
        self.names = export_columns(choice.labels, choice.model.spec.multi_label)
        if isinstance(choice, AutomaticChoice):
            self.names += [LANGUAGE, MODEL]
        self._content = content
        self._frames: list[pd.DataFrame] = []
        self._whole: pd.DataFrame | None = None
        super().__init__(self.rows)

    @property
    def cancelled(self) -> bool:
        """Whether a person stopped it before its last row."""
        return super().cancelled and self.done < self.rows

    def frame(self) -> pd.DataFrame:
        """The answers so far, one row per text."""
        if self._whole is None or len(self._whole) != self.done:
            empty = frame_of([], self.names)
            self._whole = pd.concat(self._frames, ignore_index=True) if self._frames else empty
        return self._whole

    def _work(self) -> None:
        with saved(self.table.path.name, self._content) as path:
            self._answer(replace(self.table, path=path))

    def _answer(self, table: TextTable) -> None:
        rows = islice(read_table(table, self.column), ROWS_AT_MOST)
        multi_label = self.choice.model.spec.multi_label
        for paired in predict_rows(self.choice.model, rows, self.rows):
            judged = [
                (row, self.choice.judge(a) if isinstance(a, EmotionScores) else a)
                for row, a in paired
            ]
            answers = table_rows(judged, self.choice.labels, multi_label)
            texts = [row.text for row, _ in judged]
            answers = [a | {TEXT: text} for a, text in zip(answers, texts, strict=True)]
            self._frames.append(frame_of(answers, self.names))
            self.done += len(answers)
            if self._cancelled.is_set():
                break
