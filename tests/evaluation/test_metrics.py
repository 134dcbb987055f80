"""Scores against scikit-learn and simulation."""

import numpy as np
import pytest
from sklearn import metrics as sk

from emotion_core.errors import InvalidInput
from emotion_core.evaluation.calibration import expected_calibration_error, fit_temperature
from emotion_core.evaluation.metrics import classification_scores, multi_label_scores
from emotion_core.evaluation.thresholds import fit_thresholds

RNG = np.random.default_rng(3)
TRUTH = RNG.integers(0, 4, 500)
PREDICTION = np.where(RNG.random(500) < 0.6, TRUTH, RNG.integers(0, 4, 500))
LABELS = ("a", "b", "c", "d")


def test_single_label_scores_equal_scikit_learn() -> None:
    found = classification_scores(TRUTH, PREDICTION, LABELS, samples=50)
    assert found.metrics["accuracy"] == pytest.approx(
        sk.accuracy_score(TRUTH, PREDICTION), abs=1e-9
    )
    uar = sk.balanced_accuracy_score(TRUTH, PREDICTION)
    assert found.metrics["uar"] == pytest.approx(uar, abs=1e-9)
    for average in ("macro", "weighted"):
        expected = sk.f1_score(TRUTH, PREDICTION, average=average)
        assert found.metrics[f"{average}_f1"] == pytest.approx(expected, abs=1e-9)
    np.testing.assert_array_equal(found.confusion, sk.confusion_matrix(TRUTH, PREDICTION))
    for name, (low, high) in found.intervals.items():
        assert low <= found.metrics[name] <= high


def test_a_class_without_support_is_left_out_as_scikit_learn_does() -> None:
    truth, prediction = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])
    found = classification_scores(truth, prediction, LABELS, samples=10)
    assert found.metrics["macro_f1"] == pytest.approx(
        sk.f1_score(truth, prediction, average="macro")
    )
    assert found.metrics["uar"] == pytest.approx(sk.balanced_accuracy_score(truth, prediction))


def test_multi_label_scores_equal_scikit_learn() -> None:
    truth = RNG.random((300, 5)) < 0.3
    prediction = truth ^ (RNG.random((300, 5)) < 0.15)
    found = multi_label_scores(truth, prediction, (*LABELS, "e"), samples=50)
    for average in ("macro", "micro", "weighted"):
        expected = sk.f1_score(truth, prediction, average=average)
        assert found.metrics[f"{average}_f1"] == pytest.approx(expected, abs=1e-9)
    assert found.metrics["accuracy"] == pytest.approx(
        sk.accuracy_score(truth, prediction), abs=1e-9
    )


def test_multi_label_recall_is_of_the_labels_that_occur() -> None:
    truth = np.array([[True, False], [True, False]])
    found = multi_label_scores(truth, truth, ("a", "b"), samples=10)
    assert found.metrics["uar"] == 1
    assert found.intervals["uar"] == (1, 1)


@pytest.mark.parametrize("several", [False, True])
def test_one_group_draws_items(several: bool) -> None:
    """A bootstrap of one group would be sure of itself."""
    truth = np.arange(20) % 2
    prediction = np.where(np.arange(20) < 10, truth, 1 - truth)
    labels, speakers, present = ("x", "y"), np.array(["ann"] * 20), np.eye(2, dtype=bool)
    if several:
        found = multi_label_scores(present[truth], present[prediction], labels, speakers)
    else:
        found = classification_scores(truth, prediction, labels, speakers)
    low, high = found.intervals["accuracy"]
    assert low < 0.4 < 0.6 < high


@pytest.mark.parametrize("grouped", [False, True])
def test_intervals_cover_the_true_accuracy(grouped: bool) -> None:
    """Nominal 95 %: over 200 simulated sets, 89 % or more hold the true value."""
    rng, covered = np.random.default_rng(5), 0
    for _ in range(200):
        if grouped:  # 40 speakers, each with an accuracy of its own around 0.7
            rate = np.clip(rng.normal(0.7, 0.15, 40), 0, 1).repeat(10)
            groups = np.arange(40).repeat(10)
        else:
            rate, groups = np.full(400, 0.7), None
        truth = np.zeros(400, int)
        prediction = (rng.random(400) > rate).astype(int)
        found = classification_scores(truth, prediction, ("x", "y"), groups, samples=200)
        low, high = found.intervals["accuracy"]
        covered += low <= 0.7 <= high
    assert covered >= 178


def test_nothing_to_score() -> None:
    with pytest.raises(InvalidInput, match="a prediction per item"):
        classification_scores(np.array([], int), np.array([], int), LABELS)


def test_temperature_is_recovered() -> None:
    logits = RNG.normal(0, 2, (4000, 3))
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    truth = np.array([RNG.choice(3, p=row) for row in p])
    assert fit_temperature(logits * 2.5, truth) == pytest.approx(2.5, rel=0.1)
    assert expected_calibration_error(p, truth) < 0.03
    sharp = np.exp(logits * 2.5) / np.exp(logits * 2.5).sum(1, keepdims=True)
    assert expected_calibration_error(sharp, truth) > 0.08


def test_thresholds_maximise_f1() -> None:
    truth = RNG.random((400, 3)) < 0.2
    presence = np.clip(truth * 0.3 + RNG.random((400, 3)) * 0.7, 0, 1)
    found = fit_thresholds(truth, presence)
    for k in range(3):
        best = max(
            sk.f1_score(truth[:, k], presence[:, k] >= t, zero_division=0) for t in presence[:, k]
        )
        assert sk.f1_score(truth[:, k], presence[:, k] >= found[k]) == pytest.approx(best)


def test_a_class_without_positives_keeps_one_half() -> None:
    assert fit_thresholds(np.zeros((3, 1), bool), np.array([[0.1], [0.9], [0.6]]))[0] == 0.5
