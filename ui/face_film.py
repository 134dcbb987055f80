"""The annotated video: made when a person asks for it, then played and downloaded."""

from pathlib import Path

import streamlit as st

from emotion_core.face.analysis import VideoAnalysis

from .answer import show_notices
from .face_jobs import FilmJob, VideoJob
from .models import FaceChoice
from .progress import POLL_S, clock, progress

JOB = "video_film_job"


def film_of(job: VideoJob) -> FilmJob | None:
    """The annotated video of what was watched, if there is one ready to be played."""
    film: FilmJob | None = st.session_state.get(JOB)
    return film if film is not None and film.watched is job and film.film is not None else None


def forget_film() -> None:
    """Drop the annotated video, also one that is being made."""
    film = st.session_state.pop(JOB, None)
    if film is not None:
        film.cancel()


def _start(job: VideoJob, judged: VideoAnalysis, level: float, blur: bool) -> None:
    forget_film()
    st.session_state[JOB] = FilmJob(job, judged, level, blur)


@st.fragment(run_every=POLL_S)
def _progress(film: FilmJob) -> None:
    if not film.running:
        st.rerun()
    length = f" of {clock(film.total)}" if film.total else ""
    progress(film, f"Drawn {clock(film.done)}{length}", "video_film_cancel")


def _result(film: FilmJob) -> None:
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
        f"{Path(film.watched.video.name).stem} annotated.mp4",
        made.mimetype,
        on_click="ignore",
        icon=":material/download:",
        key="video_film_download",
    )


def annotated_video(job: VideoJob, choice: FaceChoice, judged: VideoAnalysis) -> None:
    """The switch for blurring, the button that starts, progress and result."""
    blur = st.toggle("Blur the faces in the annotated video", key="video_blur")
    film: FilmJob | None = st.session_state.get(JOB)
    if film is not None and not film.same(job, judged, choice.level, blur):
        film = None
    if film is not None and film.running:
        _progress(film)
        return
    if film is None or film.film is None:
        st.button(
            "Make the annotated video" + " with blurred faces" * blur,
            on_click=_start,
            args=(job, judged, choice.level, blur),
            icon=":material/movie_edit:",
            key="video_film_start",
        )
    if film is not None:
        _result(film)
