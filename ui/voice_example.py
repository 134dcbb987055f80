"""A voice-like sound to try, for a visitor who has no recording at hand."""

import io
from functools import cache

import numpy as np
import soundfile
from scipy.signal import lfilter

EXAMPLE_NAME = "synthetic voice.wav"
RATE_HZ = 16_000
VOWELS = {
    "a": (800, 1200, 2500),
    "e": (500, 1800, 2500),
    "i": (300, 2200, 2900),
    "o": (500, 900, 2400),
    "u": (320, 800, 2300),
}
"""vowel -> its formants in Hz"""
BANDWIDTHS_HZ = (80, 100, 140)
PHRASES = (
    ("a e i a", 110, 150), ("o a e i e", 150, 320), ("e a i", 300, 220), ("u o a u", 180, 95),
    ("o u o", 100, 85),
)  # fmt: skip
"""vowels of the syllables, and the pitch in Hz at start and end"""
SYLLABLE_S, HISS_S, PAUSE_S = 0.24, 0.05, 0.5


def _voiced(vowel: str, pitch_hz: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A vowel: pulses at a pitch, (time,), through three resonances."""
    pulses = np.diff(np.floor(np.cumsum(pitch_hz / RATE_HZ)), prepend=0.0)
    breath = 0.003 * rng.standard_normal(len(pulses))
    sound = lfilter([1, -1], [1, -0.95], pulses + breath)  # a falling spectrum, and no offset
    for formant, width in zip(VOWELS[vowel], BANDWIDTHS_HZ, strict=True):
        radius = np.exp(-np.pi * width / RATE_HZ)
        poles = [1, -2 * radius * np.cos(2 * np.pi * formant / RATE_HZ), radius**2]
        sound = lfilter([sum(poles)], poles, sound)
    return sound * np.hanning(len(sound)) ** 0.3


def _phrase(vowels: str, start_hz: float, end_hz: float, rng: np.random.Generator) -> np.ndarray:
    names = vowels.split()
    pitch_hz = np.linspace(start_hz, end_hz, int(SYLLABLE_S * RATE_HZ) * len(names))
    parts = []
    for name, piece in zip(names, np.split(pitch_hz, len(names)), strict=True):
        parts += [0.02 * rng.standard_normal(int(HISS_S * RATE_HZ)), _voiced(name, piece, rng)]
    return np.concatenate([*parts, np.zeros(int(PAUSE_S * RATE_HZ))])


@cache
def example_recording() -> bytes:
    """Three phrases of vowels with moving pitch, made by a formula, as a WAV file."""
    rng = np.random.default_rng(0)
    phrases = [p / np.abs(p).max() for p in (_phrase(*phrase, rng) for phrase in PHRASES)]
    sound = np.concatenate([np.zeros(int(PAUSE_S * RATE_HZ)), *phrases])
    file = io.BytesIO()
    soundfile.write(file, 0.6 * sound, RATE_HZ, format="WAV", subtype="PCM_16")
    return file.getvalue()
