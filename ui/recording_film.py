"""The annotated video of a recording: made when a person asks for it, then downloaded."""

from pathlib import Path

import streamlit as st

from emotion_core.face.analysis import VideoAnalysis

from .answer import show_notices
from .progress import POLL_S, clock, progress
from .recording_jobs import AnnotatedJob
from .recording_open import OpenRecording


@st.fragment(run_every=POLL_S)
def _progress(film: AnnotatedJob) -> None:
    if not film.running:
        st.rerun()
    length = f" of {clock(film.total)}" if film.total else ""
    progress(film, f"Drawn {clock(film.done)}{length}", "recording_film_cancel")


def _result(film: AnnotatedJob) -> None:
    if film.error:
        st.error(film.error)
    if film.cancelled:
        st.warning("Stopped; no annotated video was made.")
    made = film.film
    if made is None:
        return
    show_notices(film.notices)
    st.download_button(
        "Download annotated video",
        lambda: made.content,
        f"{Path(film.video.name).stem} annotated.mp4",
        made.mimetype,
        on_click="ignore",
        icon=":material/download:",
        key="recording_film_download",
    )


def annotated_video(recording: OpenRecording, judged: VideoAnalysis) -> None:
    """The switch for blurring, the button that starts, progress and result."""
    blur = st.toggle("Blur the faces in the annotated video", key="recording_blur")
    film = recording.film if recording.film and recording.film.blur == blur else None
    if film is not None and film.running:
        _progress(film)
        return
    if film is None or film.film is None:
        st.button(
            "Make the annotated video" + " with blurred faces" * blur,
            on_click=recording.annotate,
            args=(judged, blur),
            icon=":material/movie_edit:",
            key="recording_film_start",
        )
    if film is not None:
        _result(film)
