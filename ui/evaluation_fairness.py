"""What a model does to different people: slices on their intervals, gaps, and what they tell."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from emotion_core.evaluation.fairness import LEVEL, told
from emotion_core.evaluation.findings import FAIRNESS, is_outdated, read_finding
from emotion_core.types import ModelSpec

from .evaluation_charts import FAINT, LITTLE_PX, NARROW, ROW_PX, TOP_PX, interval_dots
from .evaluation_show import Chart, draw

SURPRISING = "#C2571A"
Record = Mapping[str, Any]


def _is_surprising(check: Record) -> bool:
    return check["gap"] is not None and check["gap"]["corrected"] < LEVEL


def has_fairness(spec: ModelSpec) -> bool:
    """Whether there is something to show."""
    return bool(read_finding(spec.folder, FAIRNESS))


def _first(check: Record) -> tuple[bool, float]:
    """Sorts the largest gap that is no chance to the front."""
    gap = check["gap"]
    return (not _is_surprising(check), -(gap["difference"] if gap else 0.0))


def _findings(checks: Sequence[Record]) -> None:
    """The gaps that are more than chance, in sentences."""
    surprising = sorted(filter(_is_surprising, checks), key=_first)
    if surprising:
        lines = "\n".join(f"- {_titled(told(c))}" for c in surprising)
        st.warning(f"Gaps beyond chance:\n{lines}", icon=":material/balance:")
    else:
        st.success(
            "No gap that the data can tell from chance. That is not the same as no gap: see how "
            "wide the intervals are.",
            icon=":material/balance:",
        )


def _titled(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"


def _gap_figure(checks: Sequence[Record]) -> go.Figure:
    gaps = [c["gap"] for c in checks]
    several = len({c["column"] for c in checks}) > 1
    names = [_titled(c["measure"]) + (f", {c['column']}" if several else "") for c in checks]
    figure = go.Figure(
        go.Bar(
            x=[g["difference"] for g in gaps], y=names, orientation="h",
            marker_color=[SURPRISING if _is_surprising(c) else FAINT for c in checks],
            text=[f"{g['difference']:.3f}" for g in gaps],
            textposition="outside", cliponaxis=False,
            customdata=[
                f"{g['lowest']} below {g['highest']}, p = {g['corrected']:.3f}" for g in gaps
            ],
            hovertemplate="%{y}: %{text} (%{customdata})<extra></extra>",
        )
    )  # fmt: skip
    figure.update_layout(
        height=ROW_PX * len(checks) + TOP_PX + LITTLE_PX, margin={**NARROW, "b": LITTLE_PX},
        showlegend=False, bargap=0.3,
    )  # fmt: skip
    figure.update_xaxes(
        range=[0, 1.35 * max(0.01, *(g["difference"] for g in gaps))], visible=False
    )
    figure.update_yaxes(autorange="reversed", ticklabelstandoff=6)
    return figure


def _gap_frame(checks: Sequence[Record]) -> pd.DataFrame:
    rows = [{"measure": c["measure"], "by": c["column"], **c["gap"]} for c in checks]
    return pd.DataFrame(rows)


def _gaps(checks: Sequence[Record], key: str, name: str) -> None:
    """The largest gap of each measure, the surprising ones first."""
    judged = sorted((c for c in checks if c["gap"]), key=_first)
    shown = [c for c in judged if c["gap"]["difference"]]
    if len(shown) < 2:
        return
    said = (
        "The largest difference between two slices, for each measure and column; coloured where "
        "it is more than chance gives (p corrected for the number of comparisons)."
    )
    if unjudged := sorted({c["column"] for c in checks if not c["gap"]}):
        said += f" Not judged, for want of 20 items in two slices: {', '.join(unjudged)}."
    if same := len(judged) - len(shown):
        said += f" {same} others have no gap at all."
    chart = Chart(
        "Gaps", said, _gap_figure(shown), lambda: _gap_frame(judged), f"{name}-fairness-gaps"
    )
    draw(chart, f"{key}_gaps")


def _slice_frame(check: Record) -> pd.DataFrame:
    rows = [
        {check["column"]: s["slice"], "items": s["n"], check["measure"]: s["value"],
         "low": s["interval"] and s["interval"][0], "high": s["interval"] and s["interval"][1]}
        for s in check["slices"]
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _slices(check: Record, key: str, name: str) -> None:
    """One measure for each slice of one column, on its interval."""
    rows = check["slices"]
    names = [f"{s['slice']} ({s['n']:,})" for s in rows]
    spans = [tuple(s["interval"] or (s["value"], s["value"])) for s in rows]
    figure = interval_dots(names, [s["value"] for s in rows], spans)
    alone = [s["slice"] for s in rows if not s["interval"]]
    lone = f" {', '.join(alone)}: a single speaker, so no interval." if alone else ""
    title = f"{_titled(check['measure'])} by {check['column']}"
    said = f"{_titled(told(check))} Each slice with its items in brackets, on its 95 % interval."
    chart = Chart(
        title,
        said + lone,
        figure,
        lambda: _slice_frame(check),
        f"{name}-{check['measure']}-by-{check['column']}".replace(" ", "-"),
    )
    draw(chart, f"{key}_slices")


def _choose(checks: Sequence[Record], key: str) -> Record:
    """One column and one measure; the most surprising ones first."""
    ordered = sorted(checks, key=_first)
    columns = list(dict.fromkeys(c["column"] for c in ordered))
    places = st.columns(2) if len(columns) > 1 else [st.container()]
    column = columns[0]
    if len(columns) > 1:
        column = places[0].selectbox("Compare by", columns, key=f"{key}_column")
    measures = [c["measure"] for c in ordered if c["column"] == column]
    measure = places[-1].selectbox(
        "Measure", measures, format_func=_titled, key=f"{key}_{column}_measure"
    )
    return next(c for c in checks if (c["column"], c["measure"]) == (column, measure))


def _facts(facts: Mapping[str, Sequence[float]], key: str, name: str) -> None:
    """Further numbers; those with an interval as a chart."""
    spanned = {k: v for k, v in facts.items() if len(v) > 1}
    if spanned:
        names = [_titled(k) for k in spanned]
        values = list(spanned.values())
        figure = interval_dots(names, [v[0] for v in values], [(v[1], v[2]) for v in values])
        said = (
            "How far the answer moves (0 not at all, 1 wholly), and how often its first label "
            "changes, when only the person changes; beside it, another person of the same sex."
        )
        table = pd.DataFrame(values, columns=["value", "low", "high"])
        table.insert(0, "what", names)
        draw(Chart("Moved by who is spoken of", said, figure, lambda: table, f"{name}-moved"),
             f"{key}_moved")  # fmt: skip
    rest = [f"{k} {v[0]:.3f}" for k, v in facts.items() if len(v) == 1]
    if rest:
        st.caption(f"Also measured: {'; '.join(rest)}.")


def fairness_section(spec: ModelSpec, key: str) -> None:
    """What was measured of a model's fairness, and what that cannot show."""
    content = read_finding(spec.folder, FAIRNESS)
    if is_outdated(spec, content):
        st.warning(
            "The model's files have changed since; measure again.", icon=":material/history:"
        )
    parts = {p["title"]: p for p in content["parts"]}
    part = parts[st.selectbox("Test", list(parts), key=f"{key}_part")]
    own = f"{key}_{list(parts).index(part['title'])}"
    st.markdown(f"**How it was measured.** {part['protocol']}")
    _findings(part["checks"])
    st.info(f"What this cannot show. {part['limits']}", icon=":material/visibility_off:")
    _slices(_choose(part["checks"], own), own, spec.id)
    _gaps(part["checks"], own, spec.id)
    _facts(part["facts"], own, spec.id)
