"""The recording of a stream: numbers along time, never pictures or sound."""

import numpy as np
import pandas as pd
import streamlit as st

from emotion_core.face.live_log import SOURCE
from emotion_core.markup import clock
from emotion_core.rows import columns

from .downloads import csv_and_json, download_buttons
from .tables import frame_of, timeline_rows
from .webcam_stream import Recording, WebcamStream


def recorded_rows(recording: Recording) -> pd.DataFrame:
    """One row per answer and person in the chosen label set, in the columns of every table."""
    log, choice = recording
    rows = [
        row
        for person in log.people
        for row in timeline_rows(SOURCE, *choice.judge_timeline(log.timeline(person)), person)
    ]
    frame = frame_of(rows, columns(choice.labels))
    return frame.sort_values(["start_s", "person"], ignore_index=True)


def record_button(stream: WebcamStream) -> None:
    """The button that starts and ends a recording."""
    if stream.recorded_s() is None:
        st.button(
            "Record the answers",
            on_click=stream.start_recording,
            disabled=not stream.running,
            icon=":material/radio_button_checked:",
            help="Keeps who expressed what and when, as numbers; never pictures or sound.",
            key="webcam_record",
        )
    elif st.button("Stop recording", icon=":material/stop_circle:", key="webcam_record_stop"):
        stream.stop_recording()
        st.rerun()


def downloads(recording: Recording) -> None:
    """What was recorded last, as files."""
    times = recording.log.times_s
    length = clock(float(np.ptp(times))) if len(times) else "0:00"
    st.caption(f"Recorded {length}, with {len(times):,} answers.")
    with st.container(horizontal=True):
        download_buttons(csv_and_json("webcam"), lambda: recorded_rows(recording), "webcam")
