import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_core.audio.windows import check_window, phrases, pieces, sliding_windows
from emotion_core.errors import InvalidInput

lengths = st.floats(0.1, 30)


@st.composite
def speech(draw, shortest_gap_s: float = 0.0) -> np.ndarray:
    """Spans (span, 2) in order."""
    silences = draw(st.lists(st.floats(shortest_gap_s + 0.01, 3), max_size=6))
    steps = [x for silence in silences for x in (silence, draw(lengths))]
    return np.cumsum(steps).reshape(-1, 2)


def inside(spans: np.ndarray, time_s: float) -> np.ndarray:
    """Which spans hold a moment."""
    return (spans[:, 0] - 1e-6 <= time_s) & (time_s <= spans[:, 1] + 1e-6)


def moments(spans: np.ndarray) -> np.ndarray:
    return np.concatenate([np.linspace(a, b, 50) for a, b in spans] or [np.zeros(0)])


@given(speech())
def test_phrases_are_speech_joined_across_short_silences(spans):
    found = phrases(spans)
    gaps = spans[1:, 0] - spans[:-1, 1]
    assert len(found) == (len(spans) and 1 + (gaps >= 1).sum())
    assert set(found.ravel()) <= set(spans.ravel())
    assert (found[1:, 0] - found[:-1, 1] >= 1).all()
    assert all(inside(found, t).sum() == 1 for t in moments(spans))
    np.testing.assert_array_equal(phrases(found), found)


@pytest.mark.parametrize(("gap_s", "expected"), [(0.99, 1), (1.0, 2)])
def test_a_silence_of_a_second_parts_phrases(gap_s, expected):
    assert len(phrases(np.array([[0, 1], [1 + gap_s, 4]]))) == expected


@given(speech(), st.floats(0.5, 10))
def test_pieces_are_the_phrases_in_equal_parts(spans, longest_s):
    found = pieces(spans, longest_s)
    assert np.ptp(found, axis=1).sum() == pytest.approx(np.ptp(spans, axis=1).sum())
    assert (np.ptp(found, axis=1) <= longest_s + 1e-9).all()
    for start, end in spans:
        parts = found[(found[:, 0] >= start) & (found[:, 1] <= end)]
        assert len(parts) == np.ceil((end - start) / longest_s)
        assert parts[0, 0] == start
        assert parts[-1, 1] == end
        np.testing.assert_array_equal(parts[1:, 0], parts[:-1, 1])
        np.testing.assert_allclose(np.ptp(parts, axis=1), np.ptp(parts[0]))


@given(speech(), st.floats(0.5, 6), st.floats(0.1, 1))
def test_windows_cover_all_speech_and_nothing_else(spans, window_s, hop):
    hop_s = hop * window_s
    found = sliding_windows(spans, window_s, hop_s)
    assert all(inside(found, t).any() for t in moments(spans))
    assert all(inside(spans, t).any() for t in found.ravel())
    for start, end in spans:
        of_phrase = found[(found[:, 0] >= start - 1e-6) & (found[:, 1] <= end + 1e-6)]
        np.testing.assert_allclose(np.ptp(of_phrase, axis=1), min(window_s, end - start))
        assert of_phrase[0, 0] == start
        assert of_phrase[-1, 1] == pytest.approx(end, abs=1e-5)
        steps = np.diff(of_phrase[:, 0])
        np.testing.assert_allclose(steps[:-1], hop_s)
        assert (steps[-1:] <= hop_s + 1e-6).all()
        assert (steps > 1e-7).all()


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ([2, 4], [[2, 4]]),
        ([2, 5], [[2, 5]]),
        ([2, 6], [[2, 5], [3, 6]]),
        ([2, 6.25], [[2, 5], [3, 6], [3.25, 6.25]]),
        ([0.1, 3.2], [[0.1, 3.1], [0.2, 3.2]]),
    ],
)
def test_windows_of_one_phrase(span, expected):
    found = sliding_windows(np.array([span], float), 3, 1)
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_steps_that_are_no_binary_fractions_give_no_window_twice():
    found = sliding_windows(np.array([[0, 1.0]]), 0.3, 0.1)
    np.testing.assert_allclose(found[:, 0], np.arange(8) / 10)


def test_no_speech():
    assert phrases(np.zeros((0, 2))).shape == (0, 2)
    assert pieces(np.zeros((0, 2))).shape == (0, 2)
    assert sliding_windows(np.zeros((0, 2)), 3, 1).shape == (0, 2)


@pytest.mark.parametrize(
    ("window_s", "hop_s"), [(3, 0), (3, -1), (0, 0), (-3, 1), (1, 2), (np.nan, 1), (3, np.nan)]
)
def test_window_and_hop_must_fit(window_s, hop_s):
    message = f"expected 0 < hop <= window, got a hop of {hop_s} s and a window of {window_s} s"
    with pytest.raises(InvalidInput, match=message):
        check_window(window_s, hop_s)
    with pytest.raises(InvalidInput, match=message):
        sliding_windows(np.array([[0.0, 9.0]]), window_s, hop_s)


@pytest.mark.parametrize("hop_s", [1e-6, 0.049])
def test_an_absurdly_short_hop(hop_s):
    message = f"expected a hop of 0.05 s or more, got {hop_s} s; choose a longer one"
    with pytest.raises(InvalidInput, match=message):
        sliding_windows(np.array([[0.0, 9.0]]), 3, hop_s)
    assert len(sliding_windows(np.array([[0.0, 9.0]]), 3, 0.05)) == 121
