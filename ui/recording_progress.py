"""How far the stages of an analysis are, with one bar each."""

from collections.abc import Mapping

import streamlit as st

from emotion_core.markup import clock
from emotion_core.recording.analysis import STAGES, Stage

from .progress import POLL_S, time_left
from .recording_jobs import AnalysisJob
from .recording_open import OpenRecording

STAGE_NAMES: Mapping[Stage, str] = {
    "voice": ":material/graphic_eq: Voice",
    "words": ":material/subtitles: Words",
    "faces": ":material/face: Faces",
    "fusion": ":material/join: Fusion",
}
RELOADING = (
    "The work goes on while this page is closed: reload it, or come back by its address, and it "
    "is here again."
)


def stage_text(job: AnalysisJob, stage: Stage) -> str:
    """How far a stage is, in words."""
    name = STAGE_NAMES[stage]
    if reason := job.kept.failures.get(stage):
        return f"{name}: none, {reason}"
    if stage == "words" and job.task.transcript is not None:
        return f"{name}: given"
    if job.kept.done(stage):
        return f"{name}: done"
    done_s, expected_s = job.stage_s(stage)
    if not done_s:
        return f"{name}: waiting"
    return f"{name}: {clock(done_s)}" + (f" of {clock(expected_s)}" if expected_s else "")


def _bars(job: AnalysisJob) -> None:
    for stage in STAGES:
        if stage == "words" and not job.task.worded:
            continue
        st.progress(job.stage_share(stage) or 0.0, stage_text(job, stage))


@st.fragment(run_every=POLL_S)
def work(recording: OpenRecording) -> None:
    """Show how far the work on a recording is, and a button that stops it."""
    job = recording.job
    if not job.running:
        st.rerun()
    if not isinstance(job, AnalysisJob):
        st.info("Reading the words…", icon=":material/subtitles:")
        return
    with st.container(border=True):
        left = time_left(job)
        st.markdown(f"**Analysing** {clock(job.elapsed_s)} so far, {left}")
        _bars(job)
        st.button(
            "Cancel",
            on_click=job.cancel,
            disabled=job.cancelled,
            icon=":material/cancel:",
            help="What is finished is kept, and the rest can be done later.",
            key="recording_cancel",
        )
    st.caption(RELOADING)
