"""P-values of several tests made at once."""

from collections.abc import Sequence

import numpy as np


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values corrected for their number (Holm, 1979).

    Example:
        >>> holm([0.01, 0.5, 0.02])
        [0.03, 0.5, 0.04]
    """
    order = np.argsort(p_values, kind="stable")
    factors = np.arange(len(p_values), 0, -1)
    raised = np.minimum(1.0, np.maximum.accumulate(np.array(p_values)[order] * factors))
    corrected = np.empty(len(p_values))
    corrected[order] = raised
    return corrected.tolist()
