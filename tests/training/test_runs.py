"""A training says who runs it, and what became of it."""

import errno
import json
from pathlib import Path

import pytest

from emotion_core.cli import main
from emotion_core.errors import EmotionCoreError, InvalidInput
from emotion_core.training import runs
from emotion_core.training.runs import read_run, recorded, runs_below, work_of


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


def test_a_process_that_is_gone_is_not_alive(tmp_path: Path):
    out = tmp_path / "mine"
    with recorded(out, ["train", "text"]):
        file = work_of(out) / "run.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | {"pid": 2**22 + 1}))
        gone = read_run(work_of(out))
    assert gone is not None
    assert not gone.alive


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
