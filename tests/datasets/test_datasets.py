"""Data sets looked at, divided and prepared, from the command line and from Python."""

import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from PIL import Image

from emotion_core.datasets.catalogue import data_card, data_cards
from emotion_core.datasets.check import check_data
from emotion_core.datasets.division import divided
from emotion_core.datasets.prepare import PrepareSettings, prepare
from emotion_core.datasets.table import guess_modality, read_data, write_table
from emotion_core.errors import InvalidInput
from emotion_core.training.text_config import TextConfig
from emotion_core.training.text_data import read_dataset
from tests.audio.sounds import RATE, tone
from tests.datasets.conftest import Run

SHARES = {"train": 0.6, "validation": 0.2, "test": 0.2}


def write_voices(folder: Path) -> Path:
    """Two classes, three speakers, a copy, and a file that is none."""
    rows = []
    for k in range(12):
        name = f"{k:02d}.wav"
        soundfile.write(folder / name, tone(200 + 50 * (k % 11), 0.5 + 0.1 * k), RATE)
        rows.append({"path": name, "label": ("joy", "fear")[k % 2], "speaker": f"s{k % 3}"})
    (folder / "copy.wav").write_bytes((folder / "00.wav").read_bytes())
    (folder / "broken.wav").write_bytes(b"RIFF nothing")
    rows += [{"path": n, "label": "joy", "speaker": "s0"} for n in ("copy.wav", "broken.wav")]
    pd.DataFrame(rows).to_csv(folder / "index.csv", index=False)
    return folder


def write_pictures(folder: Path) -> Path:
    """A folder per split and class."""
    for split, label, count in (("train", "Happy", 9), ("train", "sad", 3), ("test", "angry", 2)):
        target = folder / split / label
        target.mkdir(parents=True)
        for k in range(count):
            picture = np.full((40, 30, 3), 10 * k + len(label), np.uint8)
            Image.fromarray(picture).save(target / f"{k}.png")
    return folder


def test_voices_are_checked(tmp_path: Path, run: Run):
    code, report, said = run("check", write_voices(tmp_path))
    assert code == 0
    assert report["modality"] == "audio"
    assert report["items"] == 14
    assert report["classes"] == {"fear": {"": 6}, "joy": {"": 8}}
    assert report["groups"]["count"] == 3
    assert list(report["broken"]) == ["broken.wav"]
    assert report["duplicates_count"] == 1
    assert report["sizes"]["unit"] == "seconds"
    assert report["sizes"]["max"] == pytest.approx(1.6)
    assert "1 items cannot be read" in said


def test_pictures_are_checked(tmp_path: Path, run: Run):
    code, report, said = run("check", write_pictures(tmp_path))
    assert code == 1
    assert report["faults"] == ["'angry' has no item to learn from: it is in test alone"]
    assert report["classes"]["Happy"] == {"train": 9}
    assert report["sizes"]["median"] == 1200
    assert "'sad' has 3 items; little can be learnt of it" in said


def test_spellings_and_wrong_copies_are_told(tmp_path: Path):
    rows = [("so glad", "Joy", "train"), ("so sad", "sadness", "train"),
            ("so glad", "sadness", "test"), ("very glad", "joy", "test")]  # fmt: skip
    path = tmp_path / "texts.csv"
    pd.DataFrame(rows, columns=["text", "label", "split"]).to_csv(path, index=False)
    report = check_data(read_data("text", path))
    (fault,) = (f for f in report.faults if "spellings" in f)
    assert "one label in several spellings: 'Joy' and 'joy'" in fault
    assert "1 items have an exact copy in another split; scores will flatter" in report.warnings
    assert "1 exact copies have another label than their original" in report.warnings


def test_one_class_is_a_fault(tmp_path: Path):
    pd.DataFrame({"text": ["a b", "c d"], "label": ["joy", "joy"]}).to_csv(tmp_path / "x.csv")
    report = check_data(read_data("text", tmp_path / "x.csv"))
    assert report.faults == ("expected two classes or more, got joy",)


@pytest.mark.parametrize("by", ["speaker", "random"])
def test_a_split_keeps_together_what_belongs_together(by: str, tmp_path: Path, run: Run):
    folder = write_voices(tmp_path)
    target = tmp_path / "divided.csv"
    code, told, said = run("split", folder, "--out", target, "--by", by, "--shares", "0.7,0,0.3")
    assert code == 0
    frame = pd.read_csv(target)
    assert sum(told["items"].values()) == len(frame) == 14
    assert set(frame["split"]) == {"train", "test"}
    side = dict(zip(frame["id"], frame["split"], strict=True))
    assert side["copy.wav"] == side["00.wav"]
    sides = frame.groupby("group")["split"].nunique()
    if by == "speaker":
        assert (sides == 1).all()
    else:
        assert "scores will flatter" in said
    assert all(Path(p).is_file() for p in frame["path"])
    assert set(read_data("audio", target).splits) == {"train", "test"}


def test_speakers_who_share_a_sentence_are_on_one_side(tmp_path: Path, run: Run):
    """Unless nearly all do, which is said."""
    target = tmp_path / "divided.csv"
    rows = [(f"text {i} of {s}", s, ["joy", "fear"][i % 2]) for s in "abcdefgh" for i in range(4)]
    for shared, expected in (("ab", 0), ("abcdefgh", 4)):
        said_by = [("the same", s, "joy") for s in shared]
        table = pd.DataFrame([*rows, *said_by], columns=["text", "speaker", "label"])
        table.to_csv(tmp_path / "x.csv", index=False)
        code, _, said = run("split", tmp_path / "x.csv", "--out", target, "--shares", "0.5,0,0.5")
        assert code == 0
        frame = pd.read_csv(target)
        assert (frame.groupby("group")["split"].nunique() == 1).all()
        assert frame.loc[frame["text"] == "the same", "split"].nunique() == 1 + bool(expected)
        assert ("items have an exact copy in another split" in said) == bool(expected)


def test_without_speakers_there_is_no_split_by_speaker(tmp_path: Path):
    rows = {"text": [f"text {i}" for i in range(12)], "label": ["joy", "fear"] * 6}
    pd.DataFrame(rows).to_csv(tmp_path / "x.csv", index=False)
    with pytest.raises(InvalidInput, match="expected a speaker for each item, got none"):
        divided(read_data("text", tmp_path / "x.csv"), "speaker", SHARES)


def test_every_label_of_an_item_is_to_be_learnt(tmp_path: Path):
    """Also one that only stands beside others."""
    labels = [["joy", "love"], *[["joy"], ["fear"]] * 6]
    rows = {"text": [f"text {i}" for i in range(13)], "labels": labels}
    pd.DataFrame(rows).to_parquet(tmp_path / "x.parquet")
    table, shares = read_data("text", tmp_path / "x.parquet"), {"train": 0.5, "test": 0.5}
    kept, refused = 0, 0
    for seed in range(8):
        with suppress(InvalidInput):
            kept += divided(table, "random", shares, seed=seed).splits[0] == "train"
            continue
        with pytest.raises(InvalidInput, match="no item of love fell into train"):
            divided(table, "random", shares, seed=seed)
        refused += 1
    assert kept + refused == 8
    assert refused


def test_several_labels_of_an_item_are_trained_on(tmp_path: Path, run: Run):
    labels = [["joy", "love"], ["fear"], ["fear", "joy"]] * 8
    rows = {"text": [f"text {i}" for i in range(24)], "labels": labels}
    for ending in ("parquet", "jsonl"):
        source, out = tmp_path / f"x.{ending}", tmp_path / "y.csv"
        if ending == "parquet":
            pd.DataFrame(rows).to_parquet(source)
        else:
            pd.DataFrame(rows).to_json(source, orient="records", lines=True)
        assert run("split", source, "--by", "random", "--out", out)[0] == 0
        found = read_dataset(TextConfig(data=str(out), multi_label=True))
        assert found.labels == ("fear", "joy", "love")
        assert sum(split.targets.sum() for split in found.splits.values()) == 40


def test_voices_are_prepared_and_a_second_run_goes_on(tmp_path: Path, run: Run):
    folder = tmp_path / "voices"
    folder.mkdir()
    out = tmp_path / "ready"
    code, told, said = run("prepare", write_voices(folder), "--out", out)
    assert (code, told["items"], told["left_out"]) == (0, 13, 1)
    assert "broken.wav" in said
    frame = pd.read_csv(out / "index.csv")
    samples, rate = soundfile.read(out / frame["path"][0])
    assert (rate, samples.ndim) == (16_000, 1)
    files = {p: p.stat().st_mtime_ns for p in out.rglob("*.flac")}
    run("prepare", folder, "--out", out)
    assert {p: p.stat().st_mtime_ns for p in out.rglob("*.flac")} == files
    again = read_data("audio", out)
    assert (len(again), again.group_column) == (13, "group")
    assert not check_data(again).broken


def test_pictures_texts_and_zips_are_prepared(tmp_path: Path):
    folder = write_pictures(tmp_path / "pictures")
    packed = tmp_path / "pictures.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in folder.rglob("*.png"):
            archive.write(path, path.relative_to(folder))
    found = prepare(
        read_data("image", packed), tmp_path / "faces", PrepareSettings(32, aligned=True)
    )
    frame = pd.read_csv(found.index)
    with Image.open(found.index.parent / frame["path"][0]) as picture:
        assert (picture.size, picture.mode) == ((32, 32), "L")
    assert set(frame["split"]) == {"train", "test"}
    pd.DataFrame({"text": ["  so   glad ", ""], "label": ["joy", "joy"]}).to_csv(
        tmp_path / "x.csv", index=False
    )
    texts = prepare(read_data("text", tmp_path / "x.csv"), tmp_path / "texts")
    (why,) = texts.broken.values()
    assert "the text is empty" in why
    assert pd.read_parquet(texts.index)["text"].tolist() == ["so glad"]


def test_another_data_set_is_not_mixed_in(tmp_path: Path):
    folder = tmp_path / "voices"
    folder.mkdir()
    table = read_data("audio", write_voices(folder))
    prepare(table, tmp_path / "ready")
    with pytest.raises(InvalidInput, match="holds other items or settings"):
        prepare(table.take(np.arange(3)), tmp_path / "ready")


def test_a_face_that_is_not_there_is_left_out(tmp_path: Path):
    folder = write_pictures(tmp_path / "pictures")
    with pytest.raises(InvalidInput, match="no face was found"):
        prepare(read_data("image", folder), tmp_path / "faces")


@pytest.mark.parametrize(
    ("write", "modality"), [(write_voices, "audio"), (write_pictures, "image")]
)
def test_the_modality_is_found_out(write: Callable[[Path], Path], modality: str, tmp_path: Path):
    assert guess_modality(write(tmp_path)) == modality


def test_nothing_labelled_is_told(tmp_path: Path):
    (tmp_path / "notes.md").write_text("nothing")
    with pytest.raises(InvalidInput, match="nothing that is labelled was found"):
        guess_modality(tmp_path)


def test_a_table_needs_a_known_ending(tmp_path: Path):
    table = read_data("audio", write_voices(tmp_path))
    with pytest.raises(InvalidInput, match=r"expected one of \.csv, \.jsonl, \.parquet"):
        write_table(table, tmp_path / "x.xlsx")


def test_every_card_is_whole():
    cards = data_cards()
    assert {"ravdess", "crema-d", "tess", "savee", "emo-db", "iemocap", "meld", "fer2013",
            "ck-plus", "goemotions", "emotion"} <= set(cards)  # fmt: skip
    for name, card in cards.items():
        assert card.id == name
        assert len(card.classes) >= 2
        assert card.traps
        assert card.where.startswith("http")
        assert card.licence in card.as_text()
    with pytest.raises(InvalidInput, match="no data card 'x'; there are: ck-plus"):
        data_card("x")
