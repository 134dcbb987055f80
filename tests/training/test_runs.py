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
from emotion_core.training.runs import (
    Run,
    read_run,
    recorded,
    require_place,
    runs_below,
    work_of,
)


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


class TestPlace:
    """Where a bundle may go."""

    def test_new_empty_or_a_bundle(self, tmp_path: Path):
        out = tmp_path / "a" / "mine"
        require_place(out)
        out.mkdir(parents=True)
        (out / ".DS_Store").touch()
        require_place(out)
        (out / "manifest.json").touch()
        (out / "my notes.txt").touch()
        require_place(out)

    @pytest.mark.parametrize("record", ["run.json", "begun.json"])
    def test_what_a_kill_left_half_placed(self, tmp_path: Path, record: str):
        out = tmp_path / "mine"
        out.mkdir()
        (out / "model.onnx").touch()
        with pytest.raises(InvalidInput, match="mine holds other files; choose a folder"):
            require_place(out)
        work_of(out).mkdir()
        (work_of(out) / record).touch()
        require_place(out)

    def test_no_folder(self, tmp_path: Path):
        (tmp_path / "file").touch()
        with pytest.raises(InvalidInput, match="file is no folder; choose a folder of its own"):
            require_place(tmp_path / "file")
        with pytest.raises(InvalidInput, match="file is no folder that can be written to"):
            require_place(tmp_path / "file" / "mine")

    @pytest.mark.parametrize("path", [".", "..", "/"])
    def test_no_name(self, path: str):
        with pytest.raises(InvalidInput, match="expected the name of the bundle's folder, got"):
            require_place(Path(path))


@pytest.mark.parametrize("command", [("train", "text"), ("adapt", "text")])
def test_a_folder_of_other_files_is_refused_before_the_data_are_read(
    command: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letters.txt").write_text("mine")
    for out, told in (("mine", "holds other files"), ("mine/letters.txt/x", "no folder that can")):
        with pytest.raises(SystemExit) as ended:
            main([*command, "--data", str(tmp_path / "none"), "--out", str(tmp_path / out)])
        assert ended.value.code == 2
        assert told in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path):
    (tmp_path / "mine.work").touch()
    with (
        pytest.raises(InvalidInput, match=r"mine\.work cannot be written: .* another folder"),
        recorded(tmp_path / "mine", ["train", "text"]),
    ):
        pytest.fail("it began")


def test_one_training_at_a_time(tmp_path: Path):
    out = tmp_path / "mine"
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        start = runs._process_start(other.pid)
        before = recorded_with(out, {"pid": other.pid, "process_start": start})
        with pytest.raises(InvalidInput, match=f"is being trained already, by process {other.pid}"):
            recorded_with(out, {})
        assert read_run(work_of(out)) == before
        with recorded(out, [], alone=False):  # several machines train one network
            pass
    assert recorded_with(out, {}).pid == os.getpid()
