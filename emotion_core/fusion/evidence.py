"""What goes into a fusion and what comes out of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from ..errors import InvalidInput
from ..types import EmotionScores

FusedModality = Literal["text", "audio", "face"]
FUSED: tuple[FusedModality, ...] = ("text", "audio", "face")
"""in this order wherever modalities are an axis"""
SPOKEN_NAME: Mapping[FusedModality, str] = {"text": "words", "audio": "voice", "face": "face"}
"""what a person and the tables call a modality"""


@dataclass(frozen=True, eq=False)
class Evidence:
    """What one modality says of a moment.

    Attributes:
        scores: of the modality's own model, in its own labels, calibrated
        embedding: (width,) float32 of the same model; None where it was not kept
        reliability: in [0, 1], how far it is to be trusted: less for a small face, for a window
            that holds little speech, for recognised words
    """

    scores: EmotionScores
    embedding: np.ndarray | None = None
    reliability: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.reliability <= 1:
            raise InvalidInput(f"reliability: expected a value in [0, 1], got {self.reliability}")
        if self.embedding is not None and np.ndim(self.embedding) != 1:
            raise InvalidInput(
                f"embedding: expected (width,), got shape {np.shape(self.embedding)}"
            )


Moment = Mapping[FusedModality, Evidence]
"""modality -> what it says; one that is missing, silent or without a face is absent"""


@dataclass(frozen=True)
class Disagreement:
    """Two modalities that say different things of one moment.

    Attributes:
        modalities: the two
        labels: what each says, in the labels of the fusion
        strength: in [0, 1], how sure both are of it
    """

    modalities: tuple[FusedModality, FusedModality]
    labels: tuple[str, str]
    strength: float

    def __str__(self) -> str:
        said = [
            f"the {SPOKEN_NAME[m]} {'say' if m == 'text' else 'says'} {label}"
            for m, label in zip(self.modalities, self.labels, strict=True)
        ]
        return ", ".join(said)


@dataclass(frozen=True, eq=False)
class FusedScores:
    """One answer out of several.

    Attributes:
        scores: in the labels of the fusion
        contributions: modality -> share of the answer that it accounts for; they sum to 1
        surprise: modality -> in [0, 1], how far it is from what the others lead to expect, as a
            share of the held-out moments that are nearer; empty for a model that does not
            translate, and for a modality that stands alone
        disagreement: the strongest pair that disagrees, or None
    """

    scores: EmotionScores
    contributions: Mapping[FusedModality, float]
    surprise: Mapping[FusedModality, float] = field(default_factory=dict)
    disagreement: Disagreement | None = None

    def __post_init__(self) -> None:
        total = sum(self.contributions.values())
        if not self.contributions or abs(total - 1) > 1e-6:
            raise InvalidInput(f"contributions: expected shares that sum to 1, got {total}")
