"""Samples to what a network reads: the same numpy code for training and for serving.

Two stages. Power frames depend only on their own samples, so they can be made block by block
and shared by windows that overlap. The network's input is made of a slice of frames:
logarithm, differences along time, normalisation.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from scipy.fft import rfft

from ..errors import InvalidInput, ModelUnavailable
from .analysis import VoiceProfile

Kind = Literal["log-mel", "mel-db", "log-spectrogram"]
RATE = 16_000
LOG_OFFSET = 1e-6
"""added to mel power before the logarithm: near the floor of a quiet room"""
LEAST_POWER = 1e-10
RANGE_DB = 80.0
"""a mel-in-dB image ends this far below its maximum"""
DB_OF_NEPERS = 10 / np.log(10)
"""decibels that a natural logarithm of power is worth"""
FRAMES_AT_ONCE = 4096


def _hertz_of_mel(mel: np.ndarray) -> np.ndarray:
    """Slaney's mel scale: linear below 1 kHz (200/3 Hz a mel), logarithmic above."""
    return np.where(
        mel < 15, mel * 200 / 3, 1000 * np.exp((np.maximum(mel, 15) - 15) * np.log(6.4) / 27)
    )


def _mel_of_hertz(hertz: float) -> float:
    return hertz * 3 / 200 if hertz < 1000 else 15 + 27 * np.log(hertz / 1000) / np.log(6.4)


def mel_frequencies(n_mels: int, fmin: float, fmax: float) -> np.ndarray:
    """Centres (bin,) in Hz of mel filters, lowest first."""
    return _mel_edges(n_mels, fmin, fmax)[1:-1]


def _mel_edges(n_mels: int, fmin: float, fmax: float) -> np.ndarray:
    return _hertz_of_mel(np.linspace(_mel_of_hertz(fmin), _mel_of_hertz(fmax), n_mels + 2))


def mel_filters(sample_rate: int, n_fft: int, n_mels: int, fmin: float, fmax: float) -> np.ndarray:
    """Triangular filters of equal area, (bin, frequency) for power spectra.

    Args:
        sample_rate: Hz
        n_fft: samples of the transform, which has n_fft // 2 + 1 frequencies
        n_mels: filters
        fmin: Hz, lower edge of the lowest filter
        fmax: Hz, upper edge of the highest

    Source: Slaney, Auditory Toolbox, 1998; the same as `librosa.filters.mel`.
    """
    edges = _mel_edges(n_mels, fmin, fmax)
    frequencies = np.fft.rfftfreq(n_fft, 1 / sample_rate)
    lower, centre, upper = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising = (frequencies - lower) / (centre - lower)
    falling = (upper - frequencies) / (upper - centre)
    height = 2 / (upper - lower)
    return (np.maximum(0, np.minimum(rising, falling)) * height).astype(np.float32)


@dataclass(frozen=True)
class FeatureConfig:
    """How samples become a network's input; stands in the bundle's manifest.

    Attributes:
        kind: `log-mel`; `mel-db`, decibels against the loudest cell, scaled to [0, 1]; or
            `log-spectrogram`, whose three channels are the static one and its first and
            second difference along time
        window: samples of a frame, Hann-weighted
        hop: samples from one frame to the next
        bins: mel filters; of a log spectrogram, window // 2 + 1
        fmin: Hz, lower edge of the lowest mel filter
        fmax: Hz, upper edge of the highest
    """

    kind: Kind = "log-mel"
    window: int = 512
    hop: int = 256
    bins: int = 64
    fmin: float = 50.0
    fmax: float = 8000.0

    def __post_init__(self) -> None:
        if self.kind not in ("log-mel", "mel-db", "log-spectrogram"):
            raise InvalidInput(f"features: unknown kind {self.kind!r}")
        if not 0 < self.hop <= self.window or not 0 <= self.fmin < self.fmax <= RATE / 2:
            raise InvalidInput(
                f"features: expected 0 < hop <= window and 0 <= fmin < fmax <= {RATE // 2}, got "
                f"{self.hop}, {self.window}, {self.fmin} and {self.fmax}"
            )
        if self.kind == "log-spectrogram" and self.bins != self.window // 2 + 1:
            raise InvalidInput(
                f"features: a log spectrogram of {self.window} samples has "
                f"{self.window // 2 + 1} bins, not {self.bins}"
            )

    @property
    def channels(self) -> int:
        """Channels of the network's input."""
        return 3 if self.kind == "log-spectrogram" else 1

    def as_dict(self) -> dict[str, Any]:
        """For the manifest."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "FeatureConfig":
        """From the manifest.

        Raises:
            ModelUnavailable: if it names settings that this version does not know
        """
        try:
            return cls(**content)
        except (TypeError, InvalidInput) as error:
            raise ModelUnavailable(f"features of the bundle: {error}") from error


@dataclass(frozen=True)
class FeatureExtractor:
    """Computes what a `FeatureConfig` describes."""

    config: FeatureConfig

    @cached_property
    def _hann(self) -> np.ndarray:
        return np.hanning(self.config.window + 1)[:-1].astype(np.float32)

    @cached_property
    def _filters(self) -> np.ndarray:
        c = self.config
        return np.ascontiguousarray(mel_filters(RATE, c.window, c.bins, c.fmin, c.fmax).T)

    @cached_property
    def frequencies_hz(self) -> np.ndarray:
        """(bin,) centres."""
        c = self.config
        if c.kind == "log-spectrogram":
            return np.fft.rfftfreq(c.window, 1 / RATE)
        return mel_frequencies(c.bins, c.fmin, c.fmax)

    def frames(self, samples: np.ndarray) -> np.ndarray:
        """Power frames (frame, bin); frame i covers samples i * hop to i * hop + window.

        Args:
            samples: (time,) mono, 16 kHz, in [-1, 1]
        """
        c = self.config
        count = max(0, (len(samples) - c.window) // c.hop + 1)
        power = np.empty((count, c.bins), np.float32)
        cut = np.lib.stride_tricks.sliding_window_view(samples, c.window)[:: c.hop] if count else ()
        for start in range(0, count, FRAMES_AT_ONCE):
            spectrum = rfft(cut[start : start + FRAMES_AT_ONCE] * self._hann)
            energy = spectrum.real**2 + spectrum.imag**2
            rows = slice(start, start + len(energy))
            power[rows] = energy if c.kind == "log-spectrogram" else energy @ self._filters
        return power

    def place(self, span_s: tuple[float, float]) -> slice:
        """The frames that lie wholly inside a span of seconds."""
        start, end = (round(t * RATE) for t in span_s)
        first = -(-start // self.config.hop)
        last = (end - self.config.window) // self.config.hop + 1
        return slice(first, max(first, last))

    def levels(self, frames: np.ndarray) -> np.ndarray:
        """Natural logarithm (frame, bin) of power frames: what a `VoiceProfile` is measured on."""
        offset = LOG_OFFSET if self.config.kind == "log-mel" else LEAST_POWER
        return np.log(frames + np.float32(offset))

    def network_input(self, levels: np.ndarray, profile: VoiceProfile | None) -> np.ndarray:
        """What the network reads, (channel, bin, frame) float32.

        Args:
            levels: (frame, bin) logarithmic
            profile: takes the voice's mean and deviation out; a mel-in-dB image needs none

        Raises:
            InvalidInput: if a profile is needed and absent, or of other frames
        """
        if self.config.kind == "mel-db":
            below = (levels - levels.max()) * np.float32(DB_OF_NEPERS / RANGE_DB)
            return np.maximum(0, 1 + below).T[None]
        if profile is None:
            raise InvalidInput(f"{self.config.kind} features need a voice profile")
        if len(profile.mean) != levels.shape[1]:
            raise InvalidInput(
                f"expected a voice profile of {levels.shape[1]} bins, got one of "
                f"{len(profile.mean)}; make it with the model that it is for"
            )
        image = ((levels - profile.mean) / profile.deviation).T
        return image[None] if self.config.kind == "log-mel" else with_differences(image)


def with_differences(level: np.ndarray) -> np.ndarray:
    """A (bin, frame) image and its first and second difference along time, (3, bin, frame)."""
    first = np.diff(level, axis=1, prepend=level[:, :1])
    second = np.diff(first, axis=1, prepend=first[:, :1])
    return np.stack([level, first, second]).astype(np.float32)


class FrameStream:
    """Power frames of samples that come block by block; the same as of all at once."""

    def __init__(self, extractor: FeatureExtractor) -> None:
        self.extractor = extractor
        self._rest = np.zeros(0, np.float32)

    def push(self, samples: np.ndarray) -> np.ndarray:
        """The frames (frame, bin) that these further samples (time,) complete."""
        joined = np.concatenate([self._rest, samples])
        frames = self.extractor.frames(joined)
        self._rest = joined[len(frames) * self.extractor.config.hop :]
        return frames
