"""Utterances in the published layouts, and tables of a person's own."""

from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from emotion_core.datasets.paired_clip import PairedClip
from emotion_core.datasets.paired_data import read_paired
from emotion_core.errors import InvalidInput, LabelMismatch
from emotion_core.labels import EKMAN7, IEMOCAP4
from tests.audio.sounds import wav_bytes
from tests.training.utterances import SESSIONS, write_iemocap, write_meld
from tests.training.voices import spoken


@pytest.fixture(scope="module")
def iemocap(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_iemocap(tmp_path_factory.mktemp("iemocap") / "IEMOCAP_full_release")


@pytest.fixture(scope="module")
def meld(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_meld(tmp_path_factory.mktemp("meld"))


def by_name(clips: tuple[PairedClip, ...]) -> dict[str, PairedClip]:
    return {clip.name: clip for clip in clips}


def test_iemocap(iemocap: Path, caplog: pytest.LogCaptureFixture):
    paired = read_paired(iemocap)
    assert (paired.corpus, paired.labels) == ("iemocap", IEMOCAP4)
    assert len(paired) == 10 * SESSIONS
    dialogue = "Ses02F_impro01"
    assert by_name(paired.clips)[f"{dialogue}_F000"] == PairedClip(
        f"{dialogue}_F000",
        "I feel so angry about it.",
        iemocap / "Session2" / "sentences" / "wav" / dialogue / f"{dialogue}_F000.wav",
        None,
        "angry",
        "Ses02F",
        "iemocap/Ses02",
        dialogue,
        "Ses02",
        span_s=(6.2, 8.2),
    )
    assert [paired.labels[i] for i in paired.truth] == [c.label for c in paired.clips]
    for reason in ("6 labelled xxx", "6 labelled fru", "6 labelled surprise", "6 interjections"):
        assert reason in caplog.text


def test_excitement_is_happy_and_laughter_is_no_word(iemocap: Path):
    clips = by_name(read_paired(iemocap).clips)
    assert clips["Ses01F_impro01_M001"].label == "happy"
    assert clips["Ses01F_impro01_M000"].text == "So very happy!"


def test_iemocap_in_other_labels(iemocap: Path):
    labels = Counter(c.label for c in read_paired(iemocap, EKMAN7).clips)
    assert labels["joy"] == 2 * labels["anger"] == 2 * labels["surprise"] == 4 * SESSIONS


def test_iemocap_without_a_transcript_or_a_sound(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    root = write_iemocap(tmp_path)
    (root / "Session1/dialog/transcriptions/Ses01F_impro01.txt").unlink()
    dialogue = "Ses03F_impro01"
    (root / f"Session3/sentences/wav/{dialogue}/{dialogue}_F000.wav").unlink()
    paired = read_paired(root)
    assert len(paired) == 10 * SESSIONS - 6
    assert "6 without a transcript" in caplog.text
    assert "1 without a sound file" in caplog.text


def test_meld(meld: Path):
    paired = read_paired(meld)
    assert (paired.corpus, paired.labels) == ("meld", EKMAN7)
    assert Counter(c.split for c in paired.clips) == {"train": 7, "validation": 7, "test": 7}
    path = meld / "dev_splits_complete" / "dia0_utt0.mp4"
    assert by_name(paired.clips)["validation/dia0_utt0"] == PairedClip(
        "validation/dia0_utt0",
        "Don’t anger me!",
        path,
        path,
        "anger",
        "Joey",
        "meld/dev/0",
        "dev/0",
        split="validation",
        span_s=(976 + 0.059 - 6, 976 + 0.059 - 4),
    )
    assert by_name(paired.clips)["test/dia0_utt4"].text == "It is neutral, today."


def test_sound_that_was_taken_out_of_meld_keeps_its_picture(meld: Path, tmp_path: Path):
    folder = tmp_path / "train_splits"
    folder.mkdir()
    (folder / "dia0_utt0.wav").write_bytes(wav_bytes(spoken(120)))
    (folder / "dia0_utt0.mp4").write_bytes((meld / "train_splits/dia0_utt0.mp4").read_bytes())
    (tmp_path / "train_sent_emo.csv").write_text(
        "Utterance,Speaker,Emotion,Dialogue_ID,Utterance_ID\nNo!,Ross,anger,0,0\n"
        "Maybe,Ross,smug,0,0\n"
    )
    (clip,) = read_paired(tmp_path).clips
    assert (clip.sound, clip.picture) == (folder / "dia0_utt0.wav", folder / "dia0_utt0.mp4")
    assert clip.span_s is None


def test_an_unknown_label_is_counted(meld: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture):
    folder = tmp_path / "test_splits"
    folder.mkdir()
    for name in ("dia0_utt0.mp4", "dia0_utt1.mp4"):
        (folder / name).write_bytes((meld / "train_splits/dia0_utt0.mp4").read_bytes())
    (tmp_path / "test_sent_emo.csv").write_text(
        "Utterance,Speaker,Emotion,Dialogue_ID,Utterance_ID\nNo!,Ross,anger,0,0\n"
        "Maybe,Ross,smug,0,1\n"
    )
    (clip,) = read_paired(tmp_path).clips
    assert clip.text == "No!"
    assert "meld: left out 1 labelled smug" in caplog.text


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Rows of every kind beside a sound, a film and a photo."""
    (tmp_path / "a.wav").write_bytes(wav_bytes(spoken(120)))
    for name in ("b.mp4", "c.png"):
        (tmp_path / name).touch()
    rows = [
        {"text": "good", "path": "a.wav", "label": "happy", "split": "train", "group": "ann"},
        {"text": "bad", "path": "b.mp4", "label": "sad", "split": "dev", "speaker": "bob"},
        {"path": "a.wav", "face": "c.png", "label": "Happy", "split": "test"},
        {"path": "c.png", "label": "sad", "split": "test"},
        {"path": "gone.wav", "label": "sad"},
        {"text": "odd", "path": "a.wav"},
        {"label": "sad"},
    ]
    path = tmp_path / "own.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


def test_a_table(table: Path, caplog: pytest.LogCaptureFixture):
    paired = read_paired(table)
    folder = table.parent
    words, film, voice, photo = paired.clips
    assert paired.labels == ("joy", "sadness")
    assert (words.text, words.sound, words.picture) == ("good", folder / "a.wav", None)
    assert (film.sound, film.picture) == (folder / "b.mp4", folder / "b.mp4")
    assert (voice.text, voice.picture, voice.label) == ("", folder / "c.png", "joy")
    assert (photo.sound, photo.picture) == (None, folder / "c.png")
    assert (words.group, film.group, voice.group) == ("own/ann", "own/bob", "")
    assert [c.split for c in paired.clips] == ["train", "validation", "test", "test"]
    for reason in ("whose file is missing", "without a label", "with neither text nor file"):
        assert f"1 {reason}" in caplog.text


@pytest.mark.parametrize("ending", [".jsonl", ".parquet"])
def test_tables_of_other_kinds_by_split(table: Path, tmp_path: Path, ending: str):
    frame = pd.read_csv(table)[:4].drop(columns="split")
    folder = table.parent / "by split"
    folder.mkdir()
    for name in ("a.wav", "b.mp4", "c.png"):
        (folder / name).write_bytes((tmp_path / name).read_bytes())
    for split, rows in (("train", frame[:2]), ("test", frame[2:])):
        if ending == ".jsonl":
            rows.to_json(folder / f"{split}.jsonl", orient="records", lines=True)
        else:
            rows.to_parquet(folder / f"{split}.parquet")
    paired = read_paired(folder)
    assert [c.split for c in paired.clips] == ["test", "test", "train", "train"]
    assert {c.text for c in paired.clips} == {"good", "bad", ""}


def test_labels_that_have_no_place(table: Path):
    with pytest.raises(LabelMismatch, match="has a place in"):
        read_paired(table, ("boredom", "contempt"))


def test_nothing_to_read(tmp_path: Path):
    with pytest.raises(InvalidInput, match="expected IEMOCAP or MELD as downloaded"):
        read_paired(tmp_path)
    (tmp_path / "x.csv").write_text("text,label\n,joy\n")
    with pytest.raises(InvalidInput, match="all that was found had to be left out"):
        read_paired(tmp_path / "x.csv")
    (tmp_path / "x.csv").write_text("text\nwell\n")
    with pytest.raises(InvalidInput, match="no column 'label'"):
        read_paired(tmp_path / "x.csv")


def test_the_words_of_meld_by_themselves(shared_data: Path):
    paired = read_paired(shared_data / "text" / "meld")
    assert paired.labels == EKMAN7
    assert Counter(c.split for c in paired.clips) == {
        "train": 9989, "validation": 1109, "test": 2610,
    }  # fmt: skip
    assert not any(c.sound or c.picture for c in paired.clips)
