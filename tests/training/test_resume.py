"""A training that is killed goes on to the same network."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from tests.training.faces import TINY, write_faces

ROOT = Path(__file__).resolve().parents[2]
EPOCHS, WAIT_S = 6, 240


def started(data: Path, out: Path) -> "subprocess.Popen[bytes]":
    """`train image` in a process group of its own."""
    settings = (*TINY, f"epochs={EPOCHS}", "shrink.precision=fp32", "shrink.allowed_loss=1")
    arguments = ["train", "image", "--data", str(data), "--out", str(out)]
    arguments += [x for s in settings for x in ("--set", s)]
    return subprocess.Popen(
        [sys.executable, "-m", "emotion_core", *arguments],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        start_new_session=True,
    )


def wait_for_epoch(out: Path, epoch: int, process: "subprocess.Popen[bytes]") -> None:
    """Until a checkpoint of that epoch must be there."""
    report = out.with_name(f"{out.name}.work") / "member-0" / "progress.json"
    for _ in range(20 * WAIT_S):
        if report.is_file() and json.loads(report.read_text())["epoch"] >= epoch:
            return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    pytest.fail(f"epoch {epoch} was not reached")


@pytest.mark.slow
def test_a_killed_training_ends_with_the_same_weights(tmp_path: Path):
    data = write_faces(tmp_path / "drawn", 100, splits=True)
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert started(data, whole).wait(WAIT_S) == 0
    first = started(data, broken)
    wait_for_epoch(broken, 2, first)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    assert not (broken / "manifest.json").exists()
    assert started(data, broken).wait(WAIT_S) == 0
    history = [(f / "training" / "history.csv").read_text().splitlines() for f in (whole, broken)]
    assert [len(h) for h in history] == [EPOCHS + 1] * 2
    weights = [load_file(f / "model.safetensors") for f in (whole, broken)]
    assert weights[0].keys() == weights[1].keys()
    for name, values in weights[0].items():
        np.testing.assert_allclose(values, weights[1][name], atol=1e-6)
