"""Scores per language, against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from emotion_core.training.text_languages import fit_common_thresholds, scores_by_language

LABELS = ("anger", "joy", "neutral")


@pytest.fixture
def answers() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    targets = rng.integers(0, 2, (300, 3)).astype(float)
    languages = np.array(["deu", "eng", "zul"])[rng.integers(0, 3, 300)]
    targets[languages == "eng", 0] = np.nan
    return targets, rng.random((300, 3)), languages


def test_equal_to_scikit_learn(answers):
    targets, presence, languages = answers
    present = presence > 0.4
    found = scores_by_language(targets, present, languages, LABELS, "neutral", samples=50)
    expected = []
    for code, columns in (("deu", [0, 1]), ("eng", [1]), ("zul", [0, 1])):
        rows = languages == code
        truth, answered = targets[rows][:, columns] > 0.5, present[rows][:, columns]
        by_label = [
            f1_score(t, a, zero_division=0) for t, a in zip(truth.T, answered.T, strict=True)
        ]
        expected.append(np.mean(by_label))
        scores = found.by_language[code]
        assert scores.macro_f1 == pytest.approx(expected[-1], abs=1e-12)
        assert list(scores.f1) == [LABELS[i] for i in columns]
        assert scores.interval[0] < scores.macro_f1 < scores.interval[1]
        assert scores.n == rows.sum()
    assert found.macro_f1 == pytest.approx(np.mean(expected), abs=1e-12)
    assert found.interval[0] < found.macro_f1 < found.interval[1]


def test_what_was_not_asked_changes_nothing(answers):
    targets, presence, languages = answers
    other = presence.copy()
    other[languages == "eng", 0] = 1
    first, second = (
        scores_by_language(targets, p > 0.4, languages, LABELS, samples=2).as_dict()
        for p in (presence, other)
    )
    assert first == second


def test_a_common_threshold_counts_languages_alike():
    """One language of many texts, one of few: the few decide as much."""
    truth = np.concatenate([np.tile([1.0, 0.0], 500), np.tile([1.0, 0.0], 5)])[:, None]
    presence = np.where(truth > 0, 0.9, 0.1)
    presence[1000:] = np.where(truth[1000:] > 0, 0.4, 0.1)
    languages = np.array(["big"] * 1000 + ["small"] * 10)
    threshold = fit_common_thresholds(truth, presence, languages)[0]
    assert 0.1 < threshold <= 0.4
