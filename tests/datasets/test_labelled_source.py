"""Labelled items of every layout: tables, folders, ZIPs, splits and known data sets."""

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from emotion_core.datasets.labelled_items import LabelledChoice, LabelledItems
from emotion_core.datasets.labelled_source import names_splits, read_labelled
from emotion_core.errors import InvalidInput
from tests.datasets.test_labelled_files import packed
from tests.evaluation.answers import write

DATA = Path(os.environ.get("EMOTION_DATA", "../shared/data"))
EVERY = LabelledChoice("all")


def truths(items: LabelledItems) -> list[str]:
    return list(items.truth)


def table(**columns: object) -> pd.DataFrame:
    frame = pd.DataFrame({"text": ["I am glad", "oh no", "well"], "label": ["joy", "fear", "joy"]})
    return frame.assign(**columns)  # type: ignore[arg-type]


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl", "parquet"])
def test_a_table_of_texts(tmp_path: Path, ending: str) -> None:
    frame = table(speaker=["01", "02", "01"], sex=["f", "m", "f"], id=["a", "b", "c"])
    path = write(frame, tmp_path / f"x.{ending}")
    items = read_labelled("text", path, LabelledChoice(slices=("sex",)))
    assert list(items.sources) == frame["text"].tolist()
    assert truths(items) == ["joy", "fear", "joy"]
    assert items.ids == ["a", "b", "c"]
    assert items.groups is not None
    assert items.group_column == "speaker"
    assert items.groups[0] in ("01", "1")
    assert items.slices is not None
    assert items.slices["sex"].words == ("f", "m")
    assert any("no splits" in n for n in items.notices)


@pytest.mark.parametrize("ending", ["jsonl", "parquet", "csv"])
def test_several_labels_of_one_item(tmp_path: Path, ending: str) -> None:
    labels = [["joy", "love"], ["fear"], []]
    frame = table().drop(columns="label")
    frame["labels"] = ["|".join(x) for x in labels] if ending == "csv" else labels
    items = read_labelled("text", write(frame, tmp_path / f"x.{ending}"))
    assert truths(items) == ["joy|love", "fear"]
    assert items.label_counts() == {"fear": 1, "joy": 1, "love": 1}
    assert any("1 rows left out: they have no label" in n for n in items.notices)


def test_the_split_is_read_and_others_are_named(tmp_path: Path) -> None:
    path = write(table(split=["train", "Test", "dev"]), tmp_path / "x.csv")
    items = read_labelled("text", path)
    assert (len(items), items.split, items.ids) == (1, "test", ["1"])
    assert read_labelled("text", path, LabelledChoice("validation")).ids == ["2"]
    assert len(read_labelled("text", path, EVERY)) == 3
    assert names_splits(path)
    without = write(table(split=["train", "train", "dev"]), tmp_path / "y.csv")
    with pytest.raises(InvalidInput, match=r"it has train \(2\), validation \(1\)"):
        read_labelled("text", without)


def test_a_folder_with_a_table_for_each_split(tmp_path: Path) -> None:
    for name in ("train", "test"):
        write(table().assign(text=name), tmp_path / f"{name}.jsonl")
    items = read_labelled("text", tmp_path)
    assert items.sources[0] == "test"
    assert (items.split, items.notices) == ("test", ())
    with pytest.raises(InvalidInput, match="it has test, train"):
        read_labelled("text", tmp_path, LabelledChoice("validation"))


def test_every_table_of_a_folder_is_read_with_each_split(tmp_path: Path) -> None:
    write(table().assign(label=["joy", "", "fear"], speaker=["a", "b", "c"]), tmp_path / "dev.csv")
    write(table().assign(label=["joy", "joy", ""]), tmp_path / "test.csv")
    items = read_labelled("text", tmp_path, EVERY)
    assert items.splits is not None
    assert items.groups is not None
    assert list(items.splits) == ["validation"] * 2 + ["test"] * 2
    assert items.ids == ["dev.csv/0", "dev.csv/2", "test.csv/0", "test.csv/1"]
    assert list(items.groups) == ["a", "c", "", ""]
    assert (items.split, items.left_out) == ("all", 2)
    assert [n.partition(":")[0] for n in items.notices[1:]] == ["dev.csv", "test.csv"]


def test_tables_as_the_hub_names_them_and_their_classes(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    feature = {"_type": "ClassLabel", "names": ["joy", "fear"]}
    said = json.dumps({"info": {"features": {"label": feature}}})
    for name in ("test-00000-of-00002", "test-00001-of-00002", "train-00000-of-00001"):
        frame = table(label=[0, 1, -1], text=[f"{name} {i}" for i in range(3)])
        content = pa.Table.from_pandas(frame).replace_schema_metadata({"huggingface": said})
        pq.write_table(content, tmp_path / "data" / f"{name}.parquet")
    items = read_labelled("text", tmp_path)
    assert truths(items) == ["joy", "fear"] * 2
    assert (items.split, items.left_out) == ("test", 2)
    assert len(read_labelled("text", tmp_path, EVERY)) == 6
    several = pa.table({"text": ["a"], "labels": [[0, 1]]})
    said = json.dumps({"info": {"features": {"labels": {"feature": feature}}}})
    pq.write_table(several.replace_schema_metadata({"huggingface": said}), tmp_path / "x.parquet")
    assert truths(read_labelled("text", tmp_path / "x.parquet")) == ["joy|fear"]


def test_columns_in_capitals(tmp_path: Path) -> None:
    frame = table(split=["train", "test", "test"], id=["a", "b", "c"])
    path = write(frame.rename(columns=str.upper), tmp_path / "x.csv")
    assert read_labelled("text", path).ids == ["b", "c"]
    assert names_splits(path)


def test_each_item_keeps_its_split(tmp_path: Path) -> None:
    path = write(table(split=["train", " DEV ", "extra"]), tmp_path / "x.csv")
    items = read_labelled("text", path, EVERY)
    assert items.splits is not None
    assert list(items.splits) == ["train", "validation", "extra"]
    assert read_labelled("text", path, LabelledChoice("extra")).ids == ["2"]
    folder = files(tmp_path / "mine", ["train/joy/a.txt", "dev/joy/b.txt", "joy/c.txt"])
    (tmp_path / "mine" / "fear").mkdir()
    found = read_labelled("text", folder, EVERY)
    assert found.splits is not None
    assert list(found.splits) == ["validation", "", "train"]
    assert found.by_folder
    assert read_labelled("text", write(table(), tmp_path / "y.csv"), EVERY).splits is None


def files(root: Path, names: list[str]) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return root


NAMES = ["joy/a.txt", "joy/b.txt", "fear/a.txt", "readme.txt"]


@pytest.mark.parametrize("as_zip", [False, True])
def test_a_folder_per_class(tmp_path: Path, as_zip: bool) -> None:
    path = files(tmp_path / "mine", NAMES)
    if as_zip:
        path = packed(tmp_path / "mine.zip", dict.fromkeys(NAMES, b"x"))
    items = read_labelled("text", path)
    assert truths(items) == ["fear", "joy", "joy"]
    assert items.ids == ["fear/a.txt", "joy/a.txt", "joy/b.txt"]
    assert any("1 texts left out: they lie in no folder" in n for n in items.notices)


def test_a_folder_per_split_and_class(tmp_path: Path) -> None:
    names = ["test/joy/a.wav", "test/fear/b.wav", "val/joy/c.wav"]
    items = read_labelled("audio", files(tmp_path, names))
    assert items.ids == ["test/fear/b.wav", "test/joy/a.wav"]
    zipped = packed(tmp_path / "x.zip", dict.fromkeys(names, b"x"))
    assert names_splits(zipped)
    assert len(read_labelled("audio", zipped, LabelledChoice("validation"))) == 1


def test_paths_of_a_table_lead_from_its_folder_or_to_what_was_given(tmp_path: Path) -> None:
    frame = pd.DataFrame({"path": ["a.png", "gone.png"], "label": ["joy", "fear"]})
    path = write(frame, files(tmp_path, ["a.png"]) / "x.csv")
    items = read_labelled("face", path)
    assert list(items.sources) == [tmp_path / "a.png", tmp_path / "gone.png"]
    given = read_labelled("face", path, files={"a.png": tmp_path / "a.png"})
    assert given.sources[0] == tmp_path / "a.png"
    assert not isinstance(given.sources[1], Path)
    assert items.ids == given.ids == ["a.png", "gone.png"]


def test_recordings_named_as_published(tmp_path: Path) -> None:
    names = ["Actor_01/03-01-03-01-01-01-01.wav", "Actor_02/03-01-06-01-01-01-02.wav"]
    zipped = packed(tmp_path / "r.zip", dict.fromkeys(names, b""))
    for path in (files(tmp_path / "r", names), zipped):
        items = read_labelled("audio", path)
        assert truths(items) == ["joy", "fear"]
        assert items.groups is not None
        assert items.groups.words == ("ravdess/01", "ravdess/02")


def test_fer2013_as_published(tmp_path: Path) -> None:
    pixels = [" ".join(["7"] * 2304), " ".join(["9"] * 2304)]
    frame = pd.DataFrame(
        {"emotion": [3, 2], "pixels": pixels, "Usage": ["Training", "PrivateTest"]}
    )
    items = read_labelled("face", write(frame, tmp_path / "fer2013.csv"))
    assert (len(items), items.split, truths(items)) == (1, "test", ["fear"])
    crop = items.sources[0]
    assert isinstance(crop, np.ndarray)
    assert crop.shape == (48, 48)
    assert crop.max() == 9


@pytest.mark.data
def test_an_index_names_recordings_and_their_sex() -> None:
    source = DATA / "audio" / "ravdess"
    if not source.is_dir():
        pytest.skip(f"{source} is not here")
    items = read_labelled("audio", source, LabelledChoice(slices=("sex",)))
    assert len(items) == 1440
    assert items.groups is not None
    assert len(items.groups.words) == 24
    assert set(items.label_counts()) == {
        "neutral", "calm", "joy", "sadness", "anger", "fear", "disgust", "surprise",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("content", "choice", "message"),
    [
        ("a,b\n1,2\n", LabelledChoice(), r"no column of texts; it has a, b; name one: --column"),
        ("text,b\n1,2\n", LabelledChoice(), "no column of labels"),
        ("text,label\n", LabelledChoice(), "got 0 rows"),
        ("text,label\na,\nb, \n", LabelledChoice(), "no item has a label"),
        ("text,label\na,b\n", LabelledChoice(group="who"), "no column 'who'"),
        ("text,label\na,b\n", LabelledChoice(slices=("sex",)), "no column 'sex'"),
    ],
)
def test_tables_that_cannot_be_read(
    tmp_path: Path, content: str, choice: LabelledChoice, message: str
) -> None:
    path = tmp_path / "x.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InvalidInput, match=message):
        read_labelled("text", path, choice)


def test_folders_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="does not exist"):
        read_labelled("text", tmp_path / "none")
    files(tmp_path, ["a.wav", "joy/a.jpg"])
    with pytest.raises(InvalidInput, match=r"folder per class with recordings .* 1 that lie in no"):
        read_labelled("audio", tmp_path)
    with pytest.raises(InvalidInput, match="has no columns; --group"):
        read_labelled("face", tmp_path, LabelledChoice(group="who"))
    path = tmp_path / "x.json"
    path.write_text(json.dumps([]), encoding="utf-8")
    with pytest.raises(InvalidInput, match="expected a folder, a ZIP or one of"):
        read_labelled("text", path)
