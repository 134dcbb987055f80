"""Long jobs: a bounded queue, progress, cancellation, and results for a limited time."""

import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Literal

from emotion_core.errors import EmotionCoreError

from .logs import LOG, place_of
from .problems import Problem, overloaded, problem_of

State = Literal["waiting", "running", "done", "failed", "cancelled"]
STATES: tuple[State, ...] = ("waiting", "running", "done", "failed", "cancelled")
ENDED: tuple[State, ...] = ("done", "failed", "cancelled")
Result = Mapping[str, object]


class Watch:
    """What a job at work tells of itself, and asks.

    Args:
        longest_s: time that it may take
    """

    def __init__(self, longest_s: float) -> None:
        self._longest_s, self._until = longest_s, float("inf")
        self.cancelled = threading.Event()
        self.stages: dict[str, float] = {}

    def begin(self) -> None:
        """Its time starts now."""
        self._until = time.monotonic() + self._longest_s

    @property
    def is_late(self) -> bool:
        """Whether its time is over."""
        return time.monotonic() > self._until

    def should_stop(self) -> bool:
        """Whether nobody waits for it any more, or its time is over."""
        return self.cancelled.is_set() or self.is_late

    def on_stage(self, stage: str, done_s: float, expected_s: float | None) -> None:
        """How far a stage has come."""
        if expected_s:
            self.stages[stage] = round(min(1.0, done_s / expected_s), 4)

    def on_seconds(self, done_s: float, expected_s: float | None) -> None:
        """How far a job of one stage has come."""
        self.on_stage("all", done_s, expected_s)


Work = Callable[[Watch], Result]


@dataclass(eq=False)
class Job:
    """One job.

    Attributes:
        id: not to be guessed
        kind: `audio`, `video` or `recording`
        owner: id of the key that made it
        watch: its progress
        state: one of `STATES`
        result: once it is done
        problem: once it has failed
        ended: monotonic seconds
    """

    kind: str
    owner: str
    watch: Watch
    id: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    state: State = "waiting"
    result: Result | None = None
    problem: Problem | None = None
    ended: float = 0.0

    @property
    def progress(self) -> float:
        """Share of the work that is done, as far as it is known."""
        stages = list(self.watch.stages.values())
        return 1.0 if self.state == "done" else round(sum(stages) / max(1, len(stages)), 4)


class Jobs:
    """Runs jobs in threads of their own and keeps them for a while; nothing reaches a disk.

    Args:
        threads: jobs at work side by side
        waiting: jobs that may wait
        longest_s: time that one may run
        kept_s: time that one can be asked for after its end
        kept: ended jobs at most
    """

    def __init__(
        self, threads: int, waiting: int, longest_s: float, kept_s: float, kept: int
    ) -> None:
        self._pool = ThreadPoolExecutor(threads, "job")
        self._most, self._longest_s, self._kept_s, self._kept = (
            threads + waiting, longest_s, kept_s, kept,
        )  # fmt: skip
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()

    def submit(self, kind: str, owner: str, work: Work, on_end: Callable[[], None]) -> Job:
        """Put a job into the queue.

        Args:
            kind: what clients call it
            owner: who may ask for it
            work: does it, and returns what clients get
            on_end: called once, however it ends

        Raises:
            Problem: if the queue is full
        """
        job = Job(kind, owner, Watch(self._longest_s))
        with self._lock:
            self._forget()
            if sum(j.state not in ENDED for j in self._jobs.values()) >= self._most:
                raise overloaded("as many jobs as may wait are waiting", 30)
            self._jobs[job.id] = job
        self._pool.submit(self._run, job, work, on_end)
        return job

    def find(self, name: str, owner: str) -> Job:
        """A job of this owner.

        Raises:
            Problem: if there is none
        """
        with self._lock:
            self._forget()
            job = self._jobs.get(name)
        if job is None or job.owner != owner:
            raise Problem("no-job", "expected the id of a job of this key that is still kept")
        return job

    def cancel(self, name: str, owner: str) -> None:
        """Stop a job, or forget one that has ended.

        Raises:
            Problem: if there is none
        """
        job = self.find(name, owner)
        with self._lock:
            if job.state in ENDED:
                self._jobs.pop(job.id, None)
                return
            job.watch.cancelled.set()
            self._end(job, "cancelled")

    def counts(self) -> dict[State, int]:
        """State -> number of jobs."""
        with self._lock:
            self._forget()
            found = Counter(job.state for job in self._jobs.values())
        return {state: found[state] for state in STATES}

    def close(self) -> None:
        """Stop everything and wait for it."""
        with self._lock:
            for job in self._jobs.values():
                job.watch.cancelled.set()
        self._pool.shutdown(wait=True)

    def _forget(self) -> None:
        """Drop ended jobs that are too old or too many; the lock is held."""
        ended = [job for job in self._jobs.values() if job.state in ENDED]
        ended.sort(key=lambda job: job.ended, reverse=True)
        oldest = time.monotonic() - self._kept_s
        for place, job in enumerate(ended):
            if place >= self._kept or job.ended < oldest:
                del self._jobs[job.id]

    def _end(
        self, job: Job, state: State, result: Result | None = None, problem: Problem | None = None
    ) -> None:
        """Note how a job ended, unless it has; the lock is held."""
        if job.state not in ENDED:
            job.state, job.result, job.problem = state, result, problem
            job.ended = time.monotonic()

    def _run(self, job: Job, work: Work, on_end: Callable[[], None]) -> None:
        try:
            with self._lock:
                if job.state == "waiting":
                    job.state = "running"
            if not job.watch.cancelled.is_set():
                job.watch.begin()
                self._work(job, work)
            with self._lock:
                self._end(job, "cancelled")
        finally:
            on_end()

    def _work(self, job: Job, work: Work) -> None:
        result, problem = None, None
        try:
            result = work(job.watch)
        except Problem as error:
            problem = error
        except EmotionCoreError as error:
            problem = problem_of(error)
        except Exception as error:  # noqa: BLE001  the client is told, the trace would quote
            fields = {"job": job.kind, "error": type(error).__name__, "place": place_of(error)}
            LOG.error("unexpected error", extra={"fields": fields})
            problem = Problem("internal", "this is a fault of the service")
        if job.watch.cancelled.is_set():
            return
        if job.watch.is_late:
            problem = Problem("too-long", "it was stopped at its time limit; send a shorter one")
        with self._lock:
            self._end(job, "failed" if problem else "done", None if problem else result, problem)
