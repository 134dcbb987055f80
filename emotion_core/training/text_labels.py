"""Labels that stand in columns of 0, 1 and nothing, where nothing means: was not asked.

A missing label is NaN in the targets. It takes part in no loss and in no score.
"""

import numpy as np
import pandas as pd
from torch import Tensor

from ..errors import InvalidInput
from ..labels import ordered
from .losses import sigmoid_focal
from .run_config import LossConfig
from .text_config import TextConfig

ABSENT_LOGIT = -50.0
"""stands for the answer to a label that was not asked"""


def column_targets(frame: pd.DataFrame, config: TextConfig) -> tuple[np.ndarray, tuple[str, ...]]:
    """Targets (item, label) of 0, 1 and NaN, and the ordered labels.

    `empty_label` is 1 where all labels were asked and none is present, NaN where some were not
    asked (one of those may be present), else 0.

    Args:
        frame: with the columns, their cells as words
        config: `label_columns` and `empty_label`

    Raises:
        InvalidInput: for a value that is neither 0, 1 nor missing
    """
    names = [name.strip() for name in config.label_columns.split(",")]
    if not config.multi_label or config.label_set:
        raise InvalidInput("label_columns: set multi_label=true and leave label_set empty")
    words = frame[names].replace({"True": "1", "False": "0"})
    values = words.apply(pd.to_numeric, errors="coerce").to_numpy(float)
    unreadable = np.isnan(values) & (words.notna() & (words != "")).to_numpy()
    if unreadable.any() or not np.isin(values[~np.isnan(values)], (0, 1)).all():
        raise InvalidInput(f"label_columns: expected 0, 1 or nothing in {', '.join(names)}")
    if config.empty_label:
        none = np.where(np.isnan(values).any(1), np.nan, values.sum(1) == 0)
        values, names = np.column_stack([values, none]), [*names, config.empty_label]
    labels = ordered(names)
    return values[:, [names.index(label) for label in labels]].astype(np.float32), labels


def asked(targets: np.ndarray, logits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Targets without NaN, and logits that say no wherever a label was not asked.

    So answered, such a label is neither a hit nor a miss in any score of presence.

    Args:
        targets: (item, label), NaN where a label was not asked
        logits: (item, label)
    """
    missing = np.isnan(targets)
    return np.where(missing, 0, targets), np.where(missing, ABSENT_LOGIT, logits)


def asked_loss(logits: Tensor, targets: Tensor, weights: Tensor, config: LossConfig) -> Tensor:
    """`sigmoid_focal` over the labels that were asked; those that were not have no gradient.

    Args:
        logits: (item, label)
        targets: (item, label), NaN where a label was not asked
        weights: (label,)
        config: of the loss
    """
    known = ~targets.isnan()
    if not known.any():
        return logits.sum() * 0  # nothing was asked of any of these texts
    if known.all():
        return sigmoid_focal(logits, targets, weights, config)
    single = [x[known][:, None] for x in (logits, targets, weights.expand_as(targets))]
    mean = sigmoid_focal(single[0], single[1], single[2], config)
    return mean * known.sum() / len(targets)
