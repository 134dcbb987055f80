"""Late fusion with fitted weights: any model's answers, mapped to the fusion's labels."""

from dataclasses import dataclass

import numpy as np

from ..errors import InvalidInput, ModelUnavailable
from ..types import ModelSpec
from .evidence import FUSED
from .model import Fused
from .moments import MomentArrays
from .pooling import log_pool, mean_pool, shares

KIND = "late"
POOLS = {"mean": mean_pool, "log-opinion": log_pool}
WEIGHTS = "model.safetensors"


def certainty(probabilities: np.ndarray) -> np.ndarray:
    """1 less the entropy of (..., label) as a share of the largest; 0 says nothing, 1 is sure."""
    logs = np.log(np.maximum(probabilities, 1e-12))
    entropy = -(probabilities * logs).sum(-1)
    return np.clip(1 - entropy / np.log(probabilities.shape[-1]), 0, 1)


@dataclass(frozen=True, eq=False)
class LateFuser:
    """A weighted mean, or a weighted product, of what the modalities answer.

    A modality's weight is its fitted one, times its reliability, times its certainty to the power
    of the exponent: one that is missing has none, one that is unsure has less.

    Attributes:
        pooling: `mean` or `log-opinion`
        weights: (modality,) fitted, in the order of `FUSED`
        exponent: of the certainty; 0 leaves it out
    """

    pooling: str
    weights: np.ndarray
    exponent: float = 0.0
    encoders = None
    translates = False

    def __post_init__(self) -> None:
        if self.pooling not in POOLS:
            raise InvalidInput(f"pooling: expected {' or '.join(POOLS)}, got {self.pooling!r}")
        if np.shape(self.weights) != (len(FUSED),) or (np.asarray(self.weights) < 0).any():
            raise InvalidInput(
                f"weights: expected {len(FUSED)} of 0 or more, one per modality, got {self.weights}"
            )

    def fuse(self, moments: MomentArrays) -> Fused:
        """Pool each moment; the shares of the pool are the contributions."""
        sure = certainty(moments.probabilities) ** self.exponent if self.exponent else 1.0
        # one that is there but says nothing at all keeps a trace, so that it can stand alone
        weights = moments.reliability * np.maximum(self.weights * sure, 1e-9)
        pooled = POOLS[self.pooling](moments.probabilities, weights)
        return Fused(pooled, shares(weights))


def open_late_fuser(spec: ModelSpec) -> LateFuser:
    """The fitted weights of a bundle.

    Raises:
        ModelUnavailable: if they cannot be read or do not fit
    """
    from safetensors.numpy import load_file

    try:
        fitted = load_file(spec.folder / WEIGHTS)
        return LateFuser(
            str(spec.architecture.get("pooling")),
            fitted["weights"].astype(np.float64),
            float(fitted["exponent"][0]),
        )
    except InvalidInput as error:
        raise ModelUnavailable(f"{spec.id}: {error}") from error
    except Exception as error:  # safetensors raises a class of its own
        raise ModelUnavailable(f"{spec.id}: {WEIGHTS} cannot be read: {error}") from error
