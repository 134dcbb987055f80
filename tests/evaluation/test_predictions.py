"""What of a file is scored, what is refused, and that the scores are scikit-learn's."""

import json
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sk

from emotion_core.errors import InvalidInput, LabelMismatch
from emotion_core.evaluation.prediction_report import PredictionReport, evaluate_predictions
from emotion_core.evaluation.predictions import ColumnChoice, read_predictions
from emotion_core.labels import EKMAN7
from tests.evaluation.answers import make_answers, write

COLUMNS = ColumnChoice("truth", "label")


def measured(
    frame: pd.DataFrame, folder: Path, columns: ColumnChoice = COLUMNS, labels: str = ""
) -> PredictionReport:
    path = write(frame, folder / "x.csv")
    return evaluate_predictions(read_predictions(path, columns, labels), samples=50)


def test_scores_equal_scikit_learn(tmp_path: Path) -> None:
    frame = make_answers()
    record = measured(frame, tmp_path).as_dict()
    truth, answer = frame["truth"], frame["label"]
    assert record["n"] == 300
    assert record["confusion"]["labels"] == list(EKMAN7)
    expected = sk.confusion_matrix(truth, answer, labels=EKMAN7)
    np.testing.assert_array_equal(record["confusion"]["counts"], expected)
    assert record["accuracy"] == pytest.approx(sk.accuracy_score(truth, answer), abs=1e-9)
    uar = sk.recall_score(truth, answer, average="macro")
    assert record["uar"] == pytest.approx(uar, abs=1e-9)
    for average in ("macro", "weighted"):
        rows = sk.precision_recall_fscore_support(truth, answer, average=average)
        for name, value in zip(("precision", "recall", "f1"), rows, strict=False):
            assert record[f"{average}_{name}"] == pytest.approx(value, abs=1e-9)
    report = sk.classification_report(truth, answer, output_dict=True)
    for label in EKMAN7:
        for ours, theirs in (("f1", "f1-score"), ("precision",) * 2, ("recall",) * 2):
            value = record["per_class"][label][ours]
            assert value == pytest.approx(report[label][theirs], abs=1e-9)
    assert record["baseline"] == pytest.approx(truth.value_counts().max() / 300)
    assert {*record["intervals"]} >= {"accuracy", "uar", "macro_f1", "weighted_f1"}
    json.dumps(record, allow_nan=False)


@pytest.mark.parametrize("failure", ["empty", "error"])
def test_no_answer_is_wrong_and_stays_a_row(tmp_path: Path, failure: str) -> None:
    frame = make_answers()
    chosen = frame.index % 10 == 0
    if failure == "empty":
        frame.loc[chosen, "label"] = " "
    else:
        frame["error"] = ""
        frame.loc[chosen, "error"] = "broken"
    answer = frame["label"].where(~chosen, "none")
    record = measured(frame, tmp_path).as_dict()
    assert record["n"] == 300
    assert record["unanswered"] == {"count": 30, "share": 0.1}
    assert sum(c["support"] for c in record["per_class"].values()) == 300
    assert record["accuracy"] == pytest.approx(sk.accuracy_score(frame["truth"], answer))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of scikit-learn: "none" is never true
        uar = sk.balanced_accuracy_score(frame["truth"], answer)
    assert record["uar"] == pytest.approx(uar)
    f1 = sk.f1_score(frame["truth"], answer, labels=EKMAN7, average="macro")
    assert record["macro_f1"] == pytest.approx(f1)
    assert np.sum(record["confusion"]["counts"]) == 270
    assert np.sum(record["confusion"]["unanswered"]) == 30
    assert record["probabilities"]["n"] == 270


def test_an_error_column_of_figures_is_no_failure(tmp_path: Path) -> None:
    frame = make_answers(50).assign(error=0.25)
    assert measured(frame, tmp_path).unanswered == 0


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("sad", "happy", "neutral", "angry"), ["angry", "happy", "sad", "neutral"]),
        (("b", "a", "c"), ["a", "b", "c"]),
    ],
)
def test_order_of_labels(tmp_path: Path, words: tuple[str, ...], expected: list[str]) -> None:
    frame = pd.DataFrame({"truth": words, "label": words})
    record = measured(frame, tmp_path).as_dict()
    assert record["confusion"]["labels"] == expected
    assert record["accuracy"] == 1


def test_spellings_stay_apart_until_a_label_set_is_asked_for(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "truth": ["Happy", "joy", " sad ", "smug"],
            "label": ["joy", "Joy", "sadness", "joy"],
            "p_joy": [0.7, 0.8, 0.1, 0.9],
            "p_Sad": [0.3, 0.2, 0.9, 0.1],
        }
    )
    apart = measured(frame, tmp_path)
    assert apart.scores.metrics["accuracy"] == 0
    assert any("' sad '" in n and "may be one label" in n for n in apart.predictions.notices)
    together = measured(frame, tmp_path, labels="EKMAN7")
    assert together.predictions.labels == ("joy", "sadness")
    assert together.scores.n == 3
    assert together.scores.metrics["accuracy"] == 1
    assert together.probabilities is not None
    assert together.probabilities.n == 3
    told = " ".join(together.predictions.notices)
    assert "'smug' dropped" in told
    assert "1 rows left out" in told


def test_odd_but_right(tmp_path: Path) -> None:
    one = measured(pd.DataFrame({"truth": ["a"], "label": ["b"]}), tmp_path)
    assert one.scores.metrics["accuracy"] == 0
    assert any("one item only" in n for n in one.predictions.notices)
    same = measured(pd.DataFrame({"truth": ["a"] * 3, "label": ["a"] * 3}), tmp_path)
    assert same.scores.metrics["uar"] == same.scores.metrics["macro_f1"] == 1
    assert any("one class only" in n for n in same.predictions.notices)
    for speakers, told in (("s", "all items have one speaker"), ("st", "2 different values of")):
        few = {"truth": ["a", "b"], "label": ["a", "b"], "speaker": [speakers[0], speakers[-1]]}
        found = measured(pd.DataFrame(few), tmp_path, replace(COLUMNS, group="speaker"))
        assert any(told in n for n in found.predictions.notices)
    absent = measured(pd.DataFrame({"truth": ["a", "b"], "label": ["a", "c"]}), tmp_path)
    assert absent.scores.per_class["c"].support == 0
    assert absent.scores.metrics["uar"] == 0.5
    assert any("never true: c" in n for n in absent.predictions.notices)


def change(column: str, row: int, value: object) -> Any:
    def changed(frame: pd.DataFrame) -> pd.DataFrame:
        frame[column] = frame[column].astype(object)
        frame.loc[row, column] = value
        return frame

    return changed


@pytest.mark.parametrize(
    ("spoil", "columns", "message"),
    [
        (lambda f: f[:0], COLUMNS, "got 0 rows"),
        (change("truth", 4, None), COLUMNS, r"a truth \(truth\) in every row, got none in row 4 "),
        (change("p_joy", 6, 0.99), COLUMNS, r"sum to 1 .* row 6 "),
        (change("p_joy", 6, None), COLUMNS, r"for every label .* row 6 "),
        (change("p_joy", 6, -0.5), COLUMNS, r"from 0 to 1 .* row 6 "),
        (change("id", 9, "i2"), ColumnChoice("truth", "label", identity="id"),
         r"1 ids several times, such as 'i2' in rows 2, 9"),
        (change("id", 9, ""), ColumnChoice("truth", "label", identity="id"), "an id .* row 9"),
        (lambda f: f, ColumnChoice("id", "label"), "at most 200 labels, got 307"),
        (lambda f: f, ColumnChoice("truth", "label", probabilities="q_"), "starts with 'q_'"),
        (lambda f: f, ColumnChoice("truth", "answer"), "no column 'answer'"),
        (lambda f: f, ColumnChoice("truth", "label", slices=("id",)), "at most 100 slices"),
    ],
)  # fmt: skip
def test_what_cannot_be_scored(
    tmp_path: Path, spoil: Any, columns: ColumnChoice, message: str
) -> None:
    with pytest.raises(InvalidInput, match=message):
        measured(spoil(make_answers()), tmp_path, columns)


def test_a_label_set_without_a_place(tmp_path: Path) -> None:
    frame = pd.DataFrame({"truth": ["x"], "label": ["y"]})
    with pytest.raises(LabelMismatch, match="choose another set"):
        measured(frame, tmp_path, labels="EKMAN7")


def test_probabilities_that_lack_an_answered_label_are_not_used(tmp_path: Path) -> None:
    frame = make_answers().drop(columns="p_joy")
    found = measured(frame, tmp_path)
    assert found.probabilities is None
    assert any("no column holds those of joy" in n for n in found.predictions.notices)
    with pytest.raises(InvalidInput, match="no column holds those of joy"):
        measured(frame, tmp_path, ColumnChoice("truth", "label", probabilities="p_"))


def test_rows_without_a_group_are_groups_of_their_own(tmp_path: Path) -> None:
    frame = make_answers(40)
    frame["speaker"] = frame["speaker"].astype(str)
    frame.loc[:4, "speaker"] = ""
    found = measured(frame, tmp_path, ColumnChoice("truth", "label", "speaker"))
    assert found.groups == frame["speaker"][5:].nunique() + 5
    assert any("5 rows without a group" in n for n in found.predictions.notices)


def test_groups_widen_the_intervals(tmp_path: Path) -> None:
    speakers = np.repeat(np.arange(20), 15)
    frame = pd.DataFrame({"speaker": speakers, "truth": "a"})
    frame["label"] = np.where(speakers % 2, "a", "b")
    widths = {}
    for group in (None, "speaker"):
        path = write(frame, tmp_path / "x.csv")
        found = read_predictions(path, ColumnChoice("truth", "label", group))
        low, high = evaluate_predictions(found, samples=400).scores.intervals["accuracy"]
        widths[group] = high - low
    # 20 speakers are either right or wrong: sqrt(15) times as wide
    assert widths["speaker"] / widths[None] == pytest.approx(15**0.5, rel=0.2)
