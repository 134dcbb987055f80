"""A player of sound or video with lanes under it: waveform, pictures, spans, curves."""

from .component import Medium, player, served
from .lanes import CurveLane, Lane, PictureLane, Span, SpanLane, WaveLane, thinned

__all__ = [
    "CurveLane",
    "Lane",
    "Medium",
    "PictureLane",
    "Span",
    "SpanLane",
    "WaveLane",
    "player",
    "served",
    "thinned",
]
