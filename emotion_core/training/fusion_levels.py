"""From where on modalities are said to disagree, fitted so that agreeing moments seldom are."""

import numpy as np

from ..fusion.disagreement import PAIRS, DisagreementLevels, conflicts, pair_name
from ..fusion.evidence import FUSED
from ..fusion.moments import MomentArrays

FALSE_ALARMS = 0.05
"""share of the agreeing moments that are flagged all the same"""
HALVINGS = 20


def _levels(
    strengths: np.ndarray, surprise: np.ndarray | None, quantile: float
) -> DisagreementLevels:
    """The same quantile of every pair's strength, or of every modality's surprise."""
    if surprise is not None:
        return DisagreementLevels({}, dict.fromkeys(FUSED, quantile))
    found = {}
    for place, (a, b) in enumerate(PAIRS):
        known = strengths[np.isfinite(strengths[:, place]), place]
        if len(known):
            found[pair_name(a, b)] = float(np.quantile(known, quantile))
    return DisagreementLevels(found, {})


def fit_levels(moments: MomentArrays, surprise: np.ndarray | None) -> DisagreementLevels:
    """Levels that flag `FALSE_ALARMS` of held-out agreeing moments.

    Args:
        moments: agreeing ones of two modalities or more
        surprise: (moment, modality) of a fusion that translates; None: by strength alone
    """
    strengths = conflicts(moments)
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        flagged = _levels(strengths, surprise, middle).flagged(strengths, surprise).any(1)
        low, high = (middle, high) if flagged.mean() > FALSE_ALARMS else (low, middle)
    return _levels(strengths, surprise, high)
