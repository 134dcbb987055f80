"""Which items an epoch sees."""

from itertools import pairwise

import numpy as np
import pytest

from emotion_core.training.sampling import Draw
from emotion_core.training.text_data import SimilarLengthBatches

RARE = np.repeat([0, 1, 2], [80, 15, 5])
ONE_HOT = np.eye(3)[RARE]


def test_without_balance_each_item_is_drawn_once() -> None:
    rng = np.random.default_rng(1)
    before = rng.bit_generator.state
    assert Draw(ONE_HOT, 0.0).rows(rng).tolist() == list(range(100))
    assert rng.bit_generator.state == before


@pytest.mark.parametrize(
    ("balance", "expected"),
    [(1.0, (1 / 3, 1 / 3, 1 / 3)), (0.5, np.sqrt([80, 15, 5]) / np.sqrt([80, 15, 5]).sum())],
)
def test_classes_are_drawn_as_often_as_asked(balance: float, expected: np.ndarray) -> None:
    draw, rng = Draw(ONE_HOT, balance), np.random.default_rng(1)
    for _ in range(5):
        rows = draw.rows(rng)
        assert len(rows) == len(RARE)
        shares = np.bincount(RARE[rows], minlength=3) / len(RARE)
        np.testing.assert_allclose(shares, expected, atol=0.011)


def test_every_item_of_a_class_comes_equally_often_and_epochs_differ() -> None:
    draw, rng = Draw(ONE_HOT, 1.0), np.random.default_rng(1)
    epochs = [draw.rows(rng) for _ in range(300)]
    assert any((a != b).any() for a, b in pairwise(epochs))
    seen = np.bincount(np.concatenate(epochs), minlength=100) / 300
    for label in range(3):
        own = seen[np.equal(RARE, label)]
        np.testing.assert_allclose(own, 100 / 3 / len(own), rtol=0.25)


def test_an_item_of_several_labels_counts_as_its_rarest_and_none_as_a_class() -> None:
    targets = np.array([[1, 0]] * 6 + [[1, 1]] + [[0, 0]], float)
    targets[0, 1] = np.nan  # not asked
    expected = Draw(targets, 1.0).expected
    assert expected[6] == pytest.approx(expected[7])
    assert expected[6] == pytest.approx(7 * expected[1])
    assert expected[0] == pytest.approx(expected[1])


def test_batches_of_texts_follow_the_draw() -> None:
    lengths = [3 + label for label in RARE]
    batches = SimilarLengthBatches(lengths, 10, seed=4, draw=Draw(ONE_HOT, 1.0))
    rows = np.concatenate(list(batches))
    assert np.bincount(RARE[rows]).min() >= 31
    assert rows.tolist() == np.concatenate(list(batches)).tolist()
    batches.set_epoch(1)
    assert rows.tolist() != np.concatenate(list(batches)).tolist()
