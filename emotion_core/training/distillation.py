"""Distillation: what trained bundles answer for the training items, beside the given labels."""

from collections.abc import Callable

import numpy as np

from ..errors import LabelMismatch
from ..registry import find
from ..scoring import softmax
from ..types import ModelSpec
from .run_config import DistillationConfig


def probabilities_of(logits: np.ndarray, multi_label: bool, temperature: float) -> np.ndarray:
    """Softmax, or sigmoid for multi-label, of logits (item, label) / temperature."""
    scaled = logits / temperature
    return 1 / (1 + np.exp(-scaled)) if multi_label else softmax(scaled)


def blended(
    config: DistillationConfig, targets: np.ndarray, logits: np.ndarray, *, multi_label: bool
) -> np.ndarray:
    """Targets (item, label) of a student: the given ones and a teacher's answers.

    Args:
        config: share of the given ones, and temperature
        targets: (item, label); one that was not asked (NaN) stays so
        logits: (item, label) of the teacher; an item without an answer (NaN) keeps its target
        multi_label: whether labels may occur together

    Source: Hinton, Vinyals and Dean, Distilling the knowledge in a neural network, 2015.

    Example:
        >>> import numpy as np
        >>> half = DistillationConfig(hard_weight=0.5)
        >>> blended(half, np.eye(2), np.zeros((2, 2)), multi_label=False)[0].tolist()
        [0.75, 0.25]
    """
    soft = probabilities_of(logits, multi_label, config.temperature)
    mixed = config.hard_weight * targets + (1 - config.hard_weight) * soft
    return np.where(np.isnan(soft), targets, mixed).astype(np.float32)


def taught(
    config: DistillationConfig,
    labels: tuple[str, ...],
    targets: np.ndarray,
    answer: Callable[[ModelSpec], np.ndarray],
    *,
    multi_label: bool = False,
) -> np.ndarray:
    """The targets that bundles teach; several teachers are one, whose logits are their mean.

    A teacher that was trained on the test split carries it into the student: its data are the
    person's own to know.

    Args:
        config: names the teachers
        labels: of the student
        targets: (item, label)
        answer: a teacher's logits (item, its label) for these items
        multi_label: whether labels may occur together

    Raises:
        LabelMismatch: if a teacher has other labels
        ModelUnavailable: if there is no such bundle
    """
    specs = [find(name.strip()) for name in config.teacher.split(",")]
    for spec in specs:
        if set(spec.labels) != set(labels):
            raise LabelMismatch(
                f"distillation.teacher: {spec.id} answers {', '.join(spec.labels)}; "
                f"expected {', '.join(labels)}"
            )
    logits = [answer(spec)[:, [spec.labels.index(x) for x in labels]] for spec in specs]
    return blended(config, targets, np.mean(logits, 0), multi_label=multi_label)
