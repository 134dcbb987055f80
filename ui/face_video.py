"""The page that watches one video."""

import streamlit as st

from emotion_core.face.pipeline import VIDEO_FPS

from .face_film import forget_film
from .face_jobs import VideoJob
from .face_source import chosen_video
from .face_video_result import PERSON, face_video_result
from .models import FaceChoice
from .progress import POLL_S, clock, progress

JOB = "video_job"
RATES = (1.0, 2.0, 5.0, 10.0, 15.0, 25.0)
"""frames a second"""
PATIENCE_S = 0.5
"""a short video is watched within it, and needs no progress bar"""


def _fps() -> float:
    return st.select_slider(
        "Frames looked at",
        RATES,
        VIDEO_FPS,
        format_func=lambda rate: f"{rate:g} a second",
        key="video_fps",
        persist_state="session",
        help="More follow quick changes and take longer.",
    )


def _forget() -> None:
    st.session_state.pop(PERSON, None)
    forget_film()
    job = st.session_state.pop(JOB, None)
    if job is not None:
        job.cancel()


def _job(choice: FaceChoice) -> VideoJob | None:
    """The job of what is chosen now; one that does something else is stopped."""
    job: VideoJob | None = st.session_state.get(JOB)
    video = chosen_video(job and job.video)
    fps = _fps()
    if video is None:
        _forget()
        return None
    if job is None or not job.same(choice.model, video, fps):
        _forget()
        job = st.session_state[JOB] = VideoJob(choice.model, video, fps)
        job.wait(PATIENCE_S)
    return job


@st.fragment(run_every=POLL_S)
def _progress(job: VideoJob) -> None:
    if not job.running:
        st.rerun()
    length = f" of {clock(job.total)}" if job.total else ""
    progress(job, f"Watched {clock(job.done)}{length}", "video_cancel")


@st.fragment
def face_video(choice: FaceChoice) -> None:
    """Draw the page below its title."""
    job = _job(choice)
    if job is None:
        st.info("Upload a video, or try the drawn film: the answer appears here.")
    elif job.running:
        _progress(job)
    else:
        if job.cancelled:
            st.button("Watch again", on_click=_forget, icon=":material/replay:", key="video_again")
        face_video_result(choice, job)
