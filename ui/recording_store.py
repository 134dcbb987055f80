"""Recordings kept in memory beyond a session, so that a reloaded page finds its own again."""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from emotion_core.errors import InvalidInput

from .recording_open import OpenRecording

KEPT_S = 3600.0
"""how long a recording is kept after the last look at it, or after the end of its work"""
WATCHED_S = 150.0
"""a recording that was looked at within it has a page open, and is not dropped for another"""
AT_MOST = 12
BYTES_AT_MOST = 4 << 30
"""of all recordings together"""
SWEEP_S = 60.0
"""from one search for what is old to the next"""
ID_BYTES = 24


@dataclass
class _Place:
    """A recording in the store, and when it was last looked at."""

    recording: OpenRecording
    seen_s: float


class RecordingStore:
    """Recordings by an address that cannot be guessed; thread-safe.

    Args:
        kept_s: how long one is kept after the last look at it
        at_most: recordings at a time
        bytes_at_most: of all of them together
        now: a clock in seconds
    """

    def __init__(
        self,
        kept_s: float = KEPT_S,
        at_most: int = AT_MOST,
        bytes_at_most: int = BYTES_AT_MOST,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._kept_s, self._at_most, self._bytes = kept_s, at_most, bytes_at_most
        self._now = now
        self._places: dict[str, _Place] = {}
        self._lock = threading.RLock()
        self._sweeper: threading.Thread | None = None

    def __len__(self) -> int:
        return len(self._places)

    def add(self, recording: OpenRecording) -> str:
        """Keep a recording; those that nobody looks at make room.

        Returns:
            its address

        Raises:
            InvalidInput: if all the room is taken by recordings that are looked at
        """
        with self._lock:
            self.sweep()
            self._make_room(len(recording.upload.content))
            address = secrets.token_urlsafe(ID_BYTES)
            self._places[address] = _Place(recording, self._now())
            if self._sweeper is None:
                self._sweeper = threading.Thread(target=self._keep_sweeping, daemon=True)
                self._sweeper.start()
            return address

    def get(self, address: str) -> OpenRecording | None:
        """The recording at an address, which is looked at by this; None where there is none."""
        with self._lock:
            self.sweep()
            place = self._places.get(address)
            if place is None:
                return None
            place.seen_s = self._now()
            return place.recording

    def forget(self, address: str) -> None:
        """Drop a recording and what was found in it, and stop work on it."""
        with self._lock:
            place = self._places.pop(address, None)
        if place is not None:
            place.recording.cancel()

    def sweep(self) -> None:
        """Drop what was not looked at for long; work that goes on counts as a look."""
        with self._lock:
            for address, place in list(self._places.items()):
                if place.recording.running:
                    place.seen_s = max(place.seen_s, self._now() - WATCHED_S)
                elif self._now() - place.seen_s > self._kept_s:
                    self.forget(address)

    def _make_room(self, size: int) -> None:
        while self._places and self._full(size):
            address, place = min(self._places.items(), key=lambda pair: pair[1].seen_s)
            if self._now() - place.seen_s < WATCHED_S:
                raise InvalidInput(
                    f"{len(self)} recordings are open at this moment, which is all that this "
                    "computer keeps; forget one of them, or come back in a few minutes"
                )
            self.forget(address)

    def _full(self, size: int) -> bool:
        held = sum(len(place.recording.upload.content) for place in self._places.values())
        return len(self) >= self._at_most or held + size > self._bytes

    def _keep_sweeping(self) -> None:
        while True:
            time.sleep(SWEEP_S)
            with self._lock:
                self.sweep()
                if not self._places:
                    self._sweeper = None
                    return


STORE = RecordingStore()
"""of this process; gone when the app ends"""
