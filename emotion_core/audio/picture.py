"""The waveform and the mel spectrogram of a recording, small however long it is."""

import numpy as np

from .analysis import SoundPicture
from .decode import SAMPLE_RATE
from .features import FeatureConfig, FeatureExtractor, FrameStream

COLUMNS = 2000
"""a picture's columns at most; of anything longer than 16 s, half as many at least"""
STEP = 128
"""samples of a column before any are merged, 8 ms"""
FRAMES = FeatureConfig(window=512, hop=STEP, bins=64, fmin=0.0)
MARGIN = (FRAMES.window - STEP) // 2
"""how far a frame reaches beyond its column, on each side"""
AT_ONCE = 1000 * STEP
FLOOR_DB = -80.0


class _Columns:
    """At most `COLUMNS` columns; when they are full, each takes in its neighbour.

    Args:
        combine: what becomes of values that share a column
        neutral: what changes nothing when it is combined
        shape: of one column
    """

    def __init__(self, combine: np.ufunc, neutral: float, *shape: int) -> None:
        self._combine, self._neutral = combine, neutral
        self._values = np.full((COLUMNS, *shape), neutral, np.float32)
        self._steps, self._merged = 0, 1

    def add(self, values: np.ndarray) -> None:
        """Values (step, ...) of the steps that follow."""
        if not len(values):
            return
        while self._steps + len(values) > COLUMNS * self._merged:
            self._merge()
        column = (self._steps + np.arange(len(values))) // self._merged
        first = np.flatnonzero(np.diff(column, prepend=-1))
        column = column[first]
        found = self._combine.reduceat(values, first, axis=0)
        self._values[column] = self._combine(self._values[column], found)
        self._steps += len(values)

    def _merge(self) -> None:
        half = COLUMNS // 2
        self._values[:half] = self._combine(self._values[::2], self._values[1::2])
        self._values[half:] = self._neutral
        self._merged *= 2

    @property
    def steps(self) -> np.ndarray:
        """(column,) how many steps each column stands for."""
        last = np.arange(0, self._steps, self._merged)
        return np.minimum(self._merged, self._steps - last)

    @property
    def values(self) -> np.ndarray:
        """(column, ...) that are in use."""
        return self._values[: len(self.steps)]


class PictureMaker:
    """Draws samples that come block by block.

    A column holds the extremes of its samples and the mean of its power.
    """

    def __init__(self) -> None:
        self._lowest, self._highest = _Columns(np.minimum, np.inf), _Columns(np.maximum, -np.inf)
        self._power = _Columns(np.add, 0, FRAMES.bins)
        self._extractor = FeatureExtractor(FRAMES)
        self._frames = FrameStream(self._extractor)
        self._frames.push(np.zeros(MARGIN, np.float32))
        self._rest = np.zeros(0, np.float32)
        self._length = 0

    def push(self, samples: np.ndarray) -> None:
        """Draw the samples (time,) that follow, mono at 16 kHz."""
        self._length += len(samples)
        for start in range(0, len(samples), AT_ONCE):
            part = samples[start : start + AT_ONCE]
            self._power.add(self._frames.push(part))
            joined = np.concatenate([self._rest, part])
            whole = len(joined) // STEP * STEP
            self._add_peaks(joined[:whole].reshape(-1, STEP))
            self._rest = joined[whole:]

    def _add_peaks(self, steps: np.ndarray) -> None:
        self._lowest.add(steps.min(1))
        self._highest.add(steps.max(1))

    def finish(self) -> SoundPicture:
        """The picture; levels are relative to its loudest cell and end 80 dB below it."""
        if len(self._rest):
            self._add_peaks(self._rest[None])
        self._power.add(self._frames.push(np.zeros(MARGIN + -self._length % STEP, np.float32)))
        power = self._power.values / self._power.steps[:, None].astype(np.float32)
        loudest = max(float(power.max(initial=0)), np.finfo(np.float32).tiny)
        level = 10 * np.log10(np.maximum(power / loudest, 10 ** (FLOOR_DB / 10)))
        return SoundPicture(
            duration_s=self._length / SAMPLE_RATE,
            peaks=np.stack([self._lowest.values, self._highest.values], axis=1),
            spectrogram_db=np.maximum(level, FLOOR_DB).T,
            frequencies_hz=self._extractor.frequencies_hz,
        )
