"""The command on a real Ray: killed in the middle and taken up, several workers, no Ray at all."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from emotion_core.batch.run import BatchOptions, run_batch
from tests.audio.sounds import syllables, wav_bytes
from tests.batch.conftest import Command, answers
from tests.batch.processes import HERE, below, is_running, listening
from tests.bundles import write_audio_bundle

TEXTS = 300
PATIENCE_S = 900


def wait_until(is_so: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not is_so():
        if time.monotonic() > until:
            raise TimeoutError("it has not come")
        time.sleep(0.05)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked at in /proc")
def test_a_killed_run_goes_on_and_answers_every_row_once(command: Command, tmp_path: Path):
    table, out = tmp_path / "texts.csv", tmp_path / "out"
    lines = [f"I am so happy about number {k} today" for k in range(TEXTS)]
    lines[7] = '""'
    table.write_text("\n".join(["text", *lines]), encoding="utf-8")
    asked = (table, "--modality", "text", "--out", out, "--batch-size", "10", "--workers", "1")

    run = command(*asked, "--model", "text-emotion6")
    wait_until(lambda: len(list(out.glob("part-*.parquet"))) >= 2 or run.poll() is not None)
    assert run.poll() is None, run.communicate()
    started = below(run.pid)
    assert listening({run.pid, *started}) <= set(HERE)
    run.kill()
    wait_until(lambda: not any(map(is_running, started)))  # nothing is left of it
    before = {part: part.stat().st_mtime_ns for part in out.glob("part-*.parquet")}
    assert 2 <= len(before) < TEXTS / 10

    run = command(*asked, "--model", "text-emotion6")
    said, told = run.communicate(timeout=PATIENCE_S)
    assert run.returncode == 3, told
    assert said == ""
    assert "300 items, 1 without an answer" in told
    rows = answers(out)
    assert [row["source"] for row in rows] == [str(k) for k in range(TEXTS)]
    assert [k for k, row in enumerate(rows) if row["error"]] == [7]
    assert all(row["label"] for row in rows if not row["error"])
    assert {part: part.stat().st_mtime_ns for part in before} == before

    run = command(*asked, "--model", "text-naive-bayes")
    said, told = run.communicate(timeout=PATIENCE_S)
    assert run.returncode == 2
    assert "another model (text-emotion6, now text-naive-bayes)" in told


@pytest.mark.usefixtures("ray")
@pytest.mark.filterwarnings("ignore::DeprecationWarning:ray")  # of its own settings
def test_two_workers_answer_a_folder(own_models: Path, tmp_path: Path):
    write_audio_bundle(own_models / "voice-fake")
    folder, out = tmp_path / "sounds", tmp_path / "out"
    folder.mkdir()
    sound = wav_bytes(syllables(15))
    for k in range(12):
        (folder / f"{k:02}.wav").write_bytes(sound if k != 5 else sound[:60])
    record = run_batch(
        BatchOptions(str(folder), f"file://{out}", "audio", "voice-fake", batch_size=2, workers=2)
    )
    rows = answers(out)
    assert [row["source"] for row in rows] == [str(folder / f"{k:02}.wav") for k in range(12)]
    assert [k for k, row in enumerate(rows) if row["error"]] == [5]
    assert (record.items, record.failed) == (12, 1)


def test_without_ray_the_remedy_is_told(command: Command, tmp_path: Path):
    (tmp_path / "texts.txt").write_text("so happy\n")
    arguments = (tmp_path / "texts.txt", "--modality", "text", "--out", tmp_path / "out")
    run = command(*arguments, before="import sys; sys.modules['ray'] = None\n")
    _, told = run.communicate(timeout=PATIENCE_S)
    assert run.returncode == 1
    assert "pip install -e '.[batch]'" in told
    assert "Traceback" not in told
