"""Any recording to blocks of mono 16 kHz samples, and what a person should know of it."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import soxr

from ..errors import InvalidInput
from ..types import Waveform
from .track import FileTrack, WaveformTrack

AudioSource = str | Path | bytes | Waveform

SAMPLE_RATE = 16_000
ENDINGS = (
    ".wav", ".flac", ".aif", ".aiff", ".caf", ".ogg", ".oga", ".opus", ".mp3", ".m4a", ".aac",
    ".weba", ".webm", ".mp4", ".m4v", ".mov", ".mkv", ".avi", ".mpg", ".mpeg", ".ts", ".mts",
    ".m2ts", ".3gp",
)  # fmt: skip
"""of the files with sound that are taken from a folder, the best kind of several copies first"""
LONGEST_S = 7200.0
SHORTEST_S = 0.3
OVERSHOOT = 1.25
"""how far a lossy format goes beyond full scale without anything being wrong"""
NEAR_FULL_SCALE = 0.98
CLIPPED_SHARE = 0.005
LEAST_OFFSET = 0.01
"""a mean beyond this is no sound but a constant that the recording device added"""
SILENT = 1e-3
"""a recording that nowhere reaches this, -60 dB, is silent"""


def _resample(blocks: Iterable[np.ndarray], sample_rate: int) -> Iterator[np.ndarray]:
    """Blocks (time,) of any rate at 16 kHz; the same as if they were resampled in one."""
    stream = soxr.ResampleStream(sample_rate, SAMPLE_RATE, 1, dtype="float32")
    for block in blocks:
        yield stream.resample_chunk(block)
    yield stream.resample_chunk(np.zeros(0, np.float32), last=True)


class _Faults:
    """Mends decoded samples and counts what was wrong with them."""

    def __init__(self) -> None:
        self.total = self.invalid = self.beyond = self.clipped = 0
        self.loudest = 0.0

    def mend(self, samples: np.ndarray) -> np.ndarray:
        """The mean of the channels, (time,) in [-1, 1], of samples (channel, time)."""
        finite = np.isfinite(samples)
        samples = np.where(finite, samples, np.float32(0))
        level = np.abs(samples)
        samples = np.clip(samples, -1, 1)
        same = samples[:, 1:] == samples[:, :-1]
        flat = same[:, 1:] & same[:, :-1] & (level[:, 1:-1] >= NEAR_FULL_SCALE)
        self.total += samples.size
        self.invalid += samples.size - np.count_nonzero(finite)
        self.beyond += np.count_nonzero(level > OVERSHOOT)
        self.clipped += np.count_nonzero(flat)
        self.loudest = max(self.loudest, float(level.max(initial=0)))
        return samples.mean(0)

    @property
    def notices(self) -> tuple[str, ...]:
        """What a person should know of the samples."""
        found = []
        if self.invalid:
            found.append(f"{self.invalid:,} samples were no numbers (NaN, Inf) and became silence")
        if self.beyond:
            found.append(
                f"{self.beyond:,} samples were cut to full scale; the loudest was "
                f"{self.loudest:,.2f} times as loud"
            )
        if self.clipped > CLIPPED_SHARE * self.total:
            share = self.clipped / self.total
            found.append(f"{share:.1%} of the samples are clipped: it was recorded too loud")
        return tuple(found)


class AudioStream:
    """A recording as blocks (time,) of mono 16 kHz float32 samples, decoded when asked for.

    Channels are averaged, a constant offset is taken out, and what comes after two hours is left
    out. Memory does not grow with the length. To be used in a `with` statement and read once.

    Args:
        source: path of an audio or video file, its bytes, or samples
        block_s: length of each block but the last
        name: what messages call the recording; None takes the file's name

    Attributes:
        expected_s: length by the header, None where it gives none; may be wrong

    Raises:
        InvalidInput: if there is no such file, no sound in it, or nothing that can be decoded;
            while reading, if there is less than 0.3 s
    """

    def __init__(self, source: AudioSource, block_s: float = 10.0, name: str | None = None) -> None:
        path = source if isinstance(source, str | Path) else "the recording"
        self.name = name or Path(path).name
        if isinstance(source, Waveform):
            self._track = WaveformTrack(source, self.name)
        else:
            self._track = FileTrack(source, self.name)
        self.expected_s = self._track.expected_s
        self._faults = _Faults()
        self._offset: float | None = None
        self._loudest, self._given, self._cut = 0.0, 0, False
        self._block = max(1, round(block_s * SAMPLE_RATE))
        self._blocks = self._read()

    @property
    def decoded_s(self) -> float:
        """Length of the blocks given so far."""
        return self._given / SAMPLE_RATE

    @property
    def notices(self) -> tuple[str, ...]:
        """What a person should know of the recording, as far as it was decoded."""
        found = [*self._track.notices, *self._faults.notices]
        if self._offset:
            found.append(f"a constant offset of {self._offset:.2f} was taken out")
        if self._given and self._loudest < SILENT:
            found.append("the recording is silent: no sample reaches -60 dB")
        if self._cut:
            found.append(f"only the first {LONGEST_S / 3600:.0f} hours were read")
        return tuple(found)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> np.ndarray:
        return next(self._blocks)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._track.close()

    def _read(self) -> Iterator[np.ndarray]:
        rest = np.zeros(0, np.float32)
        for samples in self._limited():
            rest = np.concatenate([rest, samples])
            while len(rest) >= self._block:
                yield self._give(rest[: self._block])
                rest = rest[self._block :]
        if self.decoded_s + len(rest) / SAMPLE_RATE < SHORTEST_S:
            found = "; ".join((f"{len(rest) / SAMPLE_RATE:.2f} s", *self._track.notices))
            raise InvalidInput(
                f"{self.name}: expected {SHORTEST_S} s of sound or more, got {found}; "
                "choose a longer recording"
            )
        if len(rest):
            yield self._give(rest)

    def _limited(self) -> Iterator[np.ndarray]:
        left = round(LONGEST_S * SAMPLE_RATE)
        for samples in self._mono():
            self._cut = len(samples) > left
            if self._cut:
                yield samples[:left]
                return
            left -= len(samples)
            yield samples

    def _mono(self) -> Iterator[np.ndarray]:
        for rate, pieces in groupby(self._track.pieces(), lambda piece: piece[1]):
            mono = (self._faults.mend(samples) for samples, _ in pieces)
            yield from mono if rate == SAMPLE_RATE else _resample(mono, rate)

    def _give(self, block: np.ndarray) -> np.ndarray:
        """Take the offset out, which the first block tells."""
        if self._offset is None:
            mean = float(block.mean())
            self._offset = mean if abs(mean) > LEAST_OFFSET else 0.0
        block = np.clip(block - np.float32(self._offset), -1, 1)
        self._loudest = max(self._loudest, float(np.abs(block).max()))
        self._given += len(block)
        return block


def read_audio(source: AudioSource) -> tuple[Waveform, tuple[str, ...]]:
    """A whole recording, mono at 16 kHz, and its notices.

    Raises:
        InvalidInput: as `AudioStream` does

    Example:
        >>> tone = np.sin(np.arange(44_100) / 10)
        >>> read_audio(Waveform(tone, 44_100))[0].samples.shape
        (1, 16000)
    """
    with AudioStream(source) as stream:
        samples = np.concatenate(list(stream))
        return Waveform(samples[None], SAMPLE_RATE), stream.notices
