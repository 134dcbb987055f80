"""More than two models on the same items, and several labels to an item."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score

from emotion_core.errors import InvalidInput
from emotion_core.evaluation.comparison import ManyComparison, compare_all
from emotion_core.evaluation.comparison_labels import read_label_tables
from emotion_core.evaluation.predictions import ColumnChoice, read_predictions
from emotion_core.evaluation.several_tests import holm
from tests.evaluation.answers import make_answers, write

BY_ID = ColumnChoice("truth", "label", None, "id", "")
LABELS = ("anger", "fear", "joy")


def many(folder: Path, rows: int = 300) -> ManyComparison:
    """Three files, each so-manieth of whose answers was mended, the last in another order."""
    files = []
    for place, every in enumerate((50, 3, 2)):
        frame = make_answers(rows)
        frame.loc[::every, "label"] = frame.loc[::every, "truth"]
        if place == 2:
            frame = frame.sample(frac=1, random_state=0)
        files.append(read_predictions(write(frame, folder / f"{place}.csv"), BY_ID))
    return compare_all(files, samples=200)


def test_every_pair_is_that_of_two_files(tmp_path: Path) -> None:
    found = many(tmp_path)
    assert list(found.pairs) == [(0, 1), (0, 2), (1, 2)]
    values = [p.mcnemar.p_value for p in found.pairs.values()]
    corrected = [p.mcnemar.corrected for p in found.pairs.values()]
    assert corrected == holm(values)
    assert all(c >= v for c, v in zip(corrected, values, strict=True))
    accuracy = [s.metrics["accuracy"] for s in found.scores]
    for (a, b), pair in found.pairs.items():
        assert pair.differences["accuracy"].value == pytest.approx(accuracy[b] - accuracy[a])
    assert found.right.mean(1) == pytest.approx(accuracy)


def test_items_with_different_answers_are_listed(tmp_path: Path) -> None:
    found = many(tmp_path)
    for _, truth, answers in found.examples():
        assert len(set(answers)) > 1
        assert truth in answers  # wrong answers are all of one kind here
    record = found.as_dict()
    json.dumps(record, allow_nan=False)
    assert [f["file"] for f in record["files"]] == ["0.csv", "1.csv", "2.csv"]
    assert record["all_right"] + record["all_wrong"] <= record["n"] == 300
    assert {"difference", "mcnemar", "disagreements"} <= set(record["pairs"][0])


def test_only_items_that_all_files_hold_count(tmp_path: Path) -> None:
    frames = [make_answers(50), make_answers(50)[5:], make_answers(50)[:40]]
    paths = [write(f, tmp_path / f"{i}.csv") for i, f in enumerate(frames)]
    found = compare_all([read_predictions(p, BY_ID) for p in paths], samples=20)
    assert len(found.answers.truth) == 35
    assert sum("left out" in n for n in found.notices) == 3


def test_files_of_one_name_are_told_apart(tmp_path: Path) -> None:
    path = write(make_answers(20), tmp_path / "a.csv")
    file = read_predictions(path, BY_ID)
    assert compare_all([file, file], samples=20).names == ("a.csv", "a.csv (2)")
    with pytest.raises(InvalidInput, match="two files of answers or more, got 1"):
        compare_all([file])


def test_class_f1_differences_are_those_of_scikit_learn(tmp_path: Path) -> None:
    found = many(tmp_path).pairs[0, 1]
    for label, difference in found.class_f1.items():
        gain = found.second.per_class[label].f1 - found.first.per_class[label].f1
        assert difference.value == pytest.approx(gain)
        assert difference.interval[0] <= difference.value + 1e-9


def several(rows: int = 400, seed: int = 0, wrong: float = 0.1) -> pd.DataFrame:
    """Labels of items, of which each was turned round so often."""
    truth = np.random.default_rng(7).random((rows, 3)) < 0.4
    turned = np.random.default_rng(seed).random((rows, 3)) < wrong

    def spelt(table: np.ndarray) -> list[str]:
        return ["|".join(x for x, y in zip(LABELS, row, strict=True) if y) for row in table]

    return pd.DataFrame(
        {
            "id": [f"i{k}" for k in range(rows)],
            "truth": spelt(truth),
            "label": spelt(truth ^ turned),
        }
    )


def test_several_labels_by_scikit_learn(tmp_path: Path) -> None:
    frames = [several(seed=1, wrong=0.25), several(seed=2, wrong=0.05)]
    paths = [write(f, tmp_path / f"{i}.csv") for i, f in enumerate(frames)]
    tables = [read_label_tables(p, BY_ID) for p in paths]
    assert tables[0].labels == LABELS
    found = compare_all(tables, samples=300).pairs[0, 1]
    old, new = (
        {
            average: f1_score(t.truth, t.prediction, average=average, zero_division=0)
            for average in ("macro", "micro")
        }
        for t in tables
    )
    for average in old:
        difference = found.differences[f"{average}_f1"]
        assert difference.value == pytest.approx(new[average] - old[average])
        assert 0 < difference.interval[0] < difference.value < difference.interval[1]
    per_label = [f1_score(t.truth, t.prediction, average=None) for t in tables]
    gains = [d.value for d in found.class_f1.values()]
    assert gains == pytest.approx((per_label[1] - per_label[0]).tolist())
    right = [(t.truth == t.prediction).all(1) for t in tables]
    assert found.mcnemar.only_second == (right[1] & ~right[0]).sum()
    assert all(e.first != e.second for e in found.examples)


def test_intervals_of_several_labels_cover_the_difference(tmp_path: Path) -> None:
    covered, rounds = 0, 60
    rng = np.random.default_rng(3)
    for _ in range(rounds):
        seeds = rng.integers(10**6, size=2)
        frames = [several(150, seed, wrong) for seed, wrong in zip(seeds, (0.2, 0.2), strict=True)]
        paths = [write(f, tmp_path / f"{i}.parquet") for i, f in enumerate(frames)]
        found = compare_all([read_label_tables(p, BY_ID) for p in paths], samples=200)
        low, high = found.pairs[0, 1].differences["macro_f1"].interval
        covered += low <= 0 <= high
    assert covered >= 0.86 * rounds


@pytest.mark.parametrize(
    ("frame", "told"),
    [
        (several(5)[:0], "0 rows"),
        (several(3).assign(id="same"), "each id once"),
        (pd.DataFrame({"id": ["a"], "truth": [""], "label": [""]}), "1 to 200 labels"),
    ],
)
def test_tables_of_labels_that_cannot_be_read(
    frame: pd.DataFrame, told: str, tmp_path: Path
) -> None:
    with pytest.raises(InvalidInput, match=told):
        read_label_tables(write(frame, tmp_path / "x.csv"), BY_ID)
