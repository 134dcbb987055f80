"""Processes that decode and answer media: each takes one task at a time and can be killed.

Started with `subprocess`, not with `multiprocessing`: that would run the main module again, which
under Streamlit is a page.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Self

from .logs import LOG
from .problems import RETRY_AFTER, Problem
from .task import Task, TaskWatch
from .worker import ANSWER, FAULT, MEMORY, PROBLEM, PROGRESS

ROOT = Path(__file__).resolve().parent.parent
START_S = 120.0
"""for a process to open its libraries, on a computer that is busy"""
LOOK_S = 0.05
"""how often a limit is looked at"""
AGAIN_S = 1
"""for another process to start"""
MOST_BYTES = 2**29
"""of an answer"""
CRASHES = ("SIGSEGV", "SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSYS", "SIGTRAP")
"""what a decoder that breaks ends by; anything else came from outside"""
PROBLEMS = {
    "time-limit": "expected what can be answered in {limit_s:g} s; send a smaller or shorter one",
    "no-progress": "it was stopped, since it had not come on for {silent_s:g} s; export it again, "
    "or send a smaller or shorter one",
    "too-long": "it was stopped; send a shorter one",
    "crashed": "the process that decoded it broke ({how}); the file is damaged: export it again",
    "interrupted": "the process that worked on it was ended ({how}); send it again",
}


class _Guard:
    """Kills a process that takes too long, is silent for too long, or is not wanted any more.

    Args:
        process: killed
        limit_s: from now on
        silent_s: without any progress
        should_stop: asked now and then
    """

    def __init__(
        self,
        process: "subprocess.Popen[bytes]",
        limit_s: float,
        silent_s: float = float("inf"),
        should_stop: Callable[[], bool] | None = None,
    ) -> None:
        self.verdict = ""
        self._process, self._limit_s, self._silent_s = process, limit_s, silent_s
        self._should_stop = should_stop or (lambda: False)
        self._began = self._heard = time.monotonic()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="guard", daemon=True)

    def heard(self) -> None:
        """It has come on."""
        self._heard = time.monotonic()

    def _reason(self) -> str:
        now = time.monotonic()
        if self._should_stop():
            return "too-long"
        if now > self._began + self._limit_s:
            return "time-limit"
        return "no-progress" if now > self._heard + self._silent_s else ""

    def _watch(self) -> None:
        while not self._done.wait(LOOK_S):
            if reason := self._reason():
                self.verdict = reason
                self._process.kill()
                return

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        self._thread.join()


class Process:
    """One process.

    Args:
        memory_bytes: what it may take beyond its libraries
        module: what it runs
    """

    def __init__(self, memory_bytes: int, module: str) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._link: Connection[bytes, bytes] = Connection(ours.detach())
            place = theirs.fileno()
            self.process = subprocess.Popen(  # noqa: S603  this interpreter, with numbers alone
                [sys.executable, "-m", module, str(place), str(memory_bytes)],
                pass_fds=[place],
                env=os.environ | {"PYTHONPATH": _path(), "MALLOC_ARENA_MAX": "2"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # messages of decoders quote what they decode
                start_new_session=True,  # Ctrl+C is for the service, which lets it finish
            )
        self._module, self._ready = module, False

    def ask(
        self, task: Task, limit_s: float, silent_s: float, watch: TaskWatch | None = None
    ) -> bytes:
        """The answer to a task as JSON; the process is dead where a limit was passed.

        Raises:
            Problem: if there is none
        """
        self._await_start()
        should_stop = watch.should_stop if watch else None
        with _Guard(self.process, limit_s, silent_s, should_stop) as guard:
            try:
                return self._exchange(task, limit_s, guard, watch)
            except (EOFError, OSError):
                self.kill()
        raise self._ended(guard.verdict, limit_s=limit_s, silent_s=silent_s)

    def kill(self) -> None:
        """End it at once."""
        self.process.kill()
        self.process.wait()
        self._link.close()

    @property
    def is_alive(self) -> bool:
        """Whether it can be asked."""
        return not self._link.closed and self.process.poll() is None

    def _await_start(self) -> None:
        if self._ready:
            return
        with _Guard(self.process, START_S):
            try:
                self._link.recv_bytes(1)
            except (EOFError, OSError):
                self.kill()
                if self.process.returncode < 0:
                    raise self._ended("") from None
                LOG.error("process does not start", extra={"fields": {"module": self._module}})
                raise Problem("internal", "this is a fault of the service") from None
        self._ready = True

    def _exchange(
        self, task: Task, limit_s: float, guard: _Guard, watch: TaskWatch | None
    ) -> bytes:
        head = {"name": task.name, "fields": task.fields, "media": len(task.media)}
        self._link.send_bytes(json.dumps(head | {"limit_s": limit_s}).encode())
        while task.media:
            self._link.send_bytes(task.media.pop(0))
        while (got := self._link.recv_bytes(MOST_BYTES))[:1] == PROGRESS:
            guard.heard()
            if watch:
                watch.on_stage(*json.loads(got[1:]))
        if got[:1] == ANSWER:
            return got[1:]
        raise self._problem(got[:1], json.loads(got[1:]))

    def _problem(self, kind: bytes, told: list[str]) -> Problem:
        if kind == PROBLEM:
            if told[0] == MEMORY:  # what is left of its libraries may be torn
                self.kill()
            return Problem(told[0], told[1])
        if kind == FAULT:
            fields = {"error": told[0], "place": told[1]}
            LOG.error("unexpected error", extra={"fields": fields})
        return Problem("internal", "this is a fault of the service")

    def _ended(self, verdict: str, **limits: float) -> Problem:
        """Why the process is dead."""
        code = self.process.returncode
        how = signal.Signals(-code).name if code < 0 else f"status {code}"
        kind = verdict or ("crashed" if how in CRASHES else "interrupted")
        LOG.warning("process ended", extra={"fields": {"why": kind, "how": how}})
        again = {RETRY_AFTER: str(AGAIN_S)} if kind == "interrupted" else None
        return Problem(kind, PROBLEMS[kind].format(how=how, **limits), again)


def _path() -> str:
    return os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))


class Processes:
    """Starts a process when one is needed, keeps it for the next task, and replaces a dead one.

    Args:
        memory_bytes: what each may take beyond its libraries
        module: what they run
    """

    def __init__(self, memory_bytes: int, module: str = "api.tasks") -> None:
        self._memory_bytes, self._module = memory_bytes, module
        self._lock = threading.Lock()
        self._free: list[Process] = []
        self._busy: set[Process] = set()
        self._closed = False
        self.ended = 0  # died or were killed before the end

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._free) + len(self._busy)

    @property
    def pids(self) -> list[int]:
        """Their ids in the system."""
        with self._lock:
            return [p.process.pid for p in (*self._free, *self._busy)]

    def ask(
        self, task: Task, limit_s: float, silent_s: float, watch: TaskWatch | None = None
    ) -> bytes:
        """The answer to a task as JSON, from a process that nobody else asks meanwhile.

        Args:
            task: its media are handed over
            limit_s: after which the process is killed
            silent_s: without progress, likewise
            watch: told how far it is; asked whether it is still wanted

        Raises:
            Problem: if there is no answer
        """
        process = self._take()
        try:
            return process.ask(task, limit_s, silent_s, watch)
        finally:
            self._give(process)

    def close(self) -> None:
        """End them all; who waits for one is told that it was interrupted."""
        with self._lock:
            self._closed = True
            free, self._free = self._free, []
            for process in self._busy:
                process.process.kill()
        for process in free:
            process.kill()

    def _take(self) -> Process:
        with self._lock:
            while self._free:
                process = self._free.pop()
                if process.is_alive:
                    break
                process.kill()
            else:
                process = Process(self._memory_bytes, self._module)
            self._busy.add(process)
            if self._closed:
                process.process.kill()
            return process

    def _give(self, process: Process) -> None:
        with self._lock:
            self._busy.discard(process)
            if process.is_alive and not self._closed:
                self._free.append(process)
                return
            self.ended += 1
        process.kill()
