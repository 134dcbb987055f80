"""One client of a stream: messages within limits, answers, and how it ends."""

import asyncio
import json
from collections.abc import Mapping
from typing import NamedTuple

from starlette.websockets import WebSocket, WebSocketDisconnect

from .problems import Problem
from .settings import Settings

CLOSE_CODES = 4000
"""a stream that ends by a problem is closed with this and the problem's status: 4422, 4503"""
DONE = 1000
END = "end"


class Message(NamedTuple):
    """What a client sent: one of both."""

    text: str | None
    content: bytes | None


class StreamSocket:
    """A WebSocket that waits neither for a silent client nor for one that does not read.

    Args:
        socket: accepted
        settings: its limits
    """

    def __init__(self, socket: WebSocket, settings: Settings) -> None:
        self._socket, self._limits = socket, settings
        self.path = socket.url.path

    async def receive(self) -> Message:
        """The next message.

        Raises:
            Problem: if none comes, or it is too large
            WebSocketDisconnect: if the client has gone
        """
        longest_s = self._limits.stream_idle_s
        try:
            got = await asyncio.wait_for(self._socket.receive(), longest_s)
        except TimeoutError:
            raise Problem(
                "silent-stream", f"expected a message every {longest_s:g} s; open another stream"
            ) from None
        if got["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(got.get("code", 1005))
        message = Message(got.get("text"), got.get("bytes"))
        size, most = len(message.text or message.content or ""), self._limits.stream_message_bytes
        if size > most:
            raise Problem("too-large", f"expected messages of {most:,} bytes at most, got {size:,}")
        return message

    async def content(self) -> bytes | None:
        """The next binary message; None where the client has sent `{"type": "end"}`.

        Raises:
            Problem: if something else comes, or nothing
            WebSocketDisconnect: if the client has gone
        """
        message = await self.receive()
        if message.text is None:
            return message.content or b""
        try:
            told = json.loads(message.text)
        except ValueError:
            told = None
        if not isinstance(told, dict) or told.get("type") != END:
            raise Problem("malformed", 'expected binary messages, then {"type": "end"}')
        return None

    async def send(self, kind: str, fields: Mapping[str, object]) -> None:
        """Tell the client something.

        Raises:
            WebSocketDisconnect: if it has gone, or does not read
        """
        text = json.dumps({"type": kind, **fields})
        try:
            await asyncio.wait_for(self._socket.send_text(text), self._limits.stream_idle_s)
        except TimeoutError:
            raise WebSocketDisconnect(1006) from None

    async def problem(self, problem: Problem, **fields: object) -> None:
        """Tell of an error, as the routes do."""
        await self.send("problem", {"problem": problem.as_dict(self.path), **fields})

    async def close(self, code: int = DONE, reason: str = "") -> None:
        """End the stream."""
        await asyncio.wait_for(self._socket.close(code, reason), self._limits.stream_idle_s)

    async def refuse(self, problem: Problem) -> None:
        """Tell of an error, and end the stream."""
        await self.problem(problem)
        await self.close(CLOSE_CODES + problem.status, problem.kind)
