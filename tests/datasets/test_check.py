"""What `data check` tells of a source that trainings would refuse or read in part."""

import zipfile
from pathlib import Path

import pandas as pd
import pytest

from emotion_core.datasets.check import check_data
from emotion_core.datasets.table import guess_modality, read_data
from tests.datasets.conftest import Run


def write_texts(path: Path, rows: list[tuple[str, ...]], *columns: str) -> Path:
    frame = pd.DataFrame([(f"text number {i}", *row) for i, row in enumerate(rows)])
    frame.columns = ["text", *columns]
    frame.to_csv(path, index=False)
    return path


def test_rows_without_a_label_are_counted(tmp_path: Path, run: Run):
    rows = [("joy", "train"), ("fear", "train"), ("", "train"), (" ", "test"), ("joy", "test")]
    path = write_texts(tmp_path / "x.csv", rows, "label", "split")
    code, report, said = run("check", path)
    assert code == 0
    assert (report["items"], report["rows_left_out"]) == (3, 2)
    assert "2 rows left out: they have no label" in said
    for command in ("split", "prepare"):
        out = tmp_path / f"{command}.csv"
        _, _, said = run(command, path, "--out", out, *["--by", "random"] * (command == "split"))
        assert "2 rows left out: they have no label" in said


def test_items_without_a_split_and_of_another_are_faults(tmp_path: Path, run: Run):
    rows = [("joy", "train"), ("fear", "train"), ("joy", ""), ("fear", "extra"), ("joy", "extra")]
    path = write_texts(tmp_path / "x.csv", rows, "label", "split")
    code, report, _ = run("check", path)
    assert code == 1
    assert report["items"] == 5
    assert report["classes"] == {
        "fear": {"extra": 1, "train": 1},
        "joy": {"": 1, "extra": 1, "train": 1},
    }
    without, extra = report["faults"]
    assert "1 items have no split while others have one" in without
    assert "split 'extra' (2 items): trainings know train, validation, test" in extra
    _, told, said = run("prepare", path, "--out", tmp_path / "ready")
    assert told["items"] == 5
    assert "1 items have no split" in said
    frame = pd.read_parquet(tmp_path / "ready" / "index.parquet")
    assert frame["split"].tolist() == ["train", "train", "", "extra", "extra"]
    _, told, _ = run("split", path, "--by", "random", "--out", tmp_path / "y.csv", "--shares", "1")
    assert told["items"] == {"train": 5}


def test_a_label_of_a_split_alone_is_named_with_the_split(tmp_path: Path):
    rows = [("joy", "train"), ("fear", "train"), ("anger", "test"), ("anger", "")]
    table = read_data("text", write_texts(tmp_path / "x.csv", rows, "label", "split"))
    assert "'anger' has no item to learn from: it is in test alone" in check_data(table).faults


@pytest.mark.parametrize("word", ["Val", " dev", "eval", "Training", "testing "])
def test_words_for_splits_are_known(word: str, tmp_path: Path):
    rows = [("joy", "train"), ("fear", "train"), ("joy", word)]
    table = read_data("text", write_texts(tmp_path / "x.csv", rows, "label", "split"))
    assert table.splits[2] in ("train", "validation", "test")
    assert not check_data(table).faults


def test_each_table_of_a_folder_is_read(tmp_path: Path, run: Run):
    write_texts(tmp_path / "train.csv", [("joy",), ("fear",), ("",)], "label")
    write_texts(tmp_path / "test.csv", [("joy",), ("fear",), ("",)], "label")
    table = read_data("text", tmp_path)
    assert list(table.splits) == ["test", "test", "train", "train"]
    assert len(set(table.ids)) == 4
    _, report, said = run("check", tmp_path)
    assert report["rows_left_out"] == 2
    assert "train.csv: 1 rows left out" in said
    assert "test.csv: 1 rows left out" in said


def test_labels_in_two_spellings_are_a_fault_and_two_words_a_warning(tmp_path: Path):
    for first, second, faulty in (
        ("Joy", "joy", True),
        ("Smug", "smug|joy", True),
        ("joy ", "joy", False),
        ("happy", "joy", False),
    ):
        path = write_texts(tmp_path / "x.csv", [(first,), (second,), ("fear",)], "label")
        report = check_data(read_data("text", path))
        assert any("in several spellings" in f for f in report.faults) == faulty
        told = "several words for one label: happy, joy" in report.warnings
        assert told == (first == "happy")


def test_spellings_are_those_that_a_training_of_the_modality_meets(tmp_path: Path):
    """Pictures are learnt in our words; of recordings blanks count, too."""
    pd.DataFrame({"path": ["a.x", "b.x"], "label": ["Joy", "joy "]}).to_csv(tmp_path / "x.csv")
    audio, image = (check_data(read_data(m, tmp_path / "x.csv")) for m in ("audio", "image"))
    assert any("in several spellings" in f for f in audio.faults)
    assert not any("in several spellings" in f for f in image.faults)


def test_two_words_for_one_label_of_pictures_are_one_class(tmp_path: Path):
    pd.DataFrame({"path": ["a.x", "b.x"], "label": ["Joy", "happy"]}).to_csv(tmp_path / "x.csv")
    report = check_data(read_data("image", tmp_path / "x.csv"))
    assert "expected two classes or more, got joy" in report.faults


def test_a_class_of_pictures_may_have_another_word_in_each_split(tmp_path: Path):
    rows = {"label": ["joy", "fear", "happy"], "split": ["train", "train", "test"]}
    pd.DataFrame({"path": ["a.x", "b.x", "c.x"], **rows}).to_csv(tmp_path / "x.csv")
    image, audio = (check_data(read_data(m, tmp_path / "x.csv")) for m in ("image", "audio"))
    fault = "'happy' has no item to learn from: it is in test alone"
    assert fault not in image.faults
    assert fault in audio.faults


@pytest.mark.parametrize("inside", ["", "train"])
def test_a_class_without_files_is_a_fault(inside: str, tmp_path: Path, run: Run):
    for label in ("joy", "fear", "anger"):
        (tmp_path / inside / label).mkdir(parents=True)
        (tmp_path / inside / label / "a.txt").write_text(f"a text of {label}")
    assert run("check", tmp_path)[0] == 0
    (tmp_path / inside / "anger" / "a.txt").unlink()
    code, report, _ = run("check", tmp_path)
    assert code == 1
    (fault,) = report["faults"]
    assert f"{tmp_path / inside / 'anger'}: a class without files (.txt)" in fault


def test_texts_in_a_zip_are_divided(tmp_path: Path, run: Run):
    """Their words stand in the table, not the names of their files."""
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        for name in ("joy/a.txt", "joy/b.txt", "fear/c.txt", "fear/d.txt"):
            archive.writestr(name, f"\ufeffwritten in {name}")
    out = tmp_path / "y.csv"
    code, _, _ = run("split", tmp_path / "x.zip", "--by", "random", "--out", out, "--shares", "1")
    assert code == 0
    assert pd.read_csv(out)["text"].tolist()[0] == "written in fear/c.txt"


def test_films_are_video(tmp_path: Path):
    for name in ("joy/a.mp4", "fear/b.MKV"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(b"film")
    assert guess_modality(tmp_path) == "video"
    (tmp_path / "joy" / "c.wav").write_bytes(b"sound")
    assert guess_modality(tmp_path) == "audio"


@pytest.mark.parametrize("header", ["text,label", "path,label\n", "text,label,split\n"])
@pytest.mark.parametrize("modality", ["", "text", "audio", "image", "video"])
def test_a_table_with_a_header_alone_is_told(header: str, modality: str, tmp_path: Path, run: Run):
    (tmp_path / "x.csv").write_text(header)
    asked = ["--modality", modality] if modality else []
    code, _, said = run("check", tmp_path / "x.csv", *asked)
    assert code != 0
    assert said.startswith("error: ")


def test_files_that_are_missing_are_broken_items(tmp_path: Path):
    pd.DataFrame({"path": ["a.x", "b.x"], "label": ["joy", "fear"]}).to_csv(tmp_path / "x.csv")
    for modality in ("text", "audio", "image"):
        report = check_data(read_data(modality, tmp_path / "x.csv"))
        assert len(report.broken) == 2
        assert "no item can be read" in report.faults
