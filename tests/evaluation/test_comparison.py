"""Two models on the same items."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom
from sklearn.metrics import accuracy_score, f1_score

from emotion_core.errors import InvalidInput
from emotion_core.evaluation.comparison import Comparison, compare_predictions
from emotion_core.evaluation.comparison_scores import mcnemar
from emotion_core.evaluation.predictions import ColumnChoice, read_predictions
from tests.evaluation.answers import make_answers, write

BY_ID = ColumnChoice("truth", "label", None, "id", "")


def compared(
    a: pd.DataFrame, b: pd.DataFrame, folder: Path, columns: ColumnChoice = BY_ID
) -> Comparison:
    paths = [write(f, folder / name) for f, name in ((a, "a.csv"), (b, "b.csv"))]
    return compare_predictions(*(read_predictions(p, columns) for p in paths), samples=300)


def better(frame: pd.DataFrame, every: int) -> pd.DataFrame:
    """The same answers, with each so-manieth mended."""
    mended = frame.copy()
    mended.loc[::every, "label"] = mended.loc[::every, "truth"]
    return mended


def test_differences_and_disagreements(tmp_path: Path) -> None:
    a = make_answers()
    b = better(a, 3)
    found = compared(a, b.sample(frac=1, random_state=0), tmp_path)
    truth = a["truth"]
    gain = accuracy_score(truth, b["label"]) - accuracy_score(truth, a["label"])
    difference = found.differences["accuracy"]
    assert difference.value == pytest.approx(gain)
    assert 0 < difference.interval[0] < gain < difference.interval[1]
    macro = [f1_score(truth, f["label"], average="macro") for f in (a, b)]
    assert found.differences["macro_f1"].value == pytest.approx(macro[1] - macro[0])
    apart = a["label"] != b["label"]
    assert sum(found.pairs.values()) == apart.sum() == found.mcnemar.only_second
    assert {e.item for e in found.examples} <= set(a["id"][apart])
    assert all(e.truth == e.second for e in found.examples)
    json.dumps(found.as_dict(), allow_nan=False)


def test_swapping_the_files_turns_everything_round(tmp_path: Path) -> None:
    a, b = make_answers(), better(make_answers(), 4)
    there, back = compared(a, b, tmp_path), compared(b, a, tmp_path)
    for name, difference in there.differences.items():
        low, high = back.differences[name].interval
        assert difference.value == pytest.approx(-back.differences[name].value)
        assert difference.interval == pytest.approx((-high, -low), abs=0.02)
    assert there.mcnemar.p_value == back.mcnemar.p_value


def test_equal_files(tmp_path: Path) -> None:
    found = compared(make_answers(), make_answers(), tmp_path)
    assert found.mcnemar.p_value == 1
    assert found.differences["uar"].interval == (0, 0)
    assert not found.examples


def test_mcnemar_by_hand() -> None:
    first = np.array([1] * 9 + [0] * 2 + [1] * 5, bool)
    second = np.array([0] * 9 + [1] * 2 + [1] * 5, bool)
    found = mcnemar(first, second)
    assert (found.only_first, found.only_second) == (9, 2)
    assert found.p_value == pytest.approx(2 * binom.cdf(2, 11, 0.5))


@pytest.mark.parametrize("grouped", [False, True])
def test_intervals_of_the_difference_cover_it(tmp_path: Path, grouped: bool) -> None:
    rng, covered = np.random.default_rng(1), 0
    for _ in range(100):
        speaker = np.repeat(np.arange(40), 6)
        hard = rng.normal(0, 0.25, 40)[speaker] if grouped else 0.0
        frame = pd.DataFrame({"truth": "a", "speaker": speaker})
        files = []
        for rate in (0.5, 0.6):
            shift = hard if rate == 0.5 else 0.0
            right = rng.random(240) < np.clip(rate + shift, 0, 1)
            files.append(frame.assign(label=np.where(right, "a", "b")))
        columns = ColumnChoice("truth", "label", "speaker" if grouped else None)
        low, high = compared(files[0], files[1], tmp_path, columns).differences["accuracy"].interval
        covered += low <= 0.1 <= high
    assert covered >= 87


def test_without_ids_rows_are_joined(tmp_path: Path) -> None:
    columns = ColumnChoice("truth", "label")
    a = make_answers(50)
    assert compared(a, better(a, 2), tmp_path, columns).first.n == 50
    with pytest.raises(InvalidInput, match="by row; expected the same items, or a column of ids"):
        compared(a, a[:-1], tmp_path, columns)
    with pytest.raises(InvalidInput, match="same truth for an item"):
        compared(a, a[::-1], tmp_path, columns)


def test_items_of_one_file_only(tmp_path: Path) -> None:
    a = make_answers(50)
    found = compared(a, a[5:], tmp_path)
    assert found.first.n == found.second.n == 45
    assert any("5 items are only in a.csv" in n for n in found.notices)
    with pytest.raises(InvalidInput, match="share 0 by id"):
        compared(a, a.assign(id=a["id"] + "x"), tmp_path)


def test_another_label_and_no_answer(tmp_path: Path) -> None:
    a = make_answers(50)
    b = a.copy()
    b.loc[0, "label"], b.loc[1, "label"] = "new", ""
    found = compared(a, b, tmp_path)
    assert "new" in found.first.labels
    assert {e.second for e in found.examples} == {"new", ""}
