"""Numbers that come row by row."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emotion_core.growing import PART_ROWS, GrowingArray, PackedRows


@given(st.lists(st.lists(st.integers(-100, 100), max_size=40), max_size=12))
def test_rows_come_back_in_order_however_they_were_given(parts: list[list[int]]):
    rows = GrowingArray(np.int16)
    for number, part in enumerate(parts):
        if number % 2:
            rows.extend(np.array(part, np.int64))
        else:
            for value in part:
                rows.append(value)
    expected = [value for part in parts for value in part]
    assert rows.array().tolist() == expected
    assert rows.array().dtype == np.int16
    assert len(rows) == len(expected)


def test_what_was_handed_out_is_not_changed_by_what_follows():
    rows = GrowingArray(np.float32, 2)
    rows.append([1, 2])
    first = rows.array()
    rows.append([3, 4])
    rows.extend(np.zeros((100, 2)))
    assert first.tolist() == [[1, 2]]
    assert rows.array()[:2].tolist() == [[1, 2], [3, 4]]


def test_nothing_but_the_numbers_is_held():
    rows = GrowingArray(np.float16, 8)
    for k in range(1000):
        rows.append(np.full(8, k, np.float64))
    assert rows.array().nbytes == 1000 * 8 * 2
    assert rows.array().base is None


def test_without_rows_the_shape_is_known():
    assert GrowingArray(np.float32, 5, 2).array().shape == (0, 5, 2)


@given(
    st.lists(
        st.lists(st.floats(-1e4, 1e4, width=32), min_size=5, max_size=5), min_size=1, max_size=30
    )
)
def test_packed_rows_are_near_what_was_given(given_rows: list[list[float]]):
    numbers = np.array(given_rows, np.float32)
    rows = PackedRows.of(numbers)
    assert rows.shape == numbers.shape
    least_off = np.ptp(numbers, axis=1, keepdims=True) / 500 + 1e-6 * np.abs(numbers).max() + 1e-37
    assert (np.abs(rows[:] - numbers) <= least_off).all()
    np.testing.assert_array_equal(rows[1:3], rows[:][1:3])
    np.testing.assert_array_equal(rows.astype(np.float64), rows[:])


def test_many_packed_rows_come_back_in_order():
    numbers = np.random.default_rng(0).normal(0, 1, (3 * PART_ROWS + 7, 2)).astype(np.float32)
    rows = PackedRows.of(numbers)
    assert len(rows) == len(numbers)
    np.testing.assert_allclose(rows[:], numbers, atol=0.02)
    for first, past in ((0, 1), (PART_ROWS - 1, PART_ROWS + 1), (5, 2 * PART_ROWS), (9, 9)):
        np.testing.assert_array_equal(rows[first:past], rows[:][first:past])


def test_packed_rows_of_equal_numbers_are_kept_as_they_are():
    numbers = np.array([[0, 0], [2.5, 2.5]], np.float32)
    np.testing.assert_array_equal(PackedRows.of(numbers)[:], numbers)


def test_packed_rows_without_any():
    assert PackedRows(0).shape == (0, 0)
    assert PackedRows.of(np.zeros((3, 0), np.float16)).shape == (3, 0)
    assert PackedRows(4)[:].shape == (0, 4)
