"""The command for recordings: what it writes, and its exit status."""

import json
from pathlib import Path

import pandas as pd
import pytest

from emotion_core.cli import main
from emotion_core.labels import EKMAN7, IEMOCAP4
from emotion_core.recording.answers import recording_columns
from emotion_core.recording.captions.reading import read_transcript
from tests.recording.files import drawn_film, spoken_wav

WORDS = "1\n00:00:00,500 --> 00:00:02,000\nI am so happy to see you!\n"


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as stop:
        main(["predict", "recording", *map(str, arguments)])
    return int(stop.value.code or 0)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "an interview é.mp4"
    path.write_bytes(drawn_film(seconds=4))
    return path


def test_a_film_with_words_becomes_a_folder_of_answers(film: Path, tmp_path: Path):
    words, out = tmp_path / "words.srt", tmp_path / "new" / "answers"
    words.write_text(WORDS)
    assert run(film, "--transcript", words, "--out", out) == 0
    assert {p.name for p in out.iterdir()} == {
        "timeline.csv", "summary.json", "report.html", "subtitles.vtt",
    }  # fmt: skip
    table = pd.read_csv(out / "timeline.csv")
    assert list(table.columns) == recording_columns(EKMAN7)
    assert set(table["modality"]) == {"words", "voice", "face", "fused"}
    assert (table["source"] == str(film)).all()
    assert table["start_s"].is_monotonic_increasing
    assert table.loc[table["modality"] == "words", "text"].tolist() == ["I am so happy to see you!"]
    assert json.loads((out / "summary.json").read_text())["models"]["fusion"]
    assert "<script src" not in (out / "report.html").read_text()
    assert read_transcript(out / "subtitles.vtt").cues[0].text == "I am so happy to see you!"


def test_sound_alone_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "call.wav"
    path.write_bytes(spoken_wav())
    assert run(path, "--labels", "IEMOCAP4", "--out", tmp_path) == 0
    table = pd.read_csv(tmp_path / "timeline.csv")
    assert list(table.columns) == recording_columns(IEMOCAP4)
    assert set(table["modality"]) == {"voice", "fused"}
    said = capsys.readouterr()
    assert said.out == ""
    assert "faces: " in said.err


def test_a_recording_that_cannot_be_read_is_a_row_with_its_error(tmp_path: Path):
    path = tmp_path / "broken.mp4"
    path.write_bytes(b"no film at all")
    assert run(path, "--out", tmp_path / "out") == 3
    table = pd.read_csv(tmp_path / "out" / "timeline.csv")
    assert len(table) == 1
    assert "neither sound nor picture" in table.loc[0, "error"]


@pytest.mark.parametrize(
    "wrong", [("--transcript", "absent.srt"), ("--hop", "9"), ("--recogniser", "a parrot")]
)
def test_wrong_usage(film: Path, tmp_path: Path, wrong: tuple[str, str]):
    assert run(film, "--out", tmp_path / "out", *wrong) == 2
    assert not (tmp_path / "out").exists()


def test_a_recording_that_is_not_there(tmp_path: Path):
    assert run(tmp_path / "absent.mp4", "--out", tmp_path / "out") == 2
