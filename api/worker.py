"""The loop of a process that answers one task after another.

It is started by `processes` and speaks with it over a socket. What it sends is JSON and is never
executed, so a decoder that was taken over can do no more than answer wrongly.
"""

import json
import os
import queue
import sys
import threading
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emotion_core.cores import available_cores
from emotion_core.errors import EmotionCoreError

from .logs import place_of
from .problems import Problem, problem_of
from .task import Task, Work, answer

if TYPE_CHECKING:
    from .models import ModelStore

READY, PROGRESS, ANSWER, PROBLEM, FAULT = b"s", b"p", b"a", b"e", b"f"
"""first byte of what a process sends"""
SPARE_S = 10
"""processor time beyond a task's limit, before the system ends a process that was left alone"""
MEMORY = "memory-limit"
TOO_MUCH = "expected what can be decoded in the memory of one process; send a smaller one"


class _Told:
    """Sends how far a task is; nobody asks it to stop, since the process is killed instead."""

    def __init__(self, link: "Connection[bytes, bytes]") -> None:
        self._link, self._lock = link, threading.Lock()

    def on_stage(self, stage: str, done_s: float, expected_s: float | None) -> None:
        with self._lock:
            self._link.send_bytes(PROGRESS + json.dumps([stage, done_s, expected_s]).encode())

    def on_seconds(self, done_s: float, expected_s: float | None) -> None:
        self.on_stage("all", done_s, expected_s)

    def should_stop(self) -> bool:
        return False


class _Asked:
    """Tasks that come, read in a thread of their own, so that the end of the parent is noticed."""

    def __init__(self, link: "Connection[bytes, bytes]") -> None:
        self._link = link
        self._tasks: queue.SimpleQueue[tuple[Task, float]] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def next(self) -> tuple[Task, float]:
        """A task, and the seconds that it may take."""
        return self._tasks.get()

    def _read(self) -> None:
        try:
            while True:
                head = json.loads(self._link.recv_bytes())
                self._tasks.put((self._task(head), head["limit_s"]))
        except (EOFError, OSError):
            os._exit(0)  # whatever it does, nobody waits for it any more

    def _task(self, head: dict[str, Any]) -> Task:
        media = [self._link.recv_bytes() for _ in range(head["media"])]
        return Task(head["name"], head["fields"], media)


def _limit(what: int, most: int) -> None:
    """Lower a limit of the system, within what it allows already."""
    import resource

    hard = resource.getrlimit(what)[1]
    resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _limit_memory(more: int) -> None:
    """Let the process take so many bytes of address space beyond what it has, and leave no dump.

    Where the system does not tell how much it has, only the limit on time holds.
    """
    import resource

    _limit(resource.RLIMIT_CORE, 0)  # it would write what was sent to a disk
    try:
        told = Path("/proc/self/statm").read_text(encoding="ascii")
    except OSError:
        return
    _limit(resource.RLIMIT_AS, int(told.split()[0]) * resource.getpagesize() + more)


def _limit_time(limit_s: float) -> None:
    """Processor time, for the case that nobody is left who would kill the process."""
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    most = used.ru_utime + used.ru_stime + limit_s * available_cores() + SPARE_S
    _limit(resource.RLIMIT_CPU, int(most))


def _is_memory(error: Exception) -> bool:
    """Whether memory ran out; libraries in C++ tell so in words alone."""
    return isinstance(error, MemoryError) or "alloc" in f"{type(error).__name__} {error}".lower()


def _answered(task: Task, models: "ModelStore", told: _Told, tasks: Mapping[str, Work]) -> bytes:
    """What is sent back; the process ends where its memory ran out, since what is left is torn."""
    try:
        return ANSWER + answer(task, models, told, tasks)
    except Problem as error:
        return PROBLEM + json.dumps([error.kind, error.detail]).encode()
    except EmotionCoreError as error:
        problem = problem_of(error)
        return PROBLEM + json.dumps([problem.kind, problem.detail]).encode()
    except Exception as error:  # noqa: BLE001  whoever asked is told; a trace would quote what came
        if _is_memory(error):
            return PROBLEM + json.dumps([MEMORY, TOO_MUCH]).encode()
        return FAULT + json.dumps([type(error).__name__, place_of(error)]).encode()


def serve(tasks: Mapping[str, Work], models: "ModelStore") -> None:
    """Answer tasks until whoever started this process goes away.

    Its arguments are the number of the socket and the bytes that it may take.

    Args:
        tasks: name -> what is done
        models: opened when they are asked for
    """
    link: Connection[bytes, bytes] = Connection(int(sys.argv[1]))
    told = _Told(link)
    _limit_memory(int(sys.argv[2]))
    asked = _Asked(link)
    link.send_bytes(READY)
    while True:
        task, limit_s = asked.next()
        _limit_time(limit_s)
        link.send_bytes(_answered(task, models, told, tasks))
        del task
