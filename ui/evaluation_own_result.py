"""What came of a person's own test: the headline, downloads, and every chart."""

from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from emotion_core.markup import counted

from . import evaluation_charts as charts
from .evaluation_own_kept import KEPT, Kept, keep
from .evaluation_report import SECTIONS, report_sections
from .evaluation_show import Chart, draw
from .evaluation_stored import Evaluated


def unanswered_in_words(found: Evaluated) -> str:
    """The share of the items that have no answer."""
    count, total = found.report.unanswered, found.report.scores.n
    if not count:
        return "Every item has an answer."
    return f"No answer for {counted(count, 'item')} ({count / total:.1%}), which counts as wrong."


def _headline(found: Evaluated) -> None:
    scores = found.scores
    low, high = scores.intervals["accuracy"]
    st.success(
        f"{scores.n:,} items, {len(scores.labels)} labels: {scores.metrics['accuracy']:.1%} right "
        f"(95 % interval {low:.1%} to {high:.1%}); the most frequent label alone would get "
        f"{scores.baseline:.1%}. {unanswered_in_words(found)}",
        icon=":material/check:",
    )
    if found.notices:
        listed = [f"- {notice[:1].upper()}{notice[1:]}" for notice in found.notices]
        with st.expander(f"How it was scored ({len(listed)})", expanded=len(listed) < 4):
            st.markdown("\n".join(listed))


def _downloads(kept: Kept, key: str, answers: pd.DataFrame | None) -> None:
    stem = Path(kept.found.name).stem.replace(" ", "-")
    with st.container(horizontal=True):
        if kept.page is not None:
            st.download_button(
                "Report (HTML)", kept.page, f"{stem}-report.html", "text/html", on_click="ignore",
                icon=":material/description:", type="primary", key=f"{key}_html",
                help="One file that stands alone, to keep or to send",
            )  # fmt: skip
        st.download_button(
            "Report (JSON)", kept.record, f"{stem}-report.json", "application/json",
            on_click="ignore", icon=":material/data_object:", key=f"{key}_json",
            help="Everything as data; give it to “A kept report” to look at it again",
        )  # fmt: skip
        if answers is not None:
            st.download_button(
                "Answers (CSV)", lambda: answers.to_csv(index=False).encode(),
                f"{stem}-answers.csv", "text/csv", on_click="ignore", icon=":material/table:",
                key=f"{key}_answers", help="Every item with its truth and its answer",
            )  # fmt: skip
        known = kept.found.name in st.session_state.get(KEPT, {})
        st.button(
            "Kept" if known else "Keep for comparison", on_click=keep, args=(kept,),
            disabled=known, icon=":material/bookmark:", key=f"{key}_keep",
            help="Until you leave: it then stands in the list below and beside other models",
        )  # fmt: skip


def unanswered_chart(found: Evaluated, reasons: dict[str, int], key: str) -> None:
    """Why items have no answer, as bars."""
    total = found.report.scores.n
    frame = pd.DataFrame(
        {"reason": list(reasons), "items": list(reasons.values())}
    ).assign(share=lambda f: f["items"] / total)  # fmt: skip
    figure = go.Figure(
        go.Bar(
            x=frame["share"],
            y=[_folded(r) for r in frame["reason"]],
            orientation="h",
            text=[f"{s:.1%} ({n:,})" for s, n in zip(frame["share"], frame["items"], strict=True)],
            marker_color=charts.FAINT,
            hovertemplate="%{y}: %{text}<extra></extra>",
            textposition="outside",
            cliponaxis=False,
        )
    )
    figure.update_layout(height=90 + 44 * len(frame), margin=charts.NARROW)
    figure.update_xaxes(tickformat=".0%", range=[0, 1.35 * frame["share"].max()])
    figure.update_yaxes(autorange="reversed")
    said = (
        f"Why items have no answer, as shares of all {total:,}: as a user of the app would get "
        "none, each counts as wrong."
    )
    draw(Chart("Without an answer", said, figure, lambda: frame, f"{found.name}-unanswered"),
         f"{key}_reasons")  # fmt: skip


def _folded(text: str, width: int = 34) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def show_result(
    kept: Kept,
    key: str,
    answers: pd.DataFrame | None = None,
    reasons: dict[str, int] | None = None,
) -> None:
    """Draw a report.

    Args:
        kept: the report
        key: prefix of its widgets
        answers: every item, to download
        reasons: why items have no answer -> how many
    """
    found = kept.found
    _headline(found)
    _downloads(kept, key, answers)
    if reasons:
        unanswered_chart(found, reasons, key)
    names = report_sections(found)
    name = st.segmented_control("Show", names, default=names[0], required=True,
                                key=f"{key}_section")  # fmt: skip
    SECTIONS[name](found, key)
