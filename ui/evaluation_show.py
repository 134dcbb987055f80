"""A chart with the sentence that says what it shows, as a picture and as a table to download."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from .charts import LETTERS_ON_DARK, LETTERS_ON_LIGHT

IMAGE = "evaluation_image"
PNG, SVG = "PNG", "SVG"
PAPER: Mapping[str, str] = {"light": "#FFFFFF", "dark": "#12161C"}
"""backgrounds of the two themes, so that a downloaded picture can be read"""
PALE: Mapping[str, str] = {"light": "#EEF3F8", "dark": "#1D242E"}
GRID = "rgba(124, 135, 148, 0.25)"
SCALE = 2


@dataclass(frozen=True, eq=False)
class Chart:
    """One chart.

    Attributes:
        title: heading
        said: what it shows, in a sentence
        figure: drawn
        table: makes the numbers behind it
        name: of the downloaded files, without an ending
    """

    title: str
    said: str
    figure: go.Figure
    table: Callable[[], pd.DataFrame]
    name: str


def theme() -> Literal["light", "dark"]:
    """The theme that the page is seen in."""
    return "dark" if st.context.theme.type == "dark" else "light"


def letters() -> str:
    """The colour of text on the page's background."""
    return LETTERS_ON_DARK if theme() == "dark" else LETTERS_ON_LIGHT


def image_choice() -> None:
    """The kind of picture that the camera above each chart writes."""
    st.segmented_control(
        "Charts download as", [PNG, SVG], default=PNG, required=True, key=IMAGE,
        help="The camera above a chart downloads it as a picture of this kind; the button below "
        "it downloads the numbers.",
    )  # fmt: skip


def _config(name: str) -> dict[str, Any]:
    kind = str(st.session_state.get(IMAGE, PNG)).lower()
    return {
        "displayModeBar": True,
        "displaylogo": False,
        "modeBarButtons": [["toImage"]],
        "scrollZoom": False,
        "toImageButtonOptions": {"format": kind, "filename": name, "scale": SCALE},
    }


def _dressed(figure: go.Figure) -> go.Figure:
    """The figure in the colours of the theme."""
    written, paper = letters(), PAPER[theme()]
    figure.update_layout(
        font_color=written, legend_font_color=written, paper_bgcolor=paper, plot_bgcolor=paper,
        dragmode=False, modebar={"bgcolor": "rgba(0,0,0,0)", "color": "#7C8794"},
    )  # fmt: skip
    for axes in (figure.update_xaxes, figure.update_yaxes):
        axes(fixedrange=True, tickfont_color=written, title_font_color=written, gridcolor=GRID,
             zerolinecolor=GRID, automargin=True)  # fmt: skip
    figure.update_annotations(font_color=written)
    return figure


def draw(chart: Chart, key: str, on_select: Callable[[], None] | None = None) -> None:
    """Put a chart on the page.

    Args:
        chart: to draw
        key: of its widgets
        on_select: called when a point is clicked
    """
    st.markdown(f"#### {chart.title}")
    st.caption(chart.said)
    figure, options = _dressed(chart.figure), _config(chart.name)
    if on_select is None:
        st.plotly_chart(figure, key=key, alt=chart.said, theme="streamlit", config=options)
    else:
        st.plotly_chart(
            figure, key=key, alt=chart.said, theme="streamlit", config=options,
            on_select=on_select, selection_mode="points",
        )  # fmt: skip
    st.download_button(
        "CSV",
        lambda: chart.table().to_csv(index=False).encode(),
        f"{chart.name}.csv",
        "text/csv",
        on_click="ignore",
        icon=":material/download:",
        key=f"{key}_csv",
        help=f"The numbers of “{chart.title}”",
    )
