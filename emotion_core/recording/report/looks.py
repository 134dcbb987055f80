"""How a report looks: colours, hatching, faces, style and script, all of them inside the page."""

import base64
from functools import cache
from importlib.resources import files

import numpy as np

from ...face.analysis import Person
from ...markup import element
from ...palette import colour

LANE_PX, EDGE_PX, HATCH_PX = 36, 5, 8
FAINT = 0.3
"""opacity of a colour behind letters"""


@cache
def part(name: str) -> str:
    """A file of this package, such as `page.css`."""
    return files("emotion_core.recording.report").joinpath(name).read_text("utf-8").strip()


def colour_rules(labels: tuple[str, ...]) -> str:
    """CSS: the colour of each label and, in lanes and bars, what a shape of it is filled with."""
    return "\n".join(
        f".c{i}{{--c:{colour(label)}}}"
        f".e.c{i}{{fill:url(#f{i})}}.e.c{i}.u{{fill:url(#u{i})}}.b.c{i}.u{{fill:url(#h{i})}}"
        for i, label in enumerate(labels)
    )


def fills(labels: tuple[str, ...]) -> str:
    """SVG that is not shown: for each label, what stretches and bars of it are filled with."""
    drawn = "".join(_fills(i, colour(label)) for i, label in enumerate(labels))
    return element(
        "svg", element("defs", drawn), width=0, height=0, class_="defs", aria_hidden="true"
    )


def _fills(number: int, tone: str) -> str:
    """Sure: faint with a solid lower edge. Uncertain: hatched with a dashed one."""
    edge = 1 - EDGE_PX / LANE_PX
    stops = [(0.0, FAINT), (edge, FAINT), (edge, 1.0), (1.0, 1.0)]
    gradient = element(
        "linearGradient",
        *(
            element("stop", offset=f"{at:.3f}", stop_color=tone, stop_opacity=opacity)
            for at, opacity in stops
        ),
        id=f"f{number}",
        x2=0,
        y2=1,
    )
    dash = element("path", d=f"M0 {LANE_PX - EDGE_PX}h5v{EDGE_PX}h-5z", fill=tone)
    diagonals = "".join(f"M-2 {y + 2}L10 {y - 10}" for y in range(0, LANE_PX + 12, HATCH_PX))
    lines = element("path", d=diagonals, stroke=tone, stroke_width=2.4, stroke_opacity=0.4)
    lane = element(
        "pattern", lines, dash, id=f"u{number}", width=HATCH_PX, height=LANE_PX,
        patternUnits="userSpaceOnUse",
    )  # fmt: skip
    ground = element("rect", width=6, height=6, fill=tone, fill_opacity=FAINT)
    stripe = element("rect", width=3, height=6, fill=tone)
    bar = element(
        "pattern", ground, stripe, id=f"h{number}", width=6, height=6,
        patternUnits="userSpaceOnUse", patternTransform="rotate(45)",
    )  # fmt: skip
    return gradient + lane + bar


def portrait(person: Person, peak: int, alt: str) -> str:
    """The face of a person at one of the peaks, as an image that stands in the page itself."""
    if peak >= len(person.thumbnails):
        return ""
    return face_image(person.thumbnails[peak], alt)


def face_image(picture: np.ndarray, alt: str) -> str:
    """A picture of a face (96, 96, 3) RGB uint8 as an image that stands in the page itself."""
    source = base64.b64encode(_jpeg(picture)).decode()
    return element("img", src=f"data:image/jpeg;base64,{source}", alt=alt, width=96, height=96)


def _jpeg(picture: np.ndarray) -> bytes:
    """A picture (height, width, 3) RGB uint8 as a file."""
    import cv2

    return cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))[1].tobytes()
