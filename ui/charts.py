"""Charts, each of which draws one thing from a value type."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from emotion_core.markup import percent
from emotion_core.types import EmotionScores

from .palette import colour, titled

BAR_PX, MARGIN_PX, LETTER_PX = 30, 56, 14
LINES_AT_MOST = 8
"""lines of a history that can still be told apart"""
MARKERS = ("circle", "square", "diamond", "cross", "x", "triangle-up", "star", "hexagon")
LETTERS_ON_LIGHT, LETTERS_ON_DARK = "#1B2330", "#E8ECF2"
_CLEAR = "rgba(0, 0, 0, 0)"


def show(figure: go.Figure, key: str, alt: str) -> None:
    """Put a figure on the page, without tools that get in the way on a phone."""
    letters = LETTERS_ON_DARK if st.context.theme.type == "dark" else LETTERS_ON_LIGHT
    figure.update_layout(font_color=letters, legend_font_color=letters)
    figure.update_xaxes(tickfont_color=letters)
    figure.update_yaxes(tickfont_color=letters)
    st.plotly_chart(figure, key=key, alt=alt, theme="streamlit", config={"displayModeBar": False})


def _bars(names: Sequence[str], values: Sequence[float], texts: Sequence[str]) -> go.Figure:
    """Horizontal bars, the first one on top, each with its number beside it."""
    figure = go.Figure(
        go.Bar(
            x=values,
            y=[titled(n) for n in names],
            orientation="h",
            marker_color=[colour(n) for n in names],
            text=texts,
            textposition="outside",
            cliponaxis=False,
            textfont={"size": LETTER_PX},
            hovertemplate="%{y}: %{text}<extra></extra>",
        )
    )
    figure.update_layout(
        height=BAR_PX * len(names) + MARGIN_PX,
        margin={"l": 0, "r": 48, "t": 8, "b": 8},
        paper_bgcolor=_CLEAR,
        plot_bgcolor=_CLEAR,
        dragmode=False,
        bargap=0.3,
    )
    figure.update_yaxes(
        autorange="reversed",
        fixedrange=True,
        ticklabelstandoff=6,
        automargin=True,
        tickfont={"size": LETTER_PX},
    )
    figure.update_xaxes(visible=False, fixedrange=True, rangemode="tozero")
    return figure


def probability_bars(scores: EmotionScores, level: float | None = None) -> go.Figure:
    """The probability of every label, the largest on top.

    Args:
        scores: one answer
        level: in [0, 1]; drawn as a line, below which an answer counts as uncertain
    """
    order = np.argsort(-scores.probabilities, kind="stable")
    values = scores.probabilities[order]
    figure = _bars([scores.labels[i] for i in order], values.tolist(), [percent(v) for v in values])
    figure.update_xaxes(range=[0, 1])
    if level:
        figure.add_vline(
            level, line={"dash": "dot", "width": 1.5, "color": "#7C8794"}, layer="below"
        )
    return figure


def distribution_bars(counts: Mapping[str, float], unit: str = "") -> go.Figure:
    """How many rows, or how much of a `unit`, each label has, the largest on top."""
    order = sorted(counts, key=lambda label: -counts[label])
    total = sum(counts.values()) or 1
    texts = [f"{counts[label]:,}{unit} ({percent(counts[label] / total)})" for label in order]
    figure = _bars(order, [counts[label] for label in order], texts)
    figure.update_layout(margin_r=96)
    return figure


def history_lines(labels: tuple[str, ...], probabilities: np.ndarray) -> go.Figure:
    """How the probabilities move from turn to turn.

    Args:
        labels: ordered
        probabilities: (turn, label); only the labels that peak highest are drawn
    """
    turns = np.arange(1, len(probabilities) + 1)
    drawn = np.argsort(-probabilities.max(0), kind="stable")[:LINES_AT_MOST]
    figure = go.Figure()
    for marker, i in zip(MARKERS, drawn, strict=False):
        figure.add_scatter(
            x=turns,
            y=probabilities[:, i],
            name=titled(labels[i]),
            mode="lines+markers",
            line={"color": colour(labels[i]), "width": 2.5},
            marker={"symbol": marker, "size": 9},
            hovertemplate="turn %{x}: %{y:.0%}",
        )
    figure.update_layout(
        height=380,
        margin={"l": 0, "r": 8, "t": 8, "b": 0},
        paper_bgcolor=_CLEAR,
        plot_bgcolor=_CLEAR,
        dragmode=False,
        hovermode="x unified",
        legend={"orientation": "h", "y": -0.25, "x": 0},
    )
    figure.update_xaxes(title="turn", dtick=max(1, len(turns) // 10), fixedrange=True)
    figure.update_yaxes(range=[0, 1.03], tickformat=".0%", fixedrange=True)
    return figure
