"""The segments of a recording as a table, and the files that it can be downloaded as."""

import json
from collections.abc import Callable

import numpy as np
import pandas as pd
import streamlit as st

from emotion_core.rows import answer_row, columns
from emotion_core.types import EmotionScores, EmotionTimeline

from .palette import titled
from .tables import exported, frame_of

ROWS_IN_SIGHT, TABLE_PX = 8, 320


def segment_rows(source: str, timeline: EmotionTimeline, uncertain: np.ndarray) -> pd.DataFrame:
    """One row per segment, in the columns of every table of answers."""
    rows = [
        answer_row(
            source,
            EmotionScores(timeline.labels, probabilities, uncertain=bool(unsure)),
            timeline.labels,
            span_s=tuple(span),
        )
        for span, probabilities, unsure in zip(
            timeline.spans_s.round(3).tolist(), timeline.probabilities, uncertain, strict=True
        )
    ]
    return frame_of(rows, columns(timeline.labels))


def as_json(frame: pd.DataFrame) -> bytes:
    """The rows as a JSON list; what is empty is left out."""
    rows = frame.astype(object).to_dict("records")
    kept = [{k: v for k, v in row.items() if not pd.isna(v) and v != ""} for row in rows]
    return json.dumps(kept, ensure_ascii=False, indent=1).encode()


def as_audacity(frame: pd.DataFrame) -> bytes:
    """The rows as a label track of Audacity: start, end and label, separated by tabs."""
    rows = zip(frame["start_s"], frame["end_s"], frame["label"], strict=True)
    return "".join(f"{start:.6f}\t{end:.6f}\t{label}\n" for start, end, label in rows).encode()


FORMATS: tuple[tuple[str, str, str, Callable[[pd.DataFrame], bytes]], ...] = (
    ("CSV", "segments.csv", "text/csv", lambda frame: exported(frame, ".csv")),
    ("JSON", "segments.json", "application/json", as_json),
    ("Audacity labels", "labels.txt", "text/plain", as_audacity),
)


def segment_table(source: str, timeline: EmotionTimeline, uncertain: np.ndarray) -> None:
    """Show the segments and the buttons that download them."""
    st.subheader("Segments")
    best = timeline.probabilities.argmax(1)
    view = pd.DataFrame(
        {
            "start": timeline.spans_s[:, 0],
            "end": timeline.spans_s[:, 1],
            "emotion": [titled(timeline.labels[i]) for i in best],
            "probability": 100 * timeline.probabilities.max(1),
            "uncertain": uncertain,
        }
    )
    seconds = st.column_config.NumberColumn(format="%.2f s")
    percent = st.column_config.ProgressColumn(format="%.0f%%", min_value=0, max_value=100)
    config = {"start": seconds, "end": seconds, "probability": percent}
    height = TABLE_PX if len(view) > ROWS_IN_SIGHT else "content"
    st.dataframe(view, hide_index=True, height=height, column_config=config, key="voice_segments")
    with st.container(horizontal=True):
        for name, file_name, mime, write in FORMATS:
            st.download_button(
                f"Download {name}",
                lambda write=write: write(segment_rows(source, timeline, uncertain)),
                file_name,
                mime,
                on_click="ignore",
                icon=":material/download:",
                key=f"voice_download_{file_name}",
            )
