"""The annotated video of the page that watches one."""

from dataclasses import dataclass
from functools import partial

import streamlit as st

from emotion_core.face.analysis import VideoAnalysis

from .face_jobs import FilmJob, VideoJob
from .film_panel import blur_switch, film_panel
from .models import FaceChoice

KEY = "video"
MADE = "video_film"


@dataclass(frozen=True, eq=False)
class _Made:
    """An annotated video and what it was made of."""

    film: FilmJob
    watched: VideoJob
    labels: tuple[str, ...]
    level: float

    def fits(self, job: VideoJob, choice: FaceChoice, blur: bool) -> bool:
        """Whether one that is asked for now would be the same."""
        given = (job, choice.labels, choice.level, blur)
        return given == (self.watched, self.labels, self.level, self.film.blur)


def _made() -> _Made | None:
    return st.session_state.get(MADE)


def film_of(job: VideoJob) -> FilmJob | None:
    """The annotated video of what was watched, if there is one ready to be played."""
    made = _made()
    ready = made is not None and made.watched is job and made.film.film is not None
    return made.film if made is not None and ready else None


def forget_film() -> None:
    """Drop the annotated video, also one that is being made."""
    made = st.session_state.pop(MADE, None)
    if made is not None:
        made.film.cancel()


def _start(job: VideoJob, choice: FaceChoice, judged: VideoAnalysis, blur: bool) -> None:
    forget_film()
    film = FilmJob(job.video, judged, blur)
    st.session_state[MADE] = _Made(film, job, choice.labels, choice.level)


def annotated_video(job: VideoJob, choice: FaceChoice, judged: VideoAnalysis) -> None:
    """The switch for blurring, the button that starts, progress and result."""
    blur, made = blur_switch(KEY), _made()
    film = made.film if made is not None and made.fits(job, choice, blur) else None
    film_panel(film, partial(_start, job, choice, judged, blur), blur, KEY)
