"""How a model was trained, whether its reasons hold, and what its answers cost."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from emotion_core.loading import DEFAULT_AUDIO_MODEL, DEFAULT_FACE_MODEL, DEFAULT_TEXT_MODEL
from emotion_core.types import ModelSpec

from . import evaluation_charts as charts
from .evaluation_show import Chart, draw
from .evaluation_stored import Evaluated, data_set, megabytes, record

HISTORY = Path("training") / "history.csv"
BENCHMARKS = Path(__file__).parent.parent / "benchmarks" / "results"
LATENCY = {
    DEFAULT_TEXT_MODEL: ("text", "one_text_median_ms", "one text"),
    DEFAULT_AUDIO_MODEL: ("audio", "clip_3s_median_ms", "a clip of 3 s"),
    DEFAULT_FACE_MODEL: ("face", "emotion_per_face_ms", "one face"),
}
"""model -> file, figure and what was answered"""
MODALITY_COLOURS = {"text": "#C2571A", "audio": "#3B82C4", "face": "#1B8A6B", "fusion": "#8E3C6D"}
MODALITY_MARKERS = {"text": "circle", "audio": "square", "face": "diamond", "fusion": "star"}
SIZES = {"1 kB": 1e-3, "100 kB": 0.1, "1 MB": 1.0, "10 MB": 10.0, "100 MB": 100.0}
"""marks of the axis -> MB"""
PLACES = ("top center", "bottom center", "top left", "bottom right")
"""of names beside their points, so that near ones do not cover each other"""
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


def measured_ms(model: str) -> float | None:
    """Milliseconds an answer, as the benchmark of that model measured; None where there is none."""
    if model not in LATENCY:
        return None
    file, figure, _ = LATENCY[model]
    try:
        content = json.loads((BENCHMARKS / f"{file}.json").read_text(encoding="utf-8"))
        return float(content["figures"][figure])
    except (OSError, ValueError, KeyError):
        return None


def _scatter(frame: pd.DataFrame, across: str) -> go.Figure:
    figure = go.Figure()
    known = frame.dropna(subset=[across]).sort_values("accuracy", ascending=False)
    for modality, own in known.groupby("modality", sort=False):
        kind = str(modality)
        figure.add_scatter(
            x=own[across], y=own["accuracy"], mode="markers+text", name=kind,
            text=own["model"].str.removeprefix(f"{kind}-"), cliponaxis=False,
            textposition=[PLACES[i % len(PLACES)] for i in range(len(own))],
            marker={"size": 14, "color": MODALITY_COLOURS[kind],
                    "symbol": MODALITY_MARKERS[kind]},
            customdata=own[["model", "data_set"]],
            hovertemplate="%{customdata[0]}: accuracy %{y:.3f}, %{x:.3g}, on "
            "%{customdata[1]}<extra></extra>",
        )  # fmt: skip
    figure.update_layout(height=420, margin=charts.NARROW, showlegend=True, hovermode="closest",
                         legend={"orientation": "h", "y": -0.22})  # fmt: skip
    figure.update_yaxes(range=[0, 1.03], title="accuracy")
    return figure


def cost_frame(specs: list[ModelSpec], found: dict[str, Evaluated]) -> pd.DataFrame:
    """One row per model: accuracy, size, and time where it was measured."""
    rows = [
        {"model": s.id, "modality": s.modality, "data_set": data_set(s),
         "accuracy": found[s.id].scores.metrics["accuracy"], "size_mb": megabytes(s),
         "latency_ms": measured_ms(s.id)}
        for s in specs if s.id in found
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["model", "modality", "data_set", "accuracy", "size_mb",
                                        "latency_ms"])  # fmt: skip
    return frame.astype({"latency_ms": "float64"})


def cost(specs: list[ModelSpec], found: dict[str, Evaluated]) -> None:
    """Accuracy beside size, and beside the time of an answer, of all models."""
    frame = cost_frame(specs, found)
    if frame.empty:
        st.info("No model has stored answers.")
        return
    said = (
        "Each model's accuracy on its own test items against the size of the files it answers "
        "with (a fusion's encoders are models of their own). The models answer different data "
        "sets with different labels, so their heights compare only within one data set."
    )
    size = _scatter(frame, "size_mb")
    size.update_xaxes(title="size", type="log", tickvals=list(SIZES.values()),
                      ticktext=list(SIZES))  # fmt: skip
    left, right = st.container(), st.container()
    with left:
        draw(Chart("Accuracy and size", said, size, lambda: frame, "models-size"),
             "evaluation_size")  # fmt: skip
    timed = [f"{m} ({LATENCY[m][2]})" for m in frame["model"] if measured_ms(m) is not None]
    said = (
        "Accuracy against the median time of one answer, for the models whose time was measured "
        f"by the benchmarks: {', '.join(timed) or 'none'}."
    )
    latency = _scatter(frame, "latency_ms")
    latency.update_xaxes(title="time of an answer, ms", rangemode="tozero")
    with right:
        draw(Chart("Accuracy and time", said, latency, lambda: frame, "models-time"),
             "evaluation_time")  # fmt: skip
    shown = frame.rename(columns={"data_set": "data set", "size_mb": "size, MB",
                                  "latency_ms": "time, ms"})  # fmt: skip
    st.dataframe(shown.round(4), hide_index=True, key="evaluation_costs")
