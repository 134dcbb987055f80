"""Answers along time, of a voice or a face, as lanes of the player."""

from itertools import pairwise

import numpy as np

from emotion_core.timeline.spans import parted
from emotion_core.types import EmotionTimeline

from .palette import colour, symbol, titled
from .player import CurveLane, Span

CURVES_AT_MOST = 8
"""labels whose probability is drawn"""


def emotion_spans(timeline: EmotionTimeline, uncertain: np.ndarray) -> list[Span]:
    """One span for each run of segments with the same label, as sure as each other."""
    if not len(timeline):
        return []
    best = timeline.probabilities.argmax(1)
    spans = parted(timeline.spans_s)
    changed = (np.diff(best) != 0) | (uncertain[1:] != uncertain[:-1])
    changed |= spans[1:, 0] > spans[:-1, 1]
    edges = [0, *(np.flatnonzero(changed) + 1).tolist(), len(best)]
    found = []
    for first, past in pairwise(edges):
        label, unsure = timeline.labels[best[first]], bool(uncertain[first])
        mean = timeline.probabilities[first:past, best[first]].mean()
        found.append(
            Span(
                start_s=float(spans[first, 0]),
                end_s=float(spans[past - 1, 1]),
                colour=colour(label),
                symbol=symbol(label),
                text=label + "?" * unsure,
                tip=f"{label} {mean:.0%}" + ", uncertain" * unsure,
                dashed=unsure,
            )
        )
    return found


def _steps(spans_s: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Times and values of a curve that holds each segment's value to its end, then stops.

    Args:
        spans_s: (segment, 2) without overlap
        values: (segment,)
    """
    ends = np.append(spans_s[1:, 0] > spans_s[:-1, 1], True).nonzero()[0]
    times = np.insert(spans_s[:, 0], ends + 1, spans_s[ends, 1])
    return times, np.insert(values, ends + 1, np.nan)


def probability_lanes(timeline: EmotionTimeline) -> list[CurveLane]:
    """The probability along time of the labels that peak highest, the highest on top."""
    if not len(timeline):
        return []
    spans = parted(timeline.spans_s)
    order = np.argsort(-timeline.probabilities.max(0), kind="stable")[:CURVES_AT_MOST]
    lanes = []
    for i in order:
        label = timeline.labels[i]
        times, values = _steps(spans, 100 * timeline.probabilities[:, i])
        lanes.append(
            CurveLane(
                titled(label),
                times,
                values,
                0,
                100,
                "%",
                colour=colour(label),
                filled=True,
                stepped=True,
                height_px=28,
            )
        )
    return lanes
