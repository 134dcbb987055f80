"""The charts of one evaluation, of a model or of a person's own file, a section at a time."""

from collections.abc import Callable, Mapping
from dataclasses import asdict

import numpy as np
import pandas as pd
import streamlit as st

from emotion_core.evaluation.metrics import AVERAGES
from emotion_core.evaluation.report_page import NAMES
from emotion_core.evaluation.slices import SlicedScores

from . import evaluation_charts as charts
from .evaluation_items import show_items
from .evaluation_show import PALE, Chart, draw, theme
from .evaluation_stored import Evaluated
from .palette import titled

SCORES, CLASSES, CONFUSION = "Scores", "Classes", "Confusion"
PROBABILITIES, SLICES = "Probabilities", "Slices"
BY_ROW, COUNTS = "share of the row", "counts"
LIKELY = 0.05
Section = Callable[[Evaluated, str], None]


def measure_name(name: str) -> str:
    """A score as pages write it."""
    return NAMES.get(name, name.replace("_", " ").capitalize().replace(" f1", " F1"))


def headline(found: Evaluated, key: str) -> None:
    """Every average with its interval, beside the majority baseline."""
    scores = found.scores
    names = [n for n in (*AVERAGES, "micro_f1") if n in scores.metrics]
    values, spans = [scores.metrics[n] for n in names], [scores.intervals[n] for n in names]
    titles = [measure_name(n) for n in names]
    said = (
        "Each score as a dot on its bootstrap 95 % interval. The dotted line is the accuracy of "
        f"always answering the most frequent label, {scores.baseline:.3f}. UAR is the mean recall "
        "of the true classes."
    )
    table = {"score": names, "value": values, "low": [s[0] for s in spans],
             "high": [s[1] for s in spans], "majority_baseline": scores.baseline}  # fmt: skip
    figure = charts.interval_dots(titles, values, spans, scores.baseline)
    draw(Chart("Scores", said, figure, lambda: pd.DataFrame(table), f"{found.name}-scores"),
         f"{key}_scores")  # fmt: skip


def _class_table(found: Evaluated) -> pd.DataFrame:
    rows = []
    for label, scores in found.scores.per_class.items():
        row = asdict(scores)
        low, high = row.pop("f1_interval")
        rows.append({"label": label, **row, "f1_low": low, "f1_high": high})
    return pd.DataFrame(rows)


def classes(found: Evaluated, key: str) -> None:
    """Per class: bars, the interval of F1, lines, and how often each is true and answered."""
    per_class = found.scores.per_class
    best = max(per_class, key=lambda x: per_class[x].f1)
    worst = min(per_class, key=lambda x: (not per_class[x].support, per_class[x].f1))
    table = lambda: _class_table(found)  # noqa: E731
    said = (
        "Precision, recall, F1 and support (true items) of each class; best is "
        f"{best} (F1 {per_class[best].f1:.2f}), weakest {worst} ({per_class[worst].f1:.2f})."
    )
    bars = charts.class_bars(per_class)
    draw(Chart("Each class", said, bars, table, f"{found.name}-classes"), f"{key}_classes")
    said = "The same as lines over the emotions: where lines part, a class is missed or overused."
    lines = charts.class_lines(per_class)
    draw(Chart("Along the emotions", said, lines, table, f"{found.name}-lines"), f"{key}_lines")
    dots = charts.interval_dots(
        [titled(x) for x in per_class],
        [s.f1 for s in per_class.values()],
        [s.f1_interval for s in per_class.values()],
        colours=[charts.colour(x) for x in per_class],
    )
    said = "F1 of each class on its 95 % interval; wide ones have few items to tell by."
    draw(Chart("How sure the F1 is", said, dots, table, f"{found.name}-f1"), f"{key}_f1")
    _distribution(found, key)


def _distribution(found: Evaluated, key: str) -> None:
    def table() -> pd.DataFrame:
        return pd.DataFrame({"label": list(found.truths), "true": list(found.truths.values()),
                             "answered": list(found.answers.values())})  # fmt: skip

    total = max(1, sum(found.truths.values()))
    most = max(found.truths, key=lambda x: found.truths[x])
    said = "How often each label is true (full bar) and how often it is answered (striped bar)."
    bars = charts.truth_and_answer_bars(found.truths, found.answers)
    left, right = st.columns(2)
    with left:
        draw(Chart("True and answered", said, bars, table, f"{found.name}-distribution"),
             f"{key}_distribution")  # fmt: skip
    said = (
        f"Shares of the true labels; the most frequent is {most}, {found.truths[most] / total:.0%}."
    )
    with right:
        draw(Chart("Shares of the truth", said, charts.pie(found.truths), table,
                   f"{found.name}-shares"), f"{key}_pie")  # fmt: skip


def _chosen(key: str) -> None:
    """Carry a click on a cell to the two boxes below."""
    points = st.session_state[f"{key}_confusion"].selection.points
    cell = next((p.get("customdata") for p in points if p.get("customdata")), None)
    if cell:
        st.session_state[f"{key}_truth"], st.session_state[f"{key}_answer"] = cell[0], cell[1]


def confusion(found: Evaluated, key: str) -> None:
    """The confusion matrix, and the items of one of its cells."""
    scores = found.report.scores
    how = st.segmented_control(
        "Cells hold", [BY_ROW, COUNTS], default=BY_ROW, required=True, key=f"{key}_cells"
    )
    wrong = scores.confusion - np.diag(np.diag(scores.confusion))
    truth, answer = np.unravel_index(int(wrong.argmax()), wrong.shape)
    said = "Rows are the truth, columns the answer. "
    if wrong.any():
        said += (
            f"The most frequent confusion is {scores.labels[truth]} answered as "
            f"{scores.labels[answer]} ({int(wrong.max()):,} items). "
        )
    said += "Click a cell to see its items below."

    def table() -> pd.DataFrame:
        frame = pd.DataFrame(scores.confusion, columns=list(scores.labels))
        frame.insert(0, "truth", list(scores.labels))
        return frame.assign(no_answer=scores.unanswered)

    figure = charts.confusion(scores, how == BY_ROW, PALE[theme()])
    chart = Chart("Confusion", said, figure, table, f"{found.name}-confusion")
    draw(chart, f"{key}_confusion", on_select=lambda: _chosen(key))
    first = scores.labels[truth], scores.labels[answer]
    show_items(found, key, first)


def probabilities(found: Evaluated, key: str) -> None:
    """ROC, precision and recall, reliability, coverage against risk."""
    if found.curves:
        _curves(found, key)
    scored = found.report.probabilities
    if scored is None:
        st.info("There are no probabilities, so how far answers can be believed is not known.")
        return
    given, right, items = scored.reliability.T
    gap = float(((given - right) * items).sum() / scored.n)
    manner = "surer than they should be" if gap > 0 else "less sure than they could be"
    said = (
        f"On the dotted line, answers are right as often as they claim; here they are {manner}, "
        f"by {abs(gap):.3f} on average. Expected calibration error {scored.ece:.3f} (15 bins), "
        f"log loss {scored.log_loss:.3f}, Brier score {scored.brier:.3f}."
    )
    columns = ["mean_probability", "share_right", "items"]
    left, other = st.columns(2)
    with left:
        draw(Chart("Reliability", said, charts.reliability(scored),
                   lambda: pd.DataFrame(scored.reliability, columns=columns),
                   f"{found.name}-reliability"), f"{key}_reliability")  # fmt: skip
    across, risk = scored.coverage_risk.T
    half = float(np.interp(0.5, across, risk))
    said = (
        "Share of wrong answers if only the surest are given, which is what the answer "
        f"“uncertain” is for: with the surest half {half:.1%} are wrong, with all {risk[-1]:.1%}."
    )
    with other:
        draw(Chart("Coverage against risk", said, charts.coverage(scored),
                   lambda: pd.DataFrame(scored.coverage_risk, columns=["coverage", "risk"]),
                   f"{found.name}-coverage"), f"{key}_coverage")  # fmt: skip


def _points(found: Evaluated, roc: bool) -> pd.DataFrame:
    names = ["false_positive_rate", "true_positive_rate"] if roc else ["recall", "precision"]
    parts = [
        pd.DataFrame(c.roc if roc else c.precision_recall, columns=names).assign(label=label)
        for label, c in found.curves.items()
    ]
    return pd.concat(parts, ignore_index=True)


def _curves(found: Evaluated, key: str) -> None:
    areas: Mapping[str, float] = {x: c.roc_auc for x, c in found.curves.items()}
    best, worst = max(areas, key=lambda x: areas[x]), min(areas, key=lambda x: areas[x])
    said = (
        "Items of a class found against others taken for it, at every threshold, with the area "
        f"under each curve: best told apart is {best} ({areas[best]:.3f}), worst {worst} "
        f"({areas[worst]:.3f}); chance is 0.5, the dotted line."
    )
    left, right = st.columns(2)
    with left:
        drawn = charts.threshold_curves(found.curves, roc=True)
        table = lambda: _points(found, roc=True)  # noqa: E731
        draw(Chart("ROC", said, drawn, table, f"{found.name}-roc"), f"{key}_roc")
    said = (
        "Precision against recall of each class, at every threshold, with the average precision; "
        "further up and to the right is better, and rare classes are harder."
    )
    with right:
        draw(Chart("Precision and recall", said, charts.threshold_curves(found.curves, roc=False),
                   lambda: _points(found, roc=False), f"{found.name}-precision-recall"),
             f"{key}_pr")  # fmt: skip
    if len(found.curves) > charts.LETTERED:
        _areas(found, key)


def _areas(found: Evaluated, key: str) -> None:
    """The areas as a table, where there are too many curves for a legend."""
    rows = {
        "class": [titled(x) for x in found.curves],
        "area under ROC": [c.roc_auc for c in found.curves.values()],
        "average precision": [c.average_precision for c in found.curves.values()],
    }
    number = st.column_config.NumberColumn(format="%.3f")
    st.dataframe(
        rows, hide_index=True, key=f"{key}_areas", height=280,
        column_config={"area under ROC": number, "average precision": number},
    )  # fmt: skip


def slices(found: Evaluated, key: str) -> None:
    """Scores per slice of each column that was chosen."""
    for place, sliced in enumerate(found.report.slices):
        for metric in ("accuracy", "uar"):
            chart = _slice_chart(found, sliced, metric)
            draw(chart, f"{key}_slice_{place}_{metric}")


def _slice_chart(found: Evaluated, sliced: SlicedScores, metric: str) -> Chart:
    gap = sliced.gaps.get(metric)
    said = "Fewer than two slices have 20 items or more, so no gap is judged."
    if gap is not None:
        apart = "more than chance" if gap.corrected < LIKELY else "which can be chance"
        said = (
            f"The largest gap is {gap.difference:.3f}, {gap.lowest} below {gap.highest}, {apart} "
            f"(p = {gap.corrected:.3f}, {sliced.permutations:,} permutations of {sliced.permuted})."
        )

    def table() -> pd.DataFrame:
        rows = [
            {sliced.column: value, "items": s.n, metric: s.metrics[metric],
             "low": s.intervals[metric][0], "high": s.intervals[metric][1]}
            for value, s in sliced.slices.items()
        ]  # fmt: skip
        return pd.DataFrame(rows)

    title = f"{measure_name(metric)} by {sliced.column}"
    said = f"Each slice with its items in brackets, on its 95 % interval. {said}"
    name = f"{found.name}-{metric}-by-{sliced.column}"
    return Chart(title, said, charts.slice_dots(sliced, metric), table, name)


SECTIONS: Mapping[str, Section] = {
    SCORES: headline,
    CLASSES: classes,
    CONFUSION: confusion,
    PROBABILITIES: probabilities,
    SLICES: slices,
}


def report_sections(found: Evaluated) -> list[str]:
    """The sections that there is something to show in."""
    lacking = {SLICES} if not found.report.slices else set[str]()
    return [name for name in SECTIONS if name not in lacking]
