"""The items of one cell of a confusion matrix, the surest answers first."""

import base64

import numpy as np
import pandas as pd
import streamlit as st

from emotion_core.evaluation.metrics import NO_ANSWER
from emotion_core.evaluation.prediction_report import PredictionReport

from .evaluation_content import Contents, contents
from .evaluation_stored import Evaluated
from .palette import titled

PAGE = 50
"""items that are shown at a time"""
UNANSWERED = "(no answer)"
ROW_PX, PICTURE_ROW_PX, MOST_PX = 35, 64, 460


def cell_items(report: PredictionReport, truth: str, answer: str) -> np.ndarray:
    """(item,) places of the items of a cell, those with the surest answer first.

    Args:
        report: of one answer per item
        truth: label
        answer: label, or `UNANSWERED`
    """
    labels, predictions = report.scores.labels, report.predictions
    place = NO_ANSWER if answer == UNANSWERED else labels.index(answer)
    chosen = (predictions.truth == labels.index(truth)) & (predictions.prediction == place)
    items = np.flatnonzero(chosen)
    return items[np.argsort(-sureness(report, items, answer), kind="stable")]


def sureness(report: PredictionReport, items: np.ndarray, answer: str) -> np.ndarray:
    """(item,) probability of the answer; zeros where there are no probabilities."""
    given = report.predictions.probabilities
    if given is None or answer not in given.labels:
        return np.zeros(len(items))
    return given.values[np.searchsorted(given.items, items), given.labels.index(answer)]


def _answers(report: PredictionReport) -> list[str]:
    unanswered = [UNANSWERED] if report.unanswered else []
    return [*report.scores.labels, *unanswered]


def _page(items: np.ndarray, key: str) -> tuple[np.ndarray, int]:
    """The items of the chosen page, and the place of its first."""
    pages = -(-len(items) // PAGE)
    number = 1
    if pages > 1:
        number = int(st.number_input(f"Page (of {pages:,})", 1, pages, key=key))
    first = (number - 1) * PAGE
    return items[first : first + PAGE], first


def _as_url(picture: bytes) -> str:
    kind = "png" if picture.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"


def _frame(
    found: Evaluated, items: np.ndarray, truth: str, answer: str, shown: Contents
) -> pd.DataFrame:
    predictions = found.report.predictions
    frame = pd.DataFrame({"item": [predictions.name_of(int(i)) for i in items]})
    if shown.pictures:
        pictures = [shown.pictures.get(int(i), b"") for i in items]
        frame["picture"] = [_as_url(p) if p else None for p in pictures]
    if shown.texts:
        frame["text"] = [shown.texts.get(int(i), "") for i in items]
    frame["truth"], frame["answer"] = truth, answer
    given = predictions.probabilities
    if given is not None and answer in given.labels:
        frame["probability of the answer"] = sureness(found.report, items, answer)
    if predictions.ids is not None:
        frame["row"] = predictions.rows[items]
    return frame


def _listen(found: Evaluated, items: np.ndarray, shown: Contents, key: str) -> None:
    there = [int(i) for i in items if int(i) in shown.sounds]
    item = st.selectbox(
        "Listen to", there, format_func=found.report.predictions.name_of, key=f"{key}_listen"
    )
    st.audio(str(shown.sounds[item]))


def _draw(found: Evaluated, items: np.ndarray, cell: tuple[str, str], key: str) -> None:
    """A page of items: a table, and a player where there is sound."""
    shown = contents(found, items.tolist())
    row_px = PICTURE_ROW_PX if shown.pictures else ROW_PX
    st.dataframe(
        _frame(found, items, *cell, shown), hide_index=True, key=f"{key}_items",
        row_height=row_px, height=min(MOST_PX, row_px * len(items) + ROW_PX + 3),
        column_config={
            "probability of the answer": st.column_config.ProgressColumn(
                min_value=0, max_value=1, format="%.3f"
            ),
            "picture": st.column_config.ImageColumn(width="small"),
            "text": st.column_config.TextColumn(width="large"),
        },
    )  # fmt: skip
    if shown.sounds:
        _listen(found, items, shown, key)
    if found.spec is not None and not (shown.texts or shown.pictures or shown.sounds):
        st.caption(
            "What the items were cannot be shown: their data set is not at hand under "
            "`$EMOTION_DATA`, or the stored answers do not name them."
        )


def show_items(found: Evaluated, key: str, first: tuple[str, str]) -> None:
    """Draw the items of the cell that is chosen by a click or by hand.

    Args:
        found: what was scored
        key: of its widgets; a click leaves labels in `<key>_truth` and `<key>_answer`
        first: truth and answer of the cell that is shown before any choice
    """
    labels, answers = list(found.report.scores.labels), _answers(found.report)
    st.session_state.setdefault(f"{key}_truth", first[0])
    st.session_state.setdefault(f"{key}_answer", first[1])
    left, right = st.columns(2)
    truth = left.selectbox("Truth", labels, format_func=titled, key=f"{key}_truth")
    answer = right.selectbox("Answered as", answers, format_func=titled, key=f"{key}_answer")
    items = cell_items(found.report, truth, answer)
    how = "has no answer" if answer == UNANSWERED else f"was answered as {answer}"
    if not len(items):
        st.info(f"No item of {truth} {how}.")
        return
    place = st.empty()
    page, start = _page(items, f"{key}_page_{truth}_{answer}")
    told = "without an answer" if answer == UNANSWERED else f"answered as {answer}"
    which = f"; {start + 1:,} to {start + len(page):,} are shown" if len(items) > PAGE else ""
    place.caption(f"{len(items):,} items of {truth} {told}, the surest answers first{which}.")
    _draw(found, page, (truth, answer), key)
