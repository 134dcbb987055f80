"""Logits to answers, the same for every modality."""

import numpy as np

from .types import EmotionScores, ModelSpec


def softmax(logits: np.ndarray) -> np.ndarray:
    """(..., label) logits to probabilities that sum to 1."""
    scaled = np.exp(logits - logits.max(-1, keepdims=True))
    return scaled / scaled.sum(-1, keepdims=True)


def calibrated_scores(
    spec: ModelSpec, logits: np.ndarray, notices: tuple[str, ...] = ()
) -> EmotionScores:
    """The answer of a model of which one label applies, by the calibration of its bundle.

    Args:
        spec: labels and calibration
        logits: (label,)
        notices: what a person should know of how the input was read
    """
    scaled = np.asarray(logits, np.float64) / spec.calibration.temperature
    probabilities = softmax(scaled)
    return EmotionScores(
        labels=spec.labels,
        probabilities=probabilities,
        uncertain=bool(probabilities.max() < spec.calibration.uncertain_below),
        notices=notices,
    )
