"""Moments as arrays: what every fusion reads, whoever answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from ..errors import InvalidInput
from ..labels import LabelMapping, mapping
from .evidence import FUSED, SPOKEN_NAME, Evidence, FusedModality, Moment

LEAST_RELIABILITY = 1e-3
"""of a modality that is there; one that nothing is known against but itself still answers"""
LEAST_PROBABILITY = 1e-5
"""below it, a logarithm is cut off"""


@dataclass(frozen=True)
class Encoder:
    """A model that a trained fusion was fitted to.

    Attributes:
        id: of its bundle
        labels: ordered, of its answers
        width: of its embedding, where the fusion reads it; 0 where it reads the answer alone
    """

    id: str
    labels: tuple[str, ...]
    width: int = 0


Encoders = Mapping[FusedModality, Encoder]
Features = Mapping[FusedModality, np.ndarray]


@dataclass(frozen=True, eq=False)
class MomentArrays:
    """Moments side by side.

    Attributes:
        labels: ordered, of the fusion
        probabilities: (moment, modality, label) of each modality, mapped; uniform where it is
            missing
        reliability: (moment, modality) in [0, 1]; 0 where it is missing
        features: modality -> (moment, width) float32, what a trained fusion reads of it; zeros
            where it is missing; empty for late fusion
    """

    labels: tuple[str, ...]
    probabilities: np.ndarray
    reliability: np.ndarray
    features: Features = field(default_factory=dict)

    @property
    def present(self) -> np.ndarray:
        """(moment, modality) bool."""
        return self.reliability > 0

    def __len__(self) -> int:
        return len(self.reliability)

    def take(self, chosen: np.ndarray) -> "MomentArrays":
        """Some of the moments, by number or by a bool for each."""
        features: Features = {m: values[chosen] for m, values in self.features.items()}
        return MomentArrays(
            self.labels, self.probabilities[chosen], self.reliability[chosen], features
        )

    def without(self, modality: FusedModality) -> "MomentArrays":
        """The same moments with one modality missing."""
        place = FUSED.index(modality)
        probabilities, reliability = self.probabilities.copy(), self.reliability.copy()
        probabilities[:, place], reliability[:, place] = 1 / len(self.labels), 0
        features: Features = {m: v * (m != modality) for m, v in self.features.items()}
        return MomentArrays(self.labels, probabilities, reliability, features)


@lru_cache(maxsize=64)
def carry_of(source: tuple[str, ...], target: tuple[str, ...]) -> LabelMapping:
    """The mapping between two label sets, made once.

    Raises:
        LabelMismatch: if no source label has a place in the target
    """
    return mapping(source, target)


def feature_row(
    probabilities: np.ndarray, embedding: np.ndarray | None, encoder: Encoder
) -> np.ndarray:
    """What a trained fusion reads of a modality, (..., width): log-probabilities, embedding.

    Args:
        probabilities: (..., label) of the encoder
        embedding: (..., width) of the encoder
        encoder: says whether the embedding is read
    """
    logs = np.log(np.maximum(probabilities, LEAST_PROBABILITY)).astype(np.float32)
    if not encoder.width or embedding is None:
        return logs
    return np.concatenate([logs, embedding.astype(np.float32)], axis=-1)


def feature_width(encoder: Encoder) -> int:
    """Values that a trained fusion reads of a modality."""
    return len(encoder.labels) + encoder.width


def _require_encoder(modality: FusedModality, evidence: Evidence, encoder: Encoder | None) -> None:
    """Raise `InvalidInput` for an answer of another model than the fusion was fitted to."""
    name = SPOKEN_NAME[modality]
    if encoder is None:
        raise InvalidInput(f"this fusion was not fitted to the {name}; take a late fusion")
    remedy = f"answer the {name} with {encoder.id}, or take a late fusion, which fuses any model"
    if evidence.scores.labels != encoder.labels:
        raise InvalidInput(
            f"{name}: expected answers of {encoder.id} in its {len(encoder.labels)} labels, got "
            f"{len(evidence.scores.labels)} labels ({', '.join(evidence.scores.labels)}); {remedy}"
        )
    found = None if evidence.embedding is None else len(evidence.embedding)
    if encoder.width and found != encoder.width:
        given = "none" if found is None else f"one of {found} values"
        raise InvalidInput(
            f"{name}: expected an embedding of {encoder.width} values by {encoder.id}, got "
            f"{given}; {remedy}"
        )


def _require_known(moment: Moment) -> None:
    if not moment:
        raise InvalidInput("expected a moment with one modality or more, got an empty one")
    if unknown := set(moment) - set(FUSED):
        raise InvalidInput(f"modalities: expected some of {FUSED}, got {sorted(unknown)}")


def gather(
    moments: Sequence[Moment], labels: tuple[str, ...], encoders: Encoders | None = None
) -> MomentArrays:
    """Moments as arrays.

    Args:
        moments: any subset of modalities each
        labels: ordered, of the fusion
        encoders: what a trained fusion was fitted to; None for late fusion

    Raises:
        InvalidInput: for a moment without any modality, or an answer of another encoder
        LabelMismatch: if an answer's labels have no place among the fusion's
    """
    shape = (len(moments), len(FUSED))
    probabilities = np.full((*shape, len(labels)), 1 / len(labels))
    reliability = np.zeros(shape)
    features: dict[FusedModality, np.ndarray] = {
        m: np.zeros((len(moments), feature_width(e)), np.float32)
        for m, e in (encoders or {}).items()
    }
    for row, moment in enumerate(moments):
        _require_known(moment)
        for modality, evidence in moment.items():
            place, scores = FUSED.index(modality), evidence.scores
            if encoders is not None:
                _require_encoder(modality, evidence, encoders.get(modality))
                features[modality][row] = feature_row(
                    scores.probabilities, evidence.embedding, encoders[modality]
                )
            probabilities[row, place] = carry_of(scores.labels, labels).apply(scores.probabilities)
            reliability[row, place] = max(evidence.reliability, LEAST_RELIABILITY)
    return MomentArrays(labels, probabilities, reliability, features)
