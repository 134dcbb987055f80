"""Recordings to measure with: a real face that moves, a synthetic voice and its words."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from emotion_core.recording.transcript import Cue, Transcript

from .films import FPS, HEIGHT, TURNS_S, WIDTH, frames
from .sentences import sentence
from .voices import voice

RATE_HZ = 16_000
SOUND_FRAME = 1024
"""samples that AAC codes at once"""
CUE_S, WORDS = 3.0, 8


def _coded_turn(stream: av.VideoStream) -> list[bytes]:
    """One turn of the face, a packet for each frame, of which the first needs no other."""
    packets = []
    for k, frame in enumerate(frames(round(TURNS_S * FPS))):
        picture = av.VideoFrame.from_ndarray(frame, "rgb24")
        picture.pts, picture.time_base = k, Fraction(1, FPS)
        packets += stream.encode(picture)
    return [bytes(p) for p in [*packets, *stream.encode(None)]]


def write_recording(path: Path, seconds: float) -> Path:
    """An MP4 of 640x480 with 25 frames a second and speech; a turn is coded once and repeated."""
    with av.open(str(path), "w") as container:
        options = {"preset": "veryfast", "bf": "0"}
        stream = container.add_stream("libx264", rate=FPS, options=options)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        sound = container.add_stream("aac", rate=RATE_HZ, layout="mono")
        turn, heard = _coded_turn(stream), 0
        said = voice(60.0)
        for k in range(round(seconds * FPS)):
            packet = av.Packet(turn[k % len(turn)])
            packet.stream, packet.time_base = stream, Fraction(1, FPS)
            packet.pts = packet.dts = k
            packet.is_keyframe = k % len(turn) == 0
            container.mux(packet)
            while heard < (k + 1) / FPS * RATE_HZ:
                container.mux(sound.encode(_sound(said, heard)))
                heard += SOUND_FRAME
        container.mux(sound.encode(None))
    return path


def _sound(said: np.ndarray, start: int) -> av.AudioFrame:
    """The next samples of a voice (time,) that is said again and again."""
    part = said.take(np.arange(start, start + SOUND_FRAME), mode="wrap")
    frame = av.AudioFrame.from_ndarray(part[None], "fltp", "mono")
    frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, start, Fraction(1, RATE_HZ)
    return frame


def transcript(seconds: float) -> Transcript:
    """A sentence every three seconds."""
    count = int(seconds / CUE_S)
    said = (sentence(WORDS + 2, k) for k in range(count))
    cues = (Cue(k * CUE_S, (k + 1) * CUE_S, text) for k, text in enumerate(said))
    return Transcript(tuple(cues), "written")
