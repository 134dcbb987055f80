"""The strongest moments of a person: one for each expression, however long it lasts."""

from collections.abc import Iterable

import numpy as np
import pytest

from emotion_core.face.peaks import BREAK_S, PEAKS, Peak, Peaks
from emotion_core.labels import ANGER, EKMAN7, EMOTION6, FEAR, JOY, NEUTRAL, SADNESS, SURPRISE

STEP_S = 0.2
Sample = tuple[str, float]
"""the label on top and its probability"""


def row(label: str, share: float, labels: tuple[str, ...] = EKMAN7) -> np.ndarray:
    """(label,) with a share for one, the rest spread evenly."""
    values = np.full(len(labels), (1 - share) / (len(labels) - 1))
    values[labels.index(label)] = share
    return values


def peaks_of(samples: Iterable[Sample], labels: tuple[str, ...] = EKMAN7) -> list[Peak]:
    peaks = Peaks(labels)
    for k, (label, share) in enumerate(samples):
        peaks.add(k, k * STEP_S, row(label, share, labels), lambda k=k: np.full((2, 2, 3), k))
    return peaks.best()


def held(label: str, share: float, seconds: float) -> list[Sample]:
    return [(label, share)] * round(seconds / STEP_S)


def test_a_smile_that_grows_slowly_is_not_swallowed_by_what_follows():
    smile = [(JOY, 0.8 + 0.001 * k) for k in range(50)]
    found = peaks_of([*smile, *held(ANGER, 0.99, 1), *held(NEUTRAL, 0.9, 1)])
    assert [p.sample for p in found] == [50, 49]


def test_a_long_smile_has_one_peak_however_it_grows():
    assert [p.sample for p in peaks_of([(JOY, 0.7 + 0.002 * k) for k in range(100)])] == [99]
    assert [p.sample for p in peaks_of(held(JOY, 0.8, 20))] == [0]


def test_an_expression_that_flickers_has_one_peak():
    rng = np.random.default_rng(0)
    shares = rng.uniform(0.4, 0.9, 300)
    names = rng.choice([JOY, JOY, NEUTRAL], 300)
    found = peaks_of(zip(names, shares, strict=True))
    assert [p.sample for p in found] == [int(np.where(names == JOY, shares, 0).argmax())]


def test_an_expression_that_returns_after_a_break_has_another_peak():
    calm = held(NEUTRAL, 0.8, BREAK_S + STEP_S)
    found = peaks_of([(JOY, 0.9), *calm, (JOY, 0.8)])
    assert [p.sample for p in found] == [0, len(calm) + 1]
    short = held(NEUTRAL, 0.8, BREAK_S / 2)
    assert [p.sample for p in peaks_of([(JOY, 0.9), *short, (JOY, 0.8)])] == [0]


def test_the_strongest_six_are_kept_best_first():
    strengths = [0.5, 0.9, 0.6, 0.4, 0.8, 0.45, 0.7, 0.55, 0.95]
    names = [JOY, ANGER, FEAR] * 3
    samples = [(n, s) for n, s in zip(names, strengths, strict=True)
               for _ in range(round(BREAK_S / STEP_S))]  # fmt: skip
    found = peaks_of(samples)
    assert [p.strength for p in found] == pytest.approx([0.95, 0.9, 0.8, 0.7, 0.6, 0.55])
    assert len(found) == PEAKS


def test_neutral_is_shown_of_those_alone_who_express_nothing():
    calm = held(NEUTRAL, 0.6, 1)
    assert [p.sample for p in peaks_of([*calm, (NEUTRAL, 0.9), *calm])] == [5]
    assert [p.sample for p in peaks_of([*calm, (SADNESS, 0.3), *held(NEUTRAL, 0.99, 9)])] == [5]
    other = peaks_of([(JOY, 0.4), (SURPRISE, 0.5)], EMOTION6)
    assert [p.sample for p in other] == [1, 0]


def test_each_peak_has_its_own_picture():
    found = peaks_of([*held(JOY, 0.7, 1), (JOY, 0.8), *held(ANGER, 0.6, 1)])
    assert [(p.sample, p.picture[0, 0, 0]) for p in found] == [(5, 5), (6, 6)]


def test_pictures_are_drawn_of_what_may_be_a_peak_and_few_are_held():
    peaks, drawn = Peaks(EKMAN7), []

    def draw() -> np.ndarray:
        drawn.append(1)
        return np.zeros(1)

    for k in range(100):
        peaks.add(k, k * STEP_S, row(JOY, 0.9 - 0.005 * k), draw)
    assert len(drawn) == 1
    rng = np.random.default_rng(1)
    for k in range(100, 5000):
        label = EKMAN7[int(rng.integers(len(EKMAN7)))]
        peaks.add(k, k * BREAK_S, row(label, rng.uniform(0.3, 1)), draw)
        assert len(peaks._ended) + len(peaks._episodes) <= PEAKS + len(EKMAN7)
    assert len(peaks.best()) == PEAKS
