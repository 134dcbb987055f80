"""How much of a recording each emotion and each modality has, as bars with figures."""

from ...fusion.evidence import SPOKEN_NAME
from ...markup import element, emoji, escaped, lasting, named, percent
from ..summary import Distribution, RecordingSummary

BAR_PX, STACK_PX = 14, 26
SYMBOL_SHARE = 0.05
"""of a stacked bar, from which on there is room for one"""
HEADS = ("modality", "there", "share where it is there", "share of all answers")


def _longest(distribution: Distribution) -> list[tuple[int, str, float]]:
    """Number, label and seconds of each label that was ever on top, the longest first."""
    found = [(i, x, s) for i, (x, s) in enumerate(distribution.seconds.items()) if s > 0]
    return sorted(found, key=lambda one: -one[2])


def stacked_bar(distribution: Distribution, height_px: int = STACK_PX) -> str:
    """All seconds in one bar, the longest first; the figures stand elsewhere."""
    total, left, parts = distribution.total_s or 1.0, 0.0, []
    for i, label, seconds in _longest(distribution):
        share = seconds / total
        span = {"x": f"{left:.2%}", "width": f"{share:.2%}"}
        tip = element("title", escaped(f"{label} {percent(share)}"))
        parts.append(element("rect", tip, **span, height=height_px, class_=f"b c{i}"))
        if share >= SYMBOL_SHARE and height_px == STACK_PX:
            text = element("text", emoji(label, "tspan"), x="50%", y=18, text_anchor="middle")
            parts.append(element("svg", text, **span, height=height_px))
        left += share
    said = ", ".join(f"{x} {percent(s / total)}" for _, x, s in _longest(distribution))
    return element(
        "svg", *parts, height=height_px, class_="stack", role="img", aria_label=said or "nothing"
    )


def _bar(share: float, unsure: float, looks: str) -> str:
    """A bar of a share in [0, 1] of its place, of which some is hatched."""
    sure = max(0.0, share - unsure)
    drawn = element("rect", width=f"{sure:.2%}", height=BAR_PX, class_=f"b {looks}")
    if unsure > 0:
        place = {"x": f"{sure:.2%}", "width": f"{unsure:.2%}"}
        drawn += element("rect", **place, height=BAR_PX, class_=f"b {looks} u")
    return element("svg", drawn, height=BAR_PX, aria_hidden="true")


def distribution_table(distribution: Distribution, caption: str) -> str:
    """A bar, the time and the share of each label; hatched as far as it was uncertain."""
    found = _longest(distribution)
    if not found:
        return element("p", "Nothing was answered here.", class_="quiet")
    most, total = found[0][2], distribution.total_s
    rows = []
    for i, label, seconds in found:
        unsure_s = distribution.uncertain_s[label]
        bar = _bar(seconds / most, unsure_s / most, f"c{i}")
        note = f"{lasting(seconds)}"
        rows.append(
            element(
                "tr",
                element("th", named(label), scope="row"),
                element("td", bar, class_="bar"),
                element("td", escaped(note)),
                element("td", element("b", percent(seconds / total))),
            )
        )
    unsure_s = sum(distribution.uncertain_s.values())
    foot = f"{lasting(unsure_s)} of {lasting(total)} uncertain" if unsure_s else "nothing uncertain"
    return element(
        "table",
        element("caption", escaped(caption), " ", element("small", escaped(foot))),
        element("tbody", *rows),
        class_="bars",
    )


def contribution_table(summary: RecordingSummary) -> str:
    """What each modality had in the fused answers."""
    rows = []
    for modality, found in summary.contributions.items():
        there, mean_there = f"{lasting(found.there_s)} ({percent(found.there_share)})", "–"
        if found.mean_there:
            mean_there = percent(found.mean_there)
        rows.append(
            element(
                "tr",
                element("th", SPOKEN_NAME[modality], scope="row"),
                element("td", there if found.there_s else "never"),
                element("td", mean_there),
                element("td", _bar(found.mean, 0, "plain"), class_="bar"),
                element("td", element("b", percent(found.mean))),
            )
        )
    heads = [element("th", h, scope="col") for h in HEADS[:3]]
    heads.append(element("th", HEADS[3], scope="col", colspan=2))
    return element(
        "table",
        element("caption", "Mean share of each modality in the fused answers"),
        element("thead", element("tr", *heads)),
        element("tbody", *rows),
        class_="bars contributions",
    )
