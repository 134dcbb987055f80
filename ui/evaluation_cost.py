"""What answers cost: accuracy beside the size of a model and beside the time of an answer."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from emotion_core.types import ModelSpec

from . import evaluation_charts as charts
from .evaluation_show import Chart, draw
from .evaluation_stored import Evaluated, data_set, megabytes

TIMES = Path(__file__).parent.parent / "benchmarks" / "results" / "models.json"
MEDIAN, P95 = "_median_ms", "_p95_ms"
MODALITY_COLOURS = {"text": "#C2571A", "audio": "#3B82C4", "face": "#1B8A6B", "fusion": "#8E3C6D"}
MODALITY_MARKERS = {"text": "circle", "audio": "square", "face": "diamond", "fusion": "star"}
SIZES = {"1 kB": 1e-3, "100 kB": 0.1, "1 MB": 1.0, "10 MB": 10.0, "100 MB": 100.0}
"""marks of the axis -> MB"""
PLACES: Mapping[str, tuple[float, float]] = {
    "top center": (0, 1), "bottom center": (0, -1), "middle right": (1, 0), "middle left": (-1, 0),
}  # fmt: skip
"""of names beside their points -> direction"""
LETTER, LINE = 0.011, 0.065
"""width and height of letters, as shares of a chart on a desktop"""


Box = tuple[float, float, float, float]
"""middle across and up, half its width and half its height"""


@dataclass(frozen=True)
class Timing:
    """How long one answer takes.

    Attributes:
        median_ms: of many answers
        p95_ms: 95th percentile
        answer: what one answer is, in words
    """

    median_ms: float
    p95_ms: float
    answer: str


def _record(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def timings(path: Path = TIMES) -> dict[str, Timing]:
    """Model -> how long an answer takes, from the benchmark of all models.

    Args:
        path: JSON whose figures are named `<model>/<answer>_median_ms` and `_p95_ms`
    """
    figures: Mapping[str, float] = _record(path).get("figures", {})
    found = {}
    for name, median in figures.items():
        model, _, answer = name.removesuffix(MEDIAN).partition("/")
        if name.endswith(MEDIAN) and answer:
            p95 = figures.get(f"{model}/{answer}{P95}", float("nan"))
            found[model] = Timing(median, p95, answer.replace("_", " "))
    return found


def _machine(path: Path = TIMES) -> str:
    """Where and when it was measured."""
    content = _record(path)
    machine = content.get("machine", {})
    if not machine:
        return ""
    return f"{machine.get('cpu')}, {machine.get('cores')} cores, {content.get('date')}"


def name_places(points: np.ndarray, names: Sequence[str]) -> list[str]:
    """Where each name stands beside its point, so that few cover a point or another name.

    Args:
        points: (point, 2) across, on any scale, and up in [0, 1]
        names: one for each
    """
    across, up = points.T
    scaled = np.stack([(across - across.min()) / max(np.ptp(across), 1e-9), up], 1)
    taken = [(x, y, LETTER, LINE / 2) for x, y in scaled]
    chosen = []
    for (x, y), name in zip(scaled, names, strict=True):
        half = LETTER * len(name) / 2
        boxes = {
            place: (x + right * (half + 2 * LETTER), y + up * LINE, half, LINE / 2)
            for place, (right, up) in PLACES.items()
        }
        covered = {place: sum(_overlap(box, other) for other in taken)
                   for place, box in boxes.items()}  # fmt: skip
        place = min(covered, key=lambda p: covered[p])
        taken.append(boxes[place])
        chosen.append(place)
    return chosen


def _overlap(first: Box, second: Box) -> float:
    """The area that two boxes share."""
    sides = [
        min(first[k] + first[k + 2], second[k] + second[k + 2])
        - max(first[k] - first[k + 2], second[k] - second[k + 2])
        for k in (0, 1)
    ]
    return max(0.0, sides[0]) * max(0.0, sides[1])


def _scatter(frame: pd.DataFrame, across: str, beyond: str = "") -> go.Figure:
    """Accuracy against a column, with whiskers to another one where it is named."""
    figure = go.Figure()
    known = frame.dropna(subset=[across]).sort_values(across)
    names = [
        m.removeprefix(f"{k}-") for m, k in zip(known["model"], known["modality"], strict=True)
    ]
    across_log = np.log10(known[across].to_numpy())
    points = np.stack([across_log, known["accuracy"].to_numpy()], 1)
    places = dict(zip(known["model"], name_places(points, names), strict=True))
    for modality, own in known.groupby("modality", sort=False):
        kind = str(modality)
        whiskers = {"type": "data", "symmetric": False, "array": own[beyond] - own[across],
                    "arrayminus": [0] * len(own), "color": MODALITY_COLOURS[kind],
                    "thickness": 1.5} if beyond else None  # fmt: skip
        figure.add_scatter(
            x=own[across], y=own["accuracy"], mode="markers+text", name=kind,
            text=own["model"].str.removeprefix(f"{kind}-"), cliponaxis=False,
            textposition=[places[model] for model in own["model"]],
            marker={"size": 14, "color": MODALITY_COLOURS[kind],
                    "symbol": MODALITY_MARKERS[kind]},
            error_x=whiskers,
            customdata=own[["model", "data_set"]],
            hovertemplate="%{customdata[0]}: accuracy %{y:.3f}, %{x:.3g}, on "
            "%{customdata[1]}<extra></extra>",
        )  # fmt: skip
    figure.update_layout(height=420, margin=charts.NARROW, showlegend=True, hovermode="closest",
                         legend={"orientation": "h", "y": -0.22})  # fmt: skip
    figure.update_yaxes(range=[0, 1.03], title="accuracy")
    return figure


def cost_frame(
    specs: list[ModelSpec], found: Mapping[str, Evaluated], times: Mapping[str, Timing]
) -> pd.DataFrame:
    """One row per model: accuracy, size, and time where it was measured."""
    columns = [
        "model", "modality", "data_set", "accuracy", "size_mb", "answer", "latency_ms", "p95_ms",
    ]  # fmt: skip
    unknown = Timing(float("nan"), float("nan"), "")
    rows = []
    for spec in specs:
        if spec.id in found:
            time, accuracy = times.get(spec.id, unknown), found[spec.id].scores.metrics["accuracy"]
            rows.append((spec.id, spec.modality, data_set(spec), accuracy, megabytes(spec),
                         time.answer, time.median_ms, time.p95_ms))  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _size(frame: pd.DataFrame) -> None:
    said = (
        "Each model's accuracy on its own test items against the size of the files it answers "
        "with (a fusion's encoders are models of their own). The models answer different data "
        "sets with different labels, so their heights compare only within one data set."
    )
    figure = _scatter(frame, "size_mb")
    figure.update_xaxes(title="size", type="log", tickvals=list(SIZES.values()),
                        ticktext=list(SIZES))  # fmt: skip
    draw(Chart("Accuracy and size", said, figure, lambda: frame, "models-size"),
         "evaluation_size")  # fmt: skip


def _time(frame: pd.DataFrame) -> None:
    known = frame.dropna(subset=["latency_ms"])
    if known.empty:
        st.info("No time of an answer was measured; `python -m benchmarks.models` does it.")
        return
    answers = known.groupby("modality", sort=False)["answer"].first()
    listed = "; ".join(f"{modality}: {answer}" for modality, answer in answers.items())
    said = (
        "Accuracy against the median time of one answer, on a scale of powers of ten; whiskers "
        f"reach to the 95th percentile. One answer is: {listed}. All were timed in one run "
        f"({_machine()})."
    )
    figure = _scatter(frame, "latency_ms", "p95_ms")
    ticks = {"0.01 ms": 0.01, "0.1 ms": 0.1, "1 ms": 1, "10 ms": 10, "100 ms": 100, "1 s": 1000}
    figure.update_xaxes(title="time of an answer", type="log", tickvals=list(ticks.values()),
                        ticktext=list(ticks))  # fmt: skip
    draw(Chart("Accuracy and time", said, figure, lambda: frame, "models-time"),
         "evaluation_time")  # fmt: skip


def cost(specs: list[ModelSpec], found: Mapping[str, Evaluated]) -> None:
    """Accuracy beside size, and beside the time of an answer, of all models."""
    frame = cost_frame(specs, found, timings())
    if frame.empty:
        st.info("No model has stored answers.")
        return
    _size(frame)
    _time(frame)
    names = {"data_set": "data set", "size_mb": "size, MB", "answer": "one answer",
             "latency_ms": "median, ms", "p95_ms": "95th percentile, ms"}  # fmt: skip
    st.dataframe(frame.rename(columns=names).round(4), hide_index=True, key="evaluation_costs")
