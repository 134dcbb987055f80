"""Processes that hang, crash, swell or are killed: a clear problem, and the next task works."""

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from api.problems import KINDS, Problem
from api.processes import Processes
from api.task import Task
from tests.api.faults import MODULE

MB = 2**20


class Watched:
    """Notes progress; stops when it is told to."""

    def __init__(self) -> None:
        self.stages: list[tuple[str, float, float | None]] = []
        self.stop = threading.Event()

    def on_stage(self, stage: str, done_s: float, expected_s: float | None) -> None:
        self.stages.append((stage, done_s, expected_s))

    def on_seconds(self, done_s: float, expected_s: float | None) -> None:
        self.on_stage("all", done_s, expected_s)

    def should_stop(self) -> bool:
        return self.stop.is_set()


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    opened = Processes(300 * MB, MODULE)
    yield opened
    opened.close()
    assert opened.count == 0


def ask(
    processes: Processes,
    name: str,
    content: bytes = b"",
    limit_s: float = 60,
    silent_s: float = 60,
    watch: Watched | None = None,
) -> int:
    found = processes.ask(Task(name, {}, [content]), limit_s, silent_s, watch)
    return json.loads(found)["size"]


def is_refused(work: Callable[[], object], kind: str) -> Problem:
    with pytest.raises(Problem) as refused:
        work()
    assert refused.value.kind == kind
    return refused.value


def until(is_so: Callable[[], object]) -> None:
    for _ in range(3000):
        if is_so():
            return
        time.sleep(0.01)
    raise TimeoutError


def test_a_process_is_kept_and_media_is_handed_over(processes: Processes):
    watch, task = Watched(), Task("size", {}, [b"a" * 3 * MB])
    assert json.loads(processes.ask(task, 60, 60, watch)) == {"size": 3 * MB}
    assert task.media == []
    assert watch.stages == [("all", 1, 2)]
    before = processes.pids
    assert ask(processes, "size", b"ab") == 2
    assert processes.pids == before


def test_a_process_that_breaks_leaves_no_dump_of_what_was_sent(processes: Processes):
    assert ask(processes, "dump") == 0


@pytest.mark.parametrize(
    ("name", "kind", "status"),
    [("refuse", "invalid-input", 422), ("break", "internal", 500)],
)
def test_an_error_is_told_and_the_process_stays(
    processes: Processes, name: str, kind: str, status: int
):
    ask(processes, "size")
    before = processes.pids
    problem = is_refused(lambda: ask(processes, name), kind)
    assert (problem.status, "secret" in problem.detail) == (status, False)
    assert processes.pids == before


@pytest.mark.parametrize(
    ("name", "kind"),
    [("segfault", "crashed"), ("abort", "crashed"), ("swell", "memory-limit")],
)
def test_a_process_that_breaks_is_replaced(processes: Processes, name: str, kind: str):
    ask(processes, "size")
    before = processes.pids
    ended = processes.ended
    is_refused(lambda: ask(processes, name), kind)
    assert ask(processes, "size", b"abc") == 3
    assert processes.pids != before
    assert processes.ended == ended + 1


def test_a_process_that_hangs_is_killed_at_its_limit(processes: Processes):
    ask(processes, "size")
    (hung,) = processes.pids
    problem = is_refused(lambda: ask(processes, "hang", limit_s=0.3), "time-limit")
    assert "0.3 s" in problem.detail
    with pytest.raises(ProcessLookupError):
        os.kill(hung, 0)
    is_refused(lambda: ask(processes, "hang", silent_s=0.3), "no-progress")
    assert ask(processes, "size", b"abc") == 3


def test_a_process_that_reads_nothing_is_killed_at_its_limit(processes: Processes):
    ask(processes, "size")
    os.kill(processes.pids[0], signal.SIGSTOP)
    is_refused(lambda: ask(processes, "size", b"a" * 20 * MB, limit_s=0.5), "time-limit")
    assert ask(processes, "size", b"abc") == 3


def test_what_is_not_wanted_any_more_is_killed(processes: Processes, tmp_path: Path):
    note, watch = tmp_path / "pid", Watched()
    threading.Timer(0.5, watch.stop.set).start()
    content = str(note).encode()
    is_refused(lambda: ask(processes, "creep", content, watch=watch), "too-long")
    assert watch.stages
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM])
def test_a_process_that_is_killed_from_outside(
    processes: Processes, tmp_path: Path, sign: signal.Signals
):
    note = tmp_path / "pid"

    def kill() -> None:
        until(lambda: note.is_file() and note.read_text())
        os.kill(int(note.read_text()), sign)

    killer = threading.Thread(target=kill)
    killer.start()
    problem = is_refused(lambda: ask(processes, "creep", str(note).encode()), "interrupted")
    killer.join()
    assert sign.name in problem.detail
    assert (problem.status, problem.headers["Retry-After"]) == (503, "1")
    assert ask(processes, "size", b"abc") == 3


def test_a_free_process_that_was_killed_is_replaced(processes: Processes):
    ask(processes, "size")
    os.kill(processes.pids[0], signal.SIGKILL)
    os.waitid(os.P_PID, processes.pids[0], os.WEXITED | os.WNOWAIT)
    assert ask(processes, "size", b"abc") == 3


def test_a_process_ends_with_whoever_started_it(tmp_path: Path):
    opened, note = Processes(300 * MB, MODULE), tmp_path / "pid"
    waiting = threading.Thread(
        target=lambda: is_refused(lambda: ask(opened, "creep", str(note).encode()), "interrupted")
    )
    waiting.start()
    until(lambda: note.is_file() and note.read_text())
    opened.close()
    waiting.join(10)
    assert not waiting.is_alive()
    is_refused(lambda: ask(opened, "size"), "interrupted")


def test_every_kind_is_described():
    from api.processes import PROBLEMS

    assert set(PROBLEMS) <= set(KINDS)
