"""The scores by which an epoch, a setting and a precision are picked."""

import numpy as np
from sklearn.metrics import accuracy_score, f1_score

from ..evaluation.thresholds import fit_thresholds


def validation_scores(
    targets: np.ndarray, logits: np.ndarray, multi_label: bool
) -> dict[str, float]:
    """Accuracy, macro and weighted F1; multi-label macro F1 takes the best threshold per class."""
    if multi_label:
        presence = 1 / (1 + np.exp(-logits))
        thresholds = fit_thresholds(targets > 0.5, presence)
        prediction, truth = presence >= thresholds, targets > 0.5
    else:
        prediction, truth = logits.argmax(1), targets.argmax(1)
    return {
        "accuracy": float(accuracy_score(truth, prediction)),
        "macro_f1": float(f1_score(truth, prediction, average="macro", zero_division=0)),
        "weighted_f1": float(f1_score(truth, prediction, average="weighted", zero_division=0)),
    }
