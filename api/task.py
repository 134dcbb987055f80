"""One piece of work on media, and what doing it looks like."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pydantic import BaseModel, JsonValue

if TYPE_CHECKING:
    from .models import ModelStore

NO_ANSWER = b"null"
"""of a task that is left to a job"""


class TaskWatch(Protocol):
    """What a task tells of itself, and asks."""

    def on_stage(self, stage: str, done_s: float, expected_s: float | None) -> None: ...
    def on_seconds(self, done_s: float, expected_s: float | None) -> None: ...
    def should_stop(self) -> bool: ...


@dataclass(frozen=True, eq=False)
class Task:
    """One piece of work.

    Attributes:
        name: one of `TASKS`
        fields: JSON
        media: what came with it; handed on once, so that it is not held twice
    """

    name: str
    fields: Mapping[str, JsonValue]
    media: list[bytes]


Work = Callable[["ModelStore", object, list[bytes], TaskWatch], BaseModel | None]
"""fields and media of a task -> its answer"""


def answer(task: Task, models: "ModelStore", watch: TaskWatch, tasks: Mapping[str, Work]) -> bytes:
    """The answer to a task as JSON; `null` where it is left to a job.

    Raises:
        EmotionCoreError: if it cannot be answered
        Problem: likewise
    """
    found = tasks[task.name](models, task.fields, task.media, watch)
    return NO_ANSWER if found is None else found.model_dump_json().encode()
