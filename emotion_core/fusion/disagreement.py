"""Whether two modalities say different things of one moment, and how sure both are of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from .evidence import FUSED, Disagreement, FusedModality
from .moments import MomentArrays

PAIRS = tuple(combinations(range(len(FUSED)), 2))
DEFAULT_LEVEL = 0.5
"""strength from which two modalities disagree, where no level was fitted"""


def pair_name(a: int, b: int) -> str:
    """What the manifest calls two modalities, by their places in `FUSED`."""
    return f"{FUSED[a]}-{FUSED[b]}"


def conflict(
    first: np.ndarray, second: np.ndarray, reliability: np.ndarray | float = 1.0
) -> np.ndarray:
    """How sure two answers (..., label) are of different labels: 0 where their labels are one.

    It is the smaller of the two leads that each one's own label has over the other one's label,
    times the smaller reliability.
    """
    one, other = first.argmax(-1)[..., None], second.argmax(-1)[..., None]
    leads = [
        np.take_along_axis(p, own, -1) - np.take_along_axis(p, theirs, -1)
        for p, own, theirs in ((first, one, other), (second, other, one))
    ]
    return np.minimum(*leads)[..., 0] * reliability


def conflicts(moments: MomentArrays) -> np.ndarray:
    """(moment, pair) strengths, pairs in the order of `PAIRS`; NaN where one is missing."""
    found = np.full((len(moments), len(PAIRS)), np.nan)
    for place, (a, b) in enumerate(PAIRS):
        trusted = np.minimum(moments.reliability[:, a], moments.reliability[:, b])
        values = conflict(moments.probabilities[:, a], moments.probabilities[:, b], trusted)
        both = moments.present[:, a] & moments.present[:, b]
        found[both, place] = values[both]
    return found


@dataclass(frozen=True)
class DisagreementLevels:
    """From where on two modalities are said to disagree; fitted on held-out agreeing moments.

    Attributes:
        strength: pair, such as `text-audio` -> least strength
        surprise: modality -> least surprise, where the fusion translates: then one of the pair
            must be as surprising as that, and strength counts from 0
    """

    strength: Mapping[str, float]
    surprise: Mapping[str, float]

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "DisagreementLevels":
        """As it lies in a manifest; what is absent has the default."""
        return cls(dict(content.get("strength", {})), dict(content.get("surprise", {})))

    def as_dict(self) -> dict[str, dict[str, float]]:
        """As it lies in a manifest."""
        return {"strength": dict(self.strength), "surprise": dict(self.surprise)}

    def flagged(self, strengths: np.ndarray, surprise: np.ndarray | None) -> np.ndarray:
        """(moment, pair) bool: which pairs disagree.

        Args:
            strengths: (moment, pair), of `conflicts`
            surprise: (moment, modality), of a fusion that translates
        """
        flags = np.zeros(strengths.shape, bool)
        for place, (a, b) in enumerate(PAIRS):
            if surprise is not None and self.surprise:
                odd = [surprise[:, m] >= self.surprise.get(FUSED[m], 1.0) for m in (a, b)]
                flags[:, place] = (strengths[:, place] > 0) & (odd[0] | odd[1])
            else:
                level = self.strength.get(pair_name(a, b), DEFAULT_LEVEL)
                flags[:, place] = (strengths[:, place] > 0) & (strengths[:, place] >= level)
        return flags


def disagreements(
    moments: MomentArrays, levels: DisagreementLevels, surprise: np.ndarray | None
) -> Iterator[Disagreement | None]:
    """The strongest pair of each moment that disagrees, or None."""
    strengths = conflicts(moments)
    flags = levels.flagged(strengths, surprise)
    said = moments.probabilities.argmax(-1)
    for row in range(len(moments)):
        if not flags[row].any():
            yield None
            continue
        place = int(np.where(flags[row], strengths[row], -1).argmax())
        pair = PAIRS[place]
        names: tuple[FusedModality, FusedModality] = (FUSED[pair[0]], FUSED[pair[1]])
        first, second = (moments.labels[said[row, m]] for m in pair)
        yield Disagreement(names, (first, second), float(strengths[row, place]))
