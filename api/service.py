"""The parts of one service, which every route reaches through its request."""

import asyncio
from typing import Annotated

from fastapi import Depends, Request

from emotion_core.errors import InvalidInput
from emotion_core.text.pipeline import TextModel
from emotion_core.types import EmotionScores

from .batching import TextBatcher
from .jobs import Jobs
from .keys import KeyRing, read_keys
from .media import Media
from .metrics import Metrics
from .models import ModelStore
from .settings import Settings
from .work import Budget, Desk, Places


class Service:
    """What requests share.

    Args:
        settings: its limits
        models: opened models; None takes those of the registry

    Raises:
        InvalidInput: if the file of keys cannot be read or holds none
    """

    def __init__(self, settings: Settings, models: ModelStore | None = None) -> None:
        self.settings, self.models = settings, models or ModelStore()
        self.keys = _key_ring(settings)
        self.metrics = Metrics()
        self.desk = Desk(settings.threads, settings.waiting)
        self.batcher = TextBatcher(self.desk, settings.batch, settings.threads)
        self.media = Media(settings, self.models)
        self.budget = Budget(settings.held_bytes)
        self.streams = Places(settings.streams, "streams")
        self.jobs = Jobs(
            settings.job_threads,
            settings.job_waiting,
            settings.job_longest_s,
            settings.job_kept_s,
            settings.jobs_kept,
        )
        self.metrics.models.set_function(lambda: self.models.open_count)
        self.metrics.waiting.set_function(lambda: self.desk.inside + self.media.desk.inside)
        self.metrics.streams.set_function(lambda: self.streams.taken)
        self.metrics.processes.set_function(lambda: self.media.process_count)
        self.metrics.processes_ended.set_function(lambda: self.media.ended_count)
        self.metrics.held.set_function(lambda: self.budget.held)

    async def read_text(self, model: TextModel, text: str) -> EmotionScores:
        """What one text expresses; in a batch with those of others, unless that is switched off."""
        if self.settings.batch > 1:
            return await self.batcher.answer(model, text)
        return await self.desk.do(lambda: model.predict(text))

    async def close(self) -> None:
        """Stop the jobs, the processes and the threads."""
        await asyncio.to_thread(self.jobs.close)
        await asyncio.to_thread(self.media.close)
        await asyncio.to_thread(self.desk.close)


def _key_ring(settings: Settings) -> KeyRing | None:
    if settings.keys is None:
        return None
    keys = read_keys(settings.keys)
    if not keys:
        raise InvalidInput(
            f"{settings.keys}: expected API keys, got none; make one with "
            f"python -m api.new_key ID --file {settings.keys}"
        )
    return KeyRing(keys)


async def service_of(request: Request) -> Service:
    """The service that answers a request."""
    return request.app.state.service


ServiceOf = Annotated[Service, Depends(service_of)]
