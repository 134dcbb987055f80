"""How far probabilities can be believed, on answers whose faults are known."""

import numpy as np
import pytest

from emotion_core.evaluation.calibration import calibration_record

BEFORE = np.array([[1.0, 0.0]] * 4)
AFTER = np.array([[0.9, 0.1], [0.8, 0.2], [0.6, 0.4], [0.65, 0.35]])
TRUTH = np.array([0, 1, 0, 1])


def test_errors_and_shares() -> None:
    assert calibration_record(BEFORE, AFTER, TRUTH, 0.7) == pytest.approx(
        {
            "ece_before": 0.5,
            "ece_after": (0.1 + 0.8 + 0.4 + 0.65) / 4,
            "uncertain_share": 0.5,
            "accuracy_sure": 0.5,
            "accuracy_uncertain": 0.5,
            "top_label_accuracy": 0.5,
        }
    )


@pytest.mark.parametrize(
    ("level", "share", "absent"), [(0.0, 0.0, "accuracy_uncertain"), (1.0, 1.0, "accuracy_sure")]
)
def test_the_accuracy_of_no_answers_is_left_out(level: float, share: float, absent: str) -> None:
    found = calibration_record(BEFORE, AFTER, TRUTH, level)
    assert found["uncertain_share"] == share
    assert absent not in found
    assert len(found) == 5
    assert np.isfinite(list(found.values())).all()


def test_no_items() -> None:
    assert calibration_record(BEFORE[:0], AFTER[:0], TRUTH[:0], 0.5) == {}
