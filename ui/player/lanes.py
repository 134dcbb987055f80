"""What the player draws: lanes that share one time axis and moments of it, as plain data."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

CURVE_POINTS = 2000
"""of one curve; more than a screen has pixels"""


def _numbers(values: np.ndarray, digits: int) -> list[float | None]:
    """JSON numbers; null where there is no value."""
    rounded = np.round(np.asarray(values, np.float64), digits)
    return [v if ok else None for v, ok in zip(rounded.tolist(), np.isfinite(rounded), strict=True)]


def thinned(values: np.ndarray, at_most: int = CURVE_POINTS) -> tuple[np.ndarray, int]:
    """Medians of equally long groups, NaN where a group has no value, and the groups' length."""
    length = max(1, -(-len(values) // at_most))
    padded = np.pad(values.astype(np.float64), (0, -len(values) % length), constant_values=np.nan)
    groups = np.sort(padded.reshape(-1, length), axis=1)  # NaN come last
    filled = np.count_nonzero(np.isfinite(groups), axis=1)
    return groups[np.arange(len(groups)), np.maximum(filled - 1, 0) // 2], length


@dataclass(frozen=True)
class Span:
    """A stretch of time.

    Attributes:
        start_s: where it starts
        end_s: where it ends
        colour: as CSS
        symbol: shown where there is little room
        text: shown where there is more
        tip: all of it, in words
        dashed: drawn hatched and dashed, as every uncertain answer
        words: what is said in it, shown over the lanes while it lasts
        picture: address of a picture of it, shown where there is room
    """

    start_s: float
    end_s: float
    colour: str
    symbol: str = ""
    text: str = ""
    tip: str = ""
    dashed: bool = False
    words: str = ""
    picture: str = ""


@dataclass(frozen=True)
class Moment:
    """A moment worth a look, shown as a picture to click.

    Attributes:
        time_s: when it is
        url: of the picture; empty for words alone
        text: written under the picture
        flagged: whether it stands out from the others
    """

    time_s: float
    url: str
    text: str
    flagged: bool = False


@dataclass(frozen=True, eq=False)
class WaveLane:
    """A waveform.

    Attributes:
        name: written beside it
        peaks: (column, 2) lowest and highest sample of each of equally long columns
        note: written under the name
        height_px: of the lane
    """

    name: str
    peaks: np.ndarray
    note: str = ""
    height_px: int = 64

    def as_data(self) -> dict[str, Any]:
        """Scaled so that the loudest column fills the lane."""
        scale = float(np.abs(self.peaks).max(initial=0)) or 1.0
        low, high = (_numbers(side / scale, 3) for side in self.peaks.reshape(-1, 2).T)
        return {"kind": "wave", "low": low, "high": high}


@dataclass(frozen=True, eq=False)
class PictureLane:
    """A picture as wide as the recording is long.

    Attributes:
        name: written beside it
        url: of the picture
        note: written under the name
        height_px: of the lane
    """

    name: str
    url: str
    note: str = ""
    height_px: int = 88

    def as_data(self) -> dict[str, Any]:
        """The picture's address."""
        return {"kind": "picture", "url": self.url}


@dataclass(frozen=True, eq=False)
class SpanLane:
    """Stretches of time, such as those with one emotion each.

    Attributes:
        name: written beside it
        spans: in order of time
        note: written under the name
        height_px: of the lane
    """

    name: str
    spans: Sequence[Span]
    note: str = ""
    height_px: int = 40

    def as_data(self) -> dict[str, Any]:
        """The spans, one object each."""
        return {"kind": "spans", "spans": [vars(span) for span in self.spans]}


@dataclass(frozen=True, eq=False)
class CurveLane:
    """A value along time; the line breaks where it is NaN.

    Attributes:
        name: written beside it
        times_s: (point,)
        values: (point,)
        low: value at the lane's lower edge
        high: value at its upper edge
        unit: written after the value
        digits: after the decimal point
        colour: as CSS; empty for the theme's
        filled: down to the lower edge
        stepped: each value holds until the next point
        note: written under the name
        height_px: of the lane
    """

    name: str
    times_s: np.ndarray
    values: np.ndarray
    low: float
    high: float
    unit: str = ""
    digits: int = 0
    colour: str = ""
    filled: bool = False
    stepped: bool = False
    note: str = ""
    height_px: int = 44

    def as_data(self) -> dict[str, Any]:
        """The points and how to draw them."""
        return {
            "kind": "curve",
            "times": _numbers(self.times_s, 3),
            "values": _numbers(self.values, self.digits + 1),
            "low": self.low,
            "high": self.high,
            "unit": self.unit,
            "digits": self.digits,
            "colour": self.colour,
            "filled": self.filled,
            "stepped": self.stepped,
        }


@dataclass(frozen=True, eq=False)
class StackLane:
    """Shares of a whole along time, one over the other; a gap where they are NaN.

    Attributes:
        name: written beside it
        times_s: (point,); each share holds until the next point
        shares: (point, part) in [0, 1]
        parts: name of each
        colours: of each, as CSS
        note: written under the name
        height_px: of the lane
    """

    name: str
    times_s: np.ndarray
    shares: np.ndarray
    parts: Sequence[str]
    colours: Sequence[str]
    note: str = ""
    height_px: int = 76

    def as_data(self) -> dict[str, Any]:
        """The points and how to draw them."""
        return {
            "kind": "stack",
            "times": _numbers(self.times_s, 3),
            "shares": [_numbers(part, 3) for part in self.shares.T],
            "parts": list(self.parts),
            "colours": list(self.colours),
        }


Lane = WaveLane | PictureLane | SpanLane | CurveLane | StackLane


def lane_data(lane: Lane) -> dict[str, Any]:
    """A lane as the browser reads it."""
    common = {"name": lane.name, "note": lane.note, "height": lane.height_px}
    return common | lane.as_data()
