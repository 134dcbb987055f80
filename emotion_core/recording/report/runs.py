"""Answers along time, joined to as many stretches as a person can see."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ...timeline.spans import parted
from ...types import EmotionTimeline
from ..analysis import WordsAnalysis

STEPS_AT_MOST = 480
"""of one lane, each of about two pixels"""


@dataclass(frozen=True)
class Run:
    """A stretch of time with one answer.

    Attributes:
        start_s: where it starts
        end_s: where it ends
        label: what is expressed
        probability: of the label, mean over the stretch
        uncertain: whether the answers are
    """

    start_s: float
    end_s: float
    label: str
    probability: float
    uncertain: bool


def coarser(
    timeline: EmotionTimeline, uncertain: np.ndarray, duration_s: float
) -> tuple[EmotionTimeline, np.ndarray]:
    """Without overlap, and means over equally long steps where a lane cannot show every segment.

    Args:
        timeline: whose segments may overlap
        uncertain: (segment,)
        duration_s: of the time axis

    Returns:
        the timeline, and (segment,) whether most of a step's answers are uncertain
    """
    spans = parted(timeline.spans_s)
    if len(spans) <= STEPS_AT_MOST:
        return EmotionTimeline(spans, timeline.probabilities, timeline.labels), uncertain
    steps = np.floor(spans[:, 0] * STEPS_AT_MOST / duration_s)
    first = np.flatnonzero(np.diff(steps, prepend=-1))
    sizes = np.diff(first, append=len(steps))
    joined = np.stack([spans[first, 0], spans[first + sizes - 1, 1]], axis=1)
    means = np.add.reduceat(timeline.probabilities, first) / sizes[:, None]
    unsure = np.add.reduceat(uncertain.astype(int), first) > sizes / 2
    return EmotionTimeline(joined, means, timeline.labels), unsure


def edges(spans_s: np.ndarray, changed: np.ndarray) -> list[tuple[int, int]]:
    """First and past-the-last segment of each run without a change or a gap.

    Args:
        spans_s: (segment, 2) without overlap
        changed: (segment - 1,) whether a segment differs from the one before
    """
    if not len(spans_s):
        return []
    parts = changed | (spans_s[1:, 0] - spans_s[:-1, 1] > 1e-6)
    return list(pairwise([0, *(np.flatnonzero(parts) + 1).tolist(), len(spans_s)]))


def runs(timeline: EmotionTimeline, uncertain: np.ndarray) -> list[Run]:
    """One for each run of segments with the same label that are as sure as each other.

    Args:
        timeline: without overlap
        uncertain: (segment,)
    """
    best, spans = timeline.probabilities.argmax(1), timeline.spans_s
    changed = (np.diff(best) != 0) | (uncertain[1:] != uncertain[:-1])
    return [
        Run(
            float(spans[first, 0]),
            float(spans[past - 1, 1]),
            timeline.labels[best[first]],
            float(timeline.probabilities[first:past, best[first]].mean()),
            bool(uncertain[first]),
        )
        for first, past in edges(spans, changed)
    ]


def cue_runs(words: WordsAnalysis) -> list[tuple[Run, str]]:
    """One for each cue with words, and what is said."""
    found = []
    for cue, scores in zip(words.transcript.cues, words.scores, strict=True):
        if scores is not None:
            answer = (scores.label, scores.probability, scores.uncertain)
            found.append((Run(cue.start_s, cue.end_s, *answer), cue.text))
    return found
