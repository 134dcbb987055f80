"""Answers as a table: to look at, to filter and to download."""

import json
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from emotion_core.rows import Row, answer_row, columns, encodable, rows_as_bytes
from emotion_core.types import EmotionScores, EmotionTimeline

TEXT = "text"
EXPORT_ROWS = 4096
"""rows that are turned into Python objects at a time"""
ALL, UNCERTAIN, ERRORS = "all rows", "uncertain", "with an error"


def export_columns(labels: Sequence[str], multi_label: bool) -> list[str]:
    """Columns of a download: those of every table of answers, then the text."""
    return [*columns(labels, multi_label), TEXT]


def frame_of(rows: Sequence[Row], names: Sequence[str]) -> pd.DataFrame:
    """Rows of answers as a frame that takes little memory; `?` for what UTF-8 has no place for."""
    frame = pd.DataFrame([encodable(row) for row in rows], columns=list(names))
    numbers = [n for n in names if n.startswith(("p_", "presence_")) or n in ("start_s", "end_s")]
    frame[numbers] = frame[numbers].astype("float64")
    return frame.astype({"uncertain": "boolean", "person": "Int64"})


def timeline_rows(
    source: str, timeline: EmotionTimeline, uncertain: np.ndarray, person: int | None = None
) -> list[Row]:
    """One row per segment.

    Args:
        source: name of the file
        timeline: of one voice or face
        uncertain: (segment,)
        person: whose answers they are
    """
    return [
        answer_row(
            source,
            EmotionScores(timeline.labels, probabilities, uncertain=bool(unsure)),
            timeline.labels,
            person=person,
            span_s=tuple(span),
        )
        for span, probabilities, unsure in zip(
            timeline.spans_s.round(3).tolist(), timeline.probabilities, uncertain, strict=True
        )
    ]


def exported(frame: pd.DataFrame, ending: str) -> bytes:
    """A frame as the bytes of a file, in the form of the command line.

    Args:
        frame: rows of answers
        ending: `.csv`, `.parquet` or `.jsonl`
    """
    starts = range(0, len(frame), EXPORT_ROWS)
    parts = (frame.iloc[start : start + EXPORT_ROWS].astype(object) for start in starts)
    rows = (part.where(part.notna(), None).to_dict("records") for part in parts)
    return rows_as_bytes(rows, list(frame.columns), ending)


def as_json(frame: pd.DataFrame) -> bytes:
    """The rows as a JSON list; what is empty is left out."""
    rows = frame.astype(object).to_dict("records")
    kept = [{k: v for k, v in row.items() if not pd.isna(v) and v != ""} for row in rows]
    return json.dumps(kept, ensure_ascii=False, indent=1).encode()


def matching(frame: pd.DataFrame, labels: Sequence[str], search: str, kind: str) -> pd.DataFrame:
    """The rows of these labels (none given: of all) whose text holds the words searched for."""
    keep = pd.Series(True, index=frame.index)
    if labels:
        keep &= frame["label"].isin(labels)
    if search.strip():
        keep &= frame[TEXT].str.contains(search.strip(), case=False, regex=False)
    if kind == UNCERTAIN:
        keep &= frame["uncertain"].fillna(False).astype(bool)
    elif kind == ERRORS:
        keep &= frame["error"] != ""
    return frame[keep]


def label_counts(frame: pd.DataFrame, labels: Sequence[str]) -> dict[str, int]:
    """How many rows each label has."""
    found: Mapping[str, int] = frame["label"].value_counts().to_dict()
    return {label: int(found.get(label, 0)) for label in labels}


def strongest(frame: pd.DataFrame, label: str, count: int) -> list[tuple[str, float]]:
    """The different texts answered with a label most surely, and their probabilities."""
    of_label = frame[frame["label"] == label].drop_duplicates(TEXT)
    top = of_label.nlargest(count, f"p_{label}")
    return list(zip(top[TEXT], top[f"p_{label}"], strict=True))


def shown(frame: pd.DataFrame, labels: Sequence[str], leading: Mapping[str, str]) -> pd.DataFrame:
    """The columns that a page shows, with probabilities in percent.

    Args:
        frame: rows of answers
        labels: ordered
        leading: name on the page -> column of the frame, of those that stand first
    """
    percent = frame[[f"p_{label}" for label in labels]].mul(100).round(1)
    percent.columns = list(labels)
    first = frame[list(leading.values())].set_axis(list(leading), axis=1)
    answer = pd.DataFrame(
        {
            "emotion": frame["label"].fillna(""),
            "sure": percent.max(axis=1),
            "uncertain": frame["uncertain"],
            "error": frame["error"],
            "notice": frame["notice"].fillna(""),
        }
    )
    return pd.concat([first, answer, percent], axis=1)
