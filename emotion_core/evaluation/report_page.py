"""A report of one file of predictions as an HTML page that stands alone."""

from collections.abc import Iterator

import numpy as np

from .. import __version__
from ..markup import counted, element, escaped, named, percent
from ..palette import colour
from .curves import ProbabilityScores
from .metrics import AVERAGES, ClassificationScores
from .prediction_report import PredictionReport
from .report_charts import DASHES, bar, curve, dots, figure, ideal, plot, range_bar, table
from .report_frame import facts, section, standalone_page
from .slices import COMPARED, SlicedScores

NAMES = {
    "accuracy": "Accuracy", "uar": "UAR", "macro_f1": "Macro F1", "weighted_f1": "Weighted F1",
    "macro_precision": "Macro precision", "macro_recall": "Macro recall",
    "weighted_precision": "Weighted precision", "weighted_recall": "Weighted recall",
}  # fmt: skip
MOST_CELLS = 40
"""labels along a side of the confusion matrix that is shown whole"""
MOST_CONFUSIONS = 20
LIKELY = 0.05
DEEPEST = 60
"""per cent of colour in a cell that holds all of its row: letters can be read on it"""


def report_page(report: PredictionReport) -> str:
    """The page as HTML: no scripts, no other files, light and dark, for phones and for print."""
    sections = [
        _headline(report),
        _classes(report.scores),
        _confusion(report.scores),
        _distribution(report.scores),
        *_probabilities(report),
        *(_slice(sliced) for sliced in report.slices),
        _protocol(report),
    ]
    return standalone_page(
        "How good the answers are",
        report.predictions.name,
        _summary(report),
        _notices(report),
        sections,
    )


def _summary(report: PredictionReport) -> str:
    scores = report.scores
    groups = "" if report.groups is None else f" of {counted(report.groups, 'group')}"
    low, high = scores.intervals["accuracy"]
    return (
        f"{counted(scores.n, 'item')}{groups}, {counted(len(scores.labels), 'label')}. "
        f"{percent(scores.metrics['accuracy'])} are right (95 % interval {percent(low)} to "
        f"{percent(high)}); always answering the most frequent label would get "
        f"{percent(scores.baseline)}."
    )


def _notices(report: PredictionReport) -> list[str]:
    told = list(report.predictions.notices)
    if report.unanswered:
        share = percent(report.unanswered / report.scores.n)
        told.append(
            f"{counted(report.unanswered, 'item')} ({share}) have no answer and count as wrong"
        )
    else:
        told.append("every item has an answer")
    return told


def _headline(report: PredictionReport) -> str:
    scores, rows = report.scores, []
    for name in AVERAGES:
        value, (low, high) = scores.metrics[name], scores.intervals[name]
        baseline = scores.baseline if name == "accuracy" else None
        drawn = element("td", range_bar(value, (low, high), baseline), class_="bar")
        rows.append([NAMES[name], f"{value:.3f}", f"{low:.3f} – {high:.3f}", drawn])
    said = (
        "Each score as a dot on its 95 % interval, from 0 to 1; the upright mark at accuracy is "
        f"the majority baseline, {scores.baseline:.3f}. UAR is the mean recall of the true classes."
    )
    heads = ["score", "value", "95 % interval", "0 to 1"]
    return section("Scores", figure(table(heads, rows, "Scores", "wide"), escaped(said)))


def _classes(scores: ClassificationScores) -> str:
    most = max(c.support for c in scores.per_class.values())
    rows = []
    for label, found in scores.per_class.items():
        low, high = found.f1_interval
        cells = [
            element("td", f"{value:.3f}", bar(value, label))
            for value in (found.precision, found.recall)
        ]
        f1 = element("td", f"{found.f1:.3f} ", element("small", f"{low:.2f} – {high:.2f}"),
                     bar(found.f1, label))  # fmt: skip
        support = element("td", f"{found.support:,}", bar(found.support / most, faint=True))
        rows.append([named(label), *cells, f1, support])
    weakest = min(scores.per_class.items(), key=lambda one: (one[1].support == 0, one[1].f1))
    said = (
        "Precision, recall, F1 with its 95 % interval, and support (true items) of each class; "
        f"the weakest is {weakest[0]} with an F1 of {weakest[1].f1:.2f}."
    )
    heads = ["class", "precision", "recall", "F1", "support"]
    return section("Per class", figure(table(heads, rows, "Per class", "wide"), escaped(said)))


def _most_confused(scores: ClassificationScores) -> list[tuple[int, str, str]]:
    """Count, truth and answer of wrong answers, the most frequent first."""
    wrong = scores.confusion - np.diag(np.diag(scores.confusion))
    order = np.argsort(-wrong, axis=None, kind="stable")[:MOST_CONFUSIONS]
    places = zip(*np.unravel_index(order, wrong.shape), strict=True)
    return [
        (int(wrong[i, j]), scores.labels[i], scores.labels[j]) for i, j in places if wrong[i, j]
    ]


def _confusion(scores: ClassificationScores) -> str:
    confused = _most_confused(scores)
    said = "Rows are the truth, columns the answer: share of the row, and items below it."
    if confused:
        count, truth, answer = confused[0]
        said += f" The most frequent confusion is {truth} taken for {answer} ({count:,} items)."
    if len(scores.labels) > MOST_CELLS:
        rows = [[named(t), named(a), f"{n:,}"] for n, t, a in confused]
        drawn = table(["truth", "answer", "items"], rows, "Most frequent confusions")
        said = f"The {len(rows)} most frequent confusions of {len(scores.labels)} labels."
    else:
        drawn = _matrix(scores)
    return section("Confusion", figure(drawn, escaped(said)))


def _matrix(scores: ClassificationScores) -> str:
    unanswered = bool(scores.unanswered.any())
    heads = ["truth", *(named(x) for x in scores.labels), *(["no answer"] * unanswered)]
    rows = []
    counts = np.column_stack([scores.confusion, scores.unanswered])
    for place, label in enumerate(scores.labels):
        row = counts[place] if unanswered else counts[place, :-1]
        total = int(counts[place].sum())
        rows.append([named(label), *(_cell(int(n), total, label) for n in row)])
    return table(heads, rows, "Confusion matrix", "matrix")


def _cell(count: int, total: int, label: str) -> str:
    if not total:
        return element("td", "–", class_="none")
    share = count / total
    fill = f"background:color-mix(in srgb, #00458c {DEEPEST * share:.0f}%, transparent)"
    return element(
        "td",
        percent(share),
        element("small", f"{count:,}"),
        style=fill if count else False,
        title=f"{count} of {total} of {label}",
    )


def _distribution(scores: ClassificationScores) -> str:
    truth = scores.confusion.sum(1) + scores.unanswered
    answers = scores.confusion.sum(0)
    most = max(int(truth.max()), int(answers.max()))
    rows = [
        [
            named(label),
            element("td", bar(t / most, label), bar(a / most, label, faint=True), class_="bar"),
            f"{t:,} ({percent(t / scores.n)})",
            f"{a:,} ({percent(a / scores.n)})",
        ]
        for label, t, a in zip(scores.labels, truth.tolist(), answers.tolist(), strict=True)
    ]
    said = "How often each label is true (full bar) and how often it is answered (faint bar)."
    heads = ["label", "", "true", "answered"]
    return section("Distribution", figure(table(heads, rows, "Distribution", "wide"), said))


def _probabilities(report: PredictionReport) -> Iterator[str]:
    found = report.probabilities
    if found is None:
        return
    figures = [_reliability(found), _coverage(found, report.scores.n)]
    told = escaped(
        f"{counted(found.n, 'item')} with probabilities. Expected calibration error "
        f"{found.ece:.3f}, log loss {found.log_loss:.3f}, Brier score {found.brier:.3f} (0 to 2)."
    )
    charts = element("div", *figures, class_="charts")
    yield section("Can the probabilities be believed?", element("p", told), charts)
    if found.by_class:
        yield _curves(found)


def _reliability(found: ProbabilityScores) -> str:
    points, items = found.reliability[:, :2], found.reliability[:, 2]
    drawn = ideal((0, 0), (1, 1)) + curve(points) + dots(points, items / items.max())
    gap = float(((points[:, 0] - points[:, 1]) * items).sum() / found.n)
    how = "surer than they should be" if gap > 0 else "less sure than they could be"
    said = escaped(
        "Reliability: share right against the probability given, in 15 bins (larger dots: more "
        "items). On the dashed line both agree; on average the answers are "
        f"{how}, by {abs(gap):.3f}."
    )
    return figure(plot(drawn, "probability of the answer", "share right", "Reliability"), said)


def _coverage(found: ProbabilityScores, total: int) -> str:
    coverage, risk = found.coverage_risk.T
    highest = max(0.05, float(np.ceil(risk.max() * 20) / 20))
    drawn = curve(np.stack([coverage * found.n / total, risk / highest], 1))
    half = float(np.interp(0.5, coverage, risk))
    said = escaped(
        "Coverage against risk: share of wrong answers if only the surest are given. With the "
        f"surest half, {percent(half)} are wrong; with all, {percent(float(risk[-1]))}."
    )
    return figure(plot(drawn, "items answered", "wrong answers", "Coverage", highest), said)


def _curves(found: ProbabilityScores) -> str:
    dashes: dict[str, int] = {}
    for label in found.by_class:
        dashes[label] = sum(colour(other) == colour(label) for other in dashes)
    roc = "".join(curve(c.roc, x, dashes[x]) for x, c in found.by_class.items())
    pr = "".join(curve(c.precision_recall, x, dashes[x]) for x, c in found.by_class.items())
    best = max(found.by_class.items(), key=lambda one: one[1].roc_auc)
    worst = min(found.by_class.items(), key=lambda one: one[1].roc_auc)
    roc_said = escaped(
        "ROC: items of a class found against others taken for it, at every threshold. Best told "
        f"apart: {best[0]} (area {best[1].roc_auc:.3f}); worst: {worst[0]} "
        f"({worst[1].roc_auc:.3f}); chance is 0.5, the dashed line."
    )
    pr_said = "Precision against recall of each class, at every threshold; further up is better."
    charts = element(
        "div",
        figure(
            plot(ideal((0, 0), (1, 1)) + roc, "false positive rate", "true positive rate", "ROC"),
            roc_said,
        ),
        figure(plot(pr, "recall", "precision", "Precision and recall"), pr_said),
        class_="charts",
    )
    rows = [
        [_key(x, dashes[x]) + named(x), f"{c.roc_auc:.3f}", f"{c.average_precision:.3f}"]
        for x, c in found.by_class.items()
    ]
    heads = ["class", "area under ROC", "average precision"]
    return section("Thresholds", charts, table(heads, rows, "Areas under the curves"))


def _key(label: str, dash: int) -> str:
    dashes = DASHES[dash % len(DASHES)] or False
    style = f"stroke:{colour(label)}"
    line = element("line", x1=0, x2=26, y1=6, y2=6, class_="curve", style=style,
                   stroke_dasharray=dashes)  # fmt: skip
    return element("svg", line, width=32, height=12, aria_hidden="true")


def _slice(sliced: SlicedScores) -> str:
    rows = []
    for value, scores in sliced.slices.items():
        cells = []
        for metric in COMPARED:
            score, (low, high) = scores.metrics[metric], scores.intervals[metric]
            figures = element("small", f"{low:.3f} – {high:.3f}")
            drawn = range_bar(score, (low, high))
            cells.append(element("td", f"{score:.3f} ", figures, drawn, class_="bar"))
        few = "" if value in sliced.judged else " (few)"
        rows.append([escaped(value + few), f"{scores.n:,}", *cells])
    heads = [escaped(sliced.column), "items", *(NAMES[m] for m in COMPARED)]
    drawn = table(heads, rows, f"Scores by {sliced.column}", "wide")
    return section(f"By {sliced.column}", figure(drawn, escaped(_gap_in_words(sliced))))


def _gap_in_words(sliced: SlicedScores) -> str:
    told = ["Each score as a dot on its 95 % interval."]
    for metric, gap in sliced.gaps.items():
        apart = gap.corrected < LIKELY
        told.append(
            f"{NAMES[metric]}: the largest gap is {gap.difference:.3f}, {gap.lowest} below "
            f"{gap.highest}; {'more than' if apart else 'it can be'} chance "
            f"(p = {gap.corrected:.3f}, {sliced.permutations:,} permutations of "
            f"{sliced.permuted})."
        )
    if not sliced.gaps:
        told.append("Fewer than two slices have 20 items or more, so no gap is judged.")
    return " ".join(told)


def _protocol(report: PredictionReport) -> str:
    columns, groups = report.predictions.columns, report.groups
    drawn = "items are drawn, since no groups were named"
    if groups == 1:
        drawn = f"items are drawn, since all have one {columns.group}"
    elif groups is not None:
        drawn = f"{counted(groups, 'group')} ({columns.group}) are drawn whole"
    told = {
        "Truth": columns.truth,
        "Answers": columns.prediction,
        "Intervals": f"percentiles 2.5 and 97.5 of {report.samples:,} bootstrap samples, in which "
        f"{drawn}; seed {report.seed}",
        "Averages": "UAR over the classes of the truth; macro scores over the classes of truth and "
        "answers; weighted scores by support",
        "No answer": "an empty answer, or one with an error, is wrong and counts in support",
        "Made by": f"emotion-core {__version__}",
    }
    return section("How it was computed", facts(told))
