"""One real Ray for all tests of the batch, and runs of the command."""

import os
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import nullcontext
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from emotion_core.batch import run
from emotion_core.batch.engine import Work, connected
from emotion_core.batch.worker import ONE_THREAD, PartReport, Worker

ROOT = Path(__file__).resolve().parents[2]
COMMAND = """
from emotion_core.cli import app, main
from emotion_core.cli_batch import register
register(app)
main()
"""
Command = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def without_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    """One worker in this process, which is what Ray would start several of."""

    def answer_here(work: Work, _: int) -> Iterator[PartReport]:
        worker = Worker(work.asked, work.model, work.out, {})
        for table in work.read(None):
            yield from (PartReport(**row) for row in worker(table).to_pylist())

    monkeypatch.setattr(run, "connected", lambda *_: nullcontext(1))
    monkeypatch.setattr(run, "answer", answer_here)
    for name in ONE_THREAD:
        monkeypatch.setenv(name, "1")


@pytest.fixture(scope="session")
def ray() -> Generator[int]:
    """Started once, with two workers."""
    with connected(None, 2) as workers:
        yield workers


@pytest.fixture
def command() -> Generator[Command]:
    """Starts `batch` in a process of its own; what is left of it is ended by its id."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: object, before: str = "") -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-c", before + COMMAND, "batch", *map(str, arguments)],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def answers(folder: Path) -> list[dict[str, object]]:
    """Every row of a folder of answers, part by part."""
    parts = sorted(folder.glob("*.parquet"))
    return [row for part in parts for row in pq.read_table(part).to_pylist()]
