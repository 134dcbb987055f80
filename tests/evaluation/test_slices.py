"""Scores per slice, and a test whose p-values are what they claim to be."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score

from emotion_core.evaluation import slices
from emotion_core.evaluation.predictions import ColumnChoice, read_predictions
from emotion_core.evaluation.slices import SlicedScores, sliced_scores
from tests.evaluation.answers import make_answers, write


def sliced(frame: pd.DataFrame, folder: Path, *columns: str, group: str | None = None,
           seed: int = 0) -> list[SlicedScores]:  # fmt: skip
    path = write(frame, folder / "x.parquet")
    choice = ColumnChoice("truth", "label", group, probabilities="", slices=columns)
    return sliced_scores(read_predictions(path, choice), samples=20, seed=seed)


def test_each_slice_is_scored_by_itself(tmp_path: Path) -> None:
    frame = make_answers()
    frame.loc[:4, "sex"] = None
    (found,) = sliced(frame, tmp_path, "sex")
    assert found.slices["(empty)"].n == 5
    assert set(found.judged) == {"m", "f"}
    for value in ("m", "f"):
        own = frame[frame["sex"] == value]
        expected = accuracy_score(own["truth"], own["label"])
        assert found.slices[value].metrics["accuracy"] == pytest.approx(expected)
    gap = found.gaps["accuracy"]
    values = {v: found.slices[v].metrics["accuracy"] for v in ("m", "f")}
    assert gap.difference == pytest.approx(abs(values["m"] - values["f"]))
    assert values[gap.lowest] <= values[gap.highest]
    assert found.permutations == 999


@pytest.mark.parametrize(
    ("column", "group", "permuted"),
    [("sex", None, "items"), ("sex", "speaker", "groups"),
     ("half", "speaker", "items within groups")],
)  # fmt: skip
def test_a_gap_that_is_there_is_found(
    tmp_path: Path, column: str, group: str | None, permuted: str
) -> None:
    frame = make_answers(1200)
    frame["half"] = np.where(np.arange(1200) % 2, "x", "y")
    worse = frame.index[(frame[column] == frame[column][0])]
    frame.loc[worse[: len(worse) // 2], "label"] = "anger"
    (found,) = sliced(frame, tmp_path, column, group=group)
    assert found.permuted == permuted
    assert found.gaps["accuracy"].lowest == frame[column][0]
    # 12 speakers of two sexes: no fewer than 1 in 924 orders can be as uneven
    assert found.gaps["accuracy"].p_value <= 0.01


@pytest.mark.parametrize("kind", ["items", "groups", "within"])
def test_chance_is_called_more_than_chance_at_its_rate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Of 120 columns without a gap, about 20 % have a p-value of 0.2 and less."""
    monkeypatch.setattr(slices, "PERMUTATIONS", 99)
    rng, found = np.random.default_rng(4), 0
    for seed in range(120):
        speaker = np.repeat(np.arange(16), 8)
        rate = rng.beta(2, 2, 16)[speaker]  # speakers differ, slices do not
        frame = pd.DataFrame({"truth": "a", "speaker": speaker})
        frame["label"] = np.where(rng.random(128) < rate, "a", "b")
        if kind == "items":
            frame["label"] = np.where(rng.random(128) < 0.6, "a", "b")
        by_speaker = rng.permutation(np.repeat(["x", "y"], 8))[speaker]
        frame["slice"] = by_speaker if kind == "groups" else rng.choice(["x", "y"], 128)
        group = None if kind == "items" else "speaker"
        (one,) = sliced(frame, tmp_path, "slice", group=group, seed=seed)
        found += one.gaps["accuracy"].p_value <= 0.2
    assert 10 <= found <= 38  # beyond these one time in 500


def test_few_items_are_shown_and_not_judged(tmp_path: Path) -> None:
    frame = make_answers(60)
    frame["part"] = ["big"] * 45 + ["small"] * 15
    (found,) = sliced(frame, tmp_path, "part")
    assert found.slices["small"].n == 15
    assert found.judged == ("big",)
    assert not found.gaps


def test_several_columns_are_corrected(tmp_path: Path) -> None:
    frame = make_answers(400)
    rng = np.random.default_rng(0)
    for name in ("one", "two"):
        frame[name] = rng.choice(["x", "y"], 400)
    frame.loc[frame["sex"] == "m", "label"] = "anger"
    found = {s.column: s.gaps["accuracy"] for s in sliced(frame, tmp_path, "one", "sex", "two")}
    assert found["sex"].corrected == pytest.approx(3 * found["sex"].p_value)
    assert found["one"].corrected >= found["one"].p_value
