"""An annotated video: made when a person asks for it, then downloaded."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from .answer import show_notices
from .face_jobs import FilmJob
from .job_panel import watch
from .progress import so_far


def blur_switch(key: str) -> bool:
    """Whether the faces of the annotated video are to be made unrecognisable."""
    return st.toggle("Blur the faces in the annotated video", key=f"{key}_blur")


def film_panel(film: FilmJob | None, start: Callable[[], None], blur: bool, key: str) -> None:
    """The button that starts, then progress, then the result.

    Args:
        film: what is being made, or is made, as it was asked for; None before
        start: makes it
        blur: whether the faces are to be blurred
        key: of the widgets
    """
    if film is not None and film.running:
        watch(film, lambda: so_far(film, "Drawn"), f"{key}_film_cancel")
        return
    if film is None or film.film is None:
        st.button(
            "Make the annotated video" + " with blurred faces" * blur,
            on_click=start,
            icon=":material/movie_edit:",
            key=f"{key}_film_start",
        )
    if film is not None:
        _result(film, key)


def _result(film: FilmJob, key: str) -> None:
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
        key=f"{key}_film_download",
    )
