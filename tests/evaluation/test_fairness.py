"""Rates and scores per slice: against scipy, and whether planted gaps are told from chance."""

import json

import numpy as np
import pytest
from scipy.stats import fisher_exact, norm

from emotion_core.evaluation.fairness import (
    Check,
    corrected_together,
    rate_checks,
    score_checks,
    sliced_predictions,
    told,
)


def wilson(hits: int, n: int) -> tuple[float, float]:
    """By its formula (Wilson, 1927)."""
    z = norm.ppf(0.975)
    middle = (hits + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * np.sqrt(hits * (n - hits) / n + z * z / 4)
    return middle - half, middle + half


def outcomes(hits: dict[str, tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    """(item,) bool and (item,) slice, of slice -> hits and items."""
    found = np.concatenate([np.arange(n) < k for k, n in hits.values()])
    return found, np.repeat(list(hits), [n for _, n in hits.values()])


def test_rates_and_their_intervals() -> None:
    found, sex = outcomes({"f": (39, 40), "m": (25, 50), "other": (3, 5)})
    (check,) = rate_checks({"found": found}, {"sex": sex})
    assert list(check.slices) == ["m", "f", "other"]
    for name, (hits, n) in {"f": (39, 40), "m": (25, 50), "other": (3, 5)}.items():
        rate = check.slices[name]
        assert (rate.n, rate.value) == (n, pytest.approx(hits / n))
        assert rate.interval == pytest.approx(wilson(hits, n))
    assert check.gap is not None
    assert (check.gap.lowest, check.gap.highest) == ("m", "f")
    assert check.gap.difference == pytest.approx(39 / 40 - 25 / 50)
    assert check.gap.p_value < 0.01


@pytest.mark.parametrize("hits", [(30, 25), (28, 22), (35, 21)])
def test_a_gap_of_two_slices_is_judged_as_by_fisher(hits: tuple[int, int]) -> None:
    a, b = hits
    found, sex = outcomes({"f": (a, 40), "m": (b, 40)})
    (check,) = rate_checks({"found": found}, {"sex": sex})
    expected = fisher_exact([[a, 40 - a], [b, 40 - b]]).pvalue
    assert check.gap is not None
    assert check.gap.p_value == pytest.approx(expected, abs=4 * np.sqrt(0.25 / 999) + 0.001)


def test_no_hit_and_every_hit_keep_an_interval() -> None:
    found, sex = outcomes({"f": (30, 30), "m": (30, 30)})
    (check,) = rate_checks({"found": found}, {"sex": sex})
    assert all(r.interval is not None and r.interval[0] < 0.95 for r in check.slices.values())
    assert check.gap is not None
    assert check.gap.difference == 0
    assert "no gap" in told(check.as_dict())


def test_small_slices_are_shown_but_not_judged() -> None:
    found, age = outcomes({"young": (20, 30), "old": (1, 8)})
    (check,) = rate_checks({"found": found}, {"age": age})
    assert check.gap is None
    assert set(check.slices) == {"young", "old"}
    assert "too few items" in told(check.as_dict())


def speakers(gap: float, each: int = 30, seed: int = 0) -> list[Check]:
    """Twelve women and twelve men, of whom the men are understood less often."""
    rng = np.random.default_rng(seed)
    speaker = np.repeat(np.arange(24), each)
    sex = np.where(speaker % 2, "f", "m")
    truth = rng.integers(0, 3, len(speaker))
    right = rng.random(len(speaker)) < np.where(sex == "m", 0.75 - gap, 0.75)
    answer = np.where(right, truth, (truth + 1) % 3)
    predictions = sliced_predictions(("a", "b", "c"), truth, answer, {"sex": sex}, speaker)
    return score_checks(predictions, {"accuracy": "accuracy", "uar": "UAR"}, samples=200)


def test_whole_speakers_change_slices() -> None:
    apart, alike = speakers(0.3), speakers(0.0)
    assert [c.permuted for c in apart] == ["groups", "groups"]
    for check in apart:
        assert check.gap is not None
        assert (check.gap.lowest, check.gap.p_value < 0.01) == ("m", True)
    assert all(c.gap is not None and c.gap.p_value > 0.05 for c in alike)


def test_a_single_speaker_has_no_interval() -> None:
    truth = np.zeros(60, int)
    sex = np.repeat(["f", "m"], 30)
    speaker = np.where(sex == "f", "ann", np.where(np.arange(60) % 2, "bob", "cem"))
    predictions = sliced_predictions(("a", "b"), truth, truth, {"sex": sex}, speaker)
    (check,) = score_checks(predictions, {"accuracy": "accuracy"}, samples=50)
    assert check.slices["f"].interval is None
    assert check.slices["m"].interval is not None


def test_several_checks_are_corrected_together() -> None:
    small, sex = outcomes({"f": (3, 8), "m": (2, 8)})
    checks = [speakers(0.3)[0], *rate_checks({"x": small}, {"sex": sex})]
    checks += rate_checks({"x": np.arange(80) % 2 == 0}, {"sex": np.repeat(["f", "m"], 40)})
    found = corrected_together(checks)
    judged = [(c.gap.p_value, c.gap.corrected) for c in found if c.gap is not None]
    assert judged[0][1] == pytest.approx(2 * judged[0][0])
    assert judged[1][1] == judged[1][0]
    assert found[1].gap is None
    json.dumps([c.as_dict() for c in found], allow_nan=False)
