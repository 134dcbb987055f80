"""Small videos of every kind, made on the spot; a frame tells its number and its corners."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.container import OutputContainer

COLOURS = {
    "R": (220, 30, 30),
    "G": (30, 200, 30),
    "B": (30, 30, 220),
    "W": (240, 240, 240),
    "K": (0, 0, 0),
}
WIDTH, HEIGHT = 160, 120
BITS = 10


def numbered(number: int, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """A frame (h, w, 3) RGB uint8: red, green, white and blue corners, clockwise from the top
    left one, and its number in the middle as black and white bars."""
    frame = np.full((height, width, 3), 128, np.uint8)
    h, w = height // 3, width // 3
    frame[:h, :w], frame[:h, -w:] = COLOURS["R"], COLOURS["G"]
    frame[-h:, -w:], frame[-h:, :w] = COLOURS["W"], COLOURS["B"]
    for bit, columns in enumerate(np.array_split(np.arange(width), BITS)):
        frame[h:-h, columns] = 255 if number >> bit & 1 else 0
    return frame


def number_of(frame: np.ndarray) -> int:
    """The number of a frame of any size."""
    middle = frame[frame.shape[0] // 2].mean(1)
    bars = np.array_split(middle, BITS)
    return sum(1 << bit for bit, bar in enumerate(bars) if bar[len(bar) // 2] > 128)


def corners_of(frame: np.ndarray) -> str:
    """The colours of the corners, clockwise from the top left one."""
    h, w = frame.shape[0] // 8, frame.shape[1] // 8
    return "".join(
        min(COLOURS, key=lambda name: np.abs(frame[y, x].astype(int) - COLOURS[name]).sum())
        for y, x in ((h, w), (h, -w), (-h, -w), (-h, w))
    )


def even_times(count: int, fps: float = 25.0, start_s: float = 0.0) -> list[float]:
    """Seconds at which frames come that are as far from one another."""
    return [start_s + i / fps for i in range(count)]


def write_film(
    path: Path,
    times_s: Iterable[float],
    codec: str = "libx264",
    *,
    rate: float = 25.0,
    size_wh: tuple[int, int] = (WIDTH, HEIGHT),
    aspect: Fraction | None = None,
    turn: dict[str, Any] | None = None,
    sound_s: float = 0.0,
    coder: dict[str, str] | None = None,
    container: dict[str, str] | None = None,
) -> Path:
    """A file of the kind that its ending tells, with a numbered frame at each of the times.

    Args:
        path: where it is written
        times_s: of the frames
        codec: of the video
        rate: frames a second, as the header says
        size_wh: width and height in px
        aspect: a pixel's width by its height
        turn: for `VideoStream.set_display_rotation`
        sound_s: length of an audio track beside it
        coder: options of the encoder
        container: options of the file
    """
    counted = path.suffix in (".avi", ".mpg")  # these hold one frame after the other
    tick = 1 / Fraction(rate).limit_denominator(10**6) if counted else Fraction(1, 1000)
    with av.open(str(path), "w", options=container or {}) as file:
        film = file.add_stream(codec, rate=Fraction(rate).limit_denominator(10**6), options=coder)
        assert isinstance(film, av.VideoStream)
        film.width, film.height = size_wh
        film.pix_fmt = {"mjpeg": "yuvj420p", "ffv1": "bgr0"}.get(codec, "yuv420p")
        film.codec_context.time_base, film.codec_context.thread_count = tick, 1
        if aspect:
            film.codec_context.sample_aspect_ratio = aspect
        if turn:
            film.set_display_rotation(**turn)
        sound = file.add_stream("aac", rate=16_000, layout="mono") if sound_s else None
        for number, time_s in enumerate(times_s):
            frame = av.VideoFrame.from_ndarray(numbered(number, *size_wh), "rgb24")
            frame.pts, frame.time_base = round(time_s / tick), tick
            file.mux(film.encode(frame))
        file.mux(film.encode())
        if isinstance(sound, av.AudioStream):
            _write_silence(file, sound, sound_s)
    return path


def _write_silence(file: OutputContainer, sound: av.AudioStream, length_s: float) -> None:
    for start in range(0, round(16_000 * length_s), 1024):
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        silence.sample_rate, silence.pts = 16_000, start
        file.mux(sound.encode(silence))
    file.mux(sound.encode())
