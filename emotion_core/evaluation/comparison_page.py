"""A comparison of files of answers as an HTML page that stands alone."""

from collections.abc import Sequence

from .. import __version__
from ..markup import counted, element, escaped, named, percent
from .comparison import Comparison, ManyComparison
from .comparison_scores import Difference
from .metrics import ClassificationScores
from .report_charts import bar, difference_bar, figure, range_bar, table
from .report_frame import facts, section, standalone_page
from .report_page import NAMES

LEAST_REACH = 0.02
MOST_WAYS, MOST_EXAMPLES = 12, 30
LIKELY = 0.05
NONE = "(none)"


def comparison_page(found: ManyComparison) -> str:
    """The page as HTML: no scripts, no other files, light and dark, for phones and for print."""
    pairs = list(found.pairs.values())
    sections = [
        _scores(found),
        _differences(pairs),
        _tests(pairs),
        _classes(found),
        *(_ways(pair) for pair in pairs if pair.pairs),
        _examples(found),
        _protocol(found),
    ]
    heading = " and ".join([", ".join(found.names[:-1]), found.names[-1]])
    return standalone_page(
        "Compared on the same items",
        heading,
        _summary(found),
        found.notices,
        filter(None, sections),
    )


def verdict(pair: Comparison) -> str:
    """What tells two files apart, in words."""
    first, second = pair.names
    test, difference = pair.mcnemar, pair.differences["accuracy"]
    low, high = difference.interval
    clear = "more than chance" if test.corrected < LIKELY else "which can be chance"
    p_value = f"p = {test.p_value:.3g}"
    if test.corrected != test.p_value:
        p_value += f", {test.corrected:.3g} corrected for all pairs by Holm"
    return (
        f"{second} minus {first}: {difference.value:+.3f} of accuracy (95 % interval {low:+.3f} to "
        f"{high:+.3f}). Only {first} is right on {counted(test.only_first, 'item')}, only {second} "
        f"on {test.only_second:,}, {clear} by McNemar's test ({p_value})."
    )


def _summary(found: ManyComparison) -> str:
    right = found.right
    n = right.shape[1]
    told = (
        f"{counted(n, 'shared item')}, {counted(len(found.answers.labels), 'label')}. All are "
        f"right on {percent(right.all(0).mean())} and all wrong on "
        f"{percent((~right).all(0).mean())}. "
    )
    pairs = list(found.pairs.values())
    apart = [p for p in pairs if p.mcnemar.corrected < LIKELY]
    if len(pairs) == 1:
        return told + verdict(pairs[0])
    return told + (
        f"{len(apart)} of {len(pairs)} pairs differ in accuracy by more than chance (McNemar's "
        "test, corrected by Holm)."
    )


def _scored(scores: ClassificationScores, name: str) -> str:
    value, interval = scores.metrics[name], scores.intervals[name]
    told = element("small", f"{interval[0]:.3f} – {interval[1]:.3f}")
    return element("td", f"{value:.3f} ", told, range_bar(value, interval), class_="bar")


def _scores(found: ManyComparison) -> str:
    names = list(next(iter(found.pairs.values())).differences)
    rows = [
        [escaped(name), *(_scored(scores, metric) for metric in names)]
        for name, scores in zip(found.names, found.scores, strict=True)
    ]
    said = "Each score as a dot on its bootstrap 95 % interval, from 0 to 1."
    heads = ["file", *(NAMES.get(m, m) for m in names)]
    return section("Scores", figure(table(heads, rows, "Scores", "wide"), said))


def _apart(difference: Difference, reach: float) -> str:
    low, high = difference.interval
    told = element("small", f"{low:+.3f} – {high:+.3f}")
    drawn = difference_bar(difference.value, difference.interval, reach)
    return element("td", f"{difference.value:+.3f} ", told, drawn, class_="bar")


def _reach(differences: Sequence[Difference]) -> float:
    return 1.1 * max(LEAST_REACH, *(abs(x) for d in differences for x in d.interval))


def _differences(pairs: Sequence[Comparison]) -> str:
    names = list(pairs[0].differences)
    reach = _reach([d for pair in pairs for d in pair.differences.values()])
    rows = [
        [_pair_name(pair), *(_apart(pair.differences[m], reach) for m in names)] for pair in pairs
    ]
    said = (
        f"Each difference as a dot on its paired 95 % interval, from −{reach:.2f} to {reach:.2f}; "
        "an interval that misses the upright mark at 0 can be told from no difference."
    )
    heads = ["second − first", *(NAMES.get(m, m) for m in names)]
    return section("Differences", figure(table(heads, rows, "Differences", "wide"), escaped(said)))


def _pair_name(pair: Comparison) -> str:
    return escaped(f"{pair.names[1]} − {pair.names[0]}")


def _tests(pairs: Sequence[Comparison]) -> str:
    rows = [
        [
            _pair_name(pair),
            f"{pair.mcnemar.only_first:,}",
            f"{pair.mcnemar.only_second:,}",
            f"{pair.mcnemar.p_value:.3g}",
            f"{pair.mcnemar.corrected:.3g}",
        ]
        for pair in pairs
    ]
    said = (
        "Items that only one of two has right, and how likely so uneven a number is by chance; "
        "the last column is corrected for the number of pairs."
    )
    heads = ["second − first", "only first right", "only second right", "p", "p by Holm"]
    drawn = table(heads, rows, "McNemar's test")
    return section("McNemar's test", figure(drawn, escaped(said)))


def _classes(found: ManyComparison) -> str:
    """F1 of each label by each file, and the difference where there are two."""
    rows, pair = [], found.pairs[0, 1]
    two = len(found.names) == 2
    reach = _reach(list(pair.class_f1.values()))
    for label in found.answers.labels:
        per_file = [s.per_class[label] for s in found.scores]
        cells = [element("td", f"{c.f1:.3f}", bar(c.f1, label)) for c in per_file]
        more = [_apart(pair.class_f1[label], reach)] if two else []
        rows.append([named(label), *cells, *more, f"{per_file[0].support:,}"])
    heads = ["class", *map(escaped, found.names), *(["difference"] * two), "support"]
    said = "F1 of each class by each file, and how often it is true."
    if two:
        said += (
            f" The difference is second minus first, on its paired 95 % interval, from "
            f"−{reach:.2f} to {reach:.2f}."
        )
    return section("Per class", figure(table(heads, rows, "F1 per class", "wide"), escaped(said)))


def _ways(pair: Comparison) -> str:
    first, second = pair.names
    shown = list(pair.pairs.items())[:MOST_WAYS]
    rows = [
        [escaped(truth or NONE), escaped(a or NONE), escaped(b or NONE), f"{n:,}"]
        for (truth, a, b), n in shown
    ]
    said = (
        f"{counted(sum(pair.pairs.values()), 'item')} with two answers; the {len(rows)} most "
        f"frequent of {counted(len(pair.pairs), 'way')} to disagree."
    )
    heads = ["truth", escaped(first), escaped(second), "items"]
    drawn = figure(table(heads, rows, f"Where {first} and {second} disagree"), escaped(said))
    return section(f"Where {first} and {second} disagree", drawn)


def _examples(found: ManyComparison) -> str:
    examples = found.examples()[:MOST_EXAMPLES]
    if not examples:
        return section("Where they disagree", element("p", "They agree on every item."))
    rows = [
        [escaped(item), escaped(truth or NONE), *(escaped(a or NONE) for a in answers)]
        for item, truth, answers in examples
    ]
    heads = ["item", "truth", *map(escaped, found.names)]
    said = f"The first {len(rows)} items on which not all give the same answer."
    return section("Items", figure(table(heads, rows, "Items on which they disagree"), said))


def _protocol(found: ManyComparison) -> str:
    drawn = "items are drawn" if found.answers.groups is None else "groups are drawn whole"
    several = "every label of an item must be right" if found.answers.several else "one label each"
    told = {
        "Items": f"those that every file holds; {several}",
        "Intervals": f"percentiles 2.5 and 97.5 of {found.samples:,} bootstrap samples, the "
        f"same for all files, in which {drawn}",
        "McNemar's test": "exact, two-sided, of the items that only one of two has right; takes "
        "items as independent; corrected by Holm for the number of pairs",
        "No answer": "is wrong",
        "Made by": f"emotion-core {__version__}",
    }
    return section("How it was computed", facts(told))
