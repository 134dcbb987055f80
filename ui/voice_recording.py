"""The tab that listens to one recording."""

import streamlit as st

from .job_panel import begin, drop, held, watch
from .models import VoiceChoice
from .progress import so_far
from .uploads import Upload
from .voice_jobs import Listening, RecordingJob
from .voice_profile import voice_profile
from .voice_result import voice_result
from .voice_source import chosen_recording
from .voice_why import SEGMENT

JOB = "voice_job"


def _listening(choice: VoiceChoice, recording: Upload | None) -> Listening:
    """The folded widgets that say how to listen."""
    with st.expander("Window, step and voice calibration", icon=":material/tune:"):
        first, second = st.columns(2, gap="medium")
        window_s = first.slider(
            "Window", 1.0, 10.0, 3.0, 0.5, format="%.1f s", key="voice_window",
            persist_state="session",
            help="Length of the stretch that each answer is about. Short ones follow quick "
            "changes, long ones are surer.",
        )  # fmt: skip
        hop_s = second.slider(
            "Step", 0.25, 5.0, 1.0, 0.25, format="%.2f s", key="voice_hop",
            persist_state="session",
            help="From the start of one window to that of the next; at most the window.",
        )  # fmt: skip
        return Listening(window_s, min(hop_s, window_s), voice_profile(choice, recording))


def _forget() -> None:
    st.session_state.pop(SEGMENT, None)
    drop(JOB)


def _job(choice: VoiceChoice) -> RecordingJob | None:
    """The job of what is chosen now; one that does something else is stopped."""
    job = held(JOB, RecordingJob)
    recording = chosen_recording("voice", job and job.recording)
    listening = _listening(choice, recording)
    if recording is None:
        _forget()
        return None
    if job is None or not job.same(choice.model, recording, listening):
        _forget()
        job = begin(JOB, lambda: RecordingJob(choice.model, recording, listening))
    return job


@st.fragment
def voice_recording(choice: VoiceChoice) -> None:
    """Draw the tab."""
    job = _job(choice)
    if job is None:
        st.info("Upload or record some speech, or try the example: the answer appears here.")
    elif job.running:
        watch(job, lambda: so_far(job, "Heard"), "voice_cancel")
    else:
        if job.cancelled:
            st.button("Listen again", on_click=_forget, icon=":material/replay:", key="voice_again")
        voice_result(choice, job)
