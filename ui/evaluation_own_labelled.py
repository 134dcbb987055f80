"""Your own test from labelled texts, sounds or pictures: a model answers them as in the app."""

from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from emotion_core.datasets.columns import ENDINGS, column_names
from emotion_core.datasets.labelled_items import (
    EVERY_SPLIT,
    LabelledChoice,
    LabelledItems,
)
from emotion_core.datasets.labelled_source import names_splits, read_labelled
from emotion_core.datasets.labelled_table import group_column, item_column, truth_column
from emotion_core.datasets.sources import SPLITS
from emotion_core.errors import EmotionCoreError
from emotion_core.types import ModelSpec

from .evaluation_own_answers import kept_of
from .evaluation_own_file import OwnFile
from .evaluation_own_job import LabelledJob
from .evaluation_own_kinds import Kind
from .evaluation_own_mapping import choose_label_set, choose_mapping
from .evaluation_own_result import show_result
from .evaluation_own_upload import choose_file, likely
from .evaluation_own_words import in_words_of_the_page
from .models import RESTORE, model_specs
from .progress import POLL_S, progress

NONE = "(none)"


class Asked(NamedTuple):
    """What was chosen; the same only for the same evaluation."""

    file: str
    files: int
    model: str
    choice: LabelledChoice
    labels: str
    table: tuple[tuple[str, str], ...]
    aligned: bool


def _column(place: DeltaGenerator, label: str, names: Sequence[str], start: str, key: str) -> str:
    """A column of the table; "" for none."""
    options = [NONE, *names] if not start or label.startswith("Group") else list(names)
    chosen = place.selectbox(label, options, likely(options, (start,)), key=key)
    return "" if chosen == NONE else chosen


def _choose_split(file: OwnFile, key: str) -> str:
    """The split to read; asked for only where the data name splits."""
    if "splits" not in file.read:
        file.read["splits"] = names_splits(file.path)
    if not file.read["splits"]:
        return SPLITS[-1]
    return st.selectbox("Split", [*reversed(SPLITS), EVERY_SPLIT], key=f"{key}_split")


def _choose_columns(kind: Kind, file: OwnFile, key: str) -> LabelledChoice:
    """Split and, of a table, columns."""
    split = _choose_split(file, key)
    if file.path.suffix.lower() not in ENDINGS:
        return LabelledChoice(split)
    names = list(column_names(file.path))
    left, right = st.columns(2)
    truth = _column(left, "Column of the labels", names, truth_column(names), f"{key}_truth")
    item = _column(right, "Column of the items", names, item_column(kind.modality, names),
                   f"{key}_item")  # fmt: skip
    group = _column(left, "Group (speaker or dialogue)", names, group_column(names),
                    f"{key}_group")  # fmt: skip
    slices = right.multiselect(
        "Compare slices of", [n for n in names if n not in (item, truth)], key=f"{key}_slices",
        help="Sex, age band, accent, language, device …",
    )  # fmt: skip
    return LabelledChoice(split, item, truth, group, tuple(slices))


def _items(kind: Kind, file: OwnFile, choice: LabelledChoice) -> LabelledItems:
    """Read once for each choice."""
    found = file.read.get(choice)
    if not isinstance(found, LabelledItems):
        with st.spinner("Reading the labels…"):
            found = read_labelled(kind.modality, file.path, choice, file.more)
        file.read[choice] = found
    return found


def _choose_model(kind: Kind, key: str) -> ModelSpec:
    specs = {s.id: s for s in model_specs(kind.modality)}
    return specs[st.selectbox("Model", list(specs), key=f"{key}_model")]


def labelled_way(kind: Kind) -> None:
    """Draw it."""
    st.markdown(
        f"{kind.said} The model answers each item as it does in the app, from the file on; what "
        "fails counts as wrong."
    )
    if not model_specs(kind.modality):
        st.info(f"There is no model of this kind here; {RESTORE}.")
        return
    file = choose_file(kind.wanted)
    if file is None:
        return
    try:
        _form(kind, file)
    except EmotionCoreError as error:
        st.error(in_words_of_the_page(str(error)))
        return
    _outcome(kind, file)


def _form(kind: Kind, file: OwnFile) -> None:
    """The choices, and the button that starts."""
    key = f"{kind.wanted.key}_{file.identity}"
    spec = _choose_model(kind, kind.wanted.key)
    aligned = kind.modality == "face" and st.checkbox(
        "Each picture is a face already", key=f"{key}_aligned",
        help="Nothing is detected; for crops such as those of FER-2013.",
    )  # fmt: skip
    choice = _choose_columns(kind, file, key)
    items = _items(kind, file, choice)
    counts = items.label_counts()
    label_set = choose_label_set(spec, counts, f"{key}_{spec.id}")
    labels = choose_mapping(counts, spec, label_set, f"{key}_{spec.id}")
    table = tuple(labels.table.items())
    asked = Asked(file.identity, len(file.more), spec.id, choice, label_set, table, bool(aligned))
    job: LabelledJob | None = st.session_state.get(kind.wanted.report_key)
    st.session_state[f"{kind.wanted.key}_asked"] = asked
    clicked = st.button(
        f"Evaluate {len(items):,} {kind.things}", type="primary", icon=":material/analytics:",
        key=f"{kind.wanted.key}_start", disabled=job is not None and job.running,
    )  # fmt: skip
    if clicked:
        started = LabelledJob(asked, spec.folder, items, labels, bool(aligned))
        st.session_state[kind.wanted.report_key] = started
        started.wait(POLL_S)


@st.fragment(run_every=POLL_S)
def _progress(job: LabelledJob, kind: Kind) -> None:
    if not job.running:
        st.rerun()
    progress(job, f"{int(job.done):,} of {len(job.items):,} {kind.things}",
             f"{kind.wanted.key}_cancel")  # fmt: skip


def _outcome(kind: Kind, file: OwnFile) -> None:
    """Progress of the job, or its report."""
    job: LabelledJob | None = st.session_state.get(kind.wanted.report_key)
    if job is None:
        return
    if job.running:
        _progress(job, kind)
        return
    if job.asked != st.session_state[f"{kind.wanted.key}_asked"]:
        st.caption("The choices above have changed; evaluate again.")
        return
    if job.error or job.report is None:
        st.error(in_words_of_the_page(job.error))
        return
    found = job.report
    name = found.report.predictions.name
    kept = kept_of(name, found.report, found.as_dict(), files=dict(file.more))
    show_result(kept, kind.wanted.key, found.frame(), found.reasons)
