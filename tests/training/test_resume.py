"""A training that is killed goes on to the same network."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from emotion_core.training.runs import read_run
from tests.training import clips
from tests.training.faces import TINY, write_faces

ROOT = Path(__file__).resolve().parents[2]
EPOCHS, WAIT_S = 6, 240
SETTINGS = (*TINY, f"epochs={EPOCHS}", "shrink.precision=fp32", "shrink.allowed_loss=1")


def started(
    data: Path, out: Path, kind: str = "image", more: Sequence[str] = SETTINGS
) -> "subprocess.Popen[str]":
    """`train` in a process group of its own, which hears Ctrl+C even where these tests do not."""
    arguments = ["train", kind, "--data", str(data), "--out", str(out)]
    arguments += [x for s in more for x in ("--set", s)]
    # processes that train together meet at a port, which a training in these tests may have left
    own = {name: value for name, value in os.environ.items() if not name.startswith("MASTER_")}
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "emotion_core", *arguments],
            cwd=ROOT,
            env=own | {"OMP_NUM_THREADS": "1"},
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
    finally:
        signal.signal(signal.SIGINT, before)


def ended(process: "subprocess.Popen[str]") -> tuple[int, str]:
    """Exit status and standard error; what does not end is killed."""
    try:
        _, told = process.communicate(timeout=WAIT_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    return process.returncode, told


def wait_for_epoch(out: Path, epoch: int, process: "subprocess.Popen[str]") -> None:
    """Until a checkpoint of that epoch must be there."""
    work = out.with_name(f"{out.name}.work")
    for _ in range(20 * WAIT_S):
        reports = [json.loads(path.read_text())["epoch"] for path in work.rglob("progress.json")]
        if max(reports, default=0) >= epoch:
            return
        if process.poll() is not None:
            pytest.fail(f"it ended before epoch {epoch}: {ended(process)[1]}")
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    pytest.fail(f"epoch {epoch} was not reached")


@pytest.mark.slow
def test_a_killed_training_ends_with_the_same_weights(tmp_path: Path):
    data = write_faces(tmp_path / "drawn", 100, splits=True)
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert ended(started(data, whole))[0] == 0
    first = started(data, broken)
    wait_for_epoch(broken, 2, first)
    os.killpg(first.pid, signal.SIGKILL)
    ended(first)
    assert not (broken / "manifest.json").exists()
    assert ended(started(data, broken))[0] == 0
    history = [(f / "training" / "history.csv").read_text().splitlines() for f in (whole, broken)]
    assert [len(h) for h in history] == [EPOCHS + 1] * 2
    weights = [load_file(f / "model.safetensors") for f in (whole, broken)]
    assert weights[0].keys() == weights[1].keys()
    for name, values in weights[0].items():
        np.testing.assert_allclose(values, weights[1][name], atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    ("kind", "more"),
    [("image", ["members=3"]), ("image", ["run.devices=2", "batch_size=4"]), ("video", [])],
    ids=["side by side", "together", "alone"],
)
def test_a_stopped_training_says_so_and_leaves_no_process(
    kind: str, more: list[str], number: signal.Signals, tmp_path: Path
):
    """The terminal tells every process of Ctrl+C; SIGTERM may reach the first one alone."""
    if kind == "image":
        data, settings = write_faces(tmp_path / "drawn", 20, splits=True), TINY
    else:
        data, settings = clips.write_bars(tmp_path / "bars", {"train": 4, "val": 2}), clips.TINY
    out = tmp_path / "mine"
    process = started(data, out, kind, [*settings, "epochs=100000", *more])
    wait_for_epoch(out, 1, process)
    (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)
    status, told = ended(process)  # waits for everybody who could still write there
    assert status == 1
    assert "Stopped. The same command goes on from the last epoch that was finished." in told
    assert "Traceback" not in told
    run = read_run(tmp_path / "mine.work")
    assert run is not None
    assert (run.state, run.alive) == ("stopped", False)
    assert list((tmp_path / "mine.work").rglob("last.ckpt"))
