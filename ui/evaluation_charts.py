"""Charts of one evaluation, each drawn from a value type of the evaluation package."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from emotion_core.evaluation.curves import ClassCurves, ProbabilityScores
from emotion_core.evaluation.metrics import ClassificationScores, ClassScores, Interval
from emotion_core.evaluation.slices import COMPARED, SlicedScores

from .charts import MARKERS
from .palette import colour, titled

ROW_PX, TOP_PX, BELOW_PX, LITTLE_PX = 34, 34, 46, 14
TITLED_PX = 60
"""above charts side by side, whose names stand under the button that downloads them"""
ACCENT, FAINT = "#3B82C4", "#7C8794"
"""for what belongs to no emotion; both can be seen in light and dark"""
MEASURES = ("precision", "recall", "f1")
LINE_COLOURS = ("#C2571A", "#1B8A6B", ACCENT)
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
LETTERED = 12
"""labels along a side of a confusion matrix whose cells can hold a number"""
NARROW = {"l": 4, "r": 8, "t": TOP_PX, "b": BELOW_PX}


def _rows(figure: go.Figure, count: int, row_px: int = ROW_PX) -> go.Figure:
    """Rows from top to bottom, each as high as a finger."""
    figure.update_layout(
        height=row_px * count + TOP_PX + LITTLE_PX,
        margin={**NARROW, "b": LITTLE_PX},
        showlegend=False,
        bargap=0.3,
    )
    figure.update_yaxes(autorange="reversed", ticklabelstandoff=6)
    return figure


def _error(values: Sequence[float], intervals: Sequence[Interval]) -> dict[str, object]:
    return {
        "type": "data",
        "symmetric": False,
        "array": [max(0.0, high - v) for v, (_, high) in zip(values, intervals, strict=True)],
        "arrayminus": [max(0.0, v - low) for v, (low, _) in zip(values, intervals, strict=True)],
        "thickness": 2.5,
        "width": 5,
    }


def interval_dots(
    names: Sequence[str],
    values: Sequence[float],
    intervals: Sequence[Interval],
    baseline: float | None = None,
    colours: Sequence[str] = (),
) -> go.Figure:
    """Scores from 0 to 1 as dots on their 95 % intervals.

    Args:
        names: of the scores, the first on top
        values: one for each
        intervals: one for each
        baseline: drawn as a line where there is one
        colours: one for each
    """
    spans = [f"{low:.3f} to {high:.3f}" for low, high in intervals]
    figure = go.Figure(
        go.Scatter(
            x=list(values), y=list(names), mode="markers+text",
            text=[f"{v:.3f}" for v in values], textposition="top center",
            marker={"size": 10, "color": list(colours) or ACCENT},
            error_x={**_error(values, intervals), "color": FAINT},
            customdata=spans, cliponaxis=False,
            hovertemplate="%{y}: %{x:.3f} (%{customdata})<extra></extra>",
        )
    )  # fmt: skip
    if baseline is not None:
        figure.add_vline(baseline, line={"dash": "dot", "width": 2, "color": FAINT})
    figure.update_xaxes(range=[0, 1.02], tickvals=[0, 0.25, 0.5, 0.75, 1])
    return _rows(figure, len(names), 42)


def class_bars(per_class: Mapping[str, ClassScores]) -> go.Figure:
    """Precision, recall, F1 with its interval, and support, side by side, a row for each class."""
    titles = ("precision", "recall", "F1", "support")
    figure = make_subplots(1, 4, shared_yaxes=True, subplot_titles=titles, horizontal_spacing=0.025)
    names = [titled(label) for label in per_class]
    for place, measure in enumerate((*MEASURES, "support"), start=1):
        values = [float(getattr(s, measure)) for s in per_class.values()]
        shares = measure != "support"
        texts = [f"{v:.2f}" if shares else f"{v:,.0f}" for v in values]
        bars = go.Bar(
            x=values, y=names, orientation="h", marker_color=[colour(x) for x in per_class],
            text=texts, textposition="outside", cliponaxis=False,
            hovertemplate=f"%{{y}}: {titles[place - 1]} %{{text}}<extra></extra>",
        )  # fmt: skip
        figure.add_trace(bars, row=1, col=place)
        figure.update_xaxes(
            range=[0, 1.45 if shares else 1.9 * max(values or [1])], visible=False, col=place
        )
    _rows(figure, len(names), 30)
    figure.update_layout(height=30 * len(names) + TITLED_PX + LITTLE_PX, margin_t=TITLED_PX)
    return figure


def class_lines(per_class: Mapping[str, ClassScores]) -> go.Figure:
    """Precision, recall and F1 as lines over the emotions, the marks in the emotions' colours."""
    names = [titled(label) for label in per_class]
    figure = go.Figure()
    drawn = zip(MEASURES, LINE_COLOURS, DASHES, MARKERS, strict=False)
    for measure, line, dash, marker in drawn:
        figure.add_scatter(
            x=names, y=[float(getattr(s, measure)) for s in per_class.values()],
            name="F1" if measure == "f1" else measure, mode="lines+markers",
            line={"color": line, "width": 2, "dash": dash},
            marker={"symbol": marker, "size": 10 if len(names) <= LETTERED else 6,
                    "color": [colour(x) for x in per_class], "line": {"color": line, "width": 1.5}},
            hovertemplate="%{x}: %{y:.3f}",
        )  # fmt: skip
    figure.update_layout(
        height=400, margin=NARROW, hovermode="x unified", legend={"orientation": "h", "y": 1.12}
    )
    figure.update_yaxes(range=[0, 1.03])
    figure.update_xaxes(showgrid=False, tickangle=-45 if len(names) > 4 else 0)
    return figure


def confusion(scores: ClassificationScores, by_row: bool, pale: str) -> go.Figure:
    """Rows are the truth, columns the answer; cells take clicks.

    Args:
        scores: with counts
        by_row: colour by the share of the row, else by the count
        pale: colour of an empty cell
    """
    labels, counts = scores.labels, scores.confusion
    totals = counts.sum(1) + scores.unanswered
    shares = counts / np.maximum(totals, 1)[:, None]
    names, size = [titled(x) for x in labels], len(labels)
    numbers = "%{z:.0%}" if by_row else "%{z:,}"
    figure = go.Figure(
        go.Heatmap(
            z=shares if by_row else counts, x=names, y=names, zmin=0, xgap=1, ygap=1,
            colorscale=[[0, pale], [1, "#2F74B5"]], showscale=False, hoverinfo="skip",
            texttemplate=numbers if size <= LETTERED else "",
        )
    )  # fmt: skip
    _add_targets(figure, labels, counts, shares)
    figure.update_layout(height=max(380, 26 * size + 120), margin=NARROW, showlegend=False,
                         hovermode="closest", clickmode="event+select")  # fmt: skip
    figure.update_yaxes(autorange="reversed", title="truth", showgrid=False)
    figure.update_xaxes(title="answer", showgrid=False, tickangle=-45 if size > 4 else 0)
    return figure


def _add_targets(
    figure: go.Figure, labels: tuple[str, ...], counts: np.ndarray, shares: np.ndarray
) -> None:
    """Clear marks over the cells, since cells themselves cannot be selected."""
    cells = [
        (truth, answer, int(counts[i, j]), float(shares[i, j]))
        for i, truth in enumerate(labels)
        for j, answer in enumerate(labels)
    ]
    clear = {"marker": {"opacity": 1}}
    figure.add_scatter(
        x=[titled(c[1]) for c in cells], y=[titled(c[0]) for c in cells], mode="markers",
        customdata=cells, selected=clear, unselected=clear,
        marker={"symbol": "square", "size": 34 if len(labels) <= LETTERED else 16,
                "color": "rgba(0,0,0,0)"},
        hovertemplate="%{customdata[0]} answered as %{customdata[1]}: %{customdata[2]:,} items, "
        "%{customdata[3]:.1%} of the row<extra></extra>",
    )  # fmt: skip


def truth_and_answer_bars(truths: Mapping[str, int], answers: Mapping[str, int]) -> go.Figure:
    """How often each label is true (full bar) and answered (striped bar)."""
    names, colours = [titled(x) for x in truths], [colour(x) for x in truths]
    figure = go.Figure()
    for name, counts, pattern in (("true", truths, ""), ("answered", answers, "/")):
        figure.add_bar(
            x=[counts[x] for x in truths], y=names, orientation="h", name=name,
            marker={"color": colours, "pattern": {"shape": pattern}},
            text=[f"{counts[x]:,}" for x in truths], textposition="outside", cliponaxis=False,
            hovertemplate=f"%{{y}} {name}: %{{x:,}}<extra></extra>",
        )  # fmt: skip
    _rows(figure, len(names), 44)
    most = max([*truths.values(), *answers.values(), 1])
    figure.update_xaxes(range=[0, 1.2 * most], visible=False)
    return figure


def pie(counts: Mapping[str, int]) -> go.Figure:
    """Shares of the labels, the largest first."""
    order = sorted((x for x in counts if counts[x]), key=lambda x: -counts[x])
    figure = go.Figure(
        go.Pie(
            labels=[titled(x) for x in order], values=[counts[x] for x in order], sort=False,
            marker={"colors": [colour(x) for x in order],
                    "line": {"color": "#FFFFFF", "width": 1}},
            textinfo="label+percent" if len(order) <= LETTERED else "percent",
            textposition="outside" if len(order) <= LETTERED else "inside", hole=0.4,
            hovertemplate="%{label}: %{value:,} (%{percent})<extra></extra>", automargin=True,
        )
    )  # fmt: skip
    figure.update_layout(height=400, margin={"l": 20, "r": 20, "t": 44, "b": 30},
                         showlegend=len(order) > LETTERED)  # fmt: skip
    return figure


def _unit_square(figure: go.Figure, across: str, up: str, legend: bool) -> go.Figure:
    figure.update_layout(height=440 if legend else 380, margin=NARROW, showlegend=legend,
                         hovermode="closest", legend={"orientation": "h", "y": -0.22})  # fmt: skip
    figure.update_xaxes(range=[0, 1.01], title=across)
    figure.update_yaxes(range=[0, 1.02], title=up)
    return figure


def _diagonal(figure: go.Figure) -> None:
    figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", showlegend=False, hoverinfo="skip",
                       line={"dash": "dot", "color": FAINT, "width": 1.5})  # fmt: skip


def threshold_curves(curves: Mapping[str, ClassCurves], roc: bool) -> go.Figure:
    """ROC curves, or precision against recall, of each class, with the area beside its name."""
    figure, used = go.Figure(), []
    if roc:
        _diagonal(figure)
    for label, found in curves.items():
        points, area = (
            (found.roc, found.roc_auc) if roc else (found.precision_recall, found.average_precision)
        )
        dash = DASHES[used.count(colour(label)) % len(DASHES)]
        used.append(colour(label))
        figure.add_scatter(
            x=points[:, 0], y=points[:, 1], mode="lines", name=f"{titled(label)} {area:.3f}",
            line={"color": colour(label), "width": 2, "dash": dash},
            hovertemplate="%{x:.2f}, %{y:.2f}",
        )  # fmt: skip
    axes = ("false positive rate", "true positive rate") if roc else ("recall", "precision")
    return _unit_square(figure, *axes, legend=len(curves) <= LETTERED)


def reliability(found: ProbabilityScores) -> go.Figure:
    """Share right against the probability given; larger dots hold more items."""
    given, right, items = found.reliability.T
    figure = go.Figure()
    _diagonal(figure)
    figure.add_scatter(
        x=given, y=right, mode="lines+markers", customdata=items,
        line={"color": ACCENT, "width": 2},
        marker={"size": 8 + 18 * np.sqrt(items / items.max()), "color": ACCENT, "opacity": 0.75},
        hovertemplate="given %{x:.2f}, right %{y:.2f}, %{customdata:,} items<extra></extra>",
    )  # fmt: skip
    return _unit_square(figure, "probability of the answer", "share right", legend=False)


def coverage(found: ProbabilityScores) -> go.Figure:
    """Share of wrong answers if only the surest items are answered."""
    across, risk = found.coverage_risk.T
    figure = go.Figure(
        go.Scatter(x=across, y=risk, mode="lines", line={"color": ACCENT, "width": 2.5},
                   fill="tozeroy", fillcolor="rgba(59,130,196,0.15)",
                   hovertemplate="%{x:.0%} answered: %{y:.1%} wrong<extra></extra>")
    )  # fmt: skip
    _unit_square(figure, "share of items answered", "share of these wrong", legend=False)
    figure.update_yaxes(range=[0, max(0.05, 1.1 * float(risk.max()))], tickformat=".0%")
    figure.update_xaxes(tickformat=".0%")
    return figure


def slice_dots(sliced: SlicedScores, metric: str = COMPARED[1]) -> go.Figure:
    """One score per slice, on its interval."""
    found = sliced.slices
    names = [f"{value} ({scores.n:,})" for value, scores in found.items()]
    return interval_dots(
        names,
        [s.metrics[metric] for s in found.values()],
        [s.intervals[metric] for s in found.values()],
    )
