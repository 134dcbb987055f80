"""Moments fused window by window to one line along time."""

from collections.abc import Iterable
from itertools import islice

import numpy as np

from ..fusion.evidence import FUSED, FusedScores
from ..fusion.pipeline import FusionModel
from ..types import EmotionTimeline
from .analysis import FusedLine
from .stages import OnStage
from .windows import Window

TOGETHER = 256
"""moments that are fused at once"""


def fused_line(
    model: FusionModel,
    windows: Iterable[Window],
    duration_s: float,
    on_stage: OnStage | None = None,
) -> FusedLine:
    """Fuse the windows of a recording, some at a time.

    Args:
        model: fuses
        windows: in order of time
        duration_s: of the recording
        on_stage: told how far it is
    """
    rest = iter(windows)
    spans: list[tuple[float, float]] = []
    people: list[int] = []
    found: list[FusedScores] = []
    while part := list(islice(rest, TOGETHER)):
        found += model.fuse([window.moment for window in part])
        spans += [window.span_s for window in part]
        people += [window.person for window in part]
        if on_stage:
            on_stage("fusion", spans[-1][1], duration_s)
    if not found:
        return FusedLine.empty(model.labels)
    return FusedLine(
        timeline=EmotionTimeline(
            np.array(spans), np.stack([f.scores.probabilities for f in found]), model.labels
        ),
        uncertain=np.array([f.scores.uncertain for f in found]),
        contributions=np.array([[f.contributions.get(m, 0.0) for m in FUSED] for f in found]),
        surprise=np.array([[f.surprise.get(m, np.nan) for m in FUSED] for f in found]),
        person=np.array(people),
        disagreements={i: f.disagreement for i, f in enumerate(found) if f.disagreement},
    )
