"""Recordings made on the spot: a drawn face, a synthetic voice, or one of them alone."""

import io

import av
import numpy as np
import soundfile

from benchmarks.voices import RATE_HZ, voice
from tests.ui.films import FPS, drawn_frames


def spoken_wav(samples: np.ndarray | None = None) -> bytes:
    """A WAV file of a synthetic voice, or of samples (time,) at 16 kHz."""
    target = io.BytesIO()
    soundfile.write(target, voice(5.0) if samples is None else samples, RATE_HZ, format="WAV")
    return target.getvalue()


def drawn_film(seconds: float, *, sound: bool = True) -> bytes:
    """An MP4 of a drawn face, with a synthetic voice."""
    target, said = io.BytesIO(), voice(seconds)
    with av.open(target, "w", format="mp4") as container:
        picture = container.add_stream("libx264", FPS)
        heard = container.add_stream("aac", RATE_HZ, layout="mono") if sound else None
        frames = drawn_frames(round(seconds * FPS))
        picture.height, picture.width = frames.shape[1:3]
        picture.pix_fmt = "yuv420p"
        for frame in frames:
            container.mux(picture.encode(av.VideoFrame.from_ndarray(frame, "rgb24")))
        container.mux(picture.encode())
        if heard is not None:
            block = av.AudioFrame.from_ndarray(said[None], "fltp", "mono")
            block.sample_rate = RATE_HZ
            for part in av.AudioResampler("fltp", "mono", RATE_HZ, 1024).resample(block):
                container.mux(heard.encode(part))
            container.mux(heard.encode())
    return target.getvalue()


def without_sound() -> bytes:
    """An MP4 of a drawn face."""
    return drawn_film(4.0, sound=False)
