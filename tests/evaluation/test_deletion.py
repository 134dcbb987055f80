"""Mean falls and their interval."""

import numpy as np
import pytest

from emotion_core.evaluation.deletion import fall_record


def test_means_and_interval() -> None:
    rng = np.random.default_rng(3)
    falls = np.stack([rng.normal(0.5, 0.1, 400), rng.normal(0.1, 0.1, 400)], 1)
    found = fall_record("occlusion", falls, "faces")
    assert found["method"] == "occlusion"
    assert found["faces"] == 400
    assert [found["top"], found["random"]] == pytest.approx(falls.mean(0))
    difference = falls[:, 0] - falls[:, 1]
    error = difference.std() / np.sqrt(400)  # of the mean, by the normal distribution
    expected = difference.mean() + 1.96 * error * np.array([-1, 1])
    assert found["difference_interval"] == pytest.approx(expected, abs=0.3 * error)
    assert found == fall_record("occlusion", falls, "faces")


def test_items_that_fall_alike_have_an_interval_without_width() -> None:
    found = fall_record("occlusion", np.array([[0.5, 0.25]] * 3), "texts")
    assert found["difference_interval"] == pytest.approx((0.25, 0.25))
