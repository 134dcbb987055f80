"""Work that goes on in a thread while the page stays usable."""

import threading
import time
import weakref
from abc import ABC, abstractmethod
from typing import Self

from emotion_core.errors import EmotionCoreError


class Job(ABC):
    """Work in a thread of its own, which can be watched and stopped.

    The thread starts at once: a subclass sets what its work needs before it calls `__init__`.
    Once nobody holds the job any more, such as a session that has ended, it is cancelled.

    Attributes:
        done: how much of `total` is done
        total: None while it is not known
        error: why it failed, else empty
    """

    def __init__(self, total: float | None) -> None:
        self.total = total
        self.done: float = 0
        self.error = ""
        self._cancelled = threading.Event()
        self._started = time.monotonic()
        self._ended: float | None = None
        work = self._twin()._run  # noqa: SLF001  of another job, but this class's own
        self._thread = threading.Thread(target=work, daemon=True)
        weakref.finalize(self, self._cancelled.set)
        self._thread.start()

    def _twin(self) -> Self:
        """A job with the same attributes, not copies: the thread holds it and not this one."""
        twin = object.__new__(type(self))
        object.__setattr__(twin, "__dict__", self.__dict__)
        return twin

    @property
    def running(self) -> bool:
        """Whether it is still at work."""
        return self._thread.is_alive()

    @property
    def cancelled(self) -> bool:
        """Whether a person stopped it."""
        return self._cancelled.is_set()

    @property
    def elapsed_s(self) -> float:
        """Time since its start, or from start to end."""
        return (self._ended or time.monotonic()) - self._started

    def cancel(self) -> None:
        """Stop soon; what was done stays."""
        self._cancelled.set()

    def wait(self, timeout_s: float) -> None:
        """Wait until it has ended, but no longer than `timeout_s`."""
        self._thread.join(timeout_s)

    def share(self) -> float | None:
        """How much is done, in [0, 1]; None while that is not known."""
        return min(1.0, self.done / self.total) if self.total else None

    def seconds_left(self) -> float | None:
        """An estimate from the pace so far; None where there is none yet."""
        share = self.share()
        return self.elapsed_s * (1 / share - 1) if share else None

    def _run(self) -> None:
        try:
            self._work()
        except EmotionCoreError as error:
            self.error = str(error)
        except Exception as error:
            self.error = f"Stopped by an error of the program: {error}"
            raise
        finally:
            self._ended = time.monotonic()

    @abstractmethod
    def _work(self) -> None:
        """What the thread does."""
