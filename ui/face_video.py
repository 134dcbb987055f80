"""The page that watches one video."""

import streamlit as st

from emotion_core.face.pipeline import VIDEO_FPS

from .face_film import forget_film
from .face_jobs import VideoJob
from .face_source import chosen_video
from .face_video_result import PERSON, face_video_result
from .job_panel import begin, drop, held, watch
from .models import FaceChoice
from .progress import so_far

JOB = "video_job"
RATES = (1.0, 2.0, 5.0, 10.0, 15.0, 25.0)
"""frames a second"""


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
    drop(JOB)


def _job(choice: FaceChoice) -> VideoJob | None:
    """The job of what is chosen now; one that does something else is stopped."""
    job = held(JOB, VideoJob)
    video = chosen_video(job and job.video)
    fps = _fps()
    if video is None:
        _forget()
        return None
    if job is None or not job.same(choice.model, video, fps):
        _forget()
        job = begin(JOB, lambda: VideoJob(choice.model, video, fps))
    return job


@st.fragment
def face_video(choice: FaceChoice) -> None:
    """Draw the page below its title."""
    job = _job(choice)
    if job is None:
        st.info("Upload a video, or try the drawn film: the answer appears here.")
    elif job.running:
        watch(job, lambda: so_far(job, "Watched"), "video_cancel")
    else:
        if job.cancelled:
            st.button("Watch again", on_click=_forget, icon=":material/replay:", key="video_again")
        face_video_result(choice, job)
