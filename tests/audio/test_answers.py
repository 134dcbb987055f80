"""Recordings as rows: what folders hold, one row each, one row per window."""

from pathlib import Path

import numpy as np
import pytest

from emotion_core.audio.answers import recordings_in, timeline_rows, whole_row
from emotion_core.audio.pipeline import NO_SPEECH, AudioModel, load_audio_model
from emotion_core.errors import InvalidInput
from emotion_core.labels import EKMAN7, IEMOCAP4
from emotion_core.rows import columns
from tests.audio.sounds import noise, syllables, wav_bytes
from tests.bundles import write_audio_bundle


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> AudioModel:
    return load_audio_model(write_audio_bundle(tmp_path_factory.mktemp("models") / "audio-fake"))


@pytest.fixture
def voice(tmp_path: Path) -> Path:
    path = tmp_path / "a voice.wav"
    rest = noise(1, level=1e-3)
    path.write_bytes(wav_bytes(np.concatenate([rest, syllables(22), rest])))
    return path


@pytest.fixture
def hiss(tmp_path: Path) -> Path:
    path = tmp_path / "hiss.wav"
    path.write_bytes(wav_bytes(noise(2, level=0.01)))
    return path


def test_files_as_named_and_folders_in_order(tmp_path: Path) -> None:
    for name in ("b.wav", "a.FLAC", "inner/c.opus", "notes.txt"):
        path = tmp_path / "folder" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    named = [tmp_path / "z.txt", tmp_path / "folder", tmp_path / "missing.wav"]
    found = recordings_in(named)
    assert (found[0], found[-1]) == (named[0], named[2])
    inside = [p.relative_to(named[1]).as_posix() for p in found[1:-1]]
    assert inside == ["a.FLAC", "b.wav", "inner/c.opus"]


def test_a_folder_without_a_recording_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(InvalidInput, match=r"expected recordings \(\.wav .*\) in the folder, got"):
        recordings_in([tmp_path])


def test_a_recording_as_a_whole(model: AudioModel, voice: Path) -> None:
    row, answer = whole_row(model, voice, EKMAN7), model.predict(voice)
    assert list(row) == columns(EKMAN7)
    assert row["source"] == str(voice)
    assert (row["label"], row["uncertain"], row["error"]) == (answer.label, answer.uncertain, "")
    assert [row["start_s"], row["end_s"], row["person"]] == [None] * 3
    found = [row[f"p_{x}"] for x in EKMAN7]
    np.testing.assert_allclose(np.array(found, float), answer.probabilities, atol=1e-6)


def test_in_another_label_set(model: AudioModel, voice: Path) -> None:
    row = whole_row(model, voice, IEMOCAP4)
    expected = model.predict(voice).to(IEMOCAP4, model.spec.calibration)
    assert list(row) == columns(IEMOCAP4)
    assert row["label"] == expected.label
    assert row["p_sad"] == pytest.approx(expected.as_dict()["sad"], abs=1e-6)
    (first, *_) = timeline_rows(model, voice, IEMOCAP4)
    assert list(first) == columns(IEMOCAP4)


@pytest.mark.parametrize(("window_s", "hop_s"), [(3.0, 1.0), (1.5, 0.5)])
def test_a_row_for_each_window_of_speech(
    model: AudioModel, voice: Path, window_s: float, hop_s: float
) -> None:
    analysis = model.analyse(voice, window_s=window_s, hop_s=hop_s)
    rows = list(timeline_rows(model, voice, EKMAN7, window_s, hop_s))
    spans = np.array([[r["start_s"], r["end_s"]] for r in rows], float)
    np.testing.assert_allclose(spans, analysis.timeline.spans_s, atol=5e-4)
    assert len(rows) > 1
    np.testing.assert_allclose(np.ptp(spans, 1), window_s, atol=2e-3)
    probabilities = np.array([[r[f"p_{x}"] for x in EKMAN7] for r in rows], float)
    np.testing.assert_allclose(probabilities, analysis.timeline.probabilities, atol=1e-6)
    assert [r["label"] for r in rows] == [EKMAN7[i] for i in probabilities.argmax(1)]
    assert [r["uncertain"] for r in rows] == analysis.uncertain.tolist()
    assert not any(row["error"] for row in rows)


def test_no_speech(model: AudioModel, hiss: Path) -> None:
    whole, rows = whole_row(model, hiss, EKMAN7), list(timeline_rows(model, hiss, EKMAN7))
    assert NO_SPEECH in str(whole["error"])
    assert whole["error"]
    (row,) = rows
    assert (row["label"], row["start_s"], row["p_joy"], row["error"]) == (None, None, None, "")
    assert NO_SPEECH in str(row["notice"])
    assert not any(row["error"] for row in rows)


@pytest.mark.parametrize("content", [b"", b"RIFF no", None])
def test_what_cannot_be_read_is_one_row_with_the_reason(
    model: AudioModel, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "broken.wav"
    if content is not None:
        path.write_bytes(content)
    for row in (whole_row(model, path, EKMAN7), *timeline_rows(model, path, EKMAN7)):
        assert row["source"] == str(path)
        assert "broken.wav" in str(row["error"])
        assert row["label"] is None
