"""The tab that sets models beside published results, and two models beside each other."""

from collections.abc import Mapping
from itertools import combinations

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from emotion_core import registry
from emotion_core.errors import EmotionCoreError
from emotion_core.evaluation.comparison import Comparison, Difference, compare_predictions
from emotion_core.labels import LABEL_SETS, mapping
from emotion_core.types import ModelSpec

from . import evaluation_charts as charts
from .evaluation_leaderboard import show_leaderboard
from .evaluation_report import measure_name
from .evaluation_show import Chart, draw
from .evaluation_stored import (
    EVERY_PART,
    NOT_TOLD_OF_ACTORS,
    Evaluated,
    answer_frame,
    data_set,
    part_choices,
    parts_in_words,
    predictions_of,
    scored,
    stamp,
)

LIKELY = 0.05
COMMON = "EKMAN7"
"""labels that models with different ones are compared in"""
SHOWN_PAIRS = 12


def comparable(specs: list[ModelSpec], found: Mapping[str, Evaluated]) -> dict[str, list[str]]:
    """Model -> the others whose stored answers are of the same data set, single answers only."""
    single = [s for s in specs if s.id in found and not s.multi_label and data_set(s)]
    others: dict[str, list[str]] = {}
    for a, b in combinations(single, 2):
        if a.modality == b.modality and data_set(a) == data_set(b):
            others.setdefault(a.id, []).append(b.id)
            others.setdefault(b.id, []).append(a.id)
    return others


def common_labels(first: ModelSpec, second: ModelSpec) -> str:
    """The label set that both are carried to; "" where they have the same labels.

    Raises:
        LabelMismatch: if one of them has no place in it
    """
    if set(first.labels) == set(second.labels):
        return ""
    for spec in (first, second):
        mapping(spec.labels, LABEL_SETS[COMMON])
    return COMMON


@st.cache_resource(show_spinner=False, max_entries=16)
def _compared(
    _first: ModelSpec,
    _second: ModelSpec,
    parts: str,
    stamped: tuple[str, ...],  # noqa: ARG001 - part of the key
) -> Comparison:
    labels = common_labels(_first, _second)
    a, b = (predictions_of(answer_frame(s, parts), s.id, labels) for s in (_first, _second))
    return compare_predictions(a, b)


def compared(first: ModelSpec, second: ModelSpec, parts: str = EVERY_PART) -> Comparison:
    """Two bundles on the items that both have stored answers of.

    Raises:
        InvalidInput: if they share none
    """
    return _compared(first, second, parts, (*stamp(first), *stamp(second)))


def difference_dots(differences: Mapping[str, Difference]) -> go.Figure:
    """Differences around 0, each on its 95 % interval."""
    names = [measure_name(n) for n in differences]
    values = [d.value for d in differences.values()]
    spans = [d.interval for d in differences.values()]
    figure = charts.interval_dots(names, values, spans)
    hover = "%{y}: %{x:+.3f} (%{customdata})<extra></extra>"
    figure.update_traces(text=[f"{v:+.3f}" for v in values], hovertemplate=hover)
    reach = 1.25 * max(0.02, *(abs(x) for span in spans for x in span))
    figure.update_xaxes(range=[-reach, reach], tickvals=None, nticks=7, tickformat="+.2f")
    figure.add_vline(0, line={"dash": "dot", "width": 2, "color": charts.FAINT})
    return figure


def _pairs(found: Comparison) -> pd.DataFrame:
    a, b = found.names
    rows = [
        {"truth": truth, a: first or "(none)", b: second or "(none)", "items": n}
        for (truth, first, second), n in found.pairs.items()
    ]
    return pd.DataFrame(rows, columns=["truth", a, b, "items"])


def _verdict(found: Comparison, first: str, second: str) -> str:
    test, accuracy = found.mcnemar, found.differences["accuracy"]
    low, high = accuracy.interval
    clear = "more than chance" if test.p_value < LIKELY else "which can be chance"
    return (
        f"On {found.first.n:,} shared items **{first}** has "
        f"{found.first.metrics['accuracy']:.1%} right and **{second}** "
        f"{found.second.metrics['accuracy']:.1%}: a difference of {accuracy.value:+.3f} "
        f"(95 % interval {low:+.3f} to {high:+.3f}). Only {first} is right on "
        f"{test.only_first:,} items, only {second} on {test.only_second:,}, {clear} by McNemar's "
        f"test (p = {test.p_value:.3g})."
    )


def _show(found: Comparison) -> None:
    first, second = (name.removesuffix(".parquet") for name in found.names)
    st.markdown(_verdict(found, first, second))
    for notice in found.notices:
        told = notice.replace(".parquet", "")
        st.caption(f":material/info: {told[:1].upper()}{told[1:]}.")
    rows = [
        {"score": name, "b_minus_a": d.value, "low": d.interval[0], "high": d.interval[1]}
        for name, d in found.differences.items()
    ]
    said = (
        f"Each score of {second} minus that of {first}, on its paired 95 % interval; an interval "
        "that misses the dotted line at 0 can be told from no difference."
    )
    draw(Chart("Difference", said, difference_dots(found.differences),
               lambda: pd.DataFrame(rows), f"{first}-{second}-difference"),
         "evaluation_difference")  # fmt: skip
    frame = _pairs(found)
    if frame.empty:
        st.info("They agree on every item.")
        return
    names = {a: a.removesuffix(".parquet") for a in found.names}
    st.markdown("#### Where they disagree")
    st.caption(f"They disagree on {frame['items'].sum():,} items; the most frequent ways first.")
    left, right = st.columns(2)
    left.dataframe(frame.rename(columns=names).head(SHOWN_PAIRS), hide_index=True,
                   key="evaluation_pairs")  # fmt: skip
    examples = [(e.item, e.truth, e.first, e.second) for e in found.examples]
    right.dataframe(
        pd.DataFrame(examples, columns=["item", "truth", first, second]), hide_index=True,
        key="evaluation_disagreements", height=38 + 35 * min(SHOWN_PAIRS, len(frame)),
    )  # fmt: skip


def _two_models(specs: list[ModelSpec], found: Mapping[str, Evaluated]) -> None:
    st.subheader("Two models on the same items")
    others = comparable(specs, found)
    if not others:
        st.info("No two models here have stored answers of the same items.")
        return
    by_id = {s.id: s for s in specs}
    left, right = st.columns(2)
    first = by_id[left.selectbox("First model", list(others), key="evaluation_first")]
    key = f"evaluation_second_{first.id}"
    second = by_id[right.selectbox("Second model", others[first.id], key=key)]
    parts = EVERY_PART
    if choices := part_choices(first):
        parts = st.selectbox(
            "Moments with", choices, format_func=parts_in_words, key="evaluation_compared_parts"
        )
    try:
        with st.spinner("Comparing their stored answers…"):
            result = compared(first, second, parts)
    except EmotionCoreError as error:
        st.error(str(error))
        return
    if first.modality == "fusion":
        st.caption(f":material/info: {NOT_TOLD_OF_ACTORS[:1].upper()}{NOT_TOLD_OF_ACTORS[1:]}.")
    _show(result)


def compare_tab() -> None:
    """Draw the tab."""
    specs = registry.available()
    with st.spinner("Scoring the stored answers of every model…"):
        found = scored(specs)
    show_leaderboard(specs, found)
    _two_models(specs, found)
