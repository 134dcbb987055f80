"""Fakes for tests: a model that always answers the same, and bundles written on the spot."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .labels import EKMAN7
from .text.model import TextReading
from .text.pipeline import TextModel
from .types import Calibration, ModelSpec


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
