"""Your own test from a table of truths and answers, of whatever model."""

import json
from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from emotion_core import registry
from emotion_core.datasets.columns import ENDINGS, column_names
from emotion_core.errors import EmotionCoreError
from emotion_core.evaluation.prediction_report import PredictionReport, evaluate_predictions
from emotion_core.evaluation.predictions import PROBABILITIES, ColumnChoice, read_predictions
from emotion_core.evaluation.report_page import report_page
from emotion_core.labels import LABEL_SETS
from emotion_core.types import ModelSpec

from .evaluation_own_file import OwnFile
from .evaluation_own_kept import Kept
from .evaluation_own_result import show_result
from .evaluation_own_upload import KEY, Wanted, choose_file, likely
from .evaluation_own_words import in_words_of_the_page
from .evaluation_stored import answer_frame, answers_path, of_report

NONE, AS_SPELT = "(none)", "as the file spells them"
TRUTHS = ("truth", "label", "true", "y_true", "target", "gold")
ANSWERS = ("prediction", "predicted", "pred", "y_pred", "answer", "output")
GROUPS, IDS = ("speaker", "dialogue", "group", "subject", "actor"), ("id", "item", "file")


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


def _wanted() -> Wanted:
    spec = _example_spec()
    example = None if spec is None else ("Try an example", lambda: example_file(spec))
    return Wanted(KEY, "Truths and answers", ENDINGS, example=example)


def _choose_columns(file: OwnFile) -> tuple[ColumnChoice, str]:
    """Which columns mean what, and the label set that labels are carried to."""
    names = list(column_names(file.path))
    words = [n for n in names if not n.startswith(PROBABILITIES)] or names
    optional = [NONE, *words]
    key = f"{KEY}_{file.identity}"
    left, right = st.columns(2)
    truth = left.selectbox("Truth", words, likely(words, TRUTHS), key=f"{key}_truth_column")
    answer = right.selectbox("Answer", words, likely(words, ANSWERS, min(1, len(words) - 1)),
                             key=f"{key}_answer_column")  # fmt: skip
    group = left.selectbox(
        "Group", optional, likely(optional, GROUPS), key=f"{key}_group",
        help="Speaker or dialogue: the intervals then draw whole groups.",
    )  # fmt: skip
    identity = right.selectbox(
        "Id", optional, likely(optional, IDS), key=f"{key}_id", help="Names items; unique."
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


def kept_of(
    name: str,
    report: PredictionReport,
    record: dict[str, object] | None = None,
    table: Path | None = None,
    files: Mapping[str, Path] | None = None,
) -> Kept:
    """A report with its charts and its files; cells show the texts of its table, and its files.

    Args:
        name: of what was evaluated
        report: of its answers
        record: what is downloaded as JSON; None takes the report's own
        table: that a person gave, where its texts are to be shown
        files: name -> where it lies, of the sounds or pictures that a person gave
    """
    content = json.dumps(record or report.as_dict(), ensure_ascii=False, indent=1).encode()
    found = of_report(name, report, table=table, files=files)
    return Kept(found, content, lambda: report_page(report).encode(), by_item=True)


def answers_way() -> None:
    """Draw it."""
    st.markdown(
        "Give a table with one row for each item: its **true** label and the label that was "
        "**answered**, by whatever model. Everything is computed here; the browser receives only "
        "sums and charts, and the file is forgotten when you leave."
    )
    wanted = _wanted()
    file = choose_file(wanted)
    if file is None:
        return
    try:
        columns, labels = _choose_columns(file)
        asked = (file.identity, columns, labels)
        if st.button("Evaluate", type="primary", icon=":material/analytics:", key=f"{KEY}_start"):
            st.session_state.pop(wanted.report_key, None)
            for widget in ("truth", "answer"):
                st.session_state.pop(f"{KEY}_{widget}", None)
            with st.spinner("Reading and scoring every row…"):
                report = evaluate_predictions(read_predictions(file.path, columns, labels))
            st.session_state[wanted.report_key] = (
                asked,
                kept_of(file.name, report, table=file.path),
            )
    except EmotionCoreError as error:
        st.error(in_words_of_the_page(str(error)))
        return
    kept = st.session_state.get(wanted.report_key)
    if kept is None:
        return
    if kept[0] != asked:
        st.caption("The choices above have changed; evaluate again.")
        return
    show_result(kept[1], KEY)
