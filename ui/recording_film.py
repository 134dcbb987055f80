"""The annotated video of a recording."""

from functools import partial

import streamlit as st

from emotion_core.recording.analysis import RecordingAnalysis

from .film_panel import blur_switch, film_panel
from .recording_open import OpenRecording

KEY = "recording"


def annotated_video(recording: OpenRecording, judged: RecordingAnalysis) -> None:
    """The switch for blurring, the button that starts, progress and result."""
    blur = blur_switch(KEY)
    film = recording.film_of(judged, blur)
    film_panel(film, partial(recording.annotate, judged, blur), blur, KEY)
    st.caption(
        "The annotated video has a box for each face and, under the picture, the fused answer, "
        "whom it is about, what led to it, where two disagree, and the words."
    )
