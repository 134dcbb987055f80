"""Whether a model's reasons hold: deletion and insertion curves beside a random order."""

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from emotion_core.evaluation.explanation_curves import CURVES
from emotion_core.types import ModelSpec

from . import evaluation_charts as charts
from .evaluation_show import Chart, draw
from .evaluation_stored import FOLDER

RECORD = "explanations.json"
PARTS: Mapping[str, str] = {
    "texts": "words",
    "recordings": "patches of the spectrogram",
    "faces": "patches of the face",
}
DIRECTIONS: Mapping[str, tuple[str, str, str]] = {
    "deletion": ("taken away, the most marked first", "falls early", "below"),
    "insertion": ("put into nothing, the most marked first", "rises early", "above"),
}
"""curve -> what happens to the parts, what a good explanation does, where its curve lies"""


def explanations(spec: ModelSpec) -> dict[str, Any]:
    """The bundle's `explanations.json`; empty where it has none that can be read."""
    try:
        content = json.loads((spec.folder / FOLDER / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) and content.get("methods") else {}


def _band(figure: go.Figure, shares: list[float], found: Mapping[str, Any], colour: str) -> None:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    figure.add_scatter(
        x=[*shares, *reversed(shares)], y=[*found["high"], *reversed(found["low"])], mode="none",
        fill="toself", fillcolor=f"rgba({red},{green},{blue},0.18)", hoverinfo="skip",
        showlegend=False,
    )  # fmt: skip


def curves_figure(content: Mapping[str, Any], curve: str) -> go.Figure:
    """A line with its 95 % band for each method, and one for a random order.

    Args:
        content: of `explanations.json`
        curve: `deletion` or `insertion`
    """
    figure, shares = go.Figure(), content["shares"]
    methods = content["methods"]
    lines = [(name, found[curve]["marked"]) for name, found in methods.items()]
    lines.append(("random order", next(iter(methods.values()))[curve]["random"]))
    for place, (name, found) in enumerate(lines):
        last = place == len(lines) - 1
        colour = charts.FAINT if last else charts.LINE_COLOURS[place % len(charts.LINE_COLOURS)]
        _band(figure, shares, found, colour)
        figure.add_scatter(
            x=shares, y=found["mean"], name=name, mode="lines+markers",
            line={"color": colour, "width": 2, "dash": "dot" if last else charts.DASHES[place]},
            marker={"size": 5}, hovertemplate="%{y:.3f}",
        )  # fmt: skip
    figure.update_layout(height=380, margin=charts.NARROW, hovermode="x unified",
                         legend={"orientation": "h", "y": -0.24})  # fmt: skip
    verb = "taken away" if curve == "deletion" else "put in"
    parts = PARTS.get(content["kind"], "parts")
    figure.update_xaxes(range=[0, 1.01], tickvals=[0, 0.25, 0.5, 0.75, 1], tickformat=".0%",
                        title=f"{parts} {verb}")  # fmt: skip
    figure.update_yaxes(range=[0, 1.02], title="probability of the answer")
    return figure


def _table(content: Mapping[str, Any], curve: str) -> pd.DataFrame:
    rows = [
        {"method": method, "order": order, "share": share, "probability": mean, "low": low,
         "high": high}
        for method, found in content["methods"].items()
        for order in ("marked", "random")
        for share, mean, low, high in zip(
            content["shares"], *(found[curve][order][k] for k in ("mean", "low", "high")),
            strict=True,
        )
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _said(content: Mapping[str, Any], curve: str) -> str:
    happens, good, where = DIRECTIONS[curve]
    parts = PARTS.get(content["kind"], "parts")
    gains = []
    for method, found in content["methods"].items():
        low, high = found[curve]["gain_interval"]
        area, chance = found[curve]["marked"]["area"], found[curve]["random"]["area"]
        gains.append(
            f"{method} {area:.2f} against {chance:.2f} (apart by {found[curve]['gain']:.2f}, "
            f"{low:.2f} to {high:.2f})"
        )
    return (
        f"Mean probability of the answer while {parts} are {happens}; with a good explanation it "
        f"{good}, so that its line lies {where} that of a random order. Area under the line: "
        f"{'; '.join(gains)}."
    )


def explanation_curves(spec: ModelSpec) -> None:
    """Deletion and insertion side by side, where they were measured."""
    content = explanations(spec)
    if not content:
        return
    for column, curve in zip(st.columns(2), CURVES, strict=True):
        with column:
            draw(
                Chart(curve.capitalize(), _said(content, curve), curves_figure(content, curve),
                      lambda c=curve: _table(content, c), f"{spec.id}-{curve}"),
                f"evaluation_{spec.id}_{curve}_curve",
            )  # fmt: skip
    st.caption(f":material/info: {content['protocol']} Bands are 95 % intervals.")
