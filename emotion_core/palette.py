"""One colour and one symbol per emotion, the same on every page and in every report.

The colours were searched for so that, seen with normal, protan or deutan eyes, any two that an
answer can show together differ by 30 and more (CIE 1976 colour difference; 20 with tritan eyes),
and each stands out by 2.2 to 1 and more from both the light and the dark background. No model
answers both love and contempt, which differ by half of that. A label or symbol always stands
beside a colour.
"""

from collections.abc import Mapping
from functools import lru_cache

from . import labels as names

COLOURS: Mapping[str, str] = {
    names.ANGER: "#B21800",
    names.DISGUST: "#46A360",
    names.FEAR: "#8A29FF",
    names.JOY: "#FA9700",
    names.NEUTRAL: "#AEACB6",
    names.SADNESS: "#005AB5",
    names.SURPRISE: "#10BAFF",
    names.LOVE: "#8E3C6D",
    names.CONTEMPT: "#4E5044",
}
"""Member of `EKMAN7`, love or contempt -> colour; every other label takes its family's."""

OTHER_COLOUR, OTHER_SYMBOL = "#7C8794", "🔹"
"""for the labels of models that this project did not make"""

SYMBOLS: Mapping[str, str] = {
    names.ADMIRATION: "🤩",
    names.AMUSEMENT: "😄",
    names.ANGER: "😠",
    names.ANNOYANCE: "😒",
    names.APPROVAL: "👍",
    names.CARING: "🤗",
    names.CONFUSION: "😕",
    names.CONTEMPT: "😏",
    names.CURIOSITY: "🤔",
    names.DESIRE: "😍",
    names.DISAPPOINTMENT: "😞",
    names.DISAPPROVAL: "👎",
    names.DISGUST: "🤢",
    names.EMBARRASSMENT: "😳",
    names.EXCITEMENT: "🎉",
    names.FEAR: "😨",
    names.GRATITUDE: "🙏",
    names.GRIEF: "🖤",
    names.JOY: "😊",
    names.LOVE: "🥰",
    names.NERVOUSNESS: "😬",
    names.NEUTRAL: "😐",
    names.OPTIMISM: "🌟",
    names.PRIDE: "🏅",
    names.REALIZATION: "💡",
    names.RELIEF: "😌",
    names.REMORSE: "😔",
    names.SADNESS: "😢",
    names.SURPRISE: "😮",
    names.ANGRY: "😠",
    names.HAPPY: "😊",
    names.SAD: "😢",
    names.BOREDOM: "🥱",
    names.CALM: "🧘",
    names.EMPTY: "🫥",
    names.ENTHUSIASM: "🙌",
    names.FUN: "🥳",
    names.HAPPINESS: "😊",
    names.HATE: "😡",
    names.WORRY: "😟",
}


def colour(label: str) -> str:
    """Colour of a label as `#RRGGBB`."""
    name = label.lower()
    return COLOURS.get(name) or COLOURS.get(names.EKMAN_FAMILY.get(name, ""), OTHER_COLOUR)


def symbol(label: str) -> str:
    """The emoji that stands beside a label."""
    return SYMBOLS.get(label.lower(), OTHER_SYMBOL)


def titled(label: str) -> str:
    """Symbol and word of a label."""
    return f"{symbol(label)} {label}"


def rgb(label: str) -> tuple[int, int, int]:
    """Colour of a label as red, green and blue in 0 to 255."""
    red, green, blue = bytes.fromhex(colour(label).removeprefix("#"))
    return red, green, blue


@lru_cache
def rgb_colours(labels: tuple[str, ...]) -> Mapping[str, tuple[int, int, int]]:
    """Label -> its colour, for drawing on pictures."""
    return {label: rgb(label) for label in labels}
