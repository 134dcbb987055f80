"""The tab that answers many pictures, one row per face."""

import streamlit as st

from .answer_table import answer_table
from .charts import distribution_bars, show
from .downloads import csv_and_json, download_buttons
from .face_jobs import PicturesJob
from .face_source import PICTURE_MB, PICTURES
from .job_panel import begin, files_to_answer, held, watch
from .models import FaceChoice
from .progress import counted
from .tables import label_counts

JOB = "photo_files_job"


def _start(choice: FaceChoice) -> None:
    """Choose files and start a job."""
    pictures = files_to_answer(
        "Pictures with faces", "Answer every picture", PICTURES, PICTURE_MB, "photo_files"
    )
    if pictures:
        begin(JOB, lambda: PicturesJob(choice, pictures))


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
    job = held(JOB, PicturesJob)
    if job is None:
        st.info(
            "Choose several pictures: each face gets a row of its own, and so does a picture "
            "without any, or one that cannot be read."
        )
    elif job.running:
        watch(job, lambda: counted(job, "pictures"), "photo_files_cancel")
    else:
        _result(job)
