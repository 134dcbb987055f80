"""The tab that answers many recordings, one row each."""

import pandas as pd
import streamlit as st

from .charts import distribution_bars, show
from .models import VoiceChoice
from .tables import exported, label_counts
from .text_result import KINDS
from .voice_jobs import DURATION, FilesJob
from .voice_recording import POLL_S, progress
from .voice_sound import Recording
from .voice_source import ENDINGS, UPLOAD_MB

JOB = "voice_files_job"


def _start(choice: VoiceChoice) -> None:
    """Choose files and start a job."""
    uploaded = st.file_uploader(
        "Recordings of speech",
        type=ENDINGS,
        accept_multiple_files=True,
        key="voice_files_upload",
        max_upload_size=UPLOAD_MB,
    )
    clicked = st.button(
        "Answer every file", type="primary", disabled=not uploaded, key="voice_files_start"
    )
    if not clicked:
        return
    if JOB in st.session_state:
        st.session_state[JOB].cancel()
    recordings = [Recording(f.file_id, f.name, f.getvalue()) for f in uploaded]
    st.session_state[JOB] = FilesJob(choice, recordings)


@st.fragment(run_every=POLL_S)
def _progress(job: FilesJob) -> None:
    if not job.running:
        st.rerun()
    progress(job, f"{int(job.done):,} of {len(job.recordings):,} files", "voice_files_cancel")


def shown(frame: pd.DataFrame, labels: tuple[str, ...]) -> pd.DataFrame:
    """The columns that the page shows, with probabilities in percent."""
    percent = frame[[f"p_{label}" for label in labels]].mul(100).round(1)
    percent.columns = list(labels)
    first = pd.DataFrame(
        {
            "file": frame["source"],
            "emotion": frame["label"].fillna(""),
            "sure": percent.max(axis=1),
            "uncertain": frame["uncertain"],
            "duration": frame[DURATION].astype("float64"),
            "error": frame["error"],
            "notice": frame["notice"].fillna(""),
        }
    )
    return pd.concat([first, percent], axis=1)


def _result(job: FilesJob) -> None:
    """The table of a job's answers and its downloads."""
    if job.error:
        st.error(job.error)
    frame = job.frame()
    if job.cancelled:
        st.warning(f"Stopped after {len(frame):,} of {len(job.recordings):,} files.")
    if frame.empty:
        return
    st.caption(f"Answered by {job.choice.model.spec.id}, without voice calibration")
    with st.container(horizontal=True):
        for name, ending, mime in (*KINDS, ("JSONL", ".jsonl", "application/jsonl")):
            st.download_button(
                f"Download {name}",
                lambda ending=ending: exported(frame, ending),
                f"voices{ending}",
                mime,
                on_click="ignore",
                icon=":material/download:",
                key=f"voice_files_download{ending}",
            )
    percent = st.column_config.NumberColumn(format="%.1f%%")
    config = dict.fromkeys(job.choice.labels, percent)
    config["sure"] = st.column_config.ProgressColumn(format="%.0f%%", min_value=0, max_value=100)
    config["duration"] = st.column_config.NumberColumn(format="%.1f s")
    view = shown(frame, job.choice.labels)
    st.dataframe(view, hide_index=True, column_config=config, key="voice_files_table")
    st.subheader("Distribution")
    counts = label_counts(frame, job.choice.labels)
    show(distribution_bars(counts), "voice_distribution", "How many files each label has")


@st.fragment
def voice_files(choice: VoiceChoice) -> None:
    """Draw the tab."""
    _start(choice)
    job = st.session_state.get(JOB)
    if job is None:
        st.info("Choose several files: each gets a row of its own, also one that cannot be read.")
    elif job.running:
        _progress(job)
    else:
        _result(job)
