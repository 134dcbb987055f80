"""Losses over hard or soft targets."""

import torch
from torch import Tensor
from torch.nn import functional as F

from .run_config import LossConfig


def class_weights(targets: Tensor, power: float) -> Tensor:
    """(item, label) targets -> (label,) weights with mean 1, (1 / frequency) ** power."""
    frequency = targets.float().mean(0).clamp_min(1e-6)
    weights = frequency**-power
    return weights / weights.mean()


FORBIDDEN_LOGIT = -1e4
"""added to the logit of a label that an item cannot have"""


def softmax_focal(
    logits: Tensor,
    targets: Tensor,
    weights: Tensor,
    config: LossConfig,
    allowed: Tensor | None = None,
) -> Tensor:
    """Focal cross-entropy (Lin et al., ICCV 2017) for labels that exclude one another.

    Args:
        logits: (item, label)
        targets: (item, label), each row summing to 1; soft targets are allowed
        weights: (label,)
        config: alpha, gamma and label smoothing
        allowed: (item, label) of 0 and 1: the labels that compete for an item; None: all

    Example:
        >>> import torch
        >>> loss = softmax_focal(torch.zeros(1, 2), torch.eye(2)[:1], torch.ones(2), LossConfig())
        >>> round(loss.item(), 4)
        0.6931
    """
    eps = config.label_smoothing
    logits = logits.float()
    if allowed is None:
        allowed = torch.ones_like(targets)
    else:
        logits = logits + (1 - allowed) * FORBIDDEN_LOGIT
    targets = targets * (1 - eps) + eps * allowed / allowed.sum(-1, keepdim=True)
    log_p = F.log_softmax(logits, -1)
    focus = _focus(1 - log_p.exp(), config.gamma)
    return -(config.alpha * weights * targets * focus * log_p).sum(-1).mean()


def sigmoid_focal(logits: Tensor, targets: Tensor, weights: Tensor, config: LossConfig) -> Tensor:
    """Focal binary cross-entropy, summed over labels that may occur together.

    Args:
        logits: (item, label)
        targets: (item, label) in [0, 1]; soft targets are allowed
        weights: (label,), applied to the positive part
        config: alpha, gamma and label smoothing
    """
    eps = config.label_smoothing
    targets = targets * (1 - eps) + eps / 2
    logits = logits.float()
    p = torch.sigmoid(logits)
    positive = -F.logsigmoid(logits) * targets * weights * config.alpha
    negative = -F.logsigmoid(-logits) * (1 - targets)
    positive = positive * _focus(1 - p, config.gamma)
    negative = negative * _focus(p, config.gamma)
    return (positive + negative).sum(-1).mean()


def _focus(wrong: Tensor, gamma: float) -> Tensor | float:
    """How much an answer counts, by how far it is from being right.

    An exponent below 1 has no gradient at 0, so that the rest stays a little above.
    """
    return wrong.clamp_min(torch.finfo(wrong.dtype).eps) ** gamma if gamma else 1.0
