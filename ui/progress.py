"""How far a job is, in words and as a bar."""

import streamlit as st

from emotion_core.markup import clock

from .jobs import Job

POLL_S = 1.0
"""between two looks at a job that is at work"""


def time_left(job: Job) -> str:
    """How long a job will take, in words."""
    left = job.seconds_left()
    if job.cancelled:
        return "stopping"
    if left is None:
        return "estimating the time left"
    return f"about {left:.0f} s left" if left < 100 else f"about {left / 60:.0f} min left"


def so_far(job: Job, did: str) -> str:
    """What was done of a medium by its clock, such as `Heard 0:15 of 1:20`."""
    return f"{did} {clock(job.done)}" + (f" of {clock(job.total)}" if job.total else "")


def counted(job: Job, things: str) -> str:
    """How many of them were done, such as `3 of 10 files`."""
    return f"{int(job.done):,} of {int(job.total or 0):,} {things}"


def progress(job: Job, done: str, key: str) -> None:
    """A bar with what was done and the time left, and a button that stops the job."""
    st.progress(job.share() or 0.0, f"{done}, {time_left(job)}")
    st.button(
        "Cancel",
        on_click=job.cancel,
        disabled=job.cancelled,
        icon=":material/cancel:",
        key=key,
    )
