"""Moments fused window by window to one line along time."""

import numpy as np

from ..fusion.evidence import FUSED, FusedScores
from ..fusion.pipeline import FusionModel
from ..types import EmotionTimeline
from .analysis import FusedLine
from .stages import OnStage
from .windows import Windows

TOGETHER = 256
"""moments that are fused at once"""


def fused_line(model: FusionModel, windows: Windows, on_stage: OnStage | None = None) -> FusedLine:
    """Fuse the moments of a recording.

    Args:
        model: fuses
        windows: moments and when they are
        on_stage: told how far it is
    """
    found: list[FusedScores] = []
    for first in range(0, len(windows.moments), TOGETHER):
        found += model.fuse(windows.moments[first : first + TOGETHER])
        if on_stage:
            end_s = float(windows.spans_s[-1, 1])
            on_stage("fusion", float(windows.spans_s[len(found) - 1, 1]), end_s)
    if not found:
        return FusedLine.empty(model.labels)
    return FusedLine(
        timeline=EmotionTimeline(
            windows.spans_s, np.stack([f.scores.probabilities for f in found]), model.labels
        ),
        uncertain=np.array([f.scores.uncertain for f in found]),
        contributions=np.array([[f.contributions.get(m, 0.0) for m in FUSED] for f in found]),
        surprise=np.array([[f.surprise.get(m, np.nan) for m in FUSED] for f in found]),
        person=windows.person,
        disagreements={i: f.disagreement for i, f in enumerate(found) if f.disagreement},
    )
