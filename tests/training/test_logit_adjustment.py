"""How far rare classes are favoured, on answers whose best shift is known."""

import numpy as np
import pytest

from emotion_core.training.logit_adjustment import fit_logit_adjustment

FREQUENCY = np.array([0.9, 0.1])
SHIFT = -np.log(FREQUENCY)


def answers(*margins: tuple[int, float, int]) -> tuple[np.ndarray, np.ndarray]:
    """Logits and targets of items as (class, lead of the common class, how many)."""
    truth = np.concatenate([np.full(n, k) for k, _, n in margins])
    lead = np.concatenate([np.full(n, m) for _, m, n in margins])
    return np.stack([lead, np.zeros_like(lead)], 1), np.eye(2)[truth]


def test_the_smallest_shift_that_scores_best() -> None:
    needed, too_much = 0.5, 1.5
    logits, targets = answers((1, needed, 10), (0, too_much, 90))
    strength = np.ceil(needed / (SHIFT[1] - SHIFT[0]) / 0.05) * 0.05
    found = fit_logit_adjustment(logits, targets, FREQUENCY, "accuracy")
    np.testing.assert_allclose(found, strength * SHIFT)
    assert ((logits + found).argmax(1) == targets.argmax(1)).all()


def test_no_shift_where_none_helps() -> None:
    logits, targets = answers((1, -1.0, 10), (0, 1.0, 90))
    assert not fit_logit_adjustment(logits, targets, FREQUENCY, "macro_f1").any()


@pytest.mark.parametrize(("monitor", "shifted"), [("accuracy", False), ("macro_f1", True)])
def test_the_monitor_decides_what_a_rare_class_is_worth(monitor: str, shifted: bool) -> None:
    logits, targets = answers((0, 3.0, 80), (0, 0.3, 10), (1, 0.5, 5))
    assert fit_logit_adjustment(logits, targets, FREQUENCY, monitor).any() == shifted
