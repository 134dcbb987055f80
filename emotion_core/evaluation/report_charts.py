"""Charts of a report as SVG that fits any width, and tables with bars."""

from collections.abc import Sequence

import numpy as np

from ..markup import element, escaped, percent
from ..palette import colour
from .metrics import Interval

SIDE, LEFT, BELOW, MARGIN = 300, 44, 40, 8
"""of a plot: its area, and what stands around it"""
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
BAR_PX, RANGE_PX = 12, 16
DASHES = ("", "7 3", "2 3", "9 3 2 3")
"""so that curves of one colour differ"""


def figure(drawn: str, said: str) -> str:
    """A chart and the sentence that says what it shows, which the caller has escaped."""
    return element("figure", drawn, element("figcaption", said))


def scroll(content: str, name: str) -> str:
    """A place in which wide content can be moved sideways, also by keys."""
    return element("div", content, class_="scroll", tabindex=0, role="region", aria_label=name)


def bar(share: float, label: str | None = None, *, faint: bool = False) -> str:
    """A bar of a share in [0, 1] of its place."""
    looks = "mark second" if faint else "mark"
    fill = {} if label is None else {"style": f"fill:{colour(label)}"}
    drawn = element("rect", width=f"{max(0.0, share):.2%}", height=BAR_PX, class_=looks, **fill)
    return element("svg", drawn, height=BAR_PX, aria_hidden="true")


def range_bar(value: float, interval: Interval, baseline: float | None = None) -> str:
    """A score in [0, 1] as a dot on its interval, with a mark at a baseline."""
    middle = RANGE_PX / 2
    low, high = interval
    parts = [
        element("line", x1="0%", x2="100%", y1=middle, y2=middle, class_="grid"),
        element("line", x1=f"{low:.2%}", x2=f"{high:.2%}", y1=middle, y2=middle, class_="range"),
        element("circle", cx=f"{value:.2%}", cy=middle, r=4.5, class_="dot"),
    ]
    if baseline is not None:
        place = f"{baseline:.2%}"
        parts.append(element("line", x1=place, x2=place, y1=0, y2=RANGE_PX, class_="base"))
    return element("svg", *parts, height=RANGE_PX, aria_hidden="true")


def difference_bar(value: float, interval: Interval, reach: float) -> str:
    """A difference as a dot on its interval, from -reach to reach with a mark at 0."""
    low, high = (float(np.clip((x / reach + 1) / 2, 0, 1)) for x in interval)
    return range_bar((value / reach + 1) / 2, (low, high), baseline=0.5)


def _place(x: float, y: float) -> tuple[float, float]:
    return LEFT + SIDE * x, MARGIN + SIDE * (1 - y)


def _path(points: Sequence[tuple[float, float]] | np.ndarray, closed: bool = False) -> str:
    steps = (f"{a:.1f} {b:.1f}" for a, b in (_place(float(x), float(y)) for x, y in points))
    return "M" + "L".join(steps) + "Z" * closed


def curve(
    points: Sequence[tuple[float, float]] | np.ndarray, label: str = "", dash: int = 0
) -> str:
    """A line through points (x, y) in [0, 1], in the colour of a label."""
    style = f"stroke:{colour(label)}" if label else False
    dashes = DASHES[dash % len(DASHES)] or False
    title = element("title", escaped(label)) if label else ""
    attributes = {"style": style, "stroke_dasharray": dashes}
    return element("path", title, d=_path(points), class_="curve", **attributes)


def ideal(*points: tuple[float, float]) -> str:
    """A dashed line for comparison."""
    return element("path", d=_path(points), class_="ideal")


def dots(points: np.ndarray, sizes: np.ndarray) -> str:
    """Dots at points (point, 2), whose areas grow with sizes (point,) in [0, 1]."""
    drawn = []
    for (x, y), size in zip(points.tolist(), sizes.tolist(), strict=True):
        left, top = _place(x, y)
        radius = f"{2.5 + 5 * size**0.5:.1f}"
        drawn.append(element("circle", cx=f"{left:.1f}", cy=f"{top:.1f}", r=radius, class_="dot"))
    return "".join(drawn)


def plot(content: str, across: str, up: str, said: str, highest: float = 1.0) -> str:
    """A square plot with axes from 0 to 1.

    Args:
        content: SVG
        across: name of the axis below
        up: name of the axis beside
        said: what it shows, in words
        highest: what the top of the axis beside stands for
    """
    grid = []
    for tick in TICKS:
        x, bottom = _place(tick, 0)
        left, y = _place(0, tick)
        grid += [
            element("line", x1=left, x2=left + SIDE, y1=y, y2=y, class_="grid"),
            element("text", percent(tick), x=x, y=bottom + 15, text_anchor="middle"),
            element("text", percent(tick * highest), x=left - 5, y=y + 4, text_anchor="end"),
        ]
    middle = LEFT + SIDE / 2
    names = [
        element("text", escaped(across), x=middle, y=MARGIN + SIDE + 33, text_anchor="middle"),
        element(
            "text",
            escaped(up),
            transform=f"translate(9 {MARGIN + SIDE / 2}) rotate(-90)",
            text_anchor="middle",
        ),
    ]
    size = f"0 0 {LEFT + SIDE + 3 * MARGIN} {MARGIN + SIDE + BELOW}"
    return element("svg", *grid, *names, content, viewBox=size, role="img", aria_label=said)


def table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], caption: str, looks: str = ""
) -> str:
    """A table whose first cells name the rows; all cells are HTML.

    Args:
        heads: of the columns
        rows: cells; one that starts with `<td` stands as it is
        caption: names it for who cannot see it
        looks: class
    """
    head = element("tr", *(element("th", h, scope="col") for h in heads))
    body = []
    for name, *cells in rows:
        drawn = (c if c.startswith("<td") else element("td", c) for c in cells)
        body.append(element("tr", element("th", name, scope="row"), *drawn))
    filled = element(
        "table",
        element("thead", head),
        element("tbody", *body),
        class_=looks or False,
        aria_label=caption,
    )
    return scroll(filled, caption)
