"""A training as a process that others can look at: its state lies beside its checkpoints.

`<out>.work/run.json` says which process trains, since when and by which command; it stays where a
training failed or was stopped, and goes with the folder where it ended well.
"""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Literal

from ..errors import EmotionCoreError
from ..folders import replace_file

RUN, WORK = "run.json", ".work"
PROC = Path("/proc")
State = Literal["running", "failed", "stopped"]


@dataclass(frozen=True)
class Run:
    """One training.

    Attributes:
        out: folder of the bundle that it makes
        arguments: of `python -m emotion_core`
        pid: of its process
        started: seconds since 1970
        state: what it was last heard to be
        error: why it failed
        process_start: when its process began, in the words of the system
    """

    out: str
    arguments: tuple[str, ...]
    pid: int
    started: float
    state: State = "running"
    error: str = ""
    process_start: str = ""

    @property
    def work(self) -> Path:
        """Folder of its checkpoints."""
        return work_of(Path(self.out))

    @property
    def alive(self) -> bool:
        """Whether its process, and no other one with its number, is still there."""
        if self.state != "running" or not self.process_start:
            return False
        return self.process_start == _process_start(self.pid)


def _process_start(pid: int) -> str:
    """When a process began, in the words of the system; empty where there is none.

    The number of a process that has ended may go to another one, which began later.
    """
    if not PROC.exists():
        return _start_by_ps(pid)
    try:
        stat = (PROC / str(pid) / "stat").read_bytes()
    except OSError:
        return ""
    # see proc(5): the second field is a name that may hold spaces, the third the state
    fields = stat.rpartition(b")")[2].split()
    return "" if fields[0] == b"Z" else fields[19].decode()


def _start_by_ps(pid: int) -> str:
    """The same where the system has no /proc, such as macOS."""
    command = ["/bin/ps", "-o", "stat=", "-o", "lstart=", "-p", str(pid)]
    try:
        told = subprocess.run(  # noqa: S603  a fixed program, without a shell
            command, env={"LC_ALL": "C", "TZ": "UTC"}, capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    state, _, start = told.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else start.strip()


def work_of(out: Path) -> Path:
    """Folder of the checkpoints of a bundle that is being trained."""
    return out.with_name(f"{out.name}{WORK}")


@contextmanager
def recorded(out: Path, arguments: Sequence[str]) -> Generator[None]:
    """Say who trains; what goes wrong is written down before it goes on."""
    work = work_of(out)
    work.mkdir(parents=True, exist_ok=True)
    pid = os.getpid()
    run = Run(
        out=str(out.absolute()),
        arguments=tuple(arguments),
        pid=pid,
        started=time.time(),
        process_start=_process_start(pid),
    )
    _write(run)
    try:
        with _stopped_by_signal():
            yield
    except EmotionCoreError as error:
        _note(replace(run, state="failed", error=str(error)))
        raise
    except OSError as error:
        told = f"{error}; if the disk is full, make room and give the same command again"
        _note(replace(run, state="failed", error=told))
        raise EmotionCoreError(told) from error
    except KeyboardInterrupt:
        _note(replace(run, state="stopped"))
        raise
    except Exception as error:
        _note(replace(run, state="failed", error=f"{type(error).__name__}: {error}"))
        raise


@contextmanager
def _stopped_by_signal() -> Generator[None]:
    """Let SIGTERM end a training as Ctrl+C does, which a process in the background may not hear."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _note(run: Run) -> None:
    """Write down how a training ended, where the disk has room for it."""
    with suppress(OSError):
        _write(run)


def _write(run: Run) -> None:
    if run.work.is_dir():
        replace_file(run.work / RUN, json.dumps(asdict(run), indent=1))


def read_run(work: Path) -> Run | None:
    """The training of a folder of checkpoints; None where it says nothing."""
    try:
        content = json.loads((work / RUN).read_text(encoding="utf-8"))
        return Run(**content | {"arguments": tuple(content["arguments"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def runs_below(folder: Path) -> list[Run]:
    """Trainings whose bundles go into a folder, the newest first."""
    found = [read_run(work) for work in folder.glob(f"*{WORK}")] if folder.is_dir() else []
    return sorted((r for r in found if r), key=lambda r: -r.started)
