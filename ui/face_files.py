"""The tab that answers many pictures, one row per face."""

import streamlit as st

from .answer_table import answer_table
from .charts import distribution_bars, show
from .downloads import csv_and_json, download_buttons
from .face_jobs import PicturesJob
from .face_source import PICTURE_MB, PICTURES
from .models import FaceChoice
from .progress import POLL_S, progress
from .tables import label_counts
from .uploads import uploaded

JOB = "photo_files_job"


def _start(choice: FaceChoice) -> None:
    """Choose files and start a job."""
    files = st.file_uploader(
        "Pictures with faces",
        type=PICTURES,
        accept_multiple_files=True,
        key="photo_files_upload",
        max_upload_size=PICTURE_MB,
    )
    clicked = st.button(
        "Answer every picture", type="primary", disabled=not files, key="photo_files_start"
    )
    if not clicked:
        return
    if JOB in st.session_state:
        st.session_state[JOB].cancel()
    st.session_state[JOB] = PicturesJob(choice, [uploaded(f) for f in files])


@st.fragment(run_every=POLL_S)
def _progress(job: PicturesJob) -> None:
    if not job.running:
        st.rerun()
    progress(job, f"{int(job.done):,} of {len(job.pictures):,} pictures", "photo_files_cancel")


def _result(job: PicturesJob) -> None:
    """The table of a job's answers and its downloads."""
    if job.error:
        st.error(job.error)
    frame = job.frame()
    if job.cancelled and job.done < len(job.pictures):
        st.warning(f"Stopped after {int(job.done):,} of {len(job.pictures):,} pictures.")
    if frame.empty:
        return
    faces = int(frame["person"].notna().sum())
    st.caption(f"Answered by {job.choice.model.spec.id}: {faces:,} faces")
    with st.container(horizontal=True):
        download_buttons(csv_and_json("pictures"), job.frame, "photo_files")
    leading = {"file": "source", "face": "person"}
    numbered = frame.assign(person=frame["person"].astype("string").fillna(""))
    answer_table(numbered, job.choice.labels, leading, "photo_files_table")
    st.subheader("Distribution")
    counts = label_counts(frame, job.choice.labels)
    show(distribution_bars(counts), "photo_distribution_bars", "How many faces each label has")


@st.fragment
def face_files(choice: FaceChoice) -> None:
    """Draw the tab."""
    _start(choice)
    job = st.session_state.get(JOB)
    if job is None:
        st.info(
            "Choose several pictures: each face gets a row of its own, and so does a picture "
            "without any, or one that cannot be read."
        )
    elif job.running:
        _progress(job)
    else:
        _result(job)
