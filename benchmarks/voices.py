"""Recordings to measure with: a synthetic voice of any length, the same on every machine."""

import io
from pathlib import Path

import numpy as np
import soundfile

from ui.voice_example import RATE_HZ, example_recording


def voice(seconds: float, seed: int = 0) -> np.ndarray:
    """Samples (time,) of the app's example, said again and again, with a little noise."""
    once, _ = soundfile.read(io.BytesIO(example_recording()), dtype="float32")
    count = round(seconds * RATE_HZ)
    said = np.tile(once, -(-count // len(once)))[:count]
    noise = np.random.default_rng(seed).normal(0, 1e-3, count)
    return np.clip(said + noise, -1, 1).astype(np.float32)


def write_voice(path: Path, seconds: float, seed: int = 0) -> Path:
    """A WAV file (16 bits, 16 kHz) of that length, written minute by minute."""
    with soundfile.SoundFile(path, "w", RATE_HZ, 1, "PCM_16") as file:
        while seconds > 0:
            file.write(voice(min(seconds, 60), seed))
            seconds -= 60
    return path
