"""Fusers behind one small interface: moments as arrays in, probabilities and shares out."""

from typing import NamedTuple, Protocol

import numpy as np

from ..errors import ModelUnavailable
from ..types import ModelSpec
from .moments import Encoders, MomentArrays


class Fused(NamedTuple):
    """What a fuser answers for moments."""

    probabilities: np.ndarray
    """(moment, label), each row summing to 1"""
    contributions: np.ndarray
    """(moment, modality), 0 for one that is missing, each row summing to 1"""
    expected: np.ndarray | None = None
    """(moment, modality, label) what the others lead to expect of each modality; NaN for one that
    stands alone; None for a fuser that does not translate"""
    surprise: np.ndarray | None = None
    """(moment, modality) in [0, 1]; NaN where it is not known"""


class Fuser(Protocol):
    """Any subset of modalities in, an answer for each moment out; one serves all threads."""

    @property
    def encoders(self) -> Encoders | None:
        """What it was fitted to; None fuses the answers of any model."""
        ...

    @property
    def translates(self) -> bool: ...

    def fuse(self, moments: MomentArrays) -> Fused: ...


def open_fuser(spec: ModelSpec) -> Fuser:
    """The fuser that a bundle's architecture names.

    Raises:
        ModelUnavailable: if the architecture is unknown or its files cannot be opened
    """
    from .late import KIND, open_late_fuser
    from .network import KINDS, OnnxFuser

    kind = spec.architecture.get("kind")
    if kind == KIND:
        return open_late_fuser(spec)
    if kind in KINDS:
        return OnnxFuser(spec)
    raise ModelUnavailable(f"{spec.id}: unknown fusion {kind!r}; update emotion_core")
