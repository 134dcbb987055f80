"""Fakes for tests: a model that answers what a text names, moments that are made up."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .fusion.evidence import FUSED, Evidence, FusedModality, Moment
from .fusion.pipeline import FusionModel
from .labels import EKMAN7
from .scoring import softmax
from .text.model import TextReading
from .text.pipeline import TextModel
from .types import Calibration, EmotionScores, ModelSpec


class KeywordClassifier:
    """Answers the label that a text names, else the last one; quick and predictable."""

    def __init__(self, labels: tuple[str, ...] = EKMAN7, strength: float = 4.0) -> None:
        self.labels, self.strength = labels, strength

    def read(self, texts: Sequence[str]) -> list[TextReading]:
        """`strength` for the label that the text names, 0 for the others."""
        readings = []
        for text in texts:
            words = text.lower().split()
            logits = np.array([self.strength * (label in words) for label in self.labels])
            readings.append(TextReading(logits, truncated=len(words) > 100))
        return readings


def keyword_model(
    labels: tuple[str, ...] = EKMAN7,
    calibration: Calibration = Calibration(),
    multi_label: bool = False,
) -> TextModel:
    """A `TextModel` over `KeywordClassifier`, without any file."""
    spec = ModelSpec(
        id="fake-text",
        modality="text",
        labels=labels,
        architecture={"kind": "fake"},
        folder=Path(),
        files={},
        calibration=calibration,
        multi_label=multi_label,
    )
    return TextModel(spec, KeywordClassifier(labels))


def made_up_moments(model: FusionModel, count: int, seed: int = 0) -> list[Moment]:
    """Moments of words, voice and face that a fusion takes; what they say is drawn at random.

    Args:
        model: whose encoders they imitate; for one that takes any, the labels of the fusion
        count: how many
        seed: of the random numbers
    """
    rng = np.random.default_rng(seed)
    encoders = model.fuser.encoders or {}

    def evidence(modality: FusedModality) -> Evidence:
        encoder = encoders.get(modality)
        labels, width = (encoder.labels, encoder.width) if encoder else (model.labels, 0)
        scores = EmotionScores(labels, softmax(2 * rng.normal(size=len(labels))))
        embedding = np.abs(rng.normal(size=width)).astype(np.float32) if width else None
        return Evidence(scores, embedding)

    return [{m: evidence(m) for m in FUSED} for _ in range(count)]
