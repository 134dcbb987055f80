"""The tab that answers every row of a file."""

from collections.abc import Callable

import streamlit as st

from emotion_core.errors import EmotionCoreError, InvalidInput
from emotion_core.text.table import ENDINGS, TextTable

from .examples import EXAMPLE_NAME, example_file
from .models import Choice
from .progress import POLL_S, progress
from .temporary import TOLD
from .text_jobs import ROWS_AT_MOST, TableJob, inspected
from .text_result import job_result

JOB, SOURCE, LOOK = "file_job", "file_source", "file_look"
UPLOAD_MB = 200


def _use_example() -> None:
    st.session_state[SOURCE] = ("example", EXAMPLE_NAME, example_file)


def _use_upload() -> None:
    st.session_state.pop(SOURCE, None)


def _source() -> tuple[str, str, Callable[[], bytes]] | None:
    """Identity, name and content of the file to read, if there is one."""
    uploaded = st.file_uploader(
        f"A file with up to {ROWS_AT_MOST:,} texts",
        type=[ending[1:] for ending in ENDINGS],
        key="file_upload",
        on_change=_use_upload,
        help="CSV and TSV with a header, TXT with one text per line, JSON lines, or Parquet.",
        max_upload_size=UPLOAD_MB,
    )
    st.caption(f"While it is read and answered, it lies in {TOLD}.")
    st.button("Try an example file", on_click=_use_example, icon=":material/draft:", key="file_try")
    if SOURCE in st.session_state:
        return st.session_state[SOURCE]
    if uploaded is None:
        return None
    return uploaded.file_id, uploaded.name, uploaded.getvalue


def _look(identity: str, name: str, content: Callable[[], bytes]) -> TextTable:
    """The file's columns and size, found out once."""
    seen = st.session_state.get(LOOK)
    if seen is None or seen[0] != identity:
        seen = st.session_state[LOOK] = (identity, inspected(name, content()))
    return seen[1]


def _choose_column(table: TextTable, identity: str) -> str | None:
    if not table.columns:
        return None
    try:
        start = table.columns.index(table.choose_column() or "")
    except InvalidInput:
        start = None
    return st.selectbox(
        "Column with the texts",
        table.columns,
        start,
        placeholder="Choose a column",
        key=f"file_column_{identity}",
    )


def _describe(table: TextTable) -> None:
    st.caption(f"**{table.path.name}**: {table.rows:,} rows")
    for notice in table.notices:
        st.warning(notice[:1].upper() + notice[1:] + ".")
    if table.rows > ROWS_AT_MOST:
        st.warning(
            f"The file has {table.rows:,} rows; only the first {ROWS_AT_MOST:,} are answered. "
            "Split the file, or use the command line for all of it."
        )


def _start(choice: Choice) -> None:
    """Choose file and column, and start a job."""
    source = _source()
    if source is None:
        return
    identity, name, content = source
    table = _look(identity, name, content)
    _describe(table)
    column = _choose_column(table, identity)
    if st.button("Answer every row", type="primary", key="file_start"):
        if not table.rows:
            raise InvalidInput(f"{name} has no rows; choose a file with texts")
        column = table.choose_column(column)
        if JOB in st.session_state:
            st.session_state[JOB].cancel()
        st.session_state[JOB] = TableJob(table, content(), column, choice)


@st.fragment(run_every=POLL_S)
def _progress(job: TableJob) -> None:
    if not job.running:
        st.rerun()
    progress(job, f"{int(job.done):,} of {job.rows:,} rows", "file_cancel")


@st.fragment
def text_file(choice: Choice) -> None:
    """Draw the tab."""
    try:
        _start(choice)
    except EmotionCoreError as error:
        st.error(str(error))
    job = st.session_state.get(JOB)
    if job is None:
        return
    if job.running:
        _progress(job)
    else:
        job_result(job)
