"""Recordings from tables and folders, their labels, splits and folds."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from emotion_core.datasets.corpora import Recording
from emotion_core.datasets.recordings import (
    map_labels,
    read_recordings,
    units,
    with_folds,
    with_splits,
)
from emotion_core.errors import InvalidInput, LabelMismatch
from emotion_core.labels import EKMAN7, EMOTION6, IEMOCAP4, RAVDESS8, TWEETS13, ordered


def voices(speakers: int, labels: tuple[str, ...] = ("anger", "joy"), split: str = ""):
    """One recording of each label by each speaker."""
    return [
        Recording(Path(f"{s}-{label}.wav"), label, str(s), "fake", f"fake/{s}", split)
        for s in range(speakers)
        for label in labels
    ]


def on_both_sides(recordings: list[Recording], side: str) -> int:
    pairs = {(r.group, getattr(r, side)) for r in recordings}
    return len(pairs) - len({group for group, _ in pairs})


@pytest.fixture
def sounds(tmp_path: Path) -> Path:
    for name in ("a.wav", "b.flac", "c.mp3"):
        (tmp_path / name).touch()
    return tmp_path


# reading


def test_an_index(sounds: Path):
    folder = sounds / "berlin"
    folder.mkdir()
    for name in ("01a.wav", "02b.wav"):
        (folder / name).touch()
    (folder / "index.csv").write_text(
        "file,emotion,speaker,dup_of,emobox_fold\n01a.wav,fearful,01,,3\n02b.wav,NA,02,01a,\n"
    )
    first, second = read_recordings(folder)
    assert first == Recording(folder / "01a.wav", "fear", "01", "berlin", "berlin/01", fold=3)
    assert (second.label, second.fold, second.duplicate_of) == ("NA", None, "01a")
    assert read_recordings(folder / "index.csv") == [first, second]
    assert read_recordings(sounds) == [first, second]


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet"])
def test_a_table(sounds: Path, ending: str):
    rows = [
        {"path": "a.wav", "label": "happy", "split": "train", "group": "007", "fold": 1},
        {"path": str(sounds / "b.flac"), "label": "sad", "split": "val", "group": "8", "fold": 2},
        {"path": "c.mp3", "label": "Smug", "split": "test", "group": None, "fold": None},
    ]
    path = sounds / f"mine{ending}"
    if ending == ".jsonl":
        path.write_text("\n".join(map(json.dumps, rows)))
    elif ending == ".csv":
        pd.DataFrame(rows).to_csv(path, index=False)
    else:
        pd.DataFrame(rows).to_parquet(path)
    assert read_recordings(path) == [
        Recording(sounds / "a.wav", "happy", "", "mine", "mine/007", "train", 1),
        Recording(sounds / "b.flac", "sad", "", "mine", "mine/8", "validation", 2),
        Recording(sounds / "c.mp3", "Smug", "", "mine", "", "test"),
    ]


def test_a_group_goes_before_a_speaker(sounds: Path):
    (sounds / "x.csv").write_text("path,label,speaker,group\na.wav,joy,Ann,talk 1\n")
    (one,) = read_recordings(sounds / "x.csv")
    assert (one.speaker, one.group) == ("Ann", "x/talk 1")


def test_a_table_per_split(sounds: Path):
    for split, name in (("train", "a.wav"), ("dev", "b.flac"), ("test", "c.mp3")):
        (sounds / f"{split}.csv").write_text(f"path,label\n{name},joy\n")
    found = {r.split: r.path.name for r in read_recordings(sounds)}
    assert found == {"train": "a.wav", "validation": "b.flac", "test": "c.mp3"}


@pytest.mark.parametrize("split", ["", "train/"])
def test_a_folder_per_class(tmp_path: Path, split: str):
    for name in ("happy/1.wav", "happy/more/2.OGG", "sad/1.wav", "sad/notes.txt", "sad/._1.wav"):
        path = tmp_path / split / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    found = read_recordings(tmp_path)
    assert [(r.label, r.path.name) for r in found] == [
        ("happy", "1.wav"), ("happy", "2.OGG"), ("sad", "1.wav"),
    ]  # fmt: skip
    assert {(r.speaker, r.group, r.corpus) for r in found} == {("", "", tmp_path.name)}
    assert {r.split for r in found} == {split.rstrip("/")}


def test_rows_without_a_label_or_a_file_are_told(sounds: Path, caplog: pytest.LogCaptureFixture):
    (sounds / "x.csv").write_text("path,label\na.wav,joy\nb.flac,\ngone.wav,joy\n")
    assert [r.path.name for r in read_recordings(sounds / "x.csv")] == ["a.wav"]
    assert "left out 1 without a label, 1 whose file is missing" in caplog.text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("path,label\n", r"expected rows with a label and a file, got none \(it has no rows\)"),
        ("path,label\na.wav,\n", r"got none \(without a label\)"),
        ("path,label\nx/a.wav,joy\n", r"got none \(whose file is missing\); paths are relative"),
        ("sound,label\na.wav,joy\n", "no column 'path'; it has sound, label"),
        ("path,label,fold\na.wav,joy,first\n", "expected a number as fold, got 'first'"),
    ],
)
def test_tables_that_cannot_be_trained_on(sounds: Path, content: str, message: str):
    (sounds / "x.csv").write_text(content)
    with pytest.raises(InvalidInput, match=message):
        read_recordings(sounds / "x.csv")


def test_sources_of_no_kind(tmp_path: Path):
    with pytest.raises(InvalidInput, match="does not exist; give a folder or a file"):
        read_recordings(tmp_path / "none")
    with pytest.raises(InvalidInput, match=r"expected a data set .* folder per class"):
        read_recordings(tmp_path)


# labels


def test_labels_are_mapped_and_the_loss_is_told(caplog: pytest.LogCaptureFixture):
    caplog.set_level("INFO")
    kept, carry = map_labels(voices(2, RAVDESS8), EKMAN7)
    assert Counter(r.label for r in kept) == {
        label: 4 if label == "neutral" else 2 for label in EKMAN7
    }
    assert carry.loss() == "neutral stands for calm, neutral"
    kept, carry = map_labels(voices(2, RAVDESS8), EMOTION6)
    assert set(carry.dropped) == {"neutral", "calm", "disgust"}
    assert len(kept) == 10
    assert "6 recordings left out" in caplog.text


def test_words_of_the_user_are_understood():
    kept, _ = map_labels(voices(1, ("angry", "Happy", "fearful", "smug")), EKMAN7)
    assert [r.label for r in kept] == ["anger", "joy", "fear"]
    kept, _ = map_labels(voices(1, ("angry", "excited", "calm")), IEMOCAP4)
    assert [r.label for r in kept] == ["angry", "happy", "neutral"]
    kept, _ = map_labels(voices(1, ("happiness", "fun")), TWEETS13)
    assert [r.label for r in kept] == ["happiness", "fun"]
    with pytest.raises(LabelMismatch, match="none of smug has a place"):
        map_labels(voices(1, ("smug",)), EKMAN7)


# splits


def test_speakers_are_on_one_side():
    done = with_splits(voices(20), seed=0)
    assert Counter(r.split for r in done) == {"train": 32, "validation": 4, "test": 4}
    assert on_both_sides(done, "split") == 0
    assert [replace(r, split="") for r in done] == voices(20)


def test_a_random_split_says_what_it_is(caplog: pytest.LogCaptureFixture):
    done = with_splits(voices(20), seed=0, random=True)
    divided = on_both_sides(done, "split")
    assert divided > 0
    assert f"{divided} of 20 groups" in caplog.text


def test_given_splits_stand():
    given = [*voices(5, split="train"), *voices(5, split="validation"), *voices(5, split="test")]
    assert with_splits(given, seed=0, random=True) == given


def test_validation_comes_from_training():
    given = [replace(r, split="test" if r.speaker in "01" else "train") for r in voices(12)]
    done = with_splits(given, seed=0)
    assert Counter(r.split for r in done) == {"train": 18, "validation": 2, "test": 4}
    assert on_both_sides(done, "split") == 0
    assert [r.path for r in done] == [r.path for r in given]
    assert {r.speaker for r in done if r.split == "test"} == {"0", "1"}


def test_copies_are_on_one_side():
    pairs = [
        Recording(Path(f"{i}{copy}.wav"), "ab"[i % 2], "", "fake", "", duplicate_of=of)
        for i in range(40)
        for copy, of in (("", ""), ("again", f"{i}"))
    ]
    for random in (False, True):
        done = with_splits(pairs, seed=1, random=random)
        assert all(a.split == b.split for a, b in zip(done[::2], done[1::2], strict=True))


def test_a_copy_ties_two_speakers():
    first, second, third = voices(3, ("joy",))
    second = replace(second, duplicate_of="0-joy")
    assert units([first, second, third]).tolist() == [0, 0, 1]
    assert units([first, replace(second, corpus="other"), third]).tolist() == [0, 1, 2]
    twin = replace(first, group="fake/9")
    assert units([first, twin, third]).tolist() == [0, 1, 2]  # same name, but no copy is named


def test_unknown_speakers_are_told(caplog: pytest.LogCaptureFixture):
    with_splits([replace(r, group="") for r in voices(20)], seed=0)
    assert "the speakers of 40 recordings are unknown" in caplog.text


def test_a_split_without_a_class_is_told(caplog: pytest.LogCaptureFixture):
    given = [*voices(5, split="train"), *voices(5, ("joy",), split="validation")]
    with_splits(given, seed=0)
    assert "the validation split has no anger" in caplog.text
    assert "5 of 5 groups" in caplog.text


@pytest.mark.parametrize(
    ("recordings", "message"),
    [
        ([], "got 0 items"),
        (voices(2), r"expected 3 groups \(speakers\) or more .* got 2"),
        (voices(3, split="training"), r"expected the splits train, .* got training;"),
        ([*voices(3), *voices(1, split="test")], "for every item or for none, got 6 of 8"),
        (
            [*voices(3, ("joy",), split="train"), *voices(3, split="test")],
            "expected items of every class in training, got none of anger",
        ),
        (voices(3, split="test"), "got none of anger, joy"),
    ],
)
def test_recordings_that_cannot_be_split(recordings: list[Recording], message: str):
    with pytest.raises(InvalidInput, match=message):
        with_splits(recordings, seed=0)


# folds


def test_folds():
    done = with_folds(voices(12), 6, seed=0)
    assert Counter(r.fold for r in done) == dict.fromkeys(range(1, 7), 4)
    assert on_both_sides(done, "fold") == 0


def test_given_folds_stand_unless_speakers_may_be_in_several(caplog: pytest.LogCaptureFixture):
    given = [replace(r, fold=int(r.speaker) % 3 + 1) for r in voices(6)]
    assert with_folds(given, 2, seed=0) == given
    assert not caplog.records
    mixed = with_folds(given, 4, seed=0, random=True)
    assert {r.fold for r in mixed} == {1, 2, 3, 4}
    assert "of 6 groups (speakers, dialogues, copies) are on both sides" in caplog.text


def test_folds_that_cannot_be_trained():
    with pytest.raises(InvalidInput, match="a fold for every recording or for none, got 10 of 12"):
        with_folds([*voices(5), *(replace(r, fold=1) for r in voices(1))], 2, seed=0)
    with pytest.raises(InvalidInput, match="fold 1: expected items of every class in training"):
        with_folds([replace(r, fold=1) for r in voices(5)], 2, seed=0)
    with pytest.raises(InvalidInput, match="expected 4 groups"):
        with_folds(voices(3), 4, seed=0)
    with pytest.raises(InvalidInput, match="got 0 items"):
        with_folds([], 4, seed=0)


# the real sets, with the counts of their SOURCE.md


SETS = {
    "ravdess": (24, {label: 96 if label == "neutral" else 192 for label in RAVDESS8}),
    "ased": (65, {"neutral": 522, "fear": 510, "joy": 486, "anger": 486, "sadness": 470}),
    "tess": (2, dict.fromkeys(EKMAN7, 400)),
    "turev": (6, {"anger": 487, "sadness": 483, "calm": 408, "joy": 357}),
}


@pytest.mark.data
@pytest.mark.parametrize("name", SETS)
def test_a_real_set(name: str, shared_data: Path):
    speakers, counts = SETS[name]
    recordings = read_recordings(shared_data / "audio" / name)
    assert Counter(r.label for r in recordings) == counts
    assert len({r.group for r in recordings}) == speakers
    assert len({r.speaker for r in recordings}) == speakers
    shares = (
        {"train": 0.5, "test": 0.5}
        if speakers < 3
        else {"train": 0.8, "validation": 0.1, "test": 0.1}
    )
    done = with_splits(recordings, seed=0, shares=shares)
    assert on_both_sides(done, "split") == 0
    assert Counter(r.split for r in done).keys() == shares.keys()
    assert on_both_sides(with_folds([replace(r, fold=None) for r in recordings], 2, 0), "fold") == 0


@pytest.mark.data
def test_the_six_folds_of_ravdess(shared_data: Path, caplog: pytest.LogCaptureFixture):
    recordings = read_recordings(shared_data / "audio" / "ravdess")
    assert ordered(r.label for r in recordings) == RAVDESS8
    done = with_folds(recordings, 6, seed=0)
    assert done == recordings
    assert Counter(r.fold for r in done) == dict.fromkeys(range(1, 7), 240)
    assert on_both_sides(done, "fold") == 0
    assert not caplog.records
    assert [r.duplicate_of for r in done if r.duplicate_of] == ["03-01-03-01-02-01-07"]


@pytest.mark.data
def test_all_sets_at_once(shared_data: Path):
    recordings = read_recordings(shared_data / "audio")
    assert len(recordings) == 1440 + 2474 + 2800 + 1735
    assert {r.corpus for r in recordings} == set(SETS)
    assert len({r.group for r in recordings}) == 24 + 65 + 2 + 6
    assert on_both_sides(with_splits(recordings, seed=0), "split") == 0


@pytest.mark.data
def test_real_classes_are_spread_evenly(shared_data: Path):
    done = with_splits(read_recordings(shared_data / "audio" / "ased"), seed=0)
    for label, total in SETS["ased"][1].items():
        shares = Counter(r.split for r in done if r.label == label)
        assert shares["test"] / total == pytest.approx(0.1, abs=0.01)
        assert shares["validation"] / total == pytest.approx(0.1, abs=0.01)
