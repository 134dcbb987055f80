"""What probabilities tell, against scikit-learn and by hand."""

import numpy as np
import pytest
from sklearn import metrics as sk

from emotion_core.evaluation.calibration import expected_calibration_error
from emotion_core.evaluation.curves import coverage_against_risk, probability_scores, reliability
from emotion_core.labels import EKMAN7
from tests.evaluation.answers import make_answers

FRAME = make_answers(600)
ROUNDED = FRAME[[f"p_{x}" for x in EKMAN7]].to_numpy().round(2)  # with ties
PROBABILITIES = ROUNDED / ROUNDED.sum(1, keepdims=True)
TRUTH = np.array([EKMAN7.index(x) for x in FRAME["truth"]])
SCORES = probability_scores(TRUTH, PROBABILITIES, EKMAN7)


def test_scores_equal_scikit_learn() -> None:
    clipped = np.maximum(PROBABILITIES, np.finfo(float).eps)
    expected = -np.log(clipped[np.arange(600), TRUTH]).mean()
    assert SCORES.log_loss == pytest.approx(expected, abs=1e-9)
    brier = sk.brier_score_loss(TRUTH, PROBABILITIES, labels=range(7), scale_by_half=False)
    assert SCORES.brier == pytest.approx(brier, abs=1e-9)
    assert SCORES.ece == expected_calibration_error(PROBABILITIES, TRUTH)
    for place, label in enumerate(EKMAN7):
        found, present = SCORES.by_class[label], place == TRUTH
        auc = sk.roc_auc_score(present, PROBABILITIES[:, place])
        precision = sk.average_precision_score(present, PROBABILITIES[:, place])
        assert found.roc_auc == pytest.approx(auc, abs=1e-9)
        assert found.average_precision == pytest.approx(precision, abs=1e-9)


def test_curves_begin_and_end_where_they_must() -> None:
    for found in SCORES.by_class.values():
        assert found.roc[0].tolist() == [0, 0]
        assert found.roc[-1].tolist() == [1, 1]
        assert (np.diff(found.roc, axis=0) >= 0).all()
        assert found.precision_recall[-1, 0] == 1
        assert len(found.roc) <= 200


def test_reliability_adds_up_to_the_calibration_error() -> None:
    top, right = PROBABILITIES.max(1), PROBABILITIES.argmax(1) == TRUTH
    bins = reliability(top, right)
    assert bins[:, 2].sum() == 600
    gaps = np.abs(bins[:, 0] - bins[:, 1]) * bins[:, 2]
    assert gaps.sum() / 600 == pytest.approx(SCORES.ece)


def test_coverage_against_risk_by_hand() -> None:
    found = coverage_against_risk(np.array([0.5, 0.9, 0.7, 0.5]), np.array([1, 1, 0, 0], bool))
    np.testing.assert_allclose(found, [[0.25, 0], [0.5, 0.5], [1, 0.5]])


def test_the_order_of_labels_does_not_matter() -> None:
    order = np.array([3, 1, 6, 0, 2, 5, 4])
    labels = tuple(EKMAN7[i] for i in order)
    other = probability_scores(np.argsort(order)[TRUTH], PROBABILITIES[:, order], labels)
    assert other.log_loss == pytest.approx(SCORES.log_loss)
    assert other.brier == pytest.approx(SCORES.brier)
    assert {k: c.roc_auc for k, c in other.by_class.items()} == pytest.approx(
        {k: c.roc_auc for k, c in SCORES.by_class.items()}
    )


def test_a_truth_without_a_probability_and_a_class_that_all_items_have() -> None:
    found = probability_scores(np.array([0, -1]), np.array([[1.0, 0.0], [1.0, 0.0]]), ("a", "b"))
    assert found.brier == pytest.approx((0 + 2) / 2)
    assert found.log_loss == pytest.approx(-np.log(np.finfo(float).eps) / 2)
    assert list(found.by_class) == ["a"]
