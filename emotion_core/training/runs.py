"""A training as a process that others can look at: its state lies beside its checkpoints.

`<out>.work/run.json` says which process trains, since when and by which command; it stays where a
training failed or was stopped, and goes with the folder where it ended well.
"""

import json
import multiprocessing
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

from ..errors import EmotionCoreError, InvalidInput
from ..folders import replace_file
from ..registry import MANIFEST

RUN, BEGUN, WORK = "run.json", "begun.json", ".work"
"""who trains, and what was begun with which settings and data, in a folder of checkpoints"""
FINISHED, RATE = "finished", "rate.json"
"""beside a network's checkpoints: that it is trained, and the rate that was found for it"""
STOPS = (signal.SIGINT, signal.SIGTERM)
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
    """Folder of the checkpoints of a bundle that is being trained.

    Raises:
        InvalidInput: for a folder that the path does not name, such as `.`
    """
    if out.name in ("", ".."):
        raise InvalidInput(f"expected the name of the bundle's folder, got {str(out)!r}")
    return out.with_name(f"{out.name}{WORK}")


def require_place(out: Path) -> None:
    """Make sure that a bundle can go to a folder: it is new, empty, or a bundle's already.

    What a kill left while a bundle was being placed is taken, too: the folder of its checkpoints
    says that a training was there.

    Raises:
        InvalidInput: if a person's own files are there, or nothing can be written
    """
    work = work_of(out)
    if not out.is_dir():
        if out.exists() or out.is_symlink():
            raise InvalidInput(f"{out} is no folder; choose a folder of its own for the bundle")
        _require_writable(next(p for p in out.absolute().parents if p.exists()))
        return
    trained = any(path.is_file() for path in (out / MANIFEST, work / RUN, work / BEGUN))
    if not trained and any(not path.name.startswith(".") for path in out.iterdir()):
        raise InvalidInput(f"{out} holds other files; choose a folder of its own for the bundle")
    _require_writable(out)


def _require_writable(folder: Path) -> None:
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise InvalidInput(
            f"{folder} is no folder that can be written to; choose another place for the bundle"
        )


def require_alone(out: Path) -> None:
    """Raise `InvalidInput` where another process trains the same bundle."""
    run = read_run(work_of(out))
    if run is not None and run.alive and run.pid != os.getpid():
        raise InvalidInput(
            f"{out} is being trained already, by process {run.pid}; wait for it or stop it, or "
            "choose another folder"
        )


@contextmanager
def recorded(out: Path, arguments: Sequence[str], *, alone: bool = True) -> Generator[None]:
    """Say who trains; what goes wrong is written down before it goes on.

    Args:
        out: folder of the bundle
        arguments: of `python -m emotion_core`
        alone: whether no other process may train the same bundle

    Raises:
        InvalidInput: if the bundle cannot go there, or another process trains it
        EmotionCoreError: if the disk is full
        KeyboardInterrupt: if it was stopped, by Ctrl+C or SIGTERM
    """
    require_place(out)
    if alone:
        require_alone(out)
    run = _begun(out, arguments)
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


def _begun(out: Path, arguments: Sequence[str]) -> Run:
    """A training of this process, written down."""
    pid = os.getpid()
    run = Run(
        out=str(out.absolute()),
        arguments=tuple(arguments),
        pid=pid,
        started=time.time(),
        process_start=_process_start(pid),
    )
    try:
        run.work.mkdir(parents=True, exist_ok=True)
        _write(run)
    except OSError as error:
        raise InvalidInput(
            f"{run.work} cannot be written: {error}; choose another folder for the bundle"
        ) from error
    return run


@contextmanager
def _stopped_by_signal() -> Generator[None]:
    """Let SIGTERM end a training as Ctrl+C does, and its processes with it.

    A process in the background may not hear Ctrl+C; and one that waits for others would wait
    until they are done.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for child in multiprocessing.active_children():
            child.kill()  # its checkpoints are whole at any time
        raise KeyboardInterrupt

    heard = [number for number in STOPS if signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, interrupt) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


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
