"""Labels that were not asked take part in no loss and in no score."""

import numpy as np
import pandas as pd
import pytest
import torch

from emotion_core.errors import InvalidInput
from emotion_core.labels import EKMAN7
from emotion_core.training.losses import sigmoid_focal
from emotion_core.training.run_config import LossConfig
from emotion_core.training.selection import validation_scores
from emotion_core.training.text_config import TextConfig
from emotion_core.training.text_labels import asked, asked_loss, column_targets

NAN = float("nan")
NAMES = "anger,disgust,fear,joy,sadness,surprise"


def frame(*rows: tuple[float, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=NAMES.split(","))


def settings(**changes: object) -> TextConfig:
    config = TextConfig(label_columns=NAMES, multi_label=True, empty_label="neutral")
    for name, value in changes.items():
        setattr(config, name, value)
    return config


def test_columns_become_targets_and_nothing_stays_nothing():
    table = frame((0, 0, 0, 1, 0, 0), (0, 0, 0, 0, 0, 0), (0, NAN, 0, 0, 0, 0))
    targets, labels = column_targets(table, settings())
    assert labels == EKMAN7
    neutral = labels.index("neutral")
    np.testing.assert_array_equal(targets[:, neutral], [0, 1, NAN])
    assert np.isnan(targets[2, labels.index("disgust")])
    assert targets[0, labels.index("joy")] == 1


@pytest.mark.parametrize(
    ("config", "value"), [(settings(), 2), (settings(), 0.5), (settings(multi_label=False), 1)]
)
def test_other_values_are_refused(config: TextConfig, value: float):
    with pytest.raises(InvalidInput, match="label_columns"):
        column_targets(frame((value, 0, 0, 0, 0, 0)), config)


def test_the_loss_leaves_missing_labels_out():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(6, 3, generator=generator, requires_grad=True)
    targets = torch.randint(0, 2, (6, 3), generator=generator).float()
    weights, config = torch.tensor([1.0, 2.0, 0.5]), LossConfig(gamma=1.0, label_smoothing=0.1)
    whole = asked_loss(logits, targets, weights, config)
    assert whole.item() == sigmoid_focal(logits, targets, weights, config).item()
    missing = targets.clone()
    missing[::2, 1] = NAN
    (gradient,) = torch.autograd.grad(asked_loss(logits, missing, weights, config), logits)
    assert (gradient[::2, 1] == 0).all()
    (expected,) = torch.autograd.grad(whole, logits)
    known = ~missing.isnan()
    torch.testing.assert_close(gradient[known], expected[known])


def test_missing_labels_change_no_score():
    rng = np.random.default_rng(0)
    targets = rng.integers(0, 2, (40, 2)).astype(float)
    logits = rng.normal(size=(40, 2))
    spoilt, wild = targets.copy(), logits.copy()
    spoilt[20:, 1], wild[20:, 1] = NAN, 30
    with_missing = validation_scores(*asked(spoilt, wild), multi_label=True)
    quiet = logits.copy()
    quiet[20:, 1] = -50
    none = targets.copy()
    none[20:, 1] = 0
    assert with_missing == validation_scores(none, quiet, multi_label=True)


def test_a_batch_of_which_nothing_was_asked_teaches_nothing():
    logits = torch.randn(2, 3, requires_grad=True)
    loss = asked_loss(logits, torch.full((2, 3), NAN), torch.ones(3), LossConfig())
    loss.backward()
    assert loss.item() == 0
    assert logits.grad is not None
    assert not logits.grad.any()
