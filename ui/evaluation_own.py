"""The tab that scores a person's own truths and answers."""

import json
import shutil
from pathlib import Path
from tempfile import mkdtemp
from weakref import finalize

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from emotion_core import registry
from emotion_core.errors import EmotionCoreError
from emotion_core.evaluation.prediction_file import ENDINGS, column_names
from emotion_core.evaluation.prediction_report import PredictionReport, evaluate_predictions
from emotion_core.evaluation.predictions import PROBABILITIES, ColumnChoice, read_predictions
from emotion_core.evaluation.report_page import report_page
from emotion_core.labels import LABEL_SETS
from emotion_core.types import ModelSpec

from .evaluation_models import notices
from .evaluation_report import SECTIONS, report_sections
from .evaluation_stored import Evaluated, answer_frame, answers_path, of_report

KEY = "evaluation_own"
FILE, REPORT, UPLOADS = f"{KEY}_file", f"{KEY}_report", f"{KEY}_uploads"
UPLOAD_MB = 500
NONE, AS_SPELT = "(none)", "as the file spells them"
TRUTHS = ("truth", "label", "true", "y_true", "target", "gold")
ANSWERS = ("prediction", "predicted", "pred", "y_pred", "answer", "output")
GROUPS, IDS = ("speaker", "dialogue", "group", "subject", "actor"), ("id", "item", "file")
FIELDS = {
    "--labels": "“Labels”", "--id": "“Id”", '--probabilities ""': "“Probabilities”",
    "--probabilities": "“Probabilities”", "--group": "“Group”",
}  # fmt: skip
"""options of the command line -> what they are called here"""


class OwnFile:
    """A file of answers on disk for as long as the session keeps it.

    Attributes:
        identity: the same only for the same file
        name: of the file
        note: what a person should know of it
    """

    def __init__(self, identity: str, name: str, note: str = "") -> None:
        self.identity, self.name, self.note = identity, name, note
        folder = Path(mkdtemp())
        finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.path = folder / Path(name).name


def uploaded_file(file: UploadedFile) -> OwnFile:
    """An upload, written in blocks."""
    own = OwnFile(file.file_id, file.name)
    file.seek(0)
    with own.path.open("wb") as out:
        shutil.copyfileobj(file, out)
    return own


def example_file(spec: ModelSpec) -> OwnFile:
    """A CSV of a bundle's stored answers, made on the spot."""
    note = (
        f"An example, made just now from the stored answers of {spec.id} "
        f"(`{answers_path(spec).relative_to(spec.folder.parent)}`); it is no data of yours."
    )
    own = OwnFile(f"example/{spec.id}", f"{spec.id}.csv", note)
    answer_frame(spec).to_csv(own.path, index=False)
    return own


def _example_spec() -> ModelSpec | None:
    """The bundle that the example is made from: one with speakers where there is one."""
    specs = [s for s in registry.available() if answers_path(s).is_file() and not s.multi_label]
    return next((s for s in specs if s.modality == "audio"), specs[0] if specs else None)


def _take_example() -> None:
    spec = _example_spec()
    if spec is not None:
        st.session_state[FILE] = example_file(spec)
        st.session_state.pop(REPORT, None)


def _upload_key() -> str:
    """Of the present uploader; a new one takes its place once its file lies on disk."""
    return f"{KEY}_upload_{st.session_state.get(UPLOADS, 0)}"


def _take_upload() -> None:
    """Write an upload to disk; a large one would else be copied at every rerun."""
    file = st.session_state[_upload_key()]
    if file is not None:
        st.session_state[FILE] = uploaded_file(file)
        st.session_state.pop(REPORT, None)
        st.session_state[UPLOADS] = st.session_state.get(UPLOADS, 0) + 1


def _forget() -> None:
    st.session_state.pop(FILE, None)
    st.session_state.pop(REPORT, None)


def _file_given(file: OwnFile) -> None:
    """Its name and size, and a button that forgets it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        megabytes = file.path.stat().st_size / 1e6
        st.markdown(f":material/description: `{file.name}`, {megabytes:,.1f} MB")
        st.button("Remove", on_click=_forget, icon=":material/delete:", key=f"{KEY}_remove")
    if file.note:
        st.info(file.note, icon=":material/science:")


def _choose_file() -> OwnFile | None:
    st.markdown(
        "Give a table with one row for each item: its **true** label and the label that was "
        "**answered**. Everything is computed here; the browser receives only sums and charts, and "
        "the file is forgotten when you leave."
    )
    most = min(UPLOAD_MB, int(st.get_option("server.maxUploadSize")))
    st.file_uploader(
        f"Truths and answers, up to {most} MB",
        type=[e.removeprefix(".") for e in ENDINGS],
        key=_upload_key(),
        max_upload_size=most,
        on_change=_take_upload,
    )
    if _example_spec() is not None:
        st.button("Try an example", on_click=_take_example, icon=":material/science:",
                  key=f"{KEY}_example")  # fmt: skip
    return st.session_state.get(FILE)


def _likely(names: list[str], wanted: tuple[str, ...], otherwise: int) -> int:
    """Place of the first column with a likely name."""
    lower = [n.strip().lower() for n in names]
    return next((lower.index(w) for w in wanted if w in lower), otherwise)


def _choose_columns(file: OwnFile) -> tuple[ColumnChoice, str]:
    """Which columns mean what, and the label set that labels are carried to."""
    names = list(column_names(file.path))
    words = [n for n in names if not n.startswith(PROBABILITIES)] or names
    optional = [NONE, *words]
    key = f"{KEY}_{file.identity}"
    left, right = st.columns(2)
    truth = left.selectbox("Truth", words, _likely(words, TRUTHS, 0), key=f"{key}_truth_column")
    answer = right.selectbox("Answer", words, _likely(words, ANSWERS, min(1, len(words) - 1)),
                             key=f"{key}_answer_column")  # fmt: skip
    group = left.selectbox(
        "Group", optional, _likely(optional, GROUPS, 0), key=f"{key}_group",
        help="Speaker or dialogue: the intervals then draw whole groups.",
    )  # fmt: skip
    identity = right.selectbox(
        "Id", optional, _likely(optional, IDS, 0), key=f"{key}_id", help="Names items; unique."
    )
    starts = [PROBABILITIES] if any(n.startswith(PROBABILITIES) for n in names) else []
    prefix = left.selectbox(
        "Probabilities", [*starts, NONE], key=f"{key}_probabilities", accept_new_options=True,
        help="What the names of their columns start with, such as p_ in p_joy, p_anger.",
    )  # fmt: skip
    labels = right.selectbox(
        "Labels", [AS_SPELT, *LABEL_SETS], key=f"{key}_labels",
        help="Carry every spelling, such as Happy, happiness and joy, to one label set.",
    )  # fmt: skip
    slices = st.multiselect(
        "Compare slices of", [w for w in words if w not in (truth, answer, identity)],
        key=f"{key}_slices", help="Sex, age band, accent, language, device …",
    )  # fmt: skip
    columns = ColumnChoice(
        truth,
        answer,
        None if group == NONE else group,
        None if identity == NONE else identity,
        "" if prefix == NONE else prefix,
        tuple(slices),
    )
    return columns, "" if labels == AS_SPELT else labels


def in_words_of_the_page(message: str) -> str:
    """An error with the fields of the page in the place of the command line's options.

    Example:
        >>> in_words_of_the_page("name another column with --id")
        'name another column with “Id”'
    """
    for option, field in FIELDS.items():
        message = message.replace(option, field)
    return message


def _downloads(report: PredictionReport, stem: str) -> None:
    with st.container(horizontal=True):
        st.download_button(
            "Report (HTML)", lambda: report_page(report).encode(), f"{stem}-report.html",
            "text/html", on_click="ignore", icon=":material/description:", type="primary",
            key=f"{KEY}_html", help="One file that stands alone, to keep or to send",
        )  # fmt: skip
        st.download_button(
            "Report (JSON)",
            lambda: json.dumps(report.as_dict(), ensure_ascii=False, indent=1).encode(),
            f"{stem}-report.json", "application/json", on_click="ignore",
            icon=":material/data_object:", key=f"{KEY}_json",
        )  # fmt: skip


def _result(found: Evaluated) -> None:
    scores = found.scores
    low, high = scores.intervals["accuracy"]
    st.success(
        f"{scores.n:,} items, {len(scores.labels)} labels: {scores.metrics['accuracy']:.1%} right "
        f"(95 % interval {low:.1%} to {high:.1%}); the most frequent label alone would get "
        f"{scores.baseline:.1%}.",
        icon=":material/check:",
    )
    notices(found)
    _downloads(found.report, Path(found.name).stem)
    names = report_sections(found)
    name = st.segmented_control("Show", names, default=names[0], required=True,
                                key=f"{KEY}_section")  # fmt: skip
    SECTIONS[name](found, KEY)


def own_tab() -> None:
    """Draw the tab."""
    file = _choose_file()
    if file is None:
        st.session_state.pop(REPORT, None)
        return
    _file_given(file)
    try:
        columns, labels = _choose_columns(file)
        asked = (file.identity, columns, labels)
        if st.button("Evaluate", type="primary", icon=":material/analytics:", key=f"{KEY}_start"):
            st.session_state.pop(REPORT, None)
            for widget in ("truth", "answer"):
                st.session_state.pop(f"{KEY}_{widget}", None)
            with st.spinner("Reading and scoring every row…"):
                report = evaluate_predictions(read_predictions(file.path, columns, labels))
            st.session_state[REPORT] = (asked, of_report(file.name, report))
    except EmotionCoreError as error:
        st.error(in_words_of_the_page(str(error)))
        return
    kept = st.session_state.get(REPORT)
    if kept is None:
        return
    if kept[0] != asked:
        st.caption("The choices above have changed; evaluate again.")
        return
    _result(kept[1])
