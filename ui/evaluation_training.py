"""How a model was trained, and whether its reasons hold."""

from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from emotion_core.types import ModelSpec

from . import evaluation_charts as charts
from .evaluation_explanations import explanation_curves
from .evaluation_show import Chart, draw
from .evaluation_stored import record

HISTORY = Path("training") / "history.csv"
TRAIN, VALIDATION = "#C2571A", charts.ACCENT


def _history(spec: ModelSpec) -> pd.DataFrame:
    """The stored history; empty where there is none that can be read."""
    try:
        return pd.read_csv(spec.folder / HISTORY)
    except (OSError, ValueError):
        return pd.DataFrame()


def _lines(history: pd.DataFrame, step: str, columns: list[str]) -> go.Figure:
    figure, more = go.Figure(), not columns[0].endswith("_loss")
    colours = charts.LINE_COLOURS if more else (TRAIN, VALIDATION)
    members = history["member"].unique().tolist() if "member" in history.columns else [0]
    for place, member in enumerate(members):
        own = history[history["member"] == member] if "member" in history.columns else history
        for number, column in enumerate(columns):
            validation = column.startswith("validation")
            name = column.replace("_", " ").replace("uar", "UAR").replace("f1", "F1")
            figure.add_scatter(
                x=own[step], y=own[column], mode="lines+markers",
                name=f"{name}, network {place + 1}" if len(members) > 1 else name,
                line={"color": colours[number % len(colours)], "width": 2,
                      "dash": charts.DASHES[(place + number * more) % len(charts.DASHES)]},
                marker={"size": 6, "symbol": "square" if validation else "circle"},
            )  # fmt: skip
    figure.update_layout(height=380, margin=charts.NARROW, hovermode="x unified", showlegend=True,
                         legend={"orientation": "h", "y": -0.22})  # fmt: skip
    figure.update_xaxes(title=step)
    return figure


def learning_curves(spec: ModelSpec) -> None:
    """Loss and score per epoch, of training and of validation."""
    history = _history(spec)
    step = next((c for c in ("epoch", "step") if c in history.columns), "")
    if history.empty or not step:
        st.info("This model was not trained in epochs, or its history was not kept.")
        return
    losses = [c for c in history.columns if c.endswith("_loss")]
    scores = [c for c in history.columns if c.startswith("validation_") and c not in losses]
    said = "Loss on training and, where one was held out, on validation items; lower is better."
    if "validation_loss" not in losses:
        said += " No validation items were held out of this training."
    else:
        place = history["validation_loss"].idxmin()
        said += f" The lowest on validation is at {step} {int(history.loc[place, step])}."
    left, right = st.columns(2) if scores else (st.container(), st.container())
    with left:
        draw(Chart("Loss", said, _lines(history, step, losses), lambda: history,
                   f"{spec.id}-loss"), f"evaluation_{spec.id}_loss")  # fmt: skip
    if not scores:
        return
    said = "Scores on validation items after each epoch; the test items are in none of them."
    with right:
        draw(Chart("Score", said, _lines(history, step, scores), lambda: history,
                   f"{spec.id}-score"), f"evaluation_{spec.id}_score")  # fmt: skip


def _items_of(test: dict[str, Any]) -> str:
    """What a deletion test took parts of, such as `200 texts`."""
    counted = next(((k, v) for k, v in test.items() if k in ("texts", "recordings", "faces")), None)
    return f"{counted[1]} {counted[0]}" if counted else "its items"


def deletion(spec: ModelSpec) -> None:
    """Whether what an explanation marks is what the answer rests on."""
    explanation_curves(spec)
    tests = record(spec).get("deletion") or []
    if not tests:
        st.info("No deletion test was made of this model.")
        return
    names = [t["method"] for t in tests]
    figure = go.Figure()
    for name, key, colour in (("what was marked", "top", charts.ACCENT),
                              ("as much at random", "random", charts.FAINT)):  # fmt: skip
        values = [t[key] for t in tests]
        figure.add_bar(x=values, y=names, orientation="h", name=name, marker_color=colour,
                       text=[f"{v:.2f}" for v in values], textposition="outside",
                       cliponaxis=False)  # fmt: skip
    figure.update_layout(height=90 * len(tests) + 120, margin=charts.NARROW,
                         legend={"orientation": "h", "y": 1.3})  # fmt: skip
    figure.update_yaxes(autorange="reversed")
    figure.update_xaxes(range=[0, 1], title="fall of the answer's probability")
    low, high = tests[0]["difference_interval"]
    said = (
        f"How far the answer's probability falls, over {_items_of(tests[0])}, if what the "
        "explanation marks is taken away, and if as much is taken at random. By "
        f"{tests[0]['method']}, {low:.2f} to {high:.2f} further than at random (95 % interval)."
    )
    draw(Chart("Deletion test", said, figure, lambda: pd.DataFrame(tests), f"{spec.id}-deletion"),
         f"evaluation_{spec.id}_deletion")  # fmt: skip
