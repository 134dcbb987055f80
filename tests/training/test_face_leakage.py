"""Copies of test faces are found, taken out on one side alone, and what they are worth is told."""

from dataclasses import asdict, replace
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
import yaml

from emotion_core.datasets.faces import FaceSet
from emotion_core.errors import InvalidInput
from emotion_core.labels import FERPLUS8, JOY
from emotion_core.registry import read_spec
from emotion_core.training.config import load_config
from emotion_core.training.face_config import FaceConfig
from emotion_core.training.face_copies import difficulty, scored_copies
from emotion_core.training.face_leakage import (
    HONEST,
    LEAKING,
    LeakageRun,
    find_twins,
    measure_face_leakage,
    scored_sides,
    training_sides,
)
from tests.bundles import write_face_bundle
from tests.evaluation.test_face_hashes import make_face
from tests.training.faces import TINY

LABELS = ("anger", "joy")


def photographs() -> FaceSet:
    """Forty training faces; of ten test faces one is an exact copy and one a mirror image."""
    crops = [cv2.cvtColor(make_face(i), cv2.COLOR_RGB2GRAY) if make_face(i).ndim == 3
             else make_face(i) for i in range(50)]  # fmt: skip
    crops = [cv2.resize(c, (48, 48)) for c in crops]
    crops[40], crops[41] = crops[3].copy(), crops[4][:, ::-1].copy()
    group = np.arange(50).astype(str)
    group[40] = "3"
    return FaceSet(
        np.stack(crops), LABELS, np.arange(50) % 2, np.zeros((50, 0), int),
        np.repeat(["train", "test"], [40, 10]), group, np.arange(50).astype(str),
    )  # fmt: skip


def test_twins_are_found() -> None:
    twins = find_twins(photographs())
    assert np.flatnonzero(twins.exact).tolist() == [40]
    assert np.flatnonzero(twins.near).tolist() == [41]
    assert np.flatnonzero(twins.twin).tolist() == [3, 4]


@pytest.mark.parametrize(("most", "count"), [(0, 38), (20, 20)])
def test_both_sides_differ_by_the_twins_alone(most: int, count: int) -> None:
    faces = photographs()
    twins = find_twins(faces)
    sides = training_sides(faces, twins, seed=1, most=most)
    assert [int(s.sum()) for s in sides.values()] == [count, count]
    assert sides[LEAKING][[3, 4]].all()
    assert not sides[HONEST][[3, 4]].any()
    assert not any(s[40:].any() for s in sides.values())
    assert (sides[LEAKING] ^ sides[HONEST]).sum() == 4
    counts = [np.bincount(faces.truth[s]).tolist() for s in sides.values()]
    assert counts[0] == counts[1]


def test_too_many_twins_are_told() -> None:
    faces = photographs()
    twins = find_twins(faces)
    every = replace(twins, twin=faces.split == "train")
    with pytest.raises(InvalidInput, match="anger: expected 20 training faces without a copy"):
        training_sides(faces, every, seed=1)


def test_the_gain_is_that_of_the_accuracies() -> None:
    faces = photographs().take(np.arange(40, 50))
    answers = {LEAKING: faces.truth.copy(), HONEST: faces.truth.copy()}
    answers[HONEST][:2] = 1 - answers[HONEST][:2]
    parts = {"all": np.ones(10, bool), "copies": np.arange(10) < 2, "none": np.zeros(10, bool)}
    found = scored_sides(faces, parts, answers, samples=200)
    assert list(found) == ["all", "copies"]
    assert found["copies"]["gain"] == [1, 1, 1]
    assert found["all"]["gain"][0] == pytest.approx(0.2)
    assert found["all"]["gain"][1] <= 0.2 <= found["all"]["gain"][2]
    assert found["all"][HONEST]["accuracy"][0] == pytest.approx(0.8)


def test_faces_as_hard_have_the_label_and_the_votes_in_common() -> None:
    ballots = np.zeros((4, len(FERPLUS8) + 2), int)
    ballots[:, FERPLUS8.index(JOY)] = [10, 10, 4, 10]
    ballots[2, 0] = 6
    faces = replace(photographs().take(np.arange(4)), truth=np.array([1, 1, 1, 1]), ballots=ballots)
    assert (difficulty(faces) == difficulty(faces)[0]).tolist() == [True, True, False, True]
    alone = replace(faces, ballots=np.zeros((4, 0), int), truth=np.array([0, 1, 0, 1]))
    assert (difficulty(alone) == difficulty(alone)[0]).tolist() == [True, False, True, False]


def test_a_bundle_that_remembers_copies(tmp_path: Path) -> None:
    faces = photographs()
    folder = write_face_bundle(tmp_path / "faces", LABELS)
    (folder / "evaluation").mkdir()
    truth = faces.truth[40:]
    right = np.array([True, True, False, False] * 2 + [True, True])
    frame = pd.DataFrame({"id": faces.name[40:], "truth": np.array(LABELS)[truth]})
    for k, label in enumerate(LABELS):
        frame[f"p_{label}"] = np.where(right == (truth == k), 0.9, 0.1)
    frame.to_parquet(folder / "evaluation" / "test.parquet")
    twins = find_twins(faces)
    copies = {"exact": twins.exact, "near": twins.near}
    found = scored_copies(read_spec(folder), faces, copies, samples=50)
    own = right[2:]
    for name, place in (("exact", 0), ("near", 1)):
        alike = own[truth[2:] == truth[place]].mean()
        assert found[name]["accuracy"][0] == 1
        assert found[name]["alike"][0] == pytest.approx(alike)
        assert found[name]["gain"][0] == pytest.approx(1 - alike)
    frame[1:].to_parquet(folder / "evaluation" / "test.parquet")
    with pytest.raises(InvalidInput, match="other test faces"):
        scored_copies(read_spec(folder), faces, copies)


def pictures_of(faces: FaceSet, folder: Path) -> Path:
    """The same faces as files and a table, every fifth training face for validation."""
    rows = []
    for i, crop in enumerate(faces.crops):
        cv2.imwrite(str(folder / f"{i}.png"), crop)
        side = "validation" if i % 5 == 0 and i < 40 else str(faces.split[i])
        rows.append({"path": f"{i}.png", "label": LABELS[faces.truth[i]], "split": side})
    pd.DataFrame(rows).to_csv(folder / "faces.csv", index=False)
    return folder / "faces.csv"


def test_a_bundle_is_trained_with_and_without(tmp_path: Path) -> None:
    faces = photographs()
    data = pictures_of(faces, tmp_path)
    folder = write_face_bundle(tmp_path / "faces", LABELS)
    for name in ("evaluation", "training"):
        (folder / name).mkdir()
    config = load_config(FaceConfig, None, [f"data={data}", *TINY, "batch_size=8"])
    (folder / "training" / "config.yaml").write_text(yaml.safe_dump(asdict(config)))
    frame = pd.DataFrame({"id": [f"{i}.png" for i in range(40, 50)],
                          "truth": [LABELS[k] for k in faces.truth[40:]]})  # fmt: skip
    frame["p_anger"], frame["p_joy"] = 0.9, 0.1
    frame.to_parquet(folder / "evaluation" / "test.parquet")
    run, work = LeakageRun(epochs=1, size=24, faces=20), tmp_path / "work"
    found = measure_face_leakage(folder, None, run, work, samples=20)
    assert found["training_faces"] == {LEAKING: 20, HONEST: 20}
    assert found["twins_in_training"] == 2
    assert {name: part["n"] for name, part in found["parts"].items()} == {
        "test faces": 10, "test faces with an exact copy": 1, "test faces with a near copy": 1,
        "test faces without a copy": 8, "exact copies of test and validation": 1,
        "near copies of test and validation": 1,
    }  # fmt: skip
    assert set(found["shipped"]) == {"exact copies", "near copies"}
    assert measure_face_leakage(folder, None, run, work, samples=20) == found
    frame = pd.read_csv(data)
    frame[~frame["path"].isin(["3.png", "4.png"])].to_csv(data, index=False)
    with pytest.raises(InvalidInput, match="nothing leaks"):
        measure_face_leakage(folder, None, run, work)
