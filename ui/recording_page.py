"""The page that looks at and listens to one recording."""

import re

import streamlit as st

from emotion_core.errors import EmotionCoreError
from emotion_core.recording.pipeline import RecordingModel

from .recording_example import SYNTHETIC
from .recording_jobs import Task
from .recording_open import OpenRecording
from .recording_progress import work
from .recording_result import recording_result
from .recording_source import chosen_task
from .recording_store import STORE
from .uploads import EXAMPLE

ADDRESS = "recording"
"""name of the address, in the page's own address and in the session"""
PATIENCE_S = 0.5
"""a short recording is analysed within it, and needs no progress bars"""
MARKUP = re.compile(r"([\\`*_\[\]#~$:<>|])")
"""what would format a name"""
LOOK_S = 60.0
"""from one look of an open page to the next, so that what it shows is kept"""
CAUTION = (
    "An answer names what words, a voice or a face express, not what a person feels or is: it is "
    "no diagnosis. What you upload stays in the memory of the computer that runs the app."
)
KEPT = (
    "Kept in memory for an hour after the last look at it, and then forgotten. Reload this page or "
    "come back by its address to see it again; whoever has the address can see it too."
)
LOST = (
    "This recording is no longer in memory: it was forgotten, nobody looked at it for an hour, or "
    "the app was started again. Upload it once more."
)


def _address() -> str:
    """Of the recording that this page shows; empty where it shows none."""
    return st.query_params.get(ADDRESS) or st.session_state.get(ADDRESS, "")


def _show(address: str) -> None:
    """Let this page show what is at an address, also after a reload or another page."""
    st.session_state[ADDRESS] = address
    if st.query_params.get(ADDRESS) != address:
        st.query_params[ADDRESS] = address


def _leave() -> None:
    """Show nothing, so that another recording can be given."""
    st.session_state.pop(ADDRESS, None)
    st.query_params.pop(ADDRESS, None)


def _forget(address: str) -> None:
    STORE.forget(address)
    _leave()


@st.fragment(run_every=LOOK_S)
def _look(address: str) -> None:
    """Say how long it is kept; looks at it as long as the page is open."""
    STORE.get(address)
    st.caption(KEPT)


def _head(address: str, recording: OpenRecording) -> None:
    """Name of the recording, and the ways out."""
    st.subheader(MARKUP.sub(r"\\\1", recording.upload.name))
    with st.container(horizontal=True):
        st.button(
            "Another recording", on_click=_leave, icon=":material/add:", key="recording_other"
        )
        st.button(
            "Forget this recording now",
            on_click=_forget,
            args=(address,),
            icon=":material/delete:",
            key="recording_forget",
        )
    _look(address)


def _opened(address: str, recording: OpenRecording, model: RecordingModel | None) -> None:
    """One recording: how far it is, or what was found."""
    _show(address)
    _head(address, recording)
    if recording.upload.identity == EXAMPLE:
        st.info(SYNTHETIC, icon=":material/draw:")
    if recording.job.running:
        work(recording)
    else:
        recording_result(recording, model)


def _start(task: Task) -> None:
    recording = OpenRecording(task)
    try:
        address = STORE.add(recording)
    except EmotionCoreError as error:
        recording.cancel()
        st.error(str(error))
        return
    _show(address)
    recording.job.wait(PATIENCE_S)
    st.rerun()


def recording_page(model: RecordingModel | None) -> None:
    """Draw the page below its title.

    Args:
        model: answers; None while none can be opened, which leaves what was analysed to be seen
    """
    address = _address()
    recording = STORE.get(address) if address else None
    if recording is not None:
        _opened(address, recording, model)
        return
    if address:
        st.warning(LOST, icon=":material/history_toggle_off:")
        _leave()
    if model is None:
        return
    task = chosen_task(model)
    if task is not None:
        _start(task)
