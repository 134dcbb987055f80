"""Windows that slide over a sound while it comes."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np

from .problems import Problem

SampleFormat = Literal["s16le", "f32le"]
_KINDS: dict[SampleFormat, tuple[str, float]] = {"s16le": ("<i2", 2.0**15), "f32le": ("<f4", 1.0)}
LEAST_REST_S = 0.5
"""what comes after the last window is answered if it is as long"""


def samples_of(content: bytes, kind: SampleFormat, channels: int) -> np.ndarray:
    """Mono samples (time,) float32 of PCM, interleaved.

    Raises:
        Problem: if a sample is cut

    Example:
        >>> samples_of(bytes([0, 64, 0, 192]), "s16le", 1).tolist()
        [0.5, -0.5]
    """
    dtype, full_scale = _KINDS[kind]
    if len(content) % (np.dtype(dtype).itemsize * channels):
        raise Problem(
            "malformed",
            f"expected whole samples of {kind} in {channels} channels, got {len(content)} bytes",
        )
    samples = np.frombuffer(content, dtype).reshape(-1, channels)
    return samples.mean(1, dtype=np.float32) / np.float32(full_scale)


class SoundWindow(NamedTuple):
    """A stretch of a stream.

    Attributes:
        start_s: since the stream began
        end_s: likewise
        samples: (time,) float32
    """

    start_s: float
    end_s: float
    samples: np.ndarray


class SlidingWindows:
    """Holds one window of a stream and what came since; the rest is forgotten.

    Args:
        rate: in Hz
        window_s: length of a window
        hop_s: from one window to the next
    """

    def __init__(self, rate: int, window_s: float, hop_s: float) -> None:
        self._rate = rate
        self._window, self._hop = round(window_s * rate), max(1, round(hop_s * rate))
        self._held, self._start, self._answered = np.zeros(0, np.float32), 0, 0

    def add(self, samples: np.ndarray) -> Iterator[SoundWindow]:
        """Take samples (time,); the windows that are full now."""
        self._held = np.concatenate([self._held, samples])
        while len(self._held) >= self._window:
            yield self._cut(self._window)
            self._held, self._start = self._held[self._hop :], self._start + self._hop

    def rest(self) -> SoundWindow | None:
        """At the end: what no window has answered, where it is long enough to be answered."""
        end = self._start + len(self._held)
        if end - self._answered < LEAST_REST_S * self._rate:
            return None
        return self._cut(len(self._held))

    def _cut(self, length: int) -> SoundWindow:
        end = self._start + length
        self._answered = end
        return SoundWindow(self._start / self._rate, end / self._rate, self._held[:length])
