"""Clips from folders and tables, and their frames on disk."""

import logging
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from emotion_core.datasets.clips import read_clips
from emotion_core.datasets.corpora import Recording
from emotion_core.datasets.recordings import with_splits
from emotion_core.errors import InvalidInput, ModelUnavailable
from emotion_core.face.clip import ClipConfig
from emotion_core.training import video_data
from emotion_core.training.video_data import (
    StoredClips,
    labelled_clips,
    read_material,
    store_clips,
)
from tests.training.clips import FRAMES, SIZE, bar, tiny_config, write_bars, write_clip

LABELS = ("anger", "joy")


def touch(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


# reading


def test_splits_and_classes(tmp_path: Path) -> None:
    touch(tmp_path, "train/happy/a.mp4", "train/sad/b.MOV", "val/sad/c.webm", "test/happy/d.avi")
    touch(tmp_path, "train/happy/a.wav", "train/happy/notes.txt")
    found = {(r.split, r.label, r.path.name, r.group) for r in read_clips(tmp_path)}
    assert found == {
        ("train", "happy", "a.mp4", ""), ("train", "sad", "b.MOV", ""),
        ("validation", "sad", "c.webm", ""), ("test", "happy", "d.avi", ""),
    }  # fmt: skip


@pytest.mark.parametrize("split", ["", "train/"])
def test_folders_of_people(tmp_path: Path, split: str) -> None:
    touch(tmp_path, *(f"{split}{c}/{who}/{n}.mp4" for c in ("joy", "fear") for who in ("ann", "bob")
                      for n in (1, 2)), f"{split}joy/loose.mp4")  # fmt: skip
    name = tmp_path.name
    groups = Counter(r.group for r in read_clips(tmp_path))
    assert groups == {f"{name}/ann": 4, f"{name}/bob": 4, "": 1}
    assert {r.speaker for r in read_clips(tmp_path)} == {"ann", "bob", ""}


def test_people_stay_on_one_side(tmp_path: Path) -> None:
    people = [f"p{i}" for i in range(10)]
    touch(tmp_path, *(f"{c}/{who}/{n}.mp4" for c in LABELS for who in people for n in (1, 2)))
    clips, labels = labelled_clips(tiny_config(tmp_path))
    assert labels == LABELS
    sides = {(clip.group, clip.split) for clip in clips}
    assert len(sides) == len(people)
    assert {split for _, split in sides} == {"train", "validation", "test"}


def test_names_of_known_data_sets_tell_who_is_seen(tmp_path: Path) -> None:
    touch(tmp_path, "happy/01-01-03-01-01-01-07.mp4", "sad/01-01-04-01-01-01-07.mp4")
    assert {r.group for r in read_clips(tmp_path)} == {f"{tmp_path.name}/ravdess/07"}


def test_a_table(tmp_path: Path) -> None:
    touch(tmp_path, "clips/a.mp4", "clips/b.mp4", "clips/c.wav")
    table = tmp_path / "mine.csv"
    table.write_text(
        "path,label,group,split\nclips/a.mp4,joy,ann,train\nclips/b.mp4,fear,bob,val\n"
        "clips/c.wav,fear,bob,val\n"
    )
    a, b = tmp_path / "clips/a.mp4", tmp_path / "clips/b.mp4"
    assert read_clips(table) == [
        Recording(a, "joy", "", "mine", "mine/ann", "train"),
        Recording(b, "fear", "", "mine", "mine/bob", "validation"),
    ]


def test_a_table_of_clips_that_lie_elsewhere(tmp_path: Path) -> None:
    touch(tmp_path, "clips/joy/ann/a.mp4", "list/none")
    (tmp_path / "list" / "index.csv").write_text(
        f"path,label\n{tmp_path}/clips/joy/ann/a.mp4,joy\n../clips/joy/ann/a.mp4,joy\n"
    )
    assert [r.group for r in read_clips(tmp_path / "list")] == ["", ""]


def test_sound_alone(tmp_path: Path) -> None:
    touch(tmp_path, "joy/a.wav", "fear/b.wav")
    with pytest.raises(InvalidInput, match=r"expected clips \(\.mp4 .*\), got 2 recordings of s"):
        read_clips(tmp_path)


def test_labels_of_another_set(tmp_path: Path) -> None:
    touch(
        tmp_path, *(f"{c}/{who}/1.mp4" for c in ("happy", "angry", "calm") for who in "abcdefghijk")
    )
    clips, labels = labelled_clips(tiny_config(tmp_path, "label_set=EKMAN7"))
    assert len(labels) == 7
    assert Counter(c.label for c in clips) == {"joy": 11, "anger": 11, "neutral": 11}


def test_one_class_is_nothing_to_learn(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="expected two classes or more, got joy"):
        labelled_clips(tiny_config(touch(tmp_path, "joy/a.mp4", "joy/b.mp4")))


def test_people_who_are_not_known_are_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    touch(tmp_path, *(f"{c}/{n}.mp4" for c in LABELS for n in range(10)))
    with caplog.at_level(logging.WARNING):
        with_splits(read_clips(tmp_path), seed=0)
    assert "the speakers of 20 recordings are unknown" in caplog.text


# frames on disk


@pytest.fixture
def clips(tmp_path: Path) -> list[Recording]:
    """Two of each class, one of them damaged."""
    made = []
    for number, label in enumerate(("anger", "joy", "joy", "anger")):
        path = write_clip(tmp_path / "data" / f"{number}.mkv", bar(label, number))
        made.append(Recording(path, label, "", "data", "", "train" if number < 2 else "validation"))
    made[2].path.write_bytes(b"no video")
    return made


def test_frames_are_kept(
    clips: list[Recording], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    steps: list[tuple[int, int]] = []
    stored = store_clips(
        clips, LABELS, ClipConfig(FRAMES, SIZE), tmp_path / "work",
        on_progress=lambda *step: steps.append(step),
    )  # fmt: skip
    assert steps == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert stored.recordings == [clips[0], clips[1], clips[3]]
    assert stored.targets.tolist() == [[1, 0], [0, 1], [1, 0]]
    assert "left out: 2.mkv: " in caplog.text
    for place, (number, label) in enumerate([(0, "anger"), (1, "joy"), (3, "anger")]):
        np.testing.assert_array_equal(stored.frames(place), bar(label, number))


def test_frames_are_read_once_for_each_clip_and_setting(
    clips: list[Recording], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, read = video_data.read_clip, list[str]()

    def told(source: Path, *arguments: object) -> np.ndarray:
        read.append(source.name)
        return real(source, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(video_data, "read_clip", told)

    def store(frames: int = FRAMES) -> StoredClips:
        return store_clips(clips[:2], LABELS, ClipConfig(frames, SIZE), tmp_path / "work")

    store()
    assert read == ["0.mkv", "1.mkv"]
    store()
    assert len(read) == 2
    assert store(frames=3).frames(0).shape == (3, SIZE, SIZE, 3)
    assert len(read) == 4
    write_clip(clips[0].path, bar("joy", 9))
    np.testing.assert_array_equal(store().frames(0), bar("joy", 9))
    assert read[4:] == ["0.mkv"]


def test_no_clip_can_be_read(clips: list[Recording], tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="none of the clips can be read"):
        store_clips(clips[2:3], LABELS, ClipConfig(FRAMES, SIZE), tmp_path / "work")


def test_a_side_without_clips(clips: list[Recording], tmp_path: Path) -> None:
    stored = store_clips(clips[:2], LABELS, ClipConfig(FRAMES, SIZE), tmp_path / "work")
    assert stored.side("train").recordings == clips[:2]
    with pytest.raises(InvalidInput, match="no readable clips in the validation split"):
        stored.side("validation")


def test_the_test_split_is_not_read(tmp_path: Path) -> None:
    data = write_bars(tmp_path / "data", {"train": 2, "val": 1, "test": 1})
    stored, labels = read_material(tiny_config(data), tmp_path / "work")
    assert labels == LABELS
    assert Counter(r.split for r in stored.recordings) == {"train": 4, "validation": 2}


def test_faces_ask_for_a_detector(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent() -> None:
        raise ModelUnavailable("no networks to find faces with")

    monkeypatch.setattr(video_data, "open_detector", absent)
    data = write_bars(tmp_path / "data", {"train": 1, "val": 1})
    assert len(read_material(tiny_config(data), tmp_path / "work")[0]) == 4
    with pytest.raises(ModelUnavailable, match="no networks to find faces with"):
        read_material(tiny_config(data, "clip.crop_size=24"), tmp_path / "work")
