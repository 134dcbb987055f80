"""Colours and symbols of the emotions, and how pages write them."""

from emotion_core.palette import (
    COLOURS,
    OTHER_COLOUR,
    OTHER_SYMBOL,
    SYMBOLS,
    colour,
    rgb,
    rgb_colours,
    symbol,
    titled,
)

__all__ = [
    "COLOURS",
    "OTHER_COLOUR",
    "OTHER_SYMBOL",
    "SYMBOLS",
    "colour",
    "rgb",
    "rgb_colours",
    "symbol",
    "titled",
    "translucent",
]


def translucent(label: str, opacity: float) -> str:
    """Colour of a label as CSS `rgba(...)`, so that text stays readable on it."""
    red, green, blue = rgb(label)
    return f"rgba({red}, {green}, {blue}, {opacity:.2f})"
