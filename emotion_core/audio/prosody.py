"""How something was said: pitch, loudness, speaking rate, pauses and timbre."""

from itertools import pairwise

import numpy as np
from scipy.fft import dct

from ..growing import GrowingArray
from .analysis import Prosody
from .decode import SAMPLE_RATE
from .features import mel_filters

STEP = 320
"""samples between two points, 20 ms"""
WINDOW = 1024
"""samples around a point, 64 ms: almost four periods of the lowest pitch"""
FRAMES_AT_ONCE = 256
LOWEST_HZ, HIGHEST_HZ = 60.0, 500.0
SHORTEST_LAG, LONGEST_LAG = int(SAMPLE_RATE / HIGHEST_HZ), int(SAMPLE_RATE / LOWEST_HZ) + 1
PERIODIC = 0.15
"""the first lag below this is the period; else the best lag is"""
VOICED = 0.5
"""a lag that differs more is no period"""
LARGEST_JUMP = 0.3
"""octaves from one point to the next in which a voice cannot jump"""
SHORTEST_VOICE = 3
"""points; a shorter run of pitch is an accident"""
FLOOR_DB = -100.0
VOWEL_HZ = (300.0, 3000.0)
VOWEL_RANGE_DB = 25.0
"""a vowel is at most this much weaker than the strongest ones"""
VOWEL_DIP_DB = 2.0
"""how far the level falls between two vowels"""
MELS = 40
MFCC = 13


def pitch_hz(frames: np.ndarray) -> np.ndarray:
    """Fundamental frequency (frame,) of frames (frame, WINDOW); NaN without voice.

    Source: YIN, de Cheveigné and Kawahara, J. Acoust. Soc. Am. 111(4), 2002.
    """
    difference = _difference(frames)
    inner = difference[:, SHORTEST_LAG : LONGEST_LAG + 1]
    left = difference[:, SHORTEST_LAG - 1 : LONGEST_LAG]
    right = difference[:, SHORTEST_LAG + 1 : LONGEST_LAG + 2]
    troughs = np.where((inner < left) & (inner <= right), inner, np.inf)
    good = troughs < PERIODIC
    place = np.where(good.any(1), good.argmax(1), troughs.argmin(1))
    row = np.arange(len(frames))
    voiced = troughs[row, place] < VOICED
    before, at, after = left[row, place], inner[row, place], right[row, place]
    bend = np.where(voiced, before - 2 * at + after, 1)  # positive in a trough
    period = SHORTEST_LAG + place + (before - after) / (2 * bend)
    return np.where(voiced, SAMPLE_RATE / period, np.nan)


def _difference(frames: np.ndarray) -> np.ndarray:
    """YIN's cumulative mean normalised difference (frame, lag), from lag 0."""
    lags = LONGEST_LAG + 2
    width = WINDOW - lags
    spectrum, start = np.fft.rfft(frames), np.fft.rfft(frames[:, :width], WINDOW)
    product = np.fft.irfft(spectrum * start.conj())[:, :lags]
    squares = np.cumsum(np.pad(frames, ((0, 0), (1, 0))).astype(np.float64) ** 2, axis=1)
    energy = squares[:, width : width + lags] - squares[:, :lags]
    difference = np.maximum(energy[:, :1] + energy - 2 * product, 0)
    total = np.cumsum(difference[:, 1:], axis=1)
    normalised = np.ones_like(difference)
    np.divide(difference[:, 1:] * np.arange(1, lags), total, normalised[:, 1:], where=total > 1e-9)
    return normalised


def _steady(pitch: np.ndarray) -> np.ndarray:
    """The pitch without runs so short, between silence and jumps, that no voice made them."""
    linked = np.abs(np.diff(np.log2(pitch))) < LARGEST_JUMP
    run = np.cumsum(np.concatenate([[False], ~linked]))
    return np.where(np.bincount(run)[run] >= SHORTEST_VOICE, pitch, np.nan)


def _decibels(power: np.ndarray) -> np.ndarray:
    return 10 * np.log10(np.maximum(power, 10 ** (FLOOR_DB / 10)))


def _peaks(level: np.ndarray) -> list[int]:
    """Where a level (point,) in dB is highest between dips of VOWEL_DIP_DB or more."""
    rising = np.diff(level, prepend=-np.inf, append=-np.inf) > 0
    candidates = np.flatnonzero(rising[:-1] & ~rising[1:])
    found = list(candidates[:1])
    dip = np.inf
    for last, place in pairwise(candidates):
        dip = min(dip, level[last:place].min())
        best = found[-1]
        if min(level[best], level[place]) - dip >= VOWEL_DIP_DB:
            found.append(place)
            dip = np.inf
        elif level[place] > level[best]:
            found[-1] = place
            dip = np.inf
    return found


class _Points:
    """Measures frames; a row is pitch, energy, level of the vowels' band, coefficients."""

    def __init__(self) -> None:
        hertz = np.fft.rfftfreq(WINDOW, 1 / SAMPLE_RATE)
        self.hann = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
        self.mel = mel_filters(SAMPLE_RATE, WINDOW, MELS, 0, SAMPLE_RATE / 2).T
        self.vowel = (hertz >= VOWEL_HZ[0]) & (hertz <= VOWEL_HZ[1])

    def measure(self, frames: np.ndarray) -> np.ndarray:
        """(frame, 3 + MFCC) float32 of frames (frame, WINDOW)."""
        spectrum = np.fft.rfft(frames * self.hann)
        power = spectrum.real**2 + spectrum.imag**2
        energy = np.square(frames).mean(1)
        levels = _decibels(np.stack([energy, power[:, self.vowel].sum(1)], axis=1))
        mfcc = dct(_decibels(power @ self.mel), norm="ortho")[:, :MFCC]
        return np.column_stack([pitch_hz(frames), levels, mfcc]).astype(np.float32)


class ProsodyMeter:
    """Measures samples that come block by block; keeps 16 numbers for each 20 ms."""

    def __init__(self) -> None:
        self._points = _Points()
        self._rows = GrowingArray(np.float32, 3 + MFCC)
        self._rest = np.zeros(WINDOW // 2, np.float32)

    def push(self, samples: np.ndarray) -> None:
        """Measure the samples (time,) that follow, mono at 16 kHz."""
        joined = np.concatenate([self._rest, samples])
        if len(joined) >= WINDOW:
            frames = np.lib.stride_tricks.sliding_window_view(joined, WINDOW)[::STEP]
            for start in range(0, len(frames), FRAMES_AT_ONCE):
                self._rows.extend(self._points.measure(frames[start : start + FRAMES_AT_ONCE]))
            joined = joined[len(frames) * STEP :]
        self._rest = joined

    def finish(self, speech_s: np.ndarray) -> Prosody:
        """What was measured, given the spans (span, 2) of speech in seconds.

        Pitch stands only within speech. The syllables are the peaks of the level between 300
        and 3,000 Hz that have a pitch and lie between dips of 2 dB.

        Source of the syllables: de Jong and Wempe, Behavior Research Methods 41(2), 2009.
        """
        self.push(np.zeros(WINDOW // 2, np.float32))
        rows = self._rows.array()
        time_s = np.arange(len(rows)) * (STEP / SAMPLE_RATE)
        speech = np.searchsorted(speech_s.ravel(), time_s, side="right") % 2 == 1
        pitch = _steady(np.where(speech, rows[:, 0], np.nan))
        voiced = np.log2(pitch[np.isfinite(pitch)])
        low, median, high = np.percentile(voiced, (10, 50, 90)) if len(voiced) else (np.nan,) * 3
        spoken_s = float(np.ptp(speech_s, axis=1).sum())
        return Prosody(
            step_s=STEP / SAMPLE_RATE,
            pitch_hz=pitch,
            energy_db=np.minimum(rows[:, 1], 0),
            pitch_median_hz=float(2**median),
            pitch_range_st=float(12 * (high - low)),
            syllables_per_s=_syllables(rows[:, 2], pitch) / spoken_s if spoken_s else 0.0,
            pause_share=1 - spoken_s / float(np.ptp(speech_s)) if spoken_s else 0.0,
            mfcc=_mean(rows[:, 3:], speech),
        )


def _mean(coefficients: np.ndarray, speech: np.ndarray) -> np.ndarray:
    """(coefficient,) over the points (point,) that are speech, NaN without any."""
    if not speech.any():
        return np.full(coefficients.shape[1], np.nan)
    return coefficients.mean(0, where=speech[:, None])


def _syllables(level: np.ndarray, pitch: np.ndarray) -> int:
    """How many vowels there are, given level (point,) in dB and pitch (point,)."""
    voiced = np.isfinite(pitch)
    if not voiced.any():
        return 0
    least = np.percentile(level[voiced], 99) - VOWEL_RANGE_DB
    return sum(bool(voiced[i] and level[i] >= least) for i in _peaks(level))
