"""The tab that sets models beside published results, and models or files beside each other."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from emotion_core import registry
from emotion_core.datasets.columns import ENDINGS, column_names
from emotion_core.errors import EmotionCoreError, InvalidInput
from emotion_core.evaluation.comparison import ManyComparison, compare_all
from emotion_core.evaluation.comparison_labels import SEVERAL, read_label_tables
from emotion_core.evaluation.predictions import ColumnChoice, read_predictions
from emotion_core.labels import LABEL_SETS, mapping
from emotion_core.types import ModelSpec

from .evaluation_leaderboard import show_leaderboard
from .evaluation_own_answers import ANSWERS, IDS, NONE, TRUTHS
from .evaluation_own_kept import kept_reports
from .evaluation_own_upload import likely
from .evaluation_own_words import in_words_of_the_page
from .evaluation_pairs import show_comparison
from .evaluation_stored import (
    EVERY_PART,
    NOT_TOLD_OF_ACTORS,
    Evaluated,
    answer_frame,
    data_set,
    label_tables_of,
    part_choices,
    parts_in_words,
    predictions_of,
    scored,
    stamp,
)
from .temporary import TOLD, temporary_folder

COMMON = "EKMAN7"
"""labels that models with different ones are compared in"""
MOST_MODELS = 6
KEY, RESULT = "evaluation_files", "evaluation_files_result"
MODELS, KEPT, FILES = "models", "kept tests", "files of answers"


def comparable(specs: Sequence[ModelSpec], found: Mapping[str, Evaluated]) -> dict[str, list[str]]:
    """Model -> the others whose stored answers are of the same data set and kind."""
    alike: dict[tuple[object, ...], list[ModelSpec]] = defaultdict(list)
    for spec in specs:
        if spec.id in found and data_set(spec):
            labels = frozenset(spec.labels) if spec.multi_label else None
            alike[spec.modality, data_set(spec), labels].append(spec)
    return {
        spec.id: [other.id for other in group if other is not spec]
        for group in alike.values()
        if len(group) > 1
        for spec in group
    }


def common_labels(specs: Sequence[ModelSpec]) -> str:
    """The label set that all are carried to; "" where they have the same labels.

    Raises:
        LabelMismatch: if one of them has no place in it
    """
    if len({frozenset(spec.labels) for spec in specs}) == 1:
        return ""
    for spec in specs:
        mapping(spec.labels, LABEL_SETS[COMMON])
    return COMMON


@st.cache_resource(show_spinner=False, max_entries=16)
def _compared(
    _specs: tuple[ModelSpec, ...],
    parts: str,
    stamped: tuple[tuple[str, ...], ...],  # noqa: ARG001 - part of the key
) -> ManyComparison:
    if _specs[0].multi_label:
        return compare_all([label_tables_of(spec) for spec in _specs])
    labels = common_labels(_specs)
    tables = [predictions_of(answer_frame(s, parts), s.id, labels) for s in _specs]
    return compare_all([replace(t, name=s.id) for t, s in zip(tables, _specs, strict=True)])


def compared(specs: Sequence[ModelSpec], parts: str = EVERY_PART) -> ManyComparison:
    """Two bundles or more on the items that all have stored answers of.

    Raises:
        InvalidInput: if they share none
    """
    return _compared(tuple(specs), parts, tuple(stamp(s) for s in specs))


def _models(specs: list[ModelSpec], found: Mapping[str, Evaluated]) -> None:
    others = comparable(specs, found)
    if not others:
        st.info("No two models here have stored answers of the same items.")
        return
    by_id = {s.id: s for s in specs}
    left, right = st.columns(2)
    first = by_id[left.selectbox("First model", list(others), key="evaluation_first")]
    chosen = right.multiselect(
        "Compared with", others[first.id], default=others[first.id][:1],
        max_selections=MOST_MODELS - 1, key=f"evaluation_others_{first.id}",
    )  # fmt: skip
    if not chosen:
        st.info("Choose a model to compare with.")
        return
    parts = EVERY_PART
    if choices := part_choices(first):
        parts = st.selectbox(
            "Moments with", choices, format_func=parts_in_words, key="evaluation_compared_parts"
        )
    try:
        with st.spinner("Comparing their stored answers…"):
            result = compared([first, *(by_id[name] for name in chosen)], parts)
    except EmotionCoreError as error:
        st.error(str(error))
        return
    if first.modality == "fusion" and result.answers.groups is None:
        st.caption(f":material/info: {NOT_TOLD_OF_ACTORS[:1].upper()}{NOT_TOLD_OF_ACTORS[1:]}.")
    show_comparison(result, "evaluation")


def _columns(paths: Sequence[Path]) -> tuple[ColumnChoice, bool]:
    """Which columns of all files mean what, and whether cells hold several labels."""
    shared = [n for n in column_names(paths[0]) if all(n in column_names(p) for p in paths[1:])]
    if len(shared) < 2:
        raise InvalidInput(
            "expected two columns of the same names in every file, one of truths and one of "
            f"answers, got {', '.join(shared) or 'none'}"
        )
    left, right = st.columns(2)
    truth = left.selectbox("Truth", shared, likely(shared, TRUTHS), key=f"{KEY}_truth")
    answer = right.selectbox("Answer", shared, likely(shared, ANSWERS, 1), key=f"{KEY}_answer")
    optional = [NONE, *shared]
    identity = left.selectbox(
        "Id", optional, likely(optional, IDS), key=f"{KEY}_id",
        help="Joins the items of the files; without it, rows are joined.",
    )  # fmt: skip
    group = right.selectbox("Group", optional, key=f"{KEY}_group",
                            help="Speaker or dialogue, drawn whole.")  # fmt: skip
    several = st.checkbox(f"Cells hold several labels, joined by {SEVERAL}", key=f"{KEY}_several")
    columns = ColumnChoice(
        truth, answer, None if group == NONE else group, None if identity == NONE else identity, ""
    )
    return columns, several


def _written(files: Sequence[UploadedFile], folder: Path) -> list[Path]:
    """The uploads on disk, each in a folder of its own, since two may have one name."""
    paths = []
    for place, file in enumerate(files):
        path = folder / str(place) / Path(file.name).name
        path.parent.mkdir()
        path.write_bytes(file.getbuffer())
        paths.append(path)
    return paths


def _compared_files(paths: Sequence[Path], columns: ColumnChoice, several: bool) -> ManyComparison:
    if several:
        return compare_all([read_label_tables(path, columns) for path in paths])
    return compare_all([read_predictions(path, columns) for path in paths])


def _kept() -> None:
    """Reports of the person's own that were kept in this session."""
    kept = {n: k.found.report.predictions for n, k in kept_reports().items() if k.by_item}
    if len(kept) < 2:
        st.info(
            "Keep two tests or more of the same items in “Your own test”, such as two models on "
            "your texts; here they stand beside each other."
        )
        return
    chosen = st.multiselect(
        "Kept tests", list(kept), default=list(kept)[-2:], max_selections=MOST_MODELS,
        key="evaluation_kept_chosen",
    )  # fmt: skip
    if len(chosen) < 2:
        st.info("Choose two or more.")
        return
    try:
        with st.spinner("Comparing…"):
            found = compare_all([replace(kept[name], name=name) for name in chosen])
    except EmotionCoreError as error:
        st.error(in_words_of_the_page(str(error)))
        return
    show_comparison(found, "evaluation_kept")


def _files() -> None:
    st.markdown(
        "Give two tables or more with the **true** and the **answered** label of the same items, "
        "in columns of the same names."
    )
    files = st.file_uploader(
        "Files of answers", type=[e.removeprefix(".") for e in ENDINGS],
        accept_multiple_files=True, key=f"{KEY}_upload",
    )  # fmt: skip
    st.caption(f"While they are read, they lie in {TOLD}.")
    if len(files) < 2:
        st.session_state.pop(RESULT, None)
        return
    given = tuple(f.file_id for f in files)
    try:
        with temporary_folder() as folder:
            paths = _written(files, folder)
            columns, several = _columns(paths)
            if st.button("Compare", type="primary", key=f"{KEY}_start"):
                with st.spinner("Comparing the files…"):
                    found = _compared_files(paths, columns, several)
                st.session_state[RESULT] = (given, columns, several, found)
    except EmotionCoreError as error:
        st.error(in_words_of_the_page(str(error)))
        return
    kept = st.session_state.get(RESULT)
    if kept is not None and kept[:3] == (given, columns, several):
        show_comparison(kept[3], KEY)


def compare_tab() -> None:
    """Draw the tab."""
    specs = registry.available()
    with st.spinner("Scoring the stored answers of every model…"):
        found = scored(specs)
    show_leaderboard(specs, found)
    st.subheader("On the same items")
    source = st.segmented_control(
        "Compare", [MODELS, KEPT, FILES], default=MODELS, required=True,
        key="evaluation_compare_what",
    )  # fmt: skip
    if source == MODELS:
        _models(specs, found)
    elif source == KEPT:
        _kept()
    else:
        _files()
