"""What leaks into the tests of shipped models: a badge, the scores without, what it is worth."""

from collections.abc import Mapping
from typing import Any, Literal

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from emotion_core.evaluation.findings import LEAKAGE, is_outdated, read_finding
from emotion_core.evaluation.leak_card import (
    CLEAN,
    COLUMNS,
    HONEST_SIDE,
    LEAKING,
    LEAKING_SIDE,
    by_number,
    leak_badge,
    read_leaks,
    worth_in_words,
)
from emotion_core.types import ModelSpec

from .evaluation_charts import ACCENT, BELOW_PX, FAINT, NARROW, interval_dots
from .evaluation_show import Chart, draw
from .evaluation_stored import record

COLOURS: Mapping[str, Literal["green", "orange"]] = {CLEAN: "green", LEAKING: "orange"}
ICONS = {CLEAN: ":material/verified:", LEAKING: ":material/warning:"}
UNKNOWN_ICON = ":material/help:"
WITH_COPIES, WITHOUT = "#C2571A", ACCENT
APART = 0.15
"""of a row, by which its two scores stand above and below its middle"""
LEGEND_PX = 70
RANDOM = "NOT speaker-independent"
"""what the protocol of a random split starts with in a record"""


def badge(spec: ModelSpec) -> None:
    """Whether the test of a model is clean, beside its scores."""
    found = leak_badge(spec)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(
            found.text,
            icon=ICONS.get(found.state, UNKNOWN_ICON),
            color=COLOURS.get(found.state, "gray"),
        )
        st.caption(f"{found.why[:1].upper()}{found.why[1:]}.")


def _scores_frame(scores: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    rows = [
        {"test_items": name, "number": row["n"], "score": key, "value": row[key][0],
         "low": row[key][1], "high": row[key][2]}
        for name, row in scores.items()
        for key in COLUMNS
        if key in row
    ]  # fmt: skip
    return pd.DataFrame(rows)


def without_copies(spec: ModelSpec, key: str) -> None:
    """The scores of all test items beside those of the items that training does not hold."""
    content = read_leaks(spec)
    scores = by_number(content.get("scores", {}))
    scored = {name: row for name, row in scores.items() if "accuracy" in row}
    if len(scored) < 2:
        return
    first, last = (list(scored.values())[i]["accuracy"][0] for i in (0, -1))
    names = [f"{name} ({row['n']:,})" for name, row in scored.items()]
    values = [row["accuracy"] for row in scored.values()]
    figure = interval_dots(names, [v[0] for v in values], [(v[1], v[2]) for v in values])
    said = (
        f"Accuracy of all test items and without those of which training holds a copy: "
        f"{first:.3f} becomes {last:.3f}. Numbers of items in brackets, 95 % intervals as lines."
    )
    chart = Chart("Without the copies", said, figure, lambda: _scores_frame(scored),
                  f"{spec.id}-without-copies")  # fmt: skip
    draw(chart, f"{key}_without_copies")


def _counts(content: Mapping[str, Any], key: str, name: str) -> None:
    """How many test items have a copy in training, for each kind of item."""
    checks = content["checks"]
    rows = pd.DataFrame(checks)[["kind", "items", "exact", "near", "groups_on_both_sides"]]
    names = [f"{c['items']:,} {c['kind']}" for c in checks]
    figure = go.Figure()
    for kind, colour in (("exact", WITH_COPIES), ("near", ACCENT)):
        figure.add_bar(
            x=[c[kind] for c in checks], y=names, orientation="h", name=f"{kind} copies",
            marker_color=colour, text=[f"{c[kind]:,}" for c in checks], textposition="outside",
            cliponaxis=False, hovertemplate=f"%{{y}}: %{{x:,}} {kind} copies<extra></extra>",
        )  # fmt: skip
    most = max(1, *(int(c[k]) for c in checks for k in ("exact", "near")))
    figure.update_xaxes(range=[0, 1.2 * most], visible=False)
    figure.update_yaxes(autorange="reversed", ticklabelstandoff=6)
    figure.update_layout(height=90 + 64 * len(checks), margin={**NARROW, "b": 14},
                         legend={"orientation": "h", "y": 1.2})  # fmt: skip
    looked = "; ".join(f"{c['told']} ({c['compared_with']:,})" for c in checks)
    groups = sum(int(c["groups_on_both_sides"]) for c in checks)
    shared = f" {groups:,} speakers are on both sides." if any(c["groups"] for c in checks) else ""
    said = f"Test items with a copy in training. Compared: {looked}.{shared}"
    draw(Chart("Copies of the test in training", said, figure, lambda: rows, f"{name}-leaks"),
         f"{key}_copies")  # fmt: skip


def _upstream(content: Mapping[str, Any]) -> None:
    """What encoders that the model stands on have seen of the test."""
    if not content["upstream"]:
        st.caption("It stands on no encoder that was trained before on other data.")
        return
    st.markdown("**What its encoders have seen of the test**")
    st.markdown("\n".join(f"- `{u['encoder']}`: {u['told']}." for u in content["upstream"]))


Scored = tuple[str, list[list[float]]]
"""name of a training, and of each row its score with the interval"""


def _pair_figure(names: list[str], flattered: Scored, honest: Scored) -> go.Figure:
    """Two scores a row, each on its interval, the flattered one above the other."""
    figure, rows = go.Figure(), range(len(names))
    drawn = ((flattered, WITH_COPIES, "diamond", -APART), (honest, WITHOUT, "circle", APART))
    for (name, values), colour, symbol, off in drawn:
        figure.add_scatter(
            x=[v[0] for v in values], y=[row + off for row in rows], mode="markers", name=name,
            marker={"size": 11, "color": colour, "symbol": symbol}, customdata=names,
            error_x={"type": "data", "symmetric": False, "thickness": 2, "color": FAINT,
                     "array": [v[2] - v[0] for v in values],
                     "arrayminus": [v[0] - v[1] for v in values]},
            hovertemplate=f"%{{customdata}}, {name}: %{{x:.3f}}<extra></extra>",
        )  # fmt: skip
    figure.update_layout(
        height=LEGEND_PX + 46 * len(names) + BELOW_PX, margin={**NARROW, "t": LEGEND_PX},
        legend={"orientation": "h", "y": 1, "yanchor": "bottom"},
    )  # fmt: skip
    figure.update_xaxes(range=[0, 1.02], tickvals=[0, 0.25, 0.5, 0.75, 1])
    figure.update_yaxes(range=[len(names) - 0.5, -0.5], tickvals=list(rows), ticktext=names,
                        ticklabelstandoff=6)  # fmt: skip
    return figure


def _worth_of_copies(spec: ModelSpec, key: str) -> None:
    content = read_finding(spec.folder, LEAKAGE)
    if not content:
        return
    parts = by_number(content["parts"])
    rows = list(parts.values())
    figure = _pair_figure(
        [f"{name} ({row['n']:,})" for name, row in parts.items()],
        ("copies in training", [row[LEAKING_SIDE]["accuracy"] for row in rows]),
        ("no copies in training", [row[HONEST_SIDE]["accuracy"] for row in rows]),
    )
    gains = "; ".join(f"{name} {row['gain'][0]:+.3f}" for name, row in parts.items())
    said = f"{worth_in_words(content)} Gain by the copies: {gains}."

    def table() -> pd.DataFrame:
        return pd.DataFrame(
            {"faces": list(parts), "number": [r["n"] for r in rows],
             "with_copies": [r[LEAKING_SIDE]["accuracy"][0] for r in rows],
             "without": [r[HONEST_SIDE]["accuracy"][0] for r in rows],
             "gain": [r["gain"][0] for r in rows], "gain_low": [r["gain"][1] for r in rows],
             "gain_high": [r["gain"][2] for r in rows]}
        )  # fmt: skip

    draw(Chart("What leakage is worth", said, figure, table, f"{spec.id}-leakage"),
         f"{key}_leakage")  # fmt: skip


def _worth_of_speakers(spec: ModelSpec, key: str) -> None:
    """A random split beside the speaker-independent one, where both were measured."""
    content = record(spec)
    others: Mapping[str, Mapping[str, Any]] = content.get("others", {})
    random = next((row for name, row in others.items() if name.startswith(RANDOM)), None)
    if random is None:
        return
    own = content["scores"]
    names = list(COLUMNS.values())
    figure = _pair_figure(
        names,
        ("speakers heard before", [[random[k], *random["intervals"][k]] for k in COLUMNS]),
        ("speakers apart", [[own[k], *own["intervals"][k]] for k in COLUMNS]),
    )
    said = (
        f"The same network and data under two splits: a random one claims a UAR of "
        f"{random['uar']:.3f}, speakers held out give {own['uar']:.3f}."
    )

    def table() -> pd.DataFrame:
        return pd.DataFrame({"score": names, "at_random": [random[k] for k in COLUMNS],
                             "speakers_apart": [own[k] for k in COLUMNS]})  # fmt: skip

    draw(Chart("What leakage is worth", said, figure, table, f"{spec.id}-random-split"),
         f"{key}_random_split")  # fmt: skip


def leaks_section(spec: ModelSpec, key: str) -> None:
    """Everything that is known of what leaks into a model's test."""
    content = read_leaks(spec)
    if not content:
        st.info(
            f"Nobody has looked yet: `python -m emotion_core evaluate bundle-leaks --model "
            f"{spec.id} --keep` does.",
            icon=":material/help:",
        )
        return
    if is_outdated(spec, content):
        st.warning("The model's files have changed since; look again.", icon=":material/history:")
    _counts(content, key, spec.id)
    without_copies(spec, f"{key}_section")
    _upstream(content)
    _worth_of_copies(spec, key)
    _worth_of_speakers(spec, key)
