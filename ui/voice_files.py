"""The tab that answers many recordings, one row each."""

import streamlit as st

from .answer_table import answer_table
from .charts import distribution_bars, show
from .job_panel import begin, files_to_answer, held, watch
from .models import VoiceChoice
from .progress import counted
from .tables import exported, label_counts
from .text_result import KINDS
from .voice_jobs import DURATION, FilesJob
from .voice_source import ENDINGS, UPLOAD_MB

JOB = "voice_files_job"


def _start(choice: VoiceChoice) -> None:
    """Choose files and start a job."""
    recordings = files_to_answer(
        "Recordings of speech", "Answer every file", ENDINGS, UPLOAD_MB, "voice_files"
    )
    if recordings:
        begin(JOB, lambda: FilesJob(choice, recordings))


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
    seconds = {"duration": st.column_config.NumberColumn(format="%.1f s")}
    leading = {"file": "source", "duration": DURATION}
    answer_table(
        frame.astype({DURATION: "float64"}),
        job.choice.labels,
        leading,
        "voice_files_table",
        seconds,
    )
    st.subheader("Distribution")
    counts = label_counts(frame, job.choice.labels)
    show(distribution_bars(counts), "voice_distribution", "How many files each label has")


@st.fragment
def voice_files(choice: VoiceChoice) -> None:
    """Draw the tab."""
    _start(choice)
    job = held(JOB, FilesJob)
    if job is None:
        st.info("Choose several files: each gets a row of its own, also one that cannot be read.")
    elif job.running:
        watch(job, lambda: counted(job, "files"), "voice_files_cancel")
    else:
        _result(job)
