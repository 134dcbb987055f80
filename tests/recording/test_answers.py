"""Rows in the columns of every table, a summary as JSON, and files that are whole or absent."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from emotion_core.errors import InvalidInput
from emotion_core.labels import EKMAN7, IEMOCAP4
from emotion_core.recording import answers
from emotion_core.recording.analysis import FusedLine, RecordingAnalysis
from emotion_core.recording.answers import (
    recording_columns,
    recording_rows,
    summary_record,
    write_failure,
    write_recording,
)
from emotion_core.recording.captions.reading import read_transcript
from emotion_core.recording.summary import summarise
from emotion_core.rows import columns, probability_columns
from tests.recording.examples import NAME, SCRIPT, recording

NOTHING = RecordingAnalysis(NAME, 5.0, None, None, None, FusedLine.empty(EKMAN7))


def test_columns():
    names = recording_columns(EKMAN7)
    fixed = columns(EKMAN7)
    assert names[: len(fixed)] == fixed
    assert names[len(fixed) :] == [
        "modality", "text", "speaker", "contribution_words", "contribution_voice",
        "contribution_face", "disagreement",
    ]  # fmt: skip


def test_rows_are_by_time_and_hold_every_modality():
    analysis = recording()
    rows = recording_rows("a/b.mp4", analysis, EKMAN7)
    assert all(list(row) == recording_columns(EKMAN7) for row in rows)
    assert {row["source"] for row in rows} == {"a/b.mp4"}
    order = ["words", "voice", "face", "fused"]
    places = [(r["start_s"], order.index(str(r["modality"])), r["person"] or 0) for r in rows]
    assert places == sorted(places)
    counts = {name: sum(r["modality"] == name for r in rows) for name in order}
    assert analysis.voice is not None
    assert analysis.faces is not None
    samples = sum(len(p.times_s) for p in analysis.faces.people)
    assert counts == {
        "words": len(SCRIPT), "voice": len(analysis.voice.timeline), "face": samples,
        "fused": len(analysis.fused.timeline),
    }  # fmt: skip
    for row in rows:
        probabilities = {name: row[name] for name in probability_columns(EKMAN7)}
        assert sum(float(p or 0) for p in probabilities.values()) == pytest.approx(1, abs=1e-5)
        top = max(probabilities, key=lambda name: float(probabilities[name] or 0))
        assert row["label"] == top.removeprefix("p_")
        assert row["error"] == ""


def test_each_modality_has_its_own_columns():
    rows = recording_rows("x", recording(), EKMAN7)
    words = [r for r in rows if r["modality"] == "words"]
    assert [(r["text"], r["speaker"], r["person"]) for r in words] == [
        (line.text, line.speaker, line.person) for line in SCRIPT
    ]
    assert all(r["contribution_words"] is None and r["disagreement"] is None for r in words)
    fused = [r for r in rows if r["modality"] == "fused"]
    shares = [[r[f"contribution_{m}"] for m in ("words", "voice", "face")] for r in fused]
    np.testing.assert_allclose(np.array(shares, float).sum(1), 1, atol=1e-5)
    assert {"the words say joy, the voice says anger", ""} <= {r["disagreement"] for r in fused}
    assert {r["person"] for r in rows if r["modality"] == "voice"} == {None}
    assert {r["person"] for r in rows if r["modality"] == "face"} == {1, 2}


def test_cues_out_of_order_and_without_words():
    analysis = recording(voice=False, faces=False)
    words = analysis.words
    assert words is not None
    cues = tuple(reversed(words.transcript.cues))
    scores = (None, *words.scores[1:])
    mixed = replace(words, transcript=replace(words.transcript, cues=cues), scores=scores)
    rows = recording_rows("x", replace(analysis, words=mixed), EKMAN7)
    said = [r for r in rows if r["modality"] == "words"]
    assert len(said) == len(cues) - 1
    starts = [float(r["start_s"] or 0) for r in rows]
    assert starts == sorted(starts)


def test_another_label_set():
    rows = recording_rows("x", recording(), IEMOCAP4)
    assert list(rows[0]) == recording_columns(IEMOCAP4)
    assert {r["label"] for r in rows} <= set(IEMOCAP4)


def test_a_recording_that_could_not_be_answered_is_one_row():
    failed = replace(NOTHING, failures={"voice": "no sound", "faces": "no picture"})
    (row,) = recording_rows("x", failed, EKMAN7)
    assert row["error"] == "voice: no sound; faces: no picture"
    assert (row["label"], row["modality"]) == (None, "fused")
    (row,) = recording_rows("x", NOTHING, EKMAN7)
    assert (row["error"], row["label"]) == ("", None)


def test_a_stage_that_failed_stands_in_the_summary_alone():
    analysis = recording(faces=False, failures={"faces": "the file has no video track"})
    assert {r["error"] for r in recording_rows("x", analysis, EKMAN7)} == {""}
    record = summary_record(analysis, summarise(analysis))
    assert record["failures"] == {"faces": "the file has no video track"}


def test_the_summary_is_plain_json():
    analysis = recording(notices=("the sound is quiet",))
    record = json.loads(json.dumps(summary_record(analysis, summarise(analysis)), allow_nan=False))
    assert (record["file"], record["duration_s"]) == (NAME, 40)
    assert record["labels"] == list(EKMAN7)
    assert sum(record["overall"]["seconds"].values()) == pytest.approx(40)
    assert [p["name"] for p in record["persons"]] == ["Anna", "Ben"]
    assert record["conflicts"][0]["labels"] == {"words": "joy", "voice": "anger"}
    assert record["conflicts"][0]["sentence"] == "the words say joy, the voice says anger"
    assert set(record["contributions"]) == {"words", "voice", "face"}
    assert {"time_s", "label", "probability", "modality", "person", "words"} == set(
        record["moments"][0]
    )
    assert record["notices"] == ["the sound is quiet"]
    alone = summary_record(NOTHING, summarise(NOTHING))
    assert alone["agreement"] == {"windows": 0, "share": None}
    json.dumps(alone, allow_nan=False)


def test_files_of_a_folder(tmp_path: Path):
    folder = tmp_path / "new" / "out"
    analysis = recording()
    written = write_recording(analysis, folder, source="a/interview.mp4")
    assert sorted(folder.iterdir()) == sorted(written)
    assert [p.name for p in written] == [
        "timeline.csv", "summary.json", "report.html", "subtitles.vtt",
    ]  # fmt: skip
    with (folder / "timeline.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    expected = recording_rows("a/interview.mp4", analysis, EKMAN7)
    assert len(rows) == len(expected)
    assert list(rows[0]) == recording_columns(EKMAN7)
    assert {row["uncertain"] for row in rows} <= {"true", "false"}
    assert [row["label"] for row in rows] == [row["label"] for row in expected]
    said = read_transcript(folder / "subtitles.vtt")
    assert [cue.text for cue in said.cues][:2] == [line.text for line in SCRIPT[:2]]
    assert "[anger]" not in (folder / "subtitles.vtt").read_text("utf-8")
    assert "[sadness]" in (folder / "subtitles.vtt").read_text("utf-8")


def test_all_files_are_in_the_labels_asked_for(tmp_path: Path):
    write_recording(recording(), tmp_path, IEMOCAP4)
    assert json.loads((tmp_path / "summary.json").read_text("utf-8"))["labels"] == list(IEMOCAP4)
    assert "[happy]" in (tmp_path / "subtitles.vtt").read_text("utf-8")
    assert "angry" in (tmp_path / "report.html").read_text("utf-8")
    head = (tmp_path / "timeline.csv").read_text("utf-8").splitlines()[0]
    assert "p_angry,p_happy,p_sad,p_neutral" in head


def test_without_words_there_are_no_subtitles(tmp_path: Path):
    written = write_recording(recording(words=False), tmp_path)
    assert [p.name for p in written] == ["timeline.csv", "summary.json", "report.html"]


def test_a_file_is_whole_or_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_recording(recording(words=False), tmp_path)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}

    class Full(answers.RowFile):
        def write(self, rows: object) -> None:
            raise OSError("No space left on device")

    monkeypatch.setattr(answers, "RowFile", Full)
    with pytest.raises(InvalidInput, match="cannot be written: No space left"):
        write_recording(recording(words=False, voice=False), tmp_path)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_a_folder_that_is_a_file(tmp_path: Path):
    (tmp_path / "out").write_text("here I stand")
    with pytest.raises(InvalidInput, match="cannot be written"):
        write_recording(recording(words=False, voice=False), tmp_path / "out")


def test_a_name_that_is_no_text(tmp_path: Path):
    analysis = replace(recording(words=False, voice=False), name="caf\udce9.mp4")
    write_recording(analysis, tmp_path)
    for name in ("timeline.csv", "summary.json", "report.html"):
        assert "caf?.mp4" in (tmp_path / name).read_text("utf-8")
    write_failure(InvalidInput("no sound"), tmp_path, EKMAN7, analysis.name)
    assert "caf?.mp4" in (tmp_path / "timeline.csv").read_text("utf-8")
