"""What tells models apart on the same items: charts, tables, downloads."""

import json
from collections.abc import Mapping, Sequence

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from emotion_core.evaluation.comparison import Comparison, ManyComparison
from emotion_core.evaluation.comparison_page import comparison_page, verdict
from emotion_core.evaluation.comparison_scores import Difference

from . import evaluation_charts as charts
from .charts import MARKERS
from .evaluation_report import measure_name
from .evaluation_show import Chart, draw
from .palette import titled

SHOWN_PAIRS = 12
LEAST_REACH = 0.02
NONE = "(none)"


def difference_dots(
    differences: Mapping[str, Difference], colours: Sequence[str] = ()
) -> go.Figure:
    """Differences around 0, each on its 95 % interval; names of rows as given."""
    values = [d.value for d in differences.values()]
    spans = [d.interval for d in differences.values()]
    figure = charts.interval_dots(list(differences), values, spans, colours=colours)
    hover = "%{y}: %{x:+.3f} (%{customdata})<extra></extra>"
    figure.update_traces(text=[f"{v:+.3f}" for v in values], hovertemplate=hover)
    reach = 1.25 * max(LEAST_REACH, *(abs(x) for span in spans for x in span))
    figure.update_xaxes(range=[-reach, reach], tickvals=None, nticks=7, tickformat="+.2f")
    figure.add_vline(0, line={"dash": "dot", "width": 2, "color": charts.FAINT})
    return figure


def class_lines(found: ManyComparison) -> go.Figure:
    """F1 of each class, a line for each model."""
    figure = go.Figure()
    labels = [titled(x) for x in found.answers.labels]
    for place, (name, scores) in enumerate(zip(found.names, found.scores, strict=True)):
        figure.add_scatter(
            x=labels, y=[c.f1 for c in scores.per_class.values()], name=name,
            mode="lines+markers",
            line={"color": charts.LINE_COLOURS[place % len(charts.LINE_COLOURS)],
                  "dash": charts.DASHES[place % len(charts.DASHES)], "width": 2},
            marker={"symbol": MARKERS[place % len(MARKERS)], "size": 9},
            hovertemplate="%{x}: %{y:.3f}",
        )  # fmt: skip
    figure.update_layout(height=400, margin=charts.NARROW, hovermode="x unified",
                         legend={"orientation": "h", "y": 1.15})  # fmt: skip
    figure.update_yaxes(range=[0, 1.03], title="F1")
    figure.update_xaxes(showgrid=False, tickangle=-45 if len(labels) > 4 else 0)
    return figure


def _difference_table(pairs: Sequence[Comparison]) -> pd.DataFrame:
    rows = [
        {"a": pair.names[0], "b": pair.names[1], "score": name, "b_minus_a": d.value,
         "low": d.interval[0], "high": d.interval[1]}
        for pair in pairs for name, d in pair.differences.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _class_table(found: ManyComparison) -> pd.DataFrame:
    columns = {
        name: [c.f1 for c in scores.per_class.values()]
        for name, scores in zip(found.names, found.scores, strict=True)
    }
    frame = pd.DataFrame({"label": list(found.answers.labels), **columns})
    if len(found.names) == 2:
        differences = found.pairs[0, 1].class_f1.values()
        frame["b_minus_a"] = [d.value for d in differences]
        frame["low"] = [d.interval[0] for d in differences]
        frame["high"] = [d.interval[1] for d in differences]
    return frame


def _differences(found: ManyComparison, stem: str, key: str) -> None:
    pairs = list(found.pairs.values())
    shown = {}
    if len(pairs) == 1:
        shown = {measure_name(n): d for n, d in pairs[0].differences.items()}
        whose = f"Each score of {found.names[1]} minus that of {found.names[0]}"
    else:
        names = list(pairs[0].differences)
        measure = st.selectbox("Measure", names, format_func=measure_name, key=f"{key}_measure")
        shown = {f"{p.names[1]} − {p.names[0]}": p.differences[measure] for p in pairs}
        whose = f"{measure_name(measure)} of the one minus that of the other, for every pair"
    said = (
        f"{whose}, on its paired 95 % interval; an interval that misses the dotted line at 0 can "
        "be told from no difference."
    )
    draw(Chart("Difference", said, difference_dots(shown), lambda: _difference_table(pairs),
               f"{stem}-difference"), f"{key}_difference")  # fmt: skip


def _classes(found: ManyComparison, stem: str, key: str) -> None:
    if len(found.names) == 2:
        pair = found.pairs[0, 1]
        differences = {x: d for x, d in pair.class_f1.items() if pair.first.per_class[x].support}
        shown = {titled(label): d for label, d in differences.items()}
        figure = difference_dots(shown, [charts.colour(label) for label in differences])
        said = (
            f"F1 of each class by {found.names[1]} minus that by {found.names[0]}, on its paired "
            "95 % interval."
        )
    else:
        figure = class_lines(found)
        said = "F1 of each class, a line for each model: where lines part, so do the models."
    draw(Chart("Class by class", said, figure, lambda: _class_table(found), f"{stem}-classes"),
         f"{key}_class_f1")  # fmt: skip


def _tests(found: ManyComparison, key: str) -> None:
    """McNemar's test of every pair."""
    rows = [
        {"first": p.names[0], "second": p.names[1], "only first right": p.mcnemar.only_first,
         "only second right": p.mcnemar.only_second, "p": f"{p.mcnemar.p_value:.3g}",
         "p by Holm": f"{p.mcnemar.corrected:.3g}"}
        for p in found.pairs.values()
    ]  # fmt: skip
    st.markdown("#### McNemar's test")
    st.caption(
        "Items that only one of two has right, and how likely so uneven a number is by chance; "
        "the last column is corrected for the number of pairs."
    )
    st.dataframe(pd.DataFrame(rows), hide_index=True, key=f"{key}_tests")


def _disagreements(found: ManyComparison, key: str) -> None:
    examples = found.examples()
    if not examples:
        st.info("They agree on every item.")
        return
    st.markdown("#### Where they disagree")
    rows = [
        {"item": item, "truth": truth or NONE,
         **{name: a or NONE for name, a in zip(found.names, answers, strict=True)}}
        for item, truth, answers in examples
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    right = found.right
    st.caption(
        f"All are right on {right.all(0).sum():,} items and all wrong on "
        f"{(~right).all(0).sum():,}. The first {len(rows)} items with different answers:"
    )
    if len(found.names) > 2:
        st.dataframe(frame, hide_index=True, key=f"{key}_disagreements", height=400)
        return
    left, other = st.columns(2)
    ways = found.pairs[0, 1].pairs.items()
    keys = ("truth", *found.names)
    shown = [{**dict(zip(keys, (x or NONE for x in way), strict=True)), "items": n}
             for way, n in ways]  # fmt: skip
    left.dataframe(pd.DataFrame(shown[:SHOWN_PAIRS]), hide_index=True, key=f"{key}_pairs")
    other.dataframe(frame, hide_index=True, key=f"{key}_disagreements",
                    height=38 + 35 * min(SHOWN_PAIRS, len(shown)))  # fmt: skip


def _downloads(found: ManyComparison, stem: str, key: str) -> None:
    with st.container(horizontal=True):
        st.download_button(
            "Comparison (HTML)", lambda: comparison_page(found).encode(), f"{stem}.html",
            "text/html", on_click="ignore", icon=":material/description:", key=f"{key}_html",
            help="One file that stands alone, to keep or to send",
        )  # fmt: skip
        st.download_button(
            "Comparison (JSON)",
            lambda: json.dumps(found.as_dict(), ensure_ascii=False, indent=1).encode(),
            f"{stem}.json", "application/json", on_click="ignore",
            icon=":material/data_object:", key=f"{key}_json",
        )  # fmt: skip


def show_comparison(found: ManyComparison, key: str) -> None:
    """Draw a comparison.

    Args:
        found: of two models or more
        key: of its widgets
    """
    n = len(found.answers.truth)
    several = ", right where every label is" if found.answers.several else ""
    st.markdown(f"**{n:,} shared items**{several}.")
    for pair in found.pairs.values() if len(found.names) == 2 else ():
        st.markdown(verdict(pair))
    for notice in found.notices:
        st.caption(f":material/info: {notice[:1].upper()}{notice[1:]}.")
    stem = "-".join(found.names)[:80]
    _downloads(found, stem, key)
    _differences(found, stem, key)
    if len(found.names) > 2:
        _tests(found, key)
    _classes(found, stem, key)
    _disagreements(found, key)
