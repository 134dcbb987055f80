import logging
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from emotion_core.datasets.faces import read_faces, with_splits
from emotion_core.datasets.labelled_items import LabelledChoice
from emotion_core.datasets.labelled_source import read_labelled
from emotion_core.datasets.recordings import model_labels, read_recordings
from emotion_core.datasets.sources import (
    class_files,
    given_splits,
    read_source,
    read_table,
    require_one_spelling,
    split_of,
)
from emotion_core.errors import InvalidInput
from emotion_core.evaluation.leak_items import read_leak_items
from emotion_core.face.align import CropConfig
from emotion_core.training.text_config import TextConfig
from emotion_core.training.text_data import read_dataset

TEXTS = [("so glad", "joy"), ("so low", "sadness")]


def no_classes(root: Path) -> pd.DataFrame:
    raise AssertionError(f"{root} holds no classes")


def write(path: Path, content: str, encoding: str = "utf-8") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding=encoding, newline="")
    return path


def many(label: str, number: int, text: str = "text") -> list[tuple[str, str]]:
    return [(f"{text} {label} {k}", label) for k in range(number)]


def text_table(path: Path, **columns: list[str]) -> str:
    rows = [*many("joy", 20), *many("sadness", 20)]
    frame = pd.DataFrame(rows, columns=["text", "label"]).assign(**columns)
    frame.to_csv(path, index=False)
    return str(path)


@pytest.mark.parametrize(
    ("name", "content", "encoding"),
    [
        ("a.csv", "text;label\nwell, 01;Joy\n;\n", "utf-8"),
        ("a.csv", 'Text,LABELS\n"well, 01",Joy\n,\n', "utf-8-sig"),
        ("a.csv", 'text,label\r\n"well, 01",Joy\r\n,\r\n', "utf-16"),
        ("a.tsv", "text\tlabel\nwell, 01\tJoy\n\t\n", "utf-8"),
        ("a.JSONL", '{"text": "well, 01", "label": "Joy"}\n{"id": 1}\n', "utf-8"),
    ],
)
def test_one_table_however_it_is_saved(tmp_path: Path, name: str, content: str, encoding: str):
    frame = read_table(write(tmp_path / name, content, encoding))
    assert frame["text"].tolist() == ["well, 01", ""]
    assert frame["label"].tolist() == ["Joy", ""]


def test_cells_are_words_and_several_labels_are_joined(tmp_path: Path):
    frame = pd.DataFrame({"speaker": ["01", "02"], "labels": [["joy", "love"], []], "n": [1, None]})
    frame.to_parquet(tmp_path / "a.parquet")
    frame.to_json(tmp_path / "a.jsonl", orient="records", lines=True)
    for name in ("a.parquet", "a.jsonl"):
        found = read_table(tmp_path / name)
        assert found["speaker"].tolist() == ["01", "02"]
        assert found["label"].tolist() == ["joy|love", ""]
        assert found["n"][1] == ""


def test_a_column_emotion_is_read_in_the_words_of_known_sets(tmp_path: Path):
    frame = read_table(write(tmp_path / "a.csv", "File,Emotion\na.wav,Happy\n"))
    assert frame["label"].tolist() == ["joy"]
    assert frame["path"].tolist() == ["a.wav"]


def test_words_of_splits():
    assert [split_of(w) for w in ("Train", " DEV", "testing", "Training", "extra", "")] == [
        "train", "validation", "test", "train", "", "",
    ]  # fmt: skip
    assert given_splits(["train", "test", "train"], "d") == {"train", "test"}
    assert given_splits(["", ""], "d") == set()
    with pytest.raises(InvalidInput, match=r"d: expected the splits .* got extra"):
        given_splits(["train", "extra"], "d")
    with pytest.raises(InvalidInput, match="for every item or for none, got 1 of 3 without"):
        given_splits(["train", "test", ""], "d")


def test_labels_in_mixed_case_are_named():
    require_one_spelling(["Joy", "love"], "d")
    with pytest.raises(InvalidInput, match="one label in several spellings: 'Joy' and 'joy '"):
        require_one_spelling(["Joy", "love", "joy "], "d")


def test_every_training_refuses_labels_in_mixed_case(tmp_path: Path):
    table = text_table(tmp_path / "a.csv", label=["joy", "Joy"] * 20)
    with pytest.raises(InvalidInput, match="several spellings: 'Joy' and 'joy'"):
        read_dataset(TextConfig(data=table))
    for name in ("Joy", "joy", "sad"):
        write(tmp_path / "voices" / name / "a.wav", "")
    recordings = read_recordings(tmp_path / "voices")
    with pytest.raises(InvalidInput, match="several spellings: 'Joy' and 'joy'"):
        model_labels(recordings, "", "voices")
    assert "joy" in model_labels(recordings, "EKMAN7", "voices")


def test_folders_of_splits_in_capitals(tmp_path: Path):
    for split in ("Train", "Val", "Testing"):
        for text, label in TEXTS:
            write(tmp_path / split / label / "a.txt", f"{text} {split}")
    dataset = read_dataset(TextConfig(data=str(tmp_path)))
    assert dataset.labels == ("joy", "sadness")
    assert {name: len(side) for name, side in dataset.splits.items()} == {
        "train": 2, "validation": 2, "test": 2,
    }  # fmt: skip


def test_rows_without_a_label_or_a_text_are_left_out_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    content = "text,label\n" + "".join(f"{t},{c}\n" for t, c in many("joy", 9) + many("fear", 9))
    table = write(tmp_path / "a.csv", f"{content}nothing,\n ,joy\n\u200b,joy\nnan,joy\n")
    with caplog.at_level(logging.WARNING):
        dataset = read_dataset(TextConfig(data=str(table)))
    assert dataset.labels == ("fear", "joy")
    assert sum(map(len, dataset.splits.values())) == 19  # "nan" is a text
    assert "left out 1 without a label" in caplog.text
    assert "left out 2 without a text" in caplog.text


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_a_missing_label_is_no_class(tmp_path: Path, ending: str):
    frame = pd.DataFrame({"text": [f"t {k}" for k in range(40)], "label": [0, 1, None, 1] * 10})
    table = tmp_path / f"a.{ending}"
    if ending == "parquet":
        frame.to_parquet(table)
    else:
        frame.to_json(table, orient="records", lines=True)
    assert read_dataset(TextConfig(data=str(table))).labels == ("0", "1")


@pytest.mark.parametrize(
    ("content", "told"),
    [("text,label\n", "got none .0 without a text"), ("text,label\na,\n", "1 without a label")],
)
def test_a_table_of_nothing_to_learn_from(tmp_path: Path, content: str, told: str):
    with pytest.raises(InvalidInput, match=told):
        read_dataset(TextConfig(data=str(write(tmp_path / "a.csv", content))))


def test_a_row_that_is_left_out_needs_no_split(tmp_path: Path):
    split = ["train", "validation"] * 20
    table = text_table(tmp_path / "a.csv", split=split)
    with Path(table).open("a") as file:
        file.write("nothing,,\n")
    assert sum(map(len, read_dataset(TextConfig(data=table)).splits.values())) == 40


def test_a_voice_or_face_has_one_label(tmp_path: Path):
    for name in ("joy|love", "fear", " "):
        write(tmp_path / name / "a.wav", "")
    recordings = read_recordings(tmp_path)
    assert {r.label for r in recordings} == {"joy|love", "fear"}
    with pytest.raises(InvalidInput, match=r"expected one label for each item, got 'joy\|love'"):
        model_labels(recordings, "", "voices")


def test_files_whose_names_no_table_can_hold_are_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    for label in ("joy", "fear"):
        write(tmp_path / label / "a.txt", f"a text of {label}")
    odd = os.fsencode(tmp_path / "joy") + b"/b\xff.txt"
    Path(os.fsdecode(odd)).write_text("another")
    with caplog.at_level(logging.WARNING):
        assert len(read_labelled("text", tmp_path, LabelledChoice(split="all"))) == 2
    assert "left out 1 whose name is not UTF-8" in caplog.text
    assert [p.name for _, p in class_files(tmp_path, [".txt"])] == ["a.txt", "a.txt"]
    assert len(read_leak_items(str(tmp_path)).names) == 2


def test_a_folder_beside_the_splits_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    for folder in ("train/joy", "train/sadness", "dev/joy", "extra/joy"):
        write(tmp_path / folder / "a.txt", f"a text of {folder}")
    with caplog.at_level(logging.WARNING):
        read_dataset(TextConfig(data=str(tmp_path)))
    assert "left out 1 folder extra that is named after no split" in caplog.text


def test_splits_of_texts_that_cannot_be(tmp_path: Path):
    table = text_table(tmp_path / "a.csv", split=["train", "extra"] * 20)
    with pytest.raises(InvalidInput, match="got extra"):
        read_dataset(TextConfig(data=table))
    table = text_table(tmp_path / "b.csv", split=["train", ""] * 20)
    with pytest.raises(InvalidInput, match="got 20 of 40 without"):
        read_dataset(TextConfig(data=table))


def test_groups_of_texts_stay_together(tmp_path: Path):
    people = [f"p{k % 8}" if k % 5 else "" for k in range(40)]
    table = text_table(tmp_path / "a.csv", Speaker=people)
    dataset = read_dataset(TextConfig(data=table))
    sides = [{people[i] for i in dataset.splits[s].ids} - {""} for s in ("train", "validation")]
    assert sides[1] or len(dataset.splits["validation"])
    assert not sides[0] & sides[1]
    unnamed = [i for i, name in enumerate(people) if not name]
    assert not set(unnamed) <= set(dataset.splits["validation"].ids.tolist())


def test_several_labels_in_a_cell(tmp_path: Path):
    table = text_table(tmp_path / "a.csv", label=["joy", "joy|love", "love", "love|joy"] * 10)
    with pytest.raises(InvalidInput, match="several labels; set multi_label=true"):
        read_dataset(TextConfig(data=table))
    dataset = read_dataset(TextConfig(data=table, multi_label=True))
    assert dataset.labels == ("joy", "love")
    assert sum(side.targets.sum() for side in dataset.splits.values()) == 60


@pytest.mark.parametrize("name", ["index.csv", "index.parquet"])
def test_an_index_names_the_items_of_its_folder(tmp_path: Path, name: str):
    frame = pd.DataFrame(TEXTS, columns=["text", "label"]).assign(split=["Dev", "test"])
    (frame.to_csv if name.endswith("csv") else frame.to_parquet)(tmp_path / name, index=False)
    found = read_source(tmp_path, no_classes)
    assert found["text"].tolist() == [text for text, _ in TEXTS]
    assert found["split"].tolist() == ["validation", "test"]
    items = read_labelled("text", tmp_path, LabelledChoice(split="test"))
    assert list(items.sources) == ["so low"]


def write_goemotions(root: Path, names: str = "") -> Path:
    lines = "so glad\t17\teew5j0j\nnot sure\t6,27\ted00q6i\noh\t26\ted0xxx\n"
    for name in ("train", "dev", "test"):
        write(root / f"{name}.tsv", lines.replace("oh", f"oh {name}"))
    if names:
        write(root / "emotions.txt", names)
    return root


def test_goemotions_as_its_authors_publish_it(tmp_path: Path):
    data = str(write_goemotions(tmp_path))
    config = TextConfig(data=data, multi_label=True)
    dataset = read_dataset(config)
    train = dataset.splits["train"]
    assert train.texts == ["so glad", "not sure", "oh train"]
    assert [[dataset.labels[k] for k in np.flatnonzero(row)] for row in train.targets] == [
        ["joy"],
        ["confusion", "neutral"],
        ["surprise"],
    ]
    items = read_labelled("text", tmp_path, LabelledChoice(split="test"))
    assert list(items.truth) == ["joy", "confusion|neutral", "surprise"]
    named = write_goemotions(tmp_path / "named", "\n".join(f"n{k}" for k in range(28)))
    assert read_dataset(TextConfig(data=str(named), multi_label=True)).labels == (
        "n17", "n26", "n27", "n6",
    )  # fmt: skip


def test_emotion_as_its_authors_publish_it(tmp_path: Path):
    for name in ("train", "val", "test"):
        write(tmp_path / f"{name}.txt", f"i feel {name}; really;joy\r\ni feel low;sadness\r\n")
    dataset = read_dataset(TextConfig(data=str(tmp_path)))
    assert dataset.splits["validation"].texts == ["i feel val; really", "i feel low"]
    assert dataset.labels == ("joy", "sadness")
    items = read_labelled("text", tmp_path, LabelledChoice(split="validation"))
    assert list(items.truth) == ["joy", "sadness"]


def test_a_line_of_an_original_without_a_label_is_named(tmp_path: Path):
    write(tmp_path / "train.txt", "i feel calm;joy\ni feel nothing\n")
    with pytest.raises(InvalidInput, match=r"train\.txt: line 2 has no label: 'i feel nothing'"):
        read_dataset(TextConfig(data=str(tmp_path)))


def test_tables_with_a_header_are_no_original(tmp_path: Path):
    for name in ("train", "dev", "test"):
        write(tmp_path / f"{name}.tsv", "text\tlabel\tid\nso glad\tjoy\t1\nso low\tsadness\t2\n")
    assert read_dataset(TextConfig(data=str(tmp_path))).labels == ("joy", "sadness")


def write_pictures(root: Path, number: int = 3) -> Path:
    rng = np.random.default_rng(0)
    for label in ("joy", "sadness"):
        (root / label).mkdir(parents=True)
        for k in range(number):
            crop = rng.integers(0, 255, (48, 48), np.uint8)
            Image.fromarray(crop).save(root / label / f"{k}.png")
    return root


def test_a_relative_folder_of_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_pictures(tmp_path / "faces" / "Train")
    monkeypatch.chdir(tmp_path)
    faces, broken = read_faces("faces", CropConfig(size=48))
    assert not broken
    assert faces.name.tolist()[0] == "Train/joy/0.png"
    assert set(faces.split) == {"train"}


def test_tables_of_other_encodings_are_told_from_known_data_sets(tmp_path: Path):
    write_pictures(tmp_path)
    content = "Path;Label\njoy/0.png;joy\nsadness/0.png;sadness\n"
    faces, _ = read_faces(str(write(tmp_path / "a.CSV", content, "utf-16")), CropConfig(size=48))
    assert faces.labels == ("joy", "sadness")
    for name in ("train", "dev", "test"):
        write(tmp_path / "texts" / f"{name}.tsv", "text\tlabel\nglad\tjoy\nlow\tfear\n", "utf-16")
    assert read_dataset(TextConfig(data=str(tmp_path / "texts"))).labels == ("fear", "joy")


def test_people_in_a_table_of_pictures_stay_together(tmp_path: Path):
    write_pictures(tmp_path, 30)
    paths = [f"{label}/{k}.png" for label in ("joy", "sadness") for k in range(30)]
    people = [f"p{k % 12}" if k % 5 else "" for k in range(60)]
    table = tmp_path / "a.csv"
    pd.DataFrame({"path": paths, "label": [p.split("/")[0] for p in paths], "Speaker": people}
                 ).to_csv(table, index=False)  # fmt: skip
    faces, _ = read_faces(str(table), CropConfig(size=48))
    assert len(set(faces.group)) == 12 + people.count("")
    divided = with_splits(faces, seed=0)
    for person in set(people) - {""}:
        rows = [i for i, name in enumerate(people) if name == person]
        assert len(set(divided.split[rows])) == 1


def test_pictures_of_which_some_have_no_split(tmp_path: Path):
    write_pictures(tmp_path)
    table = tmp_path / "a.csv"
    pd.DataFrame({"path": ["joy/0.png", "sadness/0.png"], "label": ["joy", "sadness"],
                  "split": ["train", ""]}).to_csv(table, index=False)  # fmt: skip
    faces, _ = read_faces(str(table), CropConfig(size=48))
    with pytest.raises(InvalidInput, match="got 1 of 2 without"):
        with_splits(faces, seed=0)
