"""Evidence for tests: answers that lean towards a label."""

from pathlib import Path

import numpy as np

from emotion_core.fusion.evidence import Evidence
from emotion_core.fusion.late import LateFuser
from emotion_core.fusion.pipeline import FusionModel
from emotion_core.labels import EKMAN7
from emotion_core.types import Calibration, EmotionScores, ModelSpec


def scores(label: str, probability: float = 0.8, labels: tuple[str, ...] = EKMAN7) -> EmotionScores:
    """An answer of which one label has a probability, the others an even share of the rest."""
    rest = (1 - probability) / (len(labels) - 1)
    values = [probability if name == label else rest for name in labels]
    return EmotionScores(labels, np.array(values))


def evidence(
    label: str,
    probability: float = 0.8,
    labels: tuple[str, ...] = EKMAN7,
    reliability: float = 1.0,
) -> Evidence:
    return Evidence(scores(label, probability, labels), reliability=reliability)


def late_model(
    pooling: str = "log-opinion",
    weights: tuple[float, ...] = (1, 1, 1),
    exponent: float = 0.0,
    levels: dict[str, dict[str, float]] | None = None,
    labels: tuple[str, ...] = EKMAN7,
) -> FusionModel:
    spec = ModelSpec(
        id="fake-fusion",
        modality="fusion",
        labels=labels,
        architecture={"kind": "late", "disagreement": levels or {}},
        folder=Path(),
        files={},
        calibration=Calibration(uncertain_below=0.4),
    )
    return FusionModel(spec, LateFuser(pooling, np.array(weights, float), exponent))
