"""Losses against independent computations."""

from collections.abc import Callable

import pytest
import torch
from sklearn.metrics import log_loss
from torch.nn import functional as F

from emotion_core.training.losses import class_weights, sigmoid_focal, softmax_focal
from emotion_core.training.run_config import LossConfig

LOGITS = torch.randn(12, 5, generator=torch.Generator().manual_seed(1), dtype=torch.float64).float()
HARD = F.one_hot(torch.arange(12) % 5, 5).float()


def test_plain_cross_entropy_equals_scikit_learn() -> None:
    expected = log_loss(HARD.argmax(1).numpy(), LOGITS.double().softmax(1).numpy())
    assert abs(softmax_focal(LOGITS, HARD, torch.ones(5), LossConfig()).item() - expected) < 1e-6


def test_focal_loss_by_hand() -> None:
    p = LOGITS.softmax(1)[HARD.bool()]
    expected = (-0.75 * (1 - p) ** 2 * p.log()).mean()
    loss = softmax_focal(LOGITS, HARD, torch.ones(5), LossConfig(alpha=0.75, gamma=2.0))
    assert torch.allclose(loss, expected, atol=1e-6)


def test_sigmoid_loss_equals_binary_cross_entropy() -> None:
    expected = F.binary_cross_entropy_with_logits(LOGITS, HARD, reduction="none").sum(1).mean()
    loss = sigmoid_focal(LOGITS, HARD, torch.ones(5), LossConfig())
    assert torch.allclose(loss, expected, atol=1e-6)


def test_focus_lowers_the_loss_of_easy_items_most() -> None:
    easy, hard = torch.tensor([[6.0, 0.0]]), torch.tensor([[0.0, 1.0]])
    truth, ones = torch.tensor([[1.0, 0.0]]), torch.ones(2)
    kept = [
        (
            softmax_focal(x, truth, ones, LossConfig(gamma=2.0))
            / softmax_focal(x, truth, ones, LossConfig())
        ).item()
        for x in (easy, hard)
    ]
    assert kept[0] < kept[1] / 10


def test_class_weights_favour_rare_classes() -> None:
    targets = F.one_hot(torch.tensor([0, 0, 0, 1]), 2)
    assert torch.allclose(class_weights(targets, 0.0), torch.ones(2))
    assert torch.allclose(class_weights(targets, 1.0), torch.tensor([0.5, 1.5]))


def test_only_the_allowed_labels_of_an_item_compete() -> None:
    torch.manual_seed(0)
    logits = torch.randn(4, 5, requires_grad=True)
    allowed = torch.tensor([[1, 1, 1, 1, 1], [1, 0, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 0, 1.0]])
    targets = torch.rand(4, 5) * allowed
    targets /= targets.sum(1, keepdim=True)
    found = softmax_focal(logits, targets, torch.ones(5), LossConfig(), allowed)
    rows = [
        F.cross_entropy(row[a > 0][None], t[a > 0][None])
        for row, t, a in zip(logits, targets, allowed, strict=True)
    ]
    torch.testing.assert_close(found, torch.stack(rows).mean())
    found.backward()
    assert logits.grad is not None
    assert (logits.grad[allowed == 0] == 0).all()
    assert (logits.grad[:3][allowed[:3] == 1] != 0).all()


def test_smoothing_reaches_only_the_allowed_labels() -> None:
    logits, smooth = LOGITS[:1], LossConfig(label_smoothing=0.3)
    allowed, truth = torch.tensor([[1.0, 1, 0, 0, 0]]), HARD[:1]
    loss = softmax_focal(logits, truth, torch.ones(5), smooth, allowed)
    expected = F.cross_entropy(logits[:, :2], truth[:, :2], label_smoothing=0.3)
    torch.testing.assert_close(loss, expected)


@pytest.mark.parametrize("loss", [softmax_focal, sigmoid_focal])
@pytest.mark.parametrize("gamma", [0.5, 2.0])
def test_a_certain_answer_has_a_gradient(loss: Callable[..., torch.Tensor], gamma: float) -> None:
    logits = torch.tensor([[200.0, -200.0], [-200.0, 200.0]], requires_grad=True)
    targets = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    loss(logits, targets, torch.ones(2), LossConfig(gamma=gamma)).backward()
    assert logits.grad is not None
    assert logits.grad.isfinite().all()
