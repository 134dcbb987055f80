"""Where a recording holds speech, so that silence and music are not given an emotion."""

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np

from ..errors import ModelUnavailable
from ..onnx_session import open_session
from .decode import SAMPLE_RATE

CHUNK = 512
"""samples that one probability stands for"""
CHUNKS_AT_ONCE = 512
SPEECH_FROM = 0.5
"""speech begins where the probability reaches this"""
SPEECH_UNTIL = 0.35
"""and lasts until it falls below this"""
SHORTEST_GAP_S = 0.3
"""a shorter pause does not part two spans"""
SHORTEST_SPEECH_S = 0.25
PAD_S = 0.1
"""what a span gets before and after, since words fade in and out; under half a gap"""
NETWORK = "silero_vad_16k_sequence.onnx"
"""of the package `silero-vad`; takes many chunks at once and is twice as fast for it"""
CONTEXT = 64
"""samples before a chunk that the network also reads"""
WARM_UP = 16
"""chunks of silence that the network hears first: of 1,900 acted clips, those in which it found
no speech fell from 27 to 8, and 0.3 % of synthetic music became speech"""

Method = Literal["silero", "energy"]


class _Listener(Protocol):
    """Chunks in, a value of each out; at the end, the values as probabilities of speech."""

    method: Method

    def read(self, chunks: np.ndarray) -> np.ndarray: ...

    def probabilities(self, values: np.ndarray) -> np.ndarray: ...


@lru_cache(maxsize=1)
def _open_network() -> Any | None:
    """Silero's network, which all threads share; None without its package."""
    package = find_spec("silero_vad")  # importing it would import torch
    folders = package.submodule_search_locations if package else None
    paths = [Path(folder) / "data" / NETWORK for folder in folders or ()]
    if not any(path.is_file() for path in paths):
        return None
    try:
        return open_session(paths[0], str(paths[0]), device="cpu")
    except ModelUnavailable as error:
        raise ModelUnavailable(f"{error}; reinstall silero-vad") from error


class _SileroListener:
    """Silero's recurrent network; a value is a probability.

    Source: Silero Team, Silero VAD, https://github.com/snakers4/silero-vad, 2024.
    """

    method: Method = "silero"

    def __init__(self, network: Any) -> None:
        self._network = network
        self._before = np.zeros(CONTEXT, np.float32)
        self._state = [np.zeros((1, 1, 128), np.float32)] * 2
        self.read(np.zeros((WARM_UP, CHUNK), np.float32))

    def read(self, chunks: np.ndarray) -> np.ndarray:
        """Probabilities (chunk,) of chunks (chunk, time) that follow those read before."""
        ends = np.concatenate([self._before[None], chunks[:, -CONTEXT:]])
        hidden, cell = self._state
        inputs = {"input": np.concatenate([ends[:-1], chunks], 1), "h": hidden, "c": cell}
        values, *self._state = self._network.run(["speech_probs", "hn", "cn"], inputs)
        self._before = ends[-1]
        return values

    def probabilities(self, values: np.ndarray) -> np.ndarray:
        """The values."""
        return values


class _EnergyListener:
    """Loudness in the band of speech above a floor that follows the noise.

    Tells speech from steady noise, but not from music. A value is a level in dB. On RAVDESS it
    agrees with Silero's network on 94 % of the time.

    Source: the floor is a quantile along time as in Stahl, Fischer and Bippus, ICASSP 2000.
    """

    method: Method = "energy"
    band_hz = (200.0, 4000.0)
    least_db = -62.0
    """nothing quieter is speech"""
    above_floor_db = 7.0
    """where speech and noise are equally likely"""
    slope_db = 2.0
    memory = 190
    """chunks, 6 s, whose quietest tenth gives the floor"""

    def read(self, chunks: np.ndarray) -> np.ndarray:
        """Levels (chunk,) in dB of full scale."""
        spectrum = np.fft.rfft(chunks * np.hanning(CHUNK).astype(np.float32))
        hertz = np.fft.rfftfreq(CHUNK, 1 / SAMPLE_RATE)
        band = spectrum[:, (hertz >= self.band_hz[0]) & (hertz <= self.band_hz[1])]
        power = (band.real**2 + band.imag**2).sum(1) / (CHUNK / 4) ** 2
        return 10 * np.log10(np.maximum(power, 1e-10))

    def probabilities(self, values: np.ndarray) -> np.ndarray:
        """A logistic function of how far the level lies above the floor."""
        from scipy.ndimage import percentile_filter

        if not len(values):
            return values
        floor = np.maximum(percentile_filter(values, 10, self.memory), self.least_db)
        return 1 / (1 + np.exp((self.above_floor_db - (values - floor)) / self.slope_db))


class SpeechDetector:
    """Finds speech in samples that come block by block; keeps one number for each 32 ms."""

    def __init__(self) -> None:
        network = _open_network()
        self._listener: _Listener = _SileroListener(network) if network else _EnergyListener()
        self._values: list[np.ndarray] = []
        self._rest = np.zeros(0, np.float32)
        self._length = 0

    @property
    def method(self) -> Method:
        """What tells speech: Silero's network, or the energy where its package is absent."""
        return self._listener.method

    def push(self, samples: np.ndarray) -> None:
        """Listen to the samples (time,) that follow, mono at 16 kHz."""
        self._length += len(samples)
        joined = np.concatenate([self._rest, samples])
        whole = len(joined) // CHUNK
        chunks = joined[: whole * CHUNK].reshape(whole, CHUNK)
        for start in range(0, whole, CHUNKS_AT_ONCE):
            self._values.append(self._listener.read(chunks[start : start + CHUNKS_AT_ONCE]))
        self._rest = joined[whole * CHUNK :]

    def so_far(self) -> np.ndarray:
        """Spans (span, 2) in what was heard; the last one may still grow."""
        return self._found(self._length / SAMPLE_RATE)

    def finish(self) -> np.ndarray:
        """Spans (span, 2) of speech in seconds, in order, apart from each other."""
        length_s = self._length / SAMPLE_RATE
        self.push(np.zeros(-self._length % CHUNK, np.float32))
        return self._found(length_s)

    def _found(self, length_s: float) -> np.ndarray:
        values = np.concatenate([np.zeros(0, np.float32), *self._values])
        return _spans(self._listener.probabilities(values), length_s)


def _spans(probabilities: np.ndarray, length_s: float) -> np.ndarray:
    """Spans (span, 2) in seconds of probabilities (chunk,): two thresholds, gaps, padding."""
    sure = (probabilities >= SPEECH_FROM) | (probabilities < SPEECH_UNTIL)
    last_sure = np.maximum.accumulate(np.where(sure, np.arange(len(sure)), -1))
    speech = (last_sure >= 0) & (probabilities[last_sure] >= SPEECH_FROM)
    edges_s = np.flatnonzero(np.diff(speech, prepend=False, append=False)) * CHUNK / SAMPLE_RATE
    gaps = edges_s[1:-1].reshape(-1, 2)
    kept = gaps[np.ptp(gaps, axis=1) >= SHORTEST_GAP_S]
    spans = np.concatenate([edges_s[:1], kept.ravel(), edges_s[-1:]]).reshape(-1, 2)
    long = spans[np.ptp(spans, axis=1) >= SHORTEST_SPEECH_S]
    return np.clip(long + np.array([-PAD_S, PAD_S]), 0, length_s)


def speech_spans(samples: np.ndarray) -> np.ndarray:
    """Spans (span, 2) of speech in seconds in samples (time,), mono at 16 kHz.

    Example:
        >>> speech_spans(np.zeros(16_000, np.float32)).shape
        (0, 2)
    """
    detector = SpeechDetector()
    detector.push(samples)
    return detector.finish()
