"""Windows: what takes part in each, how far it is trusted, and whose face stands for it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_core.labels import EKMAN7, JOY, NEUTRAL, SADNESS
from emotion_core.recording.analysis import NOBODY
from emotion_core.recording.windows import Lane, filled_windows, grid
from emotion_core.types import Calibration, ModelSpec

SPEC = ModelSpec(
    id="told",
    modality="audio",
    labels=EKMAN7,
    architecture={},
    folder=Path(),
    files={},
    calibration=Calibration(uncertain_below=0.3),
)


def sure_of(label: str, probability: float = 0.9) -> np.ndarray:
    """(label,)"""
    row = np.full(len(EKMAN7), (1 - probability) / (len(EKMAN7) - 1))
    row[EKMAN7.index(label)] = probability
    return row


def lane(*said: tuple[float, float, str], trust: float = 1.0, width: int = 2) -> Lane:
    """What is said from one second to another."""
    spans = np.array([(start, end) for start, end, _ in said])
    rows = np.array([sure_of(label) for *_, label in said])
    embeddings = np.arange(len(said) * width, dtype=np.float16).reshape(len(said), width)
    return Lane(SPEC, spans, rows, embeddings, np.full(len(said), trust))


def span(start_s: float, end_s: float) -> np.ndarray:
    return np.array([start_s, end_s])


@given(st.floats(0.05, 500), st.floats(0.2, 10), st.floats(0.1, 1))
def test_a_grid_covers_the_whole_recording(duration_s: float, window_s: float, share: float):
    found = grid(duration_s, window_s, share * window_s)
    assert found[0, 0] == 0
    assert found[-1, 1] == pytest.approx(duration_s)
    assert (found[:, 1] <= duration_s + 1e-9).all()
    assert (found[1:, 0] <= found[:-1, 1] + 1e-9).all()
    assert (np.diff(found[:, 0]) > 0).all()


def test_what_fills_a_window_counts_most():
    both = lane((0, 2, JOY), (2, 3, SADNESS)).evidence(span(0, 3))
    assert both is not None
    assert both.scores.label == JOY
    assert both.embedding == pytest.approx([0.2 * 2, 0.8 * 1 + 0.2 * 3])


def test_the_same_answer_twice_is_the_same_answer():
    once = lane((0, 3, JOY)).evidence(span(0, 3))
    twice = lane((0, 2, JOY), (1, 3, JOY)).evidence(span(0, 3))
    assert once is not None
    assert twice is not None
    np.testing.assert_allclose(once.scores.probabilities, sure_of(JOY), atol=1e-6)
    np.testing.assert_allclose(twice.scores.probabilities, once.scores.probabilities)


def test_what_is_hardly_there_takes_no_part():
    assert lane((0, 0.2, JOY)).evidence(span(0, 3)) is None
    assert lane((5, 6, JOY)).evidence(span(0, 3)) is None
    assert lane((3, 6, JOY)).evidence(span(0, 3)) is None


def test_a_part_that_is_covered_less_is_trusted_less():
    trusted = [
        evidence.reliability
        for end in (0.6, 1.0, 1.5, 3.0)
        if (evidence := lane((0, end, JOY), trust=0.8).evidence(span(0, 3)))
    ]
    assert trusted == pytest.approx([0.8 * 0.4, 0.8 * 2 / 3, 0.8, 0.8])


def test_an_answer_that_is_not_sure_in_the_mean_is_uncertain():
    mixed = lane((0, 1, JOY), (1, 2, SADNESS), (2, 3, NEUTRAL)).evidence(span(0, 3))
    sure = lane((0, 3, JOY)).evidence(span(0, 3))
    assert mixed is not None
    assert sure is not None
    assert not sure.scores.uncertain
    level = replace(SPEC, calibration=Calibration(uncertain_below=0.4))
    unsure = Lane(
        level, span(0, 3)[None], mixed.scores.probabilities[None], np.zeros((1, 0)), np.ones(1)
    )
    found = unsure.evidence(span(0, 3))
    assert found is not None
    assert found.scores.uncertain
    assert found.embedding is None


def test_silence_between_the_answers_is_not_answered():
    spoken = np.array([[0.0, 1.0]])
    line = Lane(SPEC, span(0, 3)[None], sure_of(JOY)[None], np.zeros((1, 0)), np.ones(1), spoken)
    assert line.evidence(span(1.5, 3)) is None
    assert line.evidence(span(0, 2)) is not None


def test_each_window_takes_the_face_that_stands_for_it():
    windows = grid(6, 2, 2)
    faces = [lane((0, 6, JOY)), lane((0, 4, SADNESS))]
    found = list(filled_windows(windows, None, None, faces, np.array([1, 2, NOBODY])))
    assert [w.person for w in found] == [1, 2]
    assert [w.moment["face"].scores.label for w in found] == [JOY, SADNESS]
    assert [w.span_s for w in found] == [(0, 2), (2, 4)]


def test_a_person_whose_face_is_not_in_the_window_does_not_stand_for_it():
    voice, faces = lane((0, 2, JOY)), [lane((4, 6, SADNESS))]
    (found,) = filled_windows(grid(2, 2, 2), voice, None, faces, np.array([1]))
    assert found.person == NOBODY
    assert list(found.moment) == ["audio"]


def test_windows_without_anything_are_left_out():
    voice, words = lane((0, 3, JOY)), lane((6, 9, JOY))
    found = filled_windows(grid(9, 3, 3), voice, words, [], np.full(3, NOBODY))
    assert [sorted(w.moment) for w in found] == [["audio"], ["text"]]
    assert not list(filled_windows(grid(9, 3, 3), None, None, [], np.full(3, NOBODY)))
