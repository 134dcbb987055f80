"""Sounds made on the spot, and files of every kind that hold them."""

import io
import os
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from emotion_core.types import Waveform

RATE = 16_000
CLIPS = Path(os.environ.get("EMOTION_DATA", "../shared/data")) / "audio" / "ravdess"


def time_s(duration_s: float, rate: int = RATE) -> np.ndarray:
    """(time,) seconds."""
    return np.arange(round(duration_s * rate)) / rate


def tone(hz: float, duration_s: float, rate: int = RATE, level: float = 0.5) -> np.ndarray:
    """A sine, (time,)."""
    return (level * np.sin(2 * np.pi * hz * time_s(duration_s, rate))).astype(np.float32)


def noise(duration_s: float, level: float = 0.1, seed: int = 0, rate: int = RATE) -> np.ndarray:
    """White noise, (time,)."""
    rng = np.random.default_rng(seed)
    return (level * rng.standard_normal(round(duration_s * rate))).astype(np.float32)


def silence(duration_s: float) -> np.ndarray:
    """Zeros, (time,)."""
    return np.zeros(round(duration_s * RATE), np.float32)


def sequence(*parts: np.ndarray) -> Waveform:
    """Sounds one after the other."""
    return Waveform(np.concatenate(parts), RATE)


def voice(pitch_hz: np.ndarray, level: float = 0.3) -> np.ndarray:
    """Harmonics under the formants of an open vowel, (time,) like the pitch of each sample."""
    phase = 2 * np.pi * np.cumsum(pitch_hz) / RATE
    sound = np.zeros(len(pitch_hz))
    for k in range(1, 40):
        hz = k * pitch_hz
        formants = sum(1 / (1 + ((hz - f) / w) ** 2) for f, w in ((700, 90), (1200, 110)))
        sound += (hz < RATE / 2) * (formants + 0.02) * np.sin(k * phase)
    return (level * sound / np.abs(sound).max()).astype(np.float32)


def syllables(count: int, each_s: float = 0.2, pitch_hz: float = 140.0) -> np.ndarray:
    """So many vowels, each of them swelling and fading, (time,)."""
    swell = np.tile(np.sin(np.pi * time_s(each_s) / each_s) ** 2, count)
    return (voice(np.full(len(swell), pitch_hz)) * swell).astype(np.float32)


def melody(duration_s: float, seed: int = 0) -> np.ndarray:
    """Chords of plucked strings, four a second, (time,)."""
    rng = np.random.default_rng(seed)
    t = time_s(0.25)
    chords = [
        sum(
            np.sin(2 * np.pi * 220 * 2 ** (note / 12) * k * t) * np.exp(-8 * k * t) / k
            for note in rng.choice(24, 3)
            for k in (1, 2, 3, 4)
        )
        for _ in range(round(duration_s * 4))
    ]
    return (0.1 * np.concatenate(chords)).astype(np.float32)


def wav_bytes(samples: np.ndarray, rate: int = RATE, subtype: str = "PCM_16") -> bytes:
    """Samples (time,) or (channel, time) as a WAV file."""
    file = io.BytesIO()
    soundfile.write(file, samples.T, rate, subtype, format="WAV")
    return file.getvalue()


def write_sound(
    path: Path,
    codec: str | None,
    samples: np.ndarray,
    rate: int = RATE,
    *,
    video: bool = False,
    late_s: float = 0.0,
    options: dict[str, str] | None = None,
) -> Path:
    """A file of the kind that its ending tells, with or without an audio or a video track."""
    with av.open(str(path), "w", options=options or {}) as container:
        image = container.add_stream("mpeg4", rate=25) if video else None
        sound = container.add_stream(codec, rate=rate, layout="mono") if codec else None
        if isinstance(image, av.VideoStream):
            image.width, image.height, image.pix_fmt = 64, 64, "yuv420p"
            for i in range(round(25 * (len(samples) / rate + late_s))):
                frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), "rgb24")
                frame.pts = i
                container.mux(image.encode(frame))
            container.mux(image.encode())
        if isinstance(sound, av.AudioStream):
            frame = av.AudioFrame.from_ndarray(samples[None], "fltp", "mono")
            frame.sample_rate, frame.pts = rate, 0
            cut = av.AudioResampler(sound.format, "mono", rate, sound.frame_size or 1024)
            for part in [*cut.resample(frame), *cut.resample(None)]:
                part.pts = (part.pts or 0) + round(late_s * rate)
                container.mux(sound.encode(part))
            container.mux(sound.encode())
    return path


def clips(count: int) -> list[Path]:
    """Real recordings, from speakers and emotions all over the set."""
    found = sorted(CLIPS.glob("*.opus"))
    if not found:
        pytest.skip("needs the data sets that $EMOTION_DATA names")
    return found[:: len(found) // count | 1][:count]  # odd, since every 24th is one speaker
