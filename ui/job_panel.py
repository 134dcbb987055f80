"""A job of a page: held in the session, watched while it works, replaced by what is asked for next.

Each page has its own name in the session for its job, and shows what came of it by itself.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

import streamlit as st

from .jobs import Job
from .progress import POLL_S, progress
from .uploads import Upload, uploaded

AnyJob = TypeVar("AnyJob", bound=Job)
PATIENCE_S = 0.5
"""what is short is done within it, and needs no progress bar"""


def held(name: str, kind: type[AnyJob]) -> AnyJob | None:
    """The job that a page holds; None while there is none."""
    job = st.session_state.get(name)
    return job if isinstance(job, kind) else None


def drop(name: str) -> None:
    """Stop the job that a page holds, and forget it."""
    job = st.session_state.pop(name, None)
    if isinstance(job, Job):
        job.cancel()


def begin(name: str, start: Callable[[], AnyJob]) -> AnyJob:
    """A new job in the place of the one before, which has a moment to end."""
    drop(name)
    job = st.session_state[name] = start()
    job.wait(PATIENCE_S)
    return job


@st.fragment(run_every=POLL_S)
def watch(job: Job, told: Callable[[], str], key: str) -> None:
    """How far a job is, and a button that stops it; once it has ended, the page is drawn anew.

    Args:
        job: at work
        told: what was done, in words
        key: of the button
    """
    if not job.running:
        st.rerun()
    progress(job, told(), key)


def files_to_answer(
    label: str, button: str, endings: Sequence[str], limit_mb: int, key: str
) -> list[Upload]:
    """The files that are chosen, at the moment at which a person asks for their answers.

    Args:
        label: of the widget that takes them
        button: written on the one that asks
        endings: of their names, without the dot
        limit_mb: of each
        key: prefix of the widgets' keys
    """
    files = st.file_uploader(
        label,
        type=list(endings),
        accept_multiple_files=True,
        key=f"{key}_upload",
        max_upload_size=limit_mb,
    )
    asked = st.button(button, type="primary", disabled=not files, key=f"{key}_start")
    return [uploaded(file) for file in files] if asked else []
