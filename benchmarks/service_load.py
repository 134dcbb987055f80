"""Clients of a service, all in one thread, so that they take little of the computer they share."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from .sentences import MARKS, sentence
from .service_process import HERE

LEAST_WORDS, MOST_WORDS = 2, 17
TEXTS = 4000
AGAIN_S = 0.05
"""before a client that was turned away or lost its connection asks again"""
TURNED_AWAY = (429, 503)


@dataclass
class Load:
    """What clients met with.

    Attributes:
        statuses: how often each came; 0 where there was no answer
        times_ms: of the answers
        unannounced: refusals without Retry-After
        seconds: that it took
    """

    statuses: Counter[int] = field(default_factory=Counter)
    times_ms: list[float] = field(default_factory=list)
    unannounced: int = 0
    seconds: float = 0.0

    @property
    def answered(self) -> int:
        """How many were."""
        return self.statuses[200]

    @property
    def per_s(self) -> float:
        """Answers a second."""
        return self.answered / self.seconds

    @property
    def failed(self) -> int:
        """Neither answered nor turned away."""
        return sum(n for status, n in self.statuses.items() if status not in (200, *TURNED_AWAY))

    @property
    def turned_away(self) -> int:
        """How many were told to come again."""
        return sum(self.statuses[status] for status in TURNED_AWAY)

    def percentile_ms(self, percent: float) -> float:
        """Of the times of answers."""
        return float(np.percentile(self.times_ms, percent)) if self.times_ms else float("nan")


def texts() -> list[bytes]:
    """Requests, each with a text of another length."""
    span = MOST_WORDS - LEAST_WORDS + 1
    return [
        json.dumps({"text": sentence(LEAST_WORDS + k % span + MARKS, k)}).encode()
        for k in range(TEXTS)
    ]


def load(port: int, path: str, clients: int, seconds: float) -> Load:
    """What so many clients meet with that ask one text after another.

    Args:
        port: of the service
        path: that is asked
        clients: at once
        seconds: that they go on
    """
    return asyncio.run(_load(port, path, clients, seconds))


async def _load(port: int, path: str, clients: int, seconds: float) -> Load:
    found, bodies, began = Load(), texts(), time.perf_counter()
    until = began + seconds
    await asyncio.gather(
        *(
            _client(port, _requests(path, bodies, k * TEXTS // clients), until, found)
            for k in range(clients)
        )
    )
    found.seconds = time.perf_counter() - began
    return found


def _requests(path: str, bodies: list[bytes], start: int) -> Iterator[bytes]:
    place = start
    while True:
        body = bodies[place % len(bodies)]
        head = (
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        yield head.encode() + body
        place += 1


async def _client(port: int, requests: Iterator[bytes], until: float, found: Load) -> None:
    """One client, which connects again where it must."""
    while time.perf_counter() < until:
        try:
            reader, writer = await asyncio.open_connection(HERE, port)
        except OSError:
            found.statuses[0] += 1
            await asyncio.sleep(AGAIN_S)
            continue
        try:
            while time.perf_counter() < until:
                await _ask(reader, writer, next(requests), found)
        except (OSError, asyncio.IncompleteReadError):
            found.statuses[0] += 1
            await asyncio.sleep(AGAIN_S)
        finally:
            writer.close()


async def _ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes, found: Load
) -> None:
    began = time.perf_counter()
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
    await reader.readexactly(int(length))
    status = int(head.split(b" ", 2)[1])
    found.statuses[status] += 1
    if status == 200:
        found.times_ms.append((time.perf_counter() - began) * 1e3)
    else:
        found.unannounced += status in TURNED_AWAY and b"retry-after:" not in head
        await asyncio.sleep(AGAIN_S)
