"""Moments fused window by window to one line along time."""

from collections.abc import Iterable
from itertools import islice

import numpy as np

from ..fusion.evidence import FUSED, Disagreement, FusedModality, FusedScores
from ..fusion.pipeline import FusionModel
from ..growing import GrowingArray
from ..types import EmotionTimeline
from .analysis import FusedLine
from .stages import OnStage
from .windows import Window

TOGETHER = 256
"""moments that are fused at once"""


def embeddings_read(model: FusionModel) -> frozenset[FusedModality]:
    """The modalities of which a fusion reads the embedding beside the answer."""
    encoders = model.fuser.encoders or {}
    return frozenset(modality for modality, encoder in encoders.items() if encoder.width)


class _Line:
    """Fused windows, gathered some at a time.

    Args:
        labels: ordered, of the fusion
    """

    def __init__(self, labels: tuple[str, ...]) -> None:
        self.labels = labels
        self._spans_s = GrowingArray(np.float64, 2)
        self._probabilities = GrowingArray(np.float64, len(labels))
        self._uncertain = GrowingArray(bool)
        self._contributions = GrowingArray(np.float64, len(FUSED))
        self._surprise = GrowingArray(np.float64, len(FUSED))
        self._person = GrowingArray(np.int64)
        self._disagreements: dict[int, Disagreement] = {}

    def add(self, window: Window, found: FusedScores) -> None:
        """The next window, and what its modalities say together."""
        if found.disagreement:
            self._disagreements[len(self._spans_s)] = found.disagreement
        self._spans_s.append(window.span_s)
        self._person.append(window.person)
        self._probabilities.append(found.scores.probabilities)
        self._uncertain.append(found.scores.uncertain)
        self._contributions.append([found.contributions.get(m, 0.0) for m in FUSED])
        self._surprise.append([found.surprise.get(m, np.nan) for m in FUSED])

    def finish(self) -> FusedLine:
        """All of them."""
        return FusedLine(
            EmotionTimeline(self._spans_s.array(), self._probabilities.array(), self.labels),
            self._uncertain.array(),
            self._contributions.array(),
            self._surprise.array(),
            self._person.array(),
            self._disagreements,
        )


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
    rest, line = iter(windows), _Line(model.labels)
    while part := list(islice(rest, TOGETHER)):
        for window, found in zip(part, model.fuse([w.moment for w in part]), strict=True):
            line.add(window, found)
        if on_stage:
            on_stage("fusion", part[-1].span_s[1], duration_s)
    return line.finish()
