from pathlib import Path

import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st

from emotion_core.errors import LabelMismatch
from emotion_core.scoring import calibrated_scores, softmax
from emotion_core.types import Calibration, ModelSpec

LABELS = ("a", "b", "c")
logits = st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=3).map(np.array)


def spec(**calibration) -> ModelSpec:
    return ModelSpec("x", "audio", LABELS, {}, Path(), {}, calibration=Calibration(**calibration))


@given(st.lists(logits, min_size=1, max_size=5).map(np.array))
def test_softmax_as_scipy(values):
    found = softmax(values)
    np.testing.assert_allclose(found, scipy.special.softmax(values, axis=-1), atol=1e-12)
    np.testing.assert_allclose(found[0], softmax(values[0]), atol=1e-12)


@given(logits, st.floats(0.1, 10))
def test_temperature_divides_the_logits(values, temperature):
    answer = calibrated_scores(spec(temperature=temperature), values)
    assert answer.labels == LABELS
    expected = scipy.special.softmax(values / temperature)
    np.testing.assert_allclose(answer.probabilities, expected, atol=1e-12)
    assert answer.presence is None


def test_single_precision_is_widened():
    answer = calibrated_scores(spec(), np.array([1, 2, 3], np.float32))
    np.testing.assert_allclose(answer.probabilities, scipy.special.softmax([1.0, 2, 3]), atol=1e-15)


@pytest.mark.parametrize(("level", "expected"), [(0.0, False), (0.5, False), (0.6, True)])
def test_uncertain_below_the_level(level, expected):
    values = np.log([0.55, 0.25, 0.2])
    assert calibrated_scores(spec(uncertain_below=level), values).uncertain is expected


def test_notices_are_kept():
    assert calibrated_scores(spec(), np.zeros(3), ("cut",)).notices == ("cut",)
    assert calibrated_scores(spec(), np.zeros(3)).notices == ()


def test_logits_of_another_number():
    with pytest.raises(LabelMismatch, match="expected 3 values, one per label"):
        calibrated_scores(spec(), np.zeros(4))
