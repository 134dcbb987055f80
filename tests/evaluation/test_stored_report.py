"""A report kept as JSON, read again: the same scores, or why not."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emotion_core.errors import InvalidInput
from emotion_core.evaluation.prediction_report import evaluate_predictions
from emotion_core.evaluation.predictions import ColumnChoice, read_predictions
from emotion_core.evaluation.stored_report import read_report
from tests.evaluation.answers import make_answers, write


@pytest.fixture
def record(tmp_path: Path) -> dict[str, Any]:
    frame = make_answers()
    frame.loc[::30, "label"] = ""
    columns = ColumnChoice("truth", "label", "speaker", slices=("sex",))
    path = write(frame, tmp_path / "x.csv")
    return evaluate_predictions(read_predictions(path, columns), samples=50).as_dict()


def test_scores_intervals_and_counts_come_back(record: dict[str, Any]) -> None:
    report = read_report(json.dumps(record).encode(), "kept.json")
    again = report.as_dict()
    for name in ("n", "accuracy", "uar", "macro_f1", "per_class", "confusion", "intervals",
                 "baseline", "unanswered"):  # fmt: skip
        assert again[name] == record[name], name
    for name in ("ece", "reliability", "coverage_risk"):
        assert again["probabilities"][name] == record["probabilities"][name]
    assert report.unanswered == 10
    assert report.predictions.name == "x.csv"
    told = " ".join(report.predictions.notices)
    assert "its items are not in it" in told
    assert "slices of the report are not drawn" in told
    counts = np.zeros((7, 7), int)
    answered = report.predictions.prediction >= 0
    truth, prediction = report.predictions.truth, report.predictions.prediction
    np.add.at(counts, (truth[answered], prediction[answered]), 1)
    np.testing.assert_array_equal(counts, record["confusion"]["counts"])


def changed(record: dict[str, Any], **parts: Any) -> bytes:
    return json.dumps({**record, **parts}).encode()


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"accuracy": 0.99}, "accuracy is 0.99, and 0."),
        ({"n": 7}, "counts of 300 items for n = 7"),
        ({"intervals": {"accuracy": [0.9, 0.1]}}, "an interval from 0.9 to 0.1"),
        ({"confusion": {"labels": ["a"], "counts": [[-1]], "unanswered": [301]}}, "ValueError"),
        ({"confusion": {"labels": ["a"], "counts": [[1, 2]], "unanswered": [0]}}, "ValueError"),
        ({"protocol": {}}, "KeyError"),
        ({"per_class": {}}, "KeyError"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(
    record: dict[str, Any], parts: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidInput, match=message):
        read_report(changed(record, **parts), "kept.json")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"a": 1}', b"\xff\xfe", b"[" * 10_000])
def test_what_is_no_report(content: bytes) -> None:
    with pytest.raises(InvalidInput, match=r"kept\.json: expected"):
        read_report(content, "kept.json")
