"""What the sides of a data set share: planted copies, and the traps of real data sets."""

import json
import os
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
import soundfile as sf

from emotion_core.errors import InvalidInput
from emotion_core.evaluation.duplicates import normalised, seen_in_training
from emotion_core.evaluation.leak_items import read_leak_items
from emotion_core.evaluation.leaks import LeakReport, find_leaks
from tests.evaluation.test_face_hashes import make_face
from tests.evaluation.test_sound_prints import RATE, make_voice

DATA = Path(os.environ.get("EMOTION_DATA", "../shared/data"))
needs_data = pytest.mark.skipif(
    not DATA.is_dir(), reason="needs the data sets that $EMOTION_DATA names"
)

ROWS = [
    ("train", "ann", "I am so happy about this lovely day"),
    ("train", "ann", "nobody told me where we would go"),
    ("train", "bob", "the train was late again this morning"),
    ("val", "cem", "nobody told me where we would go"),
    ("test", "ann", "i am so HAPPY about this lovely day!"),
    ("test", "dan", "the train was late again this mornings"),
    ("test", "dan", "something else that nobody said before"),
    ("test", "dan", ""),
]


def checked(path: Path, split: str | None = None, group: str | None = None) -> LeakReport:
    return find_leaks(read_leak_items(str(path), split, group))


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_texts(tmp_path: Path, ending: str) -> None:
    frame = pd.DataFrame(ROWS, columns=["split", "speaker", "text"])
    path = tmp_path / f"x.{ending}"
    if ending == "csv":
        frame.to_csv(path, index=False)
    elif ending == "jsonl":
        frame.to_json(path, orient="records", lines=True)
    else:
        frame.to_parquet(path)
    report = checked(path)
    record = report.as_dict()
    assert record["exact_duplicates"] == 1
    assert record["near_duplicates"] == 2
    assert record["normalised_duplicates"] == 2
    assert record["groups_on_both_sides"] == ["ann"]
    assert record["verdict"] == "leaks"
    assert record["by_side"]["test"] == {"items": 3, "exact": 0, "normalised": 1, "near": 2}
    assert record["share"] == pytest.approx(3 / 4)
    assert record["left_out"] == {"count": 1, "first": {"7": "no text"}}
    kinds = {e["kind"]: (e["item"], e["copy"]) for e in record["examples"]}
    assert kinds == {"exact": ("3", "1"), "normalised": ("4", "0"), "near": ("5", "2")}
    json.dumps(record, allow_nan=False)


def test_clean(tmp_path: Path) -> None:
    frame = pd.DataFrame([ROWS[0], ROWS[1], ROWS[6]], columns=["split", "speaker", "text"])
    frame.to_csv(tmp_path / "x.csv", index=False)
    record = checked(tmp_path / "x.csv").as_dict()
    assert record["verdict"] == "clean"
    counted = [record[k] for k in ("exact_duplicates", "near_duplicates", "groups_on_both_sides")]
    assert counted == [0, 0, []]


def test_folds_and_no_sides(tmp_path: Path) -> None:
    frame = pd.DataFrame({"text": ["same words here"] * 3 + ["others"], "fold": [1, 2, 2, 1]})
    frame.to_csv(tmp_path / "x.csv", index=False)
    folds = checked(tmp_path / "x.csv", split="fold")
    assert folds.exact.tolist() == [True, True, True, False]
    nowhere = checked(tmp_path / "x.csv")
    assert nowhere.exact.tolist() == [False, True, True, False]
    assert "no sides are named" in nowhere.notices()[0]


def test_a_folder_of_splits_and_classes_with_sounds(tmp_path: Path) -> None:
    for side, seeds in (("train", (1, 2)), ("test", (1, 3))):
        folder = tmp_path / side / "happy"
        folder.mkdir(parents=True)
        for seed in seeds:
            sf.write(folder / f"{side}{seed}.wav", make_voice(seed), RATE)
    sf.write(tmp_path / "test" / "happy" / "quiet.wav", make_voice(2)[2000:] * 0.3, RATE)
    (tmp_path / "test" / "happy" / "broken.wav").write_bytes(b"no sound")
    record = checked(tmp_path).as_dict()
    assert record["kind"] == "recordings"
    assert record["exact_duplicates"] == record["near_duplicates"] == 1
    assert record["left_out"]["count"] == 1
    (near,) = [e for e in record["examples"] if e["kind"] == "near"]
    assert near["item"].endswith("quiet.wav")
    assert near["copy"].endswith("train2.wav")


def test_a_table_of_pictures(tmp_path: Path) -> None:
    rows = []
    for name, seed, side in (
        ("a", 1, "train"),
        ("b", 2, "train"),
        ("c", 1, "test"),
        ("d", 3, "test"),
    ):
        assert cv2.imwrite(str(tmp_path / f"{name}.png"), make_face(seed))
        rows.append({"path": f"{name}.png", "label": "joy", "split": side, "person": name})
    assert cv2.imwrite(str(tmp_path / "e.jpg"), make_face(2)[:, ::-1])
    rows.append({"path": "e.jpg", "label": "joy", "split": "test", "person": "b"})
    pd.DataFrame(rows).to_csv(tmp_path / "x.csv", index=False)
    record = checked(tmp_path / "x.csv").as_dict()
    assert record["kind"] == "faces"
    assert record["exact_duplicates"] == record["near_duplicates"] == 1
    assert record["groups_on_both_sides"] == ["b"]


@pytest.mark.parametrize(
    ("content", "split", "group", "message"),
    [
        ("words\na\n", None, None, "expected a column text or path; it has words"),
        ("text\na\n", "part", None, "no column 'part' for the sides"),
        ("text\na\n", None, "who", "no column 'who' for the groups"),
        ("path\na.xyz\n", None, None, "got .xyz"),
        ("path\na.wav\n", None, None, "got none of 1"),
    ],
)
def test_what_cannot_be_checked(
    tmp_path: Path, content: str, split: str | None, group: str | None, message: str
) -> None:
    path = tmp_path / "x.csv"
    path.write_text(content)
    with pytest.raises(InvalidInput, match=message):
        checked(path, split, group)


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="does not exist"):
        read_leak_items(str(tmp_path / "none"))


@needs_data
@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "exact", "seen"), [("emotion", 11, 11), ("goemotions", 37, 110), ("meld", 331, None)]
)
def test_texts_of_real_data_sets(name: str, exact: int, seen: int | None) -> None:
    record = checked(DATA / "text" / name).as_dict()
    assert record["by_side"]["test"]["exact"] == exact
    assert record["verdict"] == "leaks"
    texts = [
        pd.read_parquet(DATA / "text" / name / f"{side}.parquet")["text"].tolist()
        for side in ("test", "train")
    ]
    found = seen_in_training(*texts, exact=False)
    spelt = np.array([bool(normalised(t)) for t in texts[0]])
    assert seen in (None, (found & spelt).sum())
    # texts without a letter are compared as they are
    assert record["by_side"]["test"]["normalised"] >= (found & spelt).sum()


@needs_data
@pytest.mark.data
def test_copies_of_training_faces_in_fer_2013() -> None:
    record = checked(DATA / "face" / "fer2013").as_dict()
    assert record["exact_duplicates"] == 568
    assert record["by_side"]["test"]["exact"] == 288
    assert record["near_duplicates"] > 300


@needs_data
@pytest.mark.data
def test_the_recording_that_ravdess_has_twice(tmp_path: Path) -> None:
    folder = (DATA / "audio" / "ravdess").resolve()
    index = pd.read_csv(folder / "index.csv", dtype=str)
    some = index[index["speaker"] == "07"].assign(
        path=lambda f: [str(folder / n) for n in f["file"]]
    )
    assert some["dup_of"].notna().sum() > 0
    some.drop(columns="file").to_csv(tmp_path / "x.csv", index=False)
    record = checked(tmp_path / "x.csv").as_dict()
    assert record["exact_duplicates"] == 1
    assert record["near_duplicates"] == 0
    names = {Path(e["item"]).stem for e in record["examples"]} | {
        Path(e["copy"]).stem for e in record["examples"]
    }
    assert names == {"03-01-03-01-02-01-07", "03-01-03-01-02-02-07"}
    # the two sentences are on both sides of a split by repetition
    by_take = checked(tmp_path / "x.csv", split="repetition", group="statement").as_dict()
    assert by_take["exact_duplicates"] == 2
    assert len(by_take["groups_on_both_sides"]) == 2
