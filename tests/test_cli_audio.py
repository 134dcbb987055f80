"""The commands for voices: what scripts read from them, and their exit status."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from emotion_core.cli import main
from emotion_core.labels import EKMAN7, IEMOCAP4, RAVDESS8
from emotion_core.rows import columns
from tests.audio.sounds import syllables, wav_bytes
from tests.bundles import write_audio_bundle
from tests.training.voices import PITCH_HZ, TINY, spoken

Run = Callable[..., tuple[int, list[Any], str]]
PREDICT = ("predict", "audio", "--model", "audio-fake")


@pytest.fixture
def run(own_models: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command; whatever it prints on standard output is JSON."""
    write_audio_bundle(own_models / "audio-fake", RAVDESS8)

    def run_it(*arguments: object) -> tuple[int, list[Any], str]:
        with pytest.raises(SystemExit) as stop:
            main([str(a) for a in arguments])
        said = capsys.readouterr()
        code = stop.value.code
        assert code is None or isinstance(code, int)
        return code or 0, [json.loads(line) for line in said.out.splitlines()], said.err

    return run_it


@pytest.fixture
def voices(tmp_path: Path) -> Path:
    folder = tmp_path / "my voices"
    folder.mkdir()
    for name, pitch_hz in (("a.wav", 110.0), ("é.wav", 150.0)):
        (folder / name).write_bytes(wav_bytes(syllables(20, pitch_hz=pitch_hz)))
    return folder


def test_a_recording_is_a_line_of_json(run: Run, voices: Path):
    code, rows, _ = run(*PREDICT, voices / "a.wav")
    assert code == 0
    (row,) = rows
    assert list(row) == columns(RAVDESS8)
    assert row["source"] == str(voices / "a.wav")
    probabilities = [row[f"p_{x}"] for x in RAVDESS8]
    assert sum(probabilities) == pytest.approx(1, abs=1e-4)
    assert row["label"] == RAVDESS8[int(np.argmax(probabilities))]
    assert (row["start_s"], row["person"], row["error"]) == ("", "", "")


def test_a_folder(run: Run, voices: Path):
    code, rows, _ = run(*PREDICT, voices)
    assert code == 0
    assert [Path(r["source"]).name for r in rows] == ["a.wav", "é.wav"]


@pytest.mark.parametrize("more", [[], ["--timeline"]])
def test_one_broken_file_costs_only_its_own_answer(run: Run, voices: Path, more: list[str]):
    (voices / "broken.wav").write_bytes(b"RIFF no")
    names = ["é.wav", "broken.wav", "missing.wav", "a.wav"]
    code, rows, _ = run(*PREDICT, *(voices / n for n in names), *more)
    assert code == 3
    found = list(dict.fromkeys(Path(r["source"]).name for r in rows))
    assert found == names
    failed = {Path(r["source"]).name: r for r in rows if r["error"]}
    assert set(failed) == {"broken.wav", "missing.wav"}
    for name, row in failed.items():
        assert name in row["error"]
        assert (row["label"], row["uncertain"], row["p_calm"]) == ("", "", "")


def test_a_time_line(run: Run, voices: Path):
    code, rows, _ = run(*PREDICT, voices / "a.wav", "--timeline", "--window", 2, "--hop", 0.5)
    spans = np.array([[r["start_s"], r["end_s"]] for r in rows])
    assert code == 0
    assert len(rows) > 2
    np.testing.assert_allclose(np.ptp(spans, 1), 2)
    np.testing.assert_allclose(np.diff(spans[:-1, 0]), 0.5)
    assert 0 <= spans.min() <= spans.max() <= 4.1
    assert {r["label"] for r in rows} <= set(RAVDESS8)


@pytest.mark.parametrize(("name", "labels"), [("EKMAN7", EKMAN7), ("IEMOCAP4", IEMOCAP4)])
def test_another_label_set(run: Run, voices: Path, name: str, labels: tuple[str, ...]):
    code, (row,), _ = run(*PREDICT, voices / "a.wav", "--labels", name)
    assert code == 0
    assert list(row) == columns(labels)
    assert sum(row[f"p_{x}"] for x in labels) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])
def test_to_a_file(run: Run, voices: Path, tmp_path: Path, ending: str):
    (voices / "b.wav").touch()
    out = tmp_path / f"out.{ending}"
    code, printed, _ = run(*PREDICT, voices, "--out", out)
    assert (code, printed) == (3, [])
    read = {"csv": pd.read_csv, "parquet": pd.read_parquet}
    table = read[ending](out) if ending in read else pd.read_json(out, lines=True)
    assert list(table) == columns(RAVDESS8)
    assert [Path(p).name for p in table["source"]] == ["a.wav", "b.wav", "é.wav"]
    labels = table["label"].fillna("").tolist()
    assert labels[1] == ""
    assert {labels[0], labels[2]} <= set(RAVDESS8)


@pytest.mark.parametrize(
    ("arguments", "expected", "said"),
    [
        (["x.wav", "--window", "0"], 2, "expected 0 < hop <= window"),
        (["x.wav", "--window", "1", "--hop", "2"], 2, "got a hop of 2.0 s and a window of 1.0 s"),
        (["x.wav", "--window", "nan"], 2, "expected 0 < hop <= window"),
        (["x.wav", "--window", "long"], 2, "Invalid value for '--window'"),
        ([], 2, "Missing argument"),
        (["x.wav", "--labels", "MOODS"], 2, "no label set 'MOODS'"),
        (["x.wav", "--out", "x.xlsx"], 2, "expected an ending of"),
        (["x.wav", "--model", "none"], 1, "no model 'none'"),
        (["."], 2, "expected recordings"),
    ],
)
def test_what_is_wrong_is_said(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    arguments: list[str], expected: int, said: str,
):  # fmt: skip
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    code, rows, complaint = run(*PREDICT, *arguments)
    assert (code, rows) == (expected, [])
    assert said in complaint


def settings(*more: str) -> list[str]:
    return [x for setting in (*TINY, *more) for x in ("--set", setting)]


def test_train_on_a_folder_per_class(run: Run, tmp_path: Path, caplog: pytest.LogCaptureFixture):
    for label, pitch_hz in PITCH_HZ.items():
        for i in range(12):
            path = tmp_path / "mine" / label / f"{i}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(wav_bytes(spoken(pitch_hz * (0.9 + i / 50), seed=i)))
    out = tmp_path / "my-model"
    command = ("train", "audio", "--data", tmp_path / "mine", "--out", out)
    code, printed, _ = run(*command, *settings("epochs=12", "own_profile=0.0"))
    assert (code, printed) == (0, [])
    assert "the speakers of 24 recordings are unknown" in caplog.text
    assert not out.with_name("my-model.work").exists()
    manifest = json.loads((out / "manifest.json").read_text())
    assert (manifest["id"], manifest["modality"]) == ("my-model", "audio")
    assert manifest["training_data"] == [{"name": str(tmp_path / "mine"), "licence": "unspecified"}]
    high, low = (tmp_path / f"{x}.wav" for x in ("high", "low"))
    high.write_bytes(wav_bytes(spoken(195, 6)))
    low.write_bytes(wav_bytes(spoken(105, 6)))
    code, rows, _ = run("predict", "audio", high, low, "--model", out, "--labels", "EKMAN7")
    assert code == 0
    assert [r["label"] for r in rows] == ["anger", "neutral"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "no data"),
        (["--data", "nowhere"], "nowhere does not exist"),
        (["--data", ".", "--set", "epoch=3"], "unknown setting 'epoch'; the nearest"),
        (["--data", ".", "--set", "features.kind=mfcc"], "mel-db or log-spectrogram, got 'mfcc'"),
        (["--data", ".", "--set", "training_data=a; b"], "a licence for each of 2 data sets"),
        (["--data", "."], "expected a data set as downloaded"),
    ],
)
def test_training_that_cannot_begin(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
):
    monkeypatch.chdir(tmp_path)
    code, printed, complaint = run("train", "audio", "--out", "new", *arguments)
    assert (code, printed) == (2, [])
    assert said in complaint
    assert not (tmp_path / "new").exists()
