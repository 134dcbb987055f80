"""Inference in threads beside the event loop, with a bounded number of those who wait."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self, TypeVar

from .problems import overloaded

Answer = TypeVar("Answer")


class Desk:
    """A fixed number of threads.

    Args:
        threads: at work side by side
        waiting: how much more may wait
    """

    def __init__(self, threads: int, waiting: int) -> None:
        self.pool = ThreadPoolExecutor(threads, "inference")
        self._most, self._inside = threads + waiting, 0
        self._lock = threading.Lock()

    @property
    def inside(self) -> int:
        """How many wait or are answered."""
        return self._inside

    @property
    def is_full(self) -> bool:
        """Whether the next one is turned away."""
        return self._inside >= self._most

    def enter(self) -> None:
        """Take a place, which `leave` gives back.

        Raises:
            Problem: if there is none
        """
        with self._lock:
            if self._inside >= self._most:
                raise overloaded(f"{self._inside} requests are waiting")
            self._inside += 1

    def leave(self, _: "Future[Answer] | None" = None) -> None:
        """Give a place back."""
        with self._lock:
            self._inside -= 1

    async def do(self, work: Callable[[], Answer]) -> Answer:
        """What `work` returns, done in a thread.

        Raises:
            Problem: if too many wait
        """
        self.enter()
        future = self.pool.submit(work)
        future.add_done_callback(self.leave)
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Let what runs end, and drop what waits."""
        self.pool.shutdown(wait=True, cancel_futures=True)


class Places:
    """A fixed number of places.

    Args:
        most: places
        what: those who take them
    """

    def __init__(self, most: int, what: str) -> None:
        self._most, self._what, self.taken = most, what, 0
        self._lock = threading.Lock()

    def enter(self) -> "Place":
        """Take a place until the end of its `with`.

        Raises:
            Problem: if there is none
        """
        with self._lock:
            if self.taken >= self._most:
                raise overloaded(f"expected {self._most} {self._what} at most")
            self.taken += 1
        return Place(self)

    def leave(self) -> None:
        """Give a place back."""
        with self._lock:
            self.taken -= 1


class Place:
    """One of the places."""

    def __init__(self, places: Places) -> None:
        self._places = places

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._places.leave()


class Hold:
    """A part of the budget, given back at the end of its `with` unless it is kept."""

    def __init__(self, budget: "Budget", size: int) -> None:
        self._budget, self._size, self._kept = budget, size, False

    def keep(self) -> Callable[[], None]:
        """Hold it longer; what is returned gives it back."""
        self._kept = True
        return self._release

    def _release(self) -> None:
        size, self._size = self._size, 0
        self._budget.give(size)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self._kept or error is not None:
            self._release()


class Budget:
    """Bytes that bodies and waiting jobs may take together.

    Args:
        most: bytes
    """

    def __init__(self, most: int) -> None:
        self._most, self.held = most, 0
        self._lock = threading.Lock()

    def hold(self, size: int) -> Hold:
        """Take a part.

        Raises:
            Problem: if so much is not left
        """
        with self._lock:
            if self.held + size > self._most:
                raise overloaded("too many uploads are in memory", 15)
            self.held += size
        return Hold(self, size)

    def give(self, size: int) -> None:
        """Take a part back."""
        with self._lock:
            self.held -= size
