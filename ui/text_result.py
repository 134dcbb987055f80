"""What came out of a file of texts: summary, examples, table and downloads."""

import pandas as pd
import streamlit as st

from emotion_core.text.language import DetectedLanguage
from emotion_core.text.table import LANGUAGE, MODEL

from .answer_table import answer_table
from .charts import distribution_bars, show
from .palette import titled
from .tables import (
    ALL,
    ERRORS,
    TEXT,
    UNCERTAIN,
    exported,
    label_counts,
    matching,
    strongest,
)
from .text_choice import AutomaticChoice
from .text_jobs import TableJob

EXAMPLES_PER_LABEL = 3
EXAMPLE_CHARACTERS = 200
SHOWN_CHARACTERS = 500
"""of a text in the table; downloads hold all of it"""
KINDS = (
    ("CSV", ".csv", "text/csv"),
    ("Parquet", ".parquet", "application/vnd.apache.parquet"),
)


def _metrics(frame: pd.DataFrame) -> None:
    errors = int((frame["error"] != "").sum())
    uncertain = int(frame["uncertain"].fillna(False).sum())
    numbers = {"Rows": len(frame), "Answered": len(frame) - errors}
    numbers |= {"Uncertain": uncertain, "With an error": errors}
    with st.container(horizontal=True):
        for name, number in numbers.items():
            st.metric(name, f"{number:,}", width=150)


def _examples(frame: pd.DataFrame, counts: dict[str, int]) -> None:
    st.subheader("Strongest examples")
    for label in sorted((k for k, n in counts.items() if n), key=lambda k: -counts[k]):
        with st.container(gap="xxsmall"):
            st.markdown(f"**{titled(label)}**")
            for text, probability in strongest(frame, label, EXAMPLES_PER_LABEL):
                cut = text[:EXAMPLE_CHARACTERS] + ("…" if len(text) > EXAMPLE_CHARACTERS else "")
                st.text(f"{probability:.0%}  {cut}")


def _table(job: TableJob, frame: pd.DataFrame) -> None:
    st.subheader("All rows")
    first, second, third = st.columns([2, 2, 3])
    labels = first.multiselect(
        "Emotions", job.choice.labels, format_func=titled, key="file_labels", placeholder="all"
    )
    search = second.text_input("Search in the texts", key="file_search")
    kind = third.segmented_control(
        "Show", (ALL, UNCERTAIN, ERRORS), default=ALL, required=True, key="file_kind"
    )
    found = matching(frame, labels, search, kind)
    st.caption(f"{len(found):,} of {len(frame):,} rows. Click a column's name to sort.")
    cut = found.assign(text=found[TEXT].str.slice(0, SHOWN_CHARACTERS))
    wide = {TEXT: st.column_config.TextColumn(width="large")}
    leading = {"row": "source", TEXT: TEXT}
    if LANGUAGE in frame:
        leading["language"] = LANGUAGE
    answer_table(cut, job.choice.labels, leading, "file_table", wide, lazy=True)


def _answered_by(job: TableJob, frame: pd.DataFrame) -> str:
    """The models that answered, and how many rows each where the language picked them."""
    if not isinstance(job.choice, AutomaticChoice):
        return job.choice.model.spec.id
    counts = frame[MODEL].value_counts()
    return " and ".join(f"{name} ({count:,} rows)" for name, count in counts.items())


def _languages(frame: pd.DataFrame) -> None:
    """How many rows are in which language."""
    names = frame[LANGUAGE].dropna().map(lambda code: DetectedLanguage(code, 1.0).name)
    counts = names.value_counts().to_dict()
    st.subheader("Languages")
    st.caption("How many rows are in each language; a text of few letters is not sure.")
    show(distribution_bars(counts), "languages", "How many rows are in each language")


def _downloads(frame: pd.DataFrame) -> None:
    with st.container(horizontal=True):
        for name, ending, mime in KINDS:
            st.download_button(
                f"Download {name}",
                lambda ending=ending: exported(frame, ending),
                f"answers{ending}",
                mime,
                on_click="ignore",
                icon=":material/download:",
                key=f"file_download{ending}",
            )


def job_result(job: TableJob) -> None:
    """Show what a job has answered, be it all rows or those before it was stopped."""
    if job.error:
        st.error(job.error)
    if job.cancelled:
        st.warning(f"Stopped after {int(job.done):,} of {job.rows:,} rows; these are below.")
    frame = job.frame()
    if frame.empty:
        return
    st.caption(f"Answered by {_answered_by(job, frame)}, file {job.table.path.name}")
    _metrics(frame)
    _downloads(frame)
    counts = label_counts(frame, job.choice.labels)
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Distribution")
        show(distribution_bars(counts), "distribution", "How many rows each label has")
        if LANGUAGE in frame:
            _languages(frame)
    with right:
        _examples(frame, counts)
    _table(job, frame)
