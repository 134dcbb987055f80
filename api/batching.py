"""Texts of several clients in one run of the network."""

import asyncio
import threading
from collections import deque
from concurrent.futures import Future
from typing import NamedTuple

from emotion_core.errors import EmotionCoreError
from emotion_core.text.pipeline import TextModel
from emotion_core.types import EmotionScores

from .work import Desk


class _Waiting(NamedTuple):
    text: str
    answer: "Future[EmotionScores | EmotionCoreError]"


class TextBatcher:
    """Gathers the texts that come while a network is busy; nobody waits for a batch to fill.

    Args:
        desk: whose threads do the work
        most: texts of one run at most
        runs: of one model side by side at most
    """

    def __init__(self, desk: Desk, most: int, runs: int) -> None:
        self._desk, self._most, self._runs = desk, most, runs
        self._lock = threading.Lock()
        self._queues: dict[TextModel, deque[_Waiting]] = {}
        self._running: dict[TextModel, int] = {}

    async def answer(self, model: TextModel, text: str) -> EmotionScores:
        """What a text expresses.

        Raises:
            EmotionCoreError: if it cannot be answered
            Problem: if too many wait
        """
        self._desk.enter()
        waiting = _Waiting(text, Future())
        waiting.answer.add_done_callback(self._desk.leave)
        with self._lock:
            self._queues.setdefault(model, deque()).append(waiting)
            start = self._running.get(model, 0) < self._runs
            if start:
                self._running[model] = self._running.get(model, 0) + 1
        if start:
            self._desk.pool.submit(self._run, model)
        found = await asyncio.wrap_future(waiting.answer)
        if isinstance(found, EmotionCoreError):
            raise found
        return found

    def _run(self, model: TextModel) -> None:
        """Answer one batch; another one is a new task, so that other work gets its turn."""
        with self._lock:
            queue = self._queues[model]
            batch = [queue.popleft() for _ in range(min(len(queue), self._most))]
        if batch := [w for w in batch if w.answer.set_running_or_notify_cancel()]:
            _answer(model, batch)
        with self._lock:
            if not queue:
                self._running[model] -= 1
                return
        self._desk.pool.submit(self._run, model)


def _answer(model: TextModel, batch: list[_Waiting]) -> None:
    try:
        answers = model.predict_each([w.text for w in batch])
    except Exception as error:  # noqa: BLE001  those who wait are told, whatever it is
        for waiting in batch:
            waiting.answer.set_exception(error)
    else:
        for waiting, found in zip(batch, answers, strict=True):
            waiting.answer.set_result(found)
