"""Data sets in the hub's form, and CK+ as it is downloaded."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from emotion_core.datasets.faces import read_faces
from emotion_core.datasets.hub_data import hub_folder, read_parquet
from emotion_core.errors import InvalidInput
from emotion_core.face.align import CropConfig
from emotion_core.labels import DISGUST, JOY, NEUTRAL
from emotion_core.training.config import load_config
from emotion_core.training.text_config import TextConfig
from emotion_core.training.text_data import read_dataset


def write_hub_copy(folder: Path, several: bool = False) -> Path:
    """A local copy of a data set of the hub: shards of Parquet, labels as numbers."""
    (folder / "data").mkdir(parents=True)
    (folder / "README.md").write_text("a data set")
    kind = {"names": ["joy", "fear"], "_type": "ClassLabel"}
    feature = {"feature": kind, "_type": "Sequence"} if several else kind
    told = {"info": {"features": {"text": {"dtype": "string", "_type": "Value"}, "label": feature}}}
    for split, number in (("train", 0), ("train", 1), ("validation", 0), ("test", 0)):
        labels: list[object] = [[0, 1], [1]] if several else [0, 1]
        texts = [f"so glad {split} {number}", f"so afraid {split} {number}"]
        table = pa.table({"text": texts, "label": labels})
        table = table.replace_schema_metadata({"huggingface": json.dumps(told)})
        pq.write_table(table, folder / "data" / f"{split}-{number:05d}-of-00002.parquet")
    return folder


def test_a_class_of_minus_one_is_no_label(tmp_path: Path):
    path = write_hub_copy(tmp_path) / "data" / "train-00000-of-00002.parquet"
    table = pq.read_table(path)
    changed = table.set_column(1, "label", pa.array([-1, 1]))
    pq.write_table(changed.replace_schema_metadata(table.schema.metadata), path)
    assert read_parquet(path)["label"].tolist() == ["", "fear"]


def test_a_copy_of_a_hub_data_set_is_read(tmp_path: Path):
    folder = write_hub_copy(tmp_path / "copy")
    found = read_dataset(load_config(TextConfig, None, [f"data=hf:{folder}"]))
    assert found.labels == ("fear", "joy")
    assert [len(found.splits[s]) for s in ("train", "validation", "test")] == [4, 2, 2]
    assert found.splits["test"].texts == ["so glad test 0", "so afraid test 0"]
    assert found.splits["test"].targets.argmax(1).tolist() == [1, 0]


def test_lists_of_class_labels_are_named(tmp_path: Path):
    folder = write_hub_copy(tmp_path / "copy", several=True)
    frame = read_parquet(folder / "data" / "test-00000-of-00002.parquet")
    assert frame["label"].tolist() == [["joy", "fear"], ["fear"]]


def test_a_plain_table_stays_as_it_is(tmp_path: Path):
    frame = pd.DataFrame({"text": ["a"], "label": [3]})
    frame.to_parquet(tmp_path / "x.parquet")
    pd.testing.assert_frame_equal(read_parquet(tmp_path / "x.parquet"), frame)


def test_what_the_hub_does_not_have(monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object, **__: object) -> str:
        raise OSError("no connection")

    monkeypatch.setattr("huggingface_hub.snapshot_download", refuse)
    with pytest.raises(InvalidInput, match="cannot be had from the hub: no connection"):
        hub_folder("nobody/nothing")


def write_ck_plus(root: Path) -> Path:
    """Two people, one labelled sequence each, and one that has no label."""
    for person, code, frames in (("S005", "3.0", 6), ("S010", "5.0", 3), ("S011", "", 4)):
        images = root / "cohn-kanade-images" / person / "001"
        images.mkdir(parents=True)
        for k in range(frames):
            shade = np.full((64, 64), 20 * k + int(person[1:]), np.uint8)
            Image.fromarray(shade).save(images / f"{person}_001_{k + 1:08d}.png")
        labels = root / "Emotion" / person / "001"
        labels.mkdir(parents=True)
        if code:
            (labels / f"{person}_001_{frames:08d}_emotion.txt").write_text(f"   {code}\n")
    return root


def test_ck_plus_as_downloaded(tmp_path: Path):
    faces, broken = read_faces(str(write_ck_plus(tmp_path)), CropConfig(size=48))
    assert not broken
    names = [faces.labels[k] for k in faces.truth]
    assert names == [NEUTRAL, *[DISGUST] * 3, *[JOY] * 3]
    assert faces.group.tolist() == ["S005"] * 4 + ["S010"] * 3


def test_a_label_of_ck_plus_that_is_none(tmp_path: Path):
    root = write_ck_plus(tmp_path)
    next((root / "Emotion").rglob("*.txt")).write_text("nine")
    with pytest.raises(InvalidInput, match="expected a number from 0 to 7"):
        read_faces(str(root), CropConfig(size=48))
