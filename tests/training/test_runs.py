"""A training says who runs it, and what became of it."""

import errno
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from emotion_core.cli import main
from emotion_core.errors import EmotionCoreError, InvalidInput
from emotion_core.training import runs
from emotion_core.training.runs import Run, read_run, recorded, runs_below, work_of


def test_a_failure_is_written_down(tmp_path: Path):
    out = tmp_path / "mine"

    def fail() -> None:
        with recorded(out, ["train", "text"]):
            running = read_run(work_of(out))
            assert running is not None
            assert running.state == "running"
            raise InvalidInput("no such data")

    with pytest.raises(InvalidInput):
        fail()
    failed = read_run(work_of(out))
    assert failed is not None
    assert (failed.state, failed.error, failed.alive) == ("failed", "no such data", False)
    assert runs_below(tmp_path) == [failed]


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    out = tmp_path / "mine"

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def fill_up() -> None:
        with recorded(out, ["train", "text"]):
            monkeypatch.setattr(runs, "replace_file", full)
            full()

    with pytest.raises(EmotionCoreError, match="No space left on device; if the disk is full"):
        fill_up()


def recorded_with(out: Path, changes: dict[str, object]) -> Run:
    """A training of this process as its record tells it, with changes."""
    with recorded(out, ["train", "text"]):
        file = work_of(out) / "run.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | changes))
        run = read_run(work_of(out))
    assert run is not None
    return run


@pytest.fixture(params=["/proc", "/nowhere"], ids=["proc", "ps"])
def process_list(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes are asked for in each way that a system may have."""
    monkeypatch.setattr(runs, "PROC", Path(request.param))


@pytest.mark.usefixtures("process_list")
class TestAlive:
    """Which process a training takes for its own."""

    def test_its_own(self, tmp_path: Path):
        assert recorded_with(tmp_path / "mine", {}).alive

    def test_one_that_is_gone(self, tmp_path: Path):
        assert not recorded_with(tmp_path / "mine", {"pid": 2**22 + 1}).alive

    def test_another_one_that_took_its_number(self, tmp_path: Path):
        command = [sys.executable, "-c", "input()", "emotion_core", "serve"]
        time.sleep(1.1)  # `ps` tells starts by the second
        with subprocess.Popen(command, stdin=subprocess.PIPE) as server:
            assert not recorded_with(tmp_path / "mine", {"pid": server.pid}).alive

    def test_one_that_nobody_has_waited_for(self, tmp_path: Path):
        with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
            start = runs._process_start(child.pid)
            run = recorded_with(tmp_path / "mine", {"pid": child.pid, "process_start": start})
            assert run.alive
            child.kill()
            os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
            assert not run.alive

    def test_a_record_without_the_start(self, tmp_path: Path):
        assert not recorded_with(tmp_path / "mine", {"process_start": ""}).alive


def test_what_is_no_run(tmp_path: Path):
    (tmp_path / "a.work").mkdir()
    (tmp_path / "b.work").mkdir()
    (tmp_path / "b.work" / "run.json").write_text('{"unknown": 1}')
    assert runs_below(tmp_path) == []
    assert runs_below(tmp_path / "nowhere") == []


def test_the_command_leaves_its_error(tmp_path: Path):
    with pytest.raises(SystemExit) as ended:
        main(["train", "text", "--data", str(tmp_path / "none"), "--out", str(tmp_path / "mine")])
    assert ended.value.code
    failed = read_run(tmp_path / "mine.work")
    assert failed is not None
    assert failed.state == "failed"
    assert "does not exist" in failed.error
