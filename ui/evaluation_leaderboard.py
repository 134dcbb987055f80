"""Our models beside published results on the same data set, with protocol and source."""

import json
from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from emotion_core.evaluation.published import (
    EMOTION,
    PAIRED,
    Published,
    Standing,
    data_sets,
    published_on,
)
from emotion_core.types import ModelSpec

from . import evaluation_charts as charts
from .evaluation_report import measure_name
from .evaluation_show import Chart, draw
from .evaluation_stored import FOLDER, Evaluated, data_set

MEASURES = ("accuracy", "uar", "macro_f1", "weighted_f1")
OURS = "ours"
PAIRED_RECORD, CHOSEN = "ravdess-paired.json", "chosen on inner actors"
BADGES: Mapping[str, str] = {
    OURS: "🔵 ours",
    Standing.SAME: "✅ same protocol",
    Standing.DIFFERENT: "⚠️ protocol differs",
    Standing.LEAK: "⛔ test items known in training",
    Standing.UNKNOWN: "❔ no protocol stated",
    Standing.ALONE: "➖ no model of ours here",
}
OWN_COLOUR, ORIGIN_COLOUR, OTHER = charts.ACCENT, "#C2571A", charts.FAINT
ORIGIN = "reported by its authors; its architecture is rebuilt here"


def _ours(spec: ModelSpec, found: Evaluated) -> dict[str, object]:
    low_high = found.scores.intervals
    return {
        "system": f"{spec.id} ({len(spec.labels)} labels)",
        **{m: found.scores.metrics.get(m) for m in MEASURES},
        **{f"{m}_low": low_high[m][0] for m in MEASURES if m in low_high},
        **{f"{m}_high": low_high[m][1] for m in MEASURES if m in low_high},
        "badge": BADGES[OURS],
        "protocol": spec.protocol,
        "source": "this project, measured",
        "kind": OURS,
    }


def _paired(specs: list[ModelSpec]) -> list[dict[str, object]]:
    """Our fusion of the published encoders' answers for real pairs, from a fusion's record."""
    paths = (s.folder / FOLDER / PAIRED_RECORD for s in specs if s.modality == "fusion")
    path = next((p for p in paths if p.is_file()), None)
    if path is None:
        return []
    scores = json.loads(path.read_text(encoding="utf-8"))["held_out"][CHOSEN]
    spans = {m: scores["intervals"][m] for m in MEASURES if m in scores["intervals"]}
    return [
        {
            "system": "our fusion, chosen on inner actors",
            **{m: scores.get(m) for m in MEASURES},
            **{f"{m}_low": low for m, (low, _) in spans.items()},
            **{f"{m}_high": high for m, (_, high) in spans.items()},
            "badge": BADGES[OURS],
            "protocol": "8 classes, the same 5 folds and the published encoders' answers; method "
            "chosen for each fold on the other four",
            "source": "this project, measured; the model cards of the fusions",
            "kind": OURS,
        }
    ]


def _theirs(published: Published) -> dict[str, object]:
    return {
        "system": published.system,
        **{m: published.scores.get(m) for m in MEASURES},
        "badge": BADGES[published.standing],
        "protocol": published.protocol,
        "source": published.source,
        "kind": ORIGIN if published.origin else "published",
    }


def leaderboard(name: str, specs: list[ModelSpec], found: Mapping[str, Evaluated]) -> pd.DataFrame:
    """Every result on one data set, ours first."""
    ours = [_ours(s, found[s.id]) for s in specs if s.id in found and data_set(s) == name]
    if name == PAIRED:
        ours += _paired(specs)
    frame = pd.DataFrame([*ours, *(_theirs(p) for p in published_on(name))])
    for measure in MEASURES:
        for column in (measure, f"{measure}_low", f"{measure}_high"):
            frame[column] = pd.to_numeric(frame.get(column, pd.Series(dtype=float)))
    return frame


def _figure(frame: pd.DataFrame, measure: str) -> go.Figure:
    figure = go.Figure()
    kinds = ((OURS, OWN_COLOUR, "circle"), (ORIGIN, ORIGIN_COLOUR, "diamond"),
             ("published", OTHER, "square"))  # fmt: skip
    for kind, colour, marker in kinds:
        own = frame[frame["kind"] == kind]
        if own.empty:
            continue
        drawn = own[measure]
        low, high = own[f"{measure}_low"].fillna(drawn), own[f"{measure}_high"].fillna(drawn)
        figure.add_scatter(
            x=drawn, y=own["row"], mode="markers+text", name=kind,
            marker={"size": 12, "color": colour, "symbol": marker},
            text=[f"{v:.3f}" for v in drawn], textposition="top center", cliponaxis=False,
            error_x={"type": "data", "symmetric": False, "array": high - drawn,
                     "arrayminus": drawn - low, "color": colour, "width": 5},
            customdata=own[["badge", "protocol_short"]],
            hovertemplate="%{x:.3f}, %{customdata[0]}<br>%{customdata[1]}<extra></extra>",
        )  # fmt: skip
    figure.update_layout(height=46 * len(frame) + 150, margin=charts.NARROW, showlegend=True,
                         legend={"orientation": "h", "y": -70 / (46 * len(frame) + 60), "yanchor":
                                 "top"})  # fmt: skip
    figure.update_yaxes(categoryorder="array", categoryarray=frame["row"].tolist()[::-1])
    figure.update_xaxes(range=[0, 1.03], title=measure_name(measure))
    return figure


def _short(text: str, letters: int) -> str:
    return text if len(text) <= letters else text[: letters - 1] + "…"


def show_leaderboard(specs: list[ModelSpec], found: Mapping[str, Evaluated]) -> None:
    """A chart of one measure, and a table of all."""
    st.subheader("Beside published results")
    st.caption(
        "A score holds only under its protocol. The badge says how far a published one can be held "
        "against ours."
    )
    own = [data_set(s) for s in specs if s.id in found]
    names = list(dict.fromkeys([*data_sets(), *filter(None, own)]))
    left, right = st.columns(2)
    start = names.index(EMOTION)
    name = left.selectbox("Data set", names, index=start, key="evaluation_data_set")
    frame = leaderboard(name, specs, found)
    measures = [m for m in MEASURES if frame[m].notna().any()]
    measure = right.selectbox(
        "Measure", measures, format_func=measure_name, key=f"evaluation_measure_{name}"
    )
    chosen = frame.dropna(subset=[measure]).sort_values(measure, ascending=False)
    marks = chosen["badge"].str.split(" ").str[0]
    chosen = chosen.assign(
        row=[f"{mark} {_short(s, 26)}" for mark, s in zip(marks, chosen["system"], strict=True)],
        protocol_short=[_short(p, 90) for p in chosen["protocol"]],
    )
    chosen["row"] = _apart(chosen["row"].tolist())
    said = (
        f"{measure_name(measure)} on {name}, the highest on top; ours with a 95 % interval. "
        f"{' · '.join(dict.fromkeys(chosen['badge']))}."
    )
    table = chosen.drop(columns=["row", "protocol_short"])
    title, file = f"{measure_name(measure)} on {name}", f"leaderboard-{name}-{measure}"
    chart = Chart(title, said, _figure(chosen, measure), lambda: table, file)
    draw(chart, "evaluation_leaderboard")
    _table(frame)


def _apart(rows: list[str]) -> list[str]:
    """Names of rows, made different where two are the same, since each needs a place of its own."""
    return [r + "\N{ZERO WIDTH SPACE}" * rows[:i].count(r) for i, r in enumerate(rows)]


def _table(frame: pd.DataFrame) -> None:
    shown = frame[["badge", "system", *MEASURES, "protocol", "source"]]
    present = [m for m in MEASURES if shown[m].notna().any()]
    shown = shown[["badge", "system", *present, "protocol", "source"]]
    renamed = {m: measure_name(m) for m in present}
    for measure in present:
        shown[measure] = [f"{v:.3f}" if v == v else "–" for v in shown[measure]]
    wide = {"protocol": st.column_config.TextColumn(width="large")}
    st.dataframe(shown.rename(columns=renamed), hide_index=True, column_config=wide,
                 key="evaluation_leaderboard_table")  # fmt: skip
