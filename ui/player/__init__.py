"""A player of sound or video with lanes under it: waveform, pictures, spans, curves."""

from .component import Medium, player, served
from .lanes import (
    CurveLane,
    Lane,
    Moment,
    PictureLane,
    Span,
    SpanLane,
    StackLane,
    WaveLane,
    thinned,
)

__all__ = [
    "CurveLane",
    "Lane",
    "Medium",
    "Moment",
    "PictureLane",
    "Span",
    "SpanLane",
    "StackLane",
    "WaveLane",
    "player",
    "served",
    "thinned",
]
