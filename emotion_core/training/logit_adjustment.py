"""Logit adjustment: how far to favour rare classes, which training makes a network shy of.

Source: Menon et al., Long-tail learning via logit adjustment, ICLR 2021.
"""

import logging

import numpy as np

from .selection import validation_scores

log = logging.getLogger(__name__)

STRENGTHS = np.linspace(0, 1, 21)
"""shares of -log(frequency) that are tried"""


def fit_logit_adjustment(
    logits: np.ndarray, targets: np.ndarray, frequency: np.ndarray, monitor: str
) -> np.ndarray:
    """The shift -t log(frequency) whose t scores best; the smaller one of two that score alike.

    Args:
        logits: (item, label) for items that the network was not trained on
        targets: (item, label), one-hot
        frequency: (label,) share of each label in training
        monitor: the score, as `monitor` of `TextConfig`

    Returns:
        (label,), to be added to the logits
    """
    shift = -np.log(frequency)
    scores = [
        validation_scores(targets, logits + t * shift, multi_label=False)[monitor]
        for t in STRENGTHS
    ]
    strength = float(STRENGTHS[int(np.argmax(scores))])
    log.info(
        "logit adjustment %.2f: %s %.4f, without it %.4f", strength, monitor, max(scores), scores[0]
    )
    return strength * shift
