"""Sounds, pictures and jobs, answered in processes that can be killed, or in threads here."""

import json

from .jobs import Watch, Work
from .models import ModelStore
from .processes import Processes
from .settings import Settings
from .task import Task, TaskWatch, answer
from .tasks import TASKS
from .work import Desk


class _Unwatched:
    """Nobody watches what is answered at once."""

    def on_stage(self, stage: str, done_s: float, expected_s: float | None) -> None:
        """Nobody is told."""

    def on_seconds(self, done_s: float, expected_s: float | None) -> None:
        """Nobody is told."""

    def should_stop(self) -> bool:
        """Nobody gives up."""
        return False


class Media:
    """Who answers media.

    Args:
        settings: how many processes, and their limits; without any, threads of this one
        models: of those threads
    """

    def __init__(self, settings: Settings, models: ModelStore) -> None:
        self._settings, self._models = settings, models
        self.desk = Desk(settings.processes or settings.threads, settings.waiting)
        self.processes = Processes(settings.process_bytes) if settings.processes else None

    @property
    def process_count(self) -> int:
        """How many processes there are."""
        return self.processes.count if self.processes else 0

    @property
    def ended_count(self) -> int:
        """How many have died or were killed."""
        return self.processes.ended if self.processes else 0

    async def at_once(self, task: Task) -> bytes:
        """The answer to a task as JSON.

        Raises:
            Problem: if there is none, or too many wait
        """
        limit_s = self._settings.at_once_s
        return await self.desk.do(lambda: self._ask(task, limit_s, limit_s, _Unwatched()))

    def job(self, task: Task) -> Work:
        """A task as the work of a job."""
        limits = self._settings

        def work(watch: Watch) -> dict[str, object]:
            return json.loads(self._ask(task, limits.job_longest_s, limits.job_silent_s, watch))

        return work

    def _ask(self, task: Task, limit_s: float, silent_s: float, watch: TaskWatch) -> bytes:
        if self.processes is None:
            return answer(task, self._models, watch, TASKS)
        return self.processes.ask(task, limit_s, silent_s, watch)

    def close(self) -> None:
        """End the processes and let the threads end."""
        if self.processes:
            self.processes.close()
        self.desk.close()
