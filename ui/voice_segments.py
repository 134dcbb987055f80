"""The segments of a recording as a table, and the files that it can be downloaded as."""

import numpy as np
import pandas as pd
import streamlit as st

from emotion_core.rows import columns
from emotion_core.types import EmotionTimeline

from .downloads import Format, csv_and_json, download_buttons
from .palette import titled
from .tables import frame_of, timeline_rows

ROWS_IN_SIGHT, TABLE_PX = 8, 320


def segment_rows(source: str, timeline: EmotionTimeline, uncertain: np.ndarray) -> pd.DataFrame:
    """One row per segment, in the columns of every table of answers."""
    rows = timeline_rows(source, timeline, uncertain)
    return frame_of(rows, columns(timeline.labels))


def as_audacity(frame: pd.DataFrame) -> bytes:
    """The rows as a label track of Audacity: start, end and label, separated by tabs."""
    rows = zip(frame["start_s"], frame["end_s"], frame["label"], strict=True)
    return "".join(f"{start:.6f}\t{end:.6f}\t{label}\n" for start, end, label in rows).encode()


FORMATS = (
    *csv_and_json("segments"),
    Format("Audacity labels", "labels.txt", "text/plain", as_audacity),
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
        download_buttons(FORMATS, lambda: segment_rows(source, timeline, uncertain), "voice")
