"""A fusion as a user meets it: what several modalities say of moments in, one answer each out."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ..errors import InvalidInput
from ..types import EmotionScores, ModelSpec
from .disagreement import DisagreementLevels, disagreements
from .evidence import FUSED, Disagreement, Evidence, FusedModality, FusedScores, Moment
from .model import Fused, Fuser, open_fuser
from .moments import MomentArrays, gather
from .pooling import late_fusion, log_opinion_pool

__all__ = [
    "Disagreement",
    "Evidence",
    "FusedScores",
    "FusionModel",
    "Moment",
    "late_fusion",
    "load_fusion_model",
    "log_opinion_pool",
]


def calibrated(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Probabilities (..., label) to the power of 1 / temperature, scaled to sum to 1."""
    if temperature == 1:
        return probabilities
    scaled = np.maximum(probabilities, 1e-12) ** (1 / temperature)
    return scaled / scaled.sum(-1, keepdims=True)


class FusionModel:
    """Fuses, calibrates and notices disagreement; thread-safe, so that one serves everybody.

    Args:
        spec: labels, calibration and levels of disagreement
        fuser: opened from the bundle unless given
    """

    def __init__(self, spec: ModelSpec, fuser: Fuser | None = None) -> None:
        self.spec = spec
        self.fuser = fuser or open_fuser(spec)
        self.levels = DisagreementLevels.from_dict(spec.architecture.get("disagreement", {}))

    @property
    def labels(self) -> tuple[str, ...]:
        """Ordered labels of the answers."""
        return self.spec.labels

    @property
    def translates(self) -> bool:
        """Whether it says what the other modalities lead to expect."""
        return self.fuser.translates

    def fuse(self, moments: Sequence[Moment]) -> list[FusedScores]:
        """One answer for each moment, in order.

        Args:
            moments: any subset of modalities each

        Raises:
            InvalidInput: for a moment without any, or an answer of a model that this fusion was
                not fitted to
        """
        if not moments:
            return []
        arrays = gather(moments, self.labels, self.fuser.encoders)
        return self.answers(arrays, self.fuser.fuse(arrays), moments)

    def answers(
        self, arrays: MomentArrays, fused: Fused, moments: Sequence[Moment]
    ) -> list[FusedScores]:
        """What was fused, as value types."""
        probabilities = calibrated(fused.probabilities, self.spec.calibration.temperature)
        level = self.spec.calibration.uncertain_below
        disagreeing = disagreements(arrays, self.levels, fused.surprise)
        return [
            FusedScores(
                scores=EmotionScores(
                    self.labels,
                    row,
                    uncertain=bool(row.max() < level),
                    notices=_notices(moment),
                ),
                contributions=_by_modality(contributions, arrays.present[place]),
                surprise={}
                if fused.surprise is None
                else _by_modality(fused.surprise[place], np.isfinite(fused.surprise[place])),
                disagreement=disagreement,
            )
            for place, (row, contributions, moment, disagreement) in enumerate(
                zip(probabilities, fused.contributions, moments, disagreeing, strict=True)
            )
        ]

    def expected(self, moment: Moment) -> Mapping[FusedModality, EmotionScores]:
        """What the other modalities lead to expect of each one, also of one that is missing.

        Args:
            moment: one modality or more; of one that stands alone nothing can be expected

        Raises:
            InvalidInput: if this fusion does not translate, or as for `fuse`
        """
        if not self.translates:
            raise InvalidInput(
                f"{self.spec.id} does not translate between modalities; take a translation model"
            )
        arrays = gather([moment], self.labels, self.fuser.encoders)
        found = self.fuser.fuse(arrays).expected
        if found is None:
            return {}
        return {
            modality: EmotionScores(self.labels, row)
            for modality, row in zip(FUSED, found[0], strict=True)
            if np.isfinite(row).all()
        }


def _by_modality(row: np.ndarray, chosen: np.ndarray) -> dict[FusedModality, float]:
    return {m: float(v) for m, v, c in zip(FUSED, row, chosen, strict=True) if c}


def _notices(moment: Moment) -> tuple[str, ...]:
    """What a person should know of how any of the modalities was read."""
    return tuple(dict.fromkeys(n for e in moment.values() for n in e.scores.notices))


def load_fusion_model(model: str | Path) -> FusionModel:
    """A fusion by bundle id or bundle folder.

    Raises:
        ModelUnavailable: if there is none, or it is damaged
        InvalidInput: if it is a model of another modality
    """
    from ..registry import find

    spec = find(model)
    if spec.modality != "fusion":
        raise InvalidInput(f"{spec.id} answers {spec.modality}, it does not fuse")
    return FusionModel(spec)
