import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from emotion_core.errors import InvalidInput
from emotion_core.timeline.smoothing import smooth

weights = st.floats(0, 0.99)
lines = st.integers(1, 8).flatmap(
    lambda n: arrays(np.float64, (n, 3), elements=st.floats(0.01, 1)).map(
        lambda a: a / a.sum(1, keepdims=True)
    )
)


@given(lines, weights)
def test_rows_still_sum_to_one(line, weight):
    np.testing.assert_allclose(smooth(line, weight).sum(1), 1)


@given(lines, weights)
def test_matches_the_written_out_sum(line, weight):
    last = len(line) - 1
    terms = [(1 - weight) * weight ** (last - k) * line[k] for k in range(1, last + 1)]
    expected = weight**last * line[0] + sum(terms)
    np.testing.assert_allclose(smooth(line, weight)[-1], expected, atol=1e-12)


@given(lines, weights, st.permutations(range(3)))
def test_permuting_labels_permutes_the_line(line, weight, order):
    np.testing.assert_array_equal(smooth(line[:, order], weight), smooth(line, weight)[:, order])


@given(lines)
def test_weight_zero_changes_nothing(line):
    np.testing.assert_array_equal(smooth(line, 0), line)


def test_equal_answers_stay():
    line = np.tile([0.2, 0.3, 0.5], (5, 1))
    np.testing.assert_allclose(smooth(line, 0.7), line)


def test_the_input_is_left_alone():
    line = np.array([[1.0, 0.0], [0.0, 1.0]])
    smooth(line, 0.5)
    assert line.tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_no_answers():
    assert smooth(np.zeros((0, 3)), 0.5).shape == (0, 3)


@pytest.mark.parametrize("weight", [-0.1, 1, 2, float("nan")])
def test_weight_out_of_range(weight):
    with pytest.raises(InvalidInput, match="smoothing weight: expected a value in"):
        smooth(np.eye(2), weight)
