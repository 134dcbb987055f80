"""Streams at work: sound in windows, one after another; of frames always the newest."""

import asyncio
import json
from collections.abc import Mapping

from emotion_core.audio.windows import check_window

from .access import check_scope, rate_limit
from .keys import ApiKey
from .models import target_labels
from .problems import Problem
from .schema import AudioStreamRequest, FrameStreamRequest, ImageFields
from .service import Service
from .stream_socket import StreamSocket
from .stream_sound import SlidingWindows, SoundWindow, samples_of
from .task import Task
from .tasks import SAMPLES, Heard, Picture, task_of

PATIENCE_S = 5
"""where a key must wait for longer until it may ask again, its stream is ended"""
SKIPPED = ("invalid-input", "crashed", "memory-limit", "time-limit", "interrupted")
"""problems of one frame that leave the stream as it is"""


class _Stream:
    """What sound and frames have in common.

    Args:
        service: answers
        client: who is answered
        key: of the client
    """

    def __init__(self, service: Service, client: StreamSocket, key: ApiKey | None) -> None:
        self._service, self._client, self._key = service, client, key
        self.answers = self.dropped = 0

    async def _answer(self, task: Task) -> dict[str, object]:
        """The answer to a task, once the key may ask for it."""
        await self._may_ask()
        return json.loads(await self._service.media.at_once(task))

    async def _may_ask(self) -> None:
        keys, key = self._service.keys, self._key
        while keys is not None and key is not None and (wait_s := keys.wait_s(key)):
            if wait_s > PATIENCE_S:
                raise rate_limit(key, wait_s)
            await asyncio.sleep(wait_s)

    async def _tell(self, fields: Mapping[str, object], modality: str) -> None:
        self.answers += 1
        self._service.metrics.answered.labels(modality).inc()
        await self._client.send("answer", fields)

    async def _done(self) -> None:
        await self._client.send("done", {"answers": self.answers, "dropped": self.dropped})
        await self._client.close()


class SoundStream(_Stream):
    """Answers each window before it reads on, so that a fast sender is held up by TCP."""

    async def run(self, asked: AudioStreamRequest) -> None:
        """Until the client ends it.

        Raises:
            Problem: if what comes cannot be answered
            WebSocketDisconnect: if the client goes away
        """
        check_scope(self._key, "audio")
        check_window(asked.window, asked.hop)
        spec = self._service.models.spec("audio", asked.model)
        labels = target_labels([spec], asked.labels, spec)
        heard = Heard(model=spec.id, labels=labels, rate=asked.rate)
        windows = SlidingWindows(asked.rate, asked.window, asked.hop)
        await self._client.send("ready", {"model": spec.id, "labels": labels})
        while (content := await self._client.content()) is not None:
            for window in windows.add(samples_of(content, asked.format, asked.channels)):
                await self._hear(window, heard)
        if (rest := windows.rest()) is not None:
            await self._hear(rest, heard)
        await self._done()

    async def _hear(self, window: SoundWindow, heard: Heard) -> None:
        task = task_of("heard", heard, window.samples.astype(SAMPLES).tobytes())
        span = {"start_s": round(window.start_s, 3), "end_s": round(window.end_s, 3)}
        await self._tell(span | await self._answer(task), "audio")


class _Newest:
    """Holds the newest frame until it is taken; the one before is dropped."""

    def __init__(self) -> None:
        self.came = self.dropped = 0
        self._changed = asyncio.Event()
        self._frame: bytes | None = None
        self._ended = False

    def put(self, frame: bytes) -> None:
        """Never waits."""
        self.came += 1
        self.dropped += self._frame is not None
        self._frame = frame
        self._changed.set()

    def end(self) -> None:
        """No more will come."""
        self._ended = True
        self._changed.set()

    async def take(self) -> tuple[int, bytes] | None:
        """Number, from 0, and content of the newest frame; None once no more comes."""
        while self._frame is None and not self._ended:
            self._changed.clear()
            await self._changed.wait()
        frame, self._frame = self._frame, None
        return None if frame is None else (self.came - 1, frame)


class FrameStream(_Stream):
    """Reads all the time and answers the newest frame, so that answers stay close to the camera."""

    async def run(self, asked: FrameStreamRequest) -> None:
        """Until the client ends it; raises as `SoundStream.run` does."""
        check_scope(self._key, "image")
        spec = self._service.models.spec("face", asked.model)
        labels = target_labels([spec], asked.labels, spec)
        fields = ImageFields(model=spec.id, aligned=asked.aligned)
        picture = Picture(model=spec.id, labels=labels, asked=fields)
        await self._client.send("ready", {"model": spec.id, "labels": labels})
        newest = _Newest()
        reading = asyncio.create_task(self._read(newest))
        try:
            while (shot := await newest.take()) is not None:
                await self._see(*shot, newest, picture)
            await reading
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        await self._done()

    async def _read(self, newest: _Newest) -> None:
        try:
            while (content := await self._client.content()) is not None:
                newest.put(content)
        finally:
            newest.end()

    async def _see(self, number: int, frame: bytes, newest: _Newest, picture: Picture) -> None:
        try:
            found = await self._answer(task_of("image", picture, frame))
        except Problem as problem:
            if problem.kind not in SKIPPED:
                raise
            await self._client.problem(problem, frame=number)
            return
        finally:
            self._service.metrics.dropped.inc(newest.dropped - self.dropped)
            self.dropped = newest.dropped
        await self._tell({"frame": number, "dropped": self.dropped} | found, "image")


async def converse(
    service: Service,
    client: StreamSocket,
    key: ApiKey | None,
    asked: AudioStreamRequest | FrameStreamRequest,
) -> None:
    """Answer one client until it ends the stream, or its time is over.

    Raises:
        Problem: if it cannot go on
        WebSocketDisconnect: if the client goes away
    """
    longest_s = service.settings.stream_s
    try:
        async with asyncio.timeout(longest_s):
            if isinstance(asked, AudioStreamRequest):
                await SoundStream(service, client, key).run(asked)
            else:
                await FrameStream(service, client, key).run(asked)
    except TimeoutError:
        raise Problem(
            "long-stream", f"expected a stream of {longest_s:g} s at most; open another one"
        ) from None
