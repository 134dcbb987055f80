"""Fit the few numbers of a late fusion: a weight for each modality, and what certainty counts."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from safetensors.numpy import save_file
from scipy.optimize import minimize

from ..fusion.evidence import FUSED
from ..fusion.late import WEIGHTS, LateFuser
from .fusion_moments import Composed

LARGEST_EXPONENT = 4.0
STEPS = 200


class FittedLate(NamedTuple):
    """A late fusion, and the loss after each step of its fit."""

    fuser: LateFuser
    history: list[dict[str, float]]


def _fuser(pooling: str, numbers: np.ndarray) -> LateFuser:
    weights = np.exp(numbers[: len(FUSED)])
    exponent = LARGEST_EXPONENT / (1 + np.exp(-numbers[len(FUSED)]))
    return LateFuser(pooling, weights / weights.sum(), float(exponent))


def fit_late(pooling: str, moments: Composed) -> FittedLate:
    """The weights that make the labels of held-out moments most likely.

    Args:
        pooling: `mean` or `log-opinion`
        moments: with several modalities each; where one stands alone nothing is to be weighed

    Raises:
        InvalidInput: for another way of pooling
    """
    several = moments.take(np.flatnonzero(moments.arrays.present.sum(1) > 1))
    rows = np.arange(len(several))

    def loss(numbers: np.ndarray) -> float:
        said = _fuser(pooling, numbers).fuse(several.arrays).probabilities
        return -float(np.log(np.maximum(said[rows, several.truth], 1e-9)).mean())

    history: list[dict[str, float]] = []

    def note(numbers: np.ndarray) -> None:
        history.append({"step": len(history) + 1, "train_loss": loss(numbers)})

    start = np.array([*np.zeros(len(FUSED)), -1.0])
    found = minimize(loss, start, method="L-BFGS-B", callback=note, options={"maxiter": STEPS})
    return FittedLate(_fuser(pooling, found.x), history)


def write_late(fuser: LateFuser, folder: Path) -> None:
    """Write the weights beside which the manifest will lie."""
    numbers = {
        "weights": np.asarray(fuser.weights, np.float64),
        "exponent": np.array([fuser.exponent], np.float64),
    }
    save_file(numbers, folder / WEIGHTS)
