"""A square that moves over a film that clicks, what is known of it, and the film annotated."""

import io
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np

from emotion_core.face.analysis import Person, VideoAnalysis
from emotion_core.face.annotate import annotate_video
from emotion_core.face.draw import RGB
from emotion_core.labels import EKMAN7
from emotion_core.types import EmotionScores, EmotionTimeline, Faces

Times = Sequence[float] | np.ndarray

JOY, ANGER = (250, 151, 0), (178, 24, 0)
COLOURS: dict[str, RGB] = {"joy": JOY, "anger": ANGER}
HZ = 44_100
CLICK_S = 1.0
SIDE = 120
"""px of the face, a chessboard that moves to the right"""
SPEED = 100.0
"""px a second, for two seconds"""


def box_at(time_s: float) -> tuple[float, float, float, float]:
    left = 120 + SPEED * min(time_s, 2.0)
    return left, 160, left + SIDE, 160 + SIDE


def scene(time_s: float) -> np.ndarray:
    """Grey ground, and where a person is, a chessboard."""
    frame = np.full((480, 640, 3), 110, np.uint8)
    left, top, right, bottom = (round(v) for v in box_at(time_s))
    squares = np.indices((bottom - top, right - left)).sum(0) // 8 % 2
    frame[top:bottom, left:right] = (255 * squares[..., None]).astype(np.uint8)
    return frame


def click(duration_s: float) -> np.ndarray:
    """Silence with a loud beep of 0.1 s from `CLICK_S` on, (time,)."""
    time_s = np.arange(round(duration_s * HZ)) / HZ
    loud = (time_s >= CLICK_S) & (time_s < CLICK_S + 0.1)
    return (0.8 * loud * np.sin(2 * np.pi * 880 * time_s)).astype(np.float32)


def write_video(
    path: Path,
    times_s: Times,
    *,
    codec: str = "libx264",
    sound: str | None = None,
    sound_s: float | None = None,
    picture: Callable[[float], np.ndarray] = scene,
    rate: int = 25,
    turn: int = 0,
) -> Path:
    """A file of the kind that its ending tells, one frame at each of the times."""
    height, width = picture(times_s[0]).shape[:2]
    with av.open(str(path), "w") as container:
        shown: Any = container.add_stream(codec, rate=rate)
        shown.width, shown.height, shown.pix_fmt = width, height, "yuv420p"
        if turn:
            shown.set_display_rotation(turn)
        ticks = Fraction(1, 90_000 if codec == "libx264" else rate)
        shown.codec_context.time_base = ticks
        heard: Any = container.add_stream(sound, rate=HZ, layout="mono") if sound else None
        for at in times_s:
            frame = av.VideoFrame.from_ndarray(picture(at), "rgb24")
            frame.pts, frame.time_base = round(at / ticks), ticks
            container.mux(shown.encode(frame))
        container.mux(shown.encode())
        if heard:
            samples = click(times_s[-1] + 1 / rate if sound_s is None else sound_s)
            frame = av.AudioFrame.from_ndarray(samples[None], "fltp", "mono")
            frame.sample_rate, frame.pts = HZ, 0
            cut = av.AudioResampler(heard.format, "mono", HZ, heard.frame_size or 1024)
            for part in [*cut.resample(frame), *cut.resample(None)]:
                container.mux(heard.encode(part))
            container.mux(heard.encode())
    return path


class Shown(NamedTuple):
    """What a player makes of a file."""

    times_s: np.ndarray
    frames: list[np.ndarray]
    samples: np.ndarray
    sound_start_s: float
    codecs: tuple[str, ...]


def play(source: Path | bytes) -> Shown:
    content = source.read_bytes() if isinstance(source, Path) else source
    codecs, times, frames, pieces, start, rate = [], [], [], [], 0.0, HZ
    with av.open(io.BytesIO(content), "r") as container:
        codecs = [s.codec_context.codec.canonical_name for s in container.streams]
        origin = 0.0 if "mp4" in container.format.name else (container.start_time or 0) / 1e6
        for frame in container.decode(video=0):
            times.append((frame.time or 0.0) - origin)
            frames.append(frame.to_ndarray(format="rgb24"))
    with av.open(io.BytesIO(content), "r") as container:
        for frame in container.decode(audio=0) if container.streams.audio else ():
            start = start if pieces else (frame.time or 0.0) - origin
            rate = frame.sample_rate
            values = frame.to_ndarray().astype(np.float64)
            values = (
                values.reshape(-1, frame.layout.nb_channels).T if frame.format.is_packed else values
            )
            pieces.append(values.mean(0))
    samples = np.concatenate(pieces) if pieces else np.zeros(0)
    assert rate == HZ
    return Shown(np.array(times), frames, samples, start, tuple(codecs))


def person(
    times_s: Times,
    *,
    track_id: int = 1,
    labels: Sequence[str] | None = None,
    uncertain: bool = False,
    boxes: Callable[[float], tuple[float, ...]] = box_at,
    scale: float = 1.0,
) -> Person:
    """Somebody seen at these times, as sure as can be of a label each."""
    count, names = len(times_s), labels or ["joy"] * len(times_s)
    p = np.array([[float(x == name) for x in EKMAN7] for name in names])
    faces = Faces(
        scale * np.array([boxes(t) for t in times_s], float).reshape(-1, 4),
        np.ones(count),
        np.full(count, track_id),
        np.full((count, 5, 2), np.nan),
    )
    times = np.array(times_s, float)
    return Person(
        track_id=track_id,
        times_s=times,
        faces=faces,
        probabilities=p,
        uncertain=np.full(count, uncertain),
        scores=EmotionScores(EKMAN7, p[0]),
        timeline=EmotionTimeline(np.stack([times, times + 0.2], 1), p, EKMAN7),
        peaks=np.zeros(0, np.int64),
        thumbnails=np.zeros((0, 96, 96, 3), np.uint8),
    )


def analysis(
    *people: Person, until_s: float = 2.0, fps: float = 5.0, times_s: Times | None = None
) -> VideoAnalysis:
    sampled = np.arange(round(until_s * fps)) / fps if times_s is None else np.array(times_s)
    return VideoAnalysis(EKMAN7, people, sampled, until_s, fps, (640, 480))


def annotated(source: Path | bytes, seen: VideoAnalysis, **options: Any) -> tuple[Shown, Any]:
    target = io.BytesIO()
    notices = annotate_video(source, seen, target, colours=COLOURS, **options)
    return play(target.getvalue()), notices


def is_near(frame: np.ndarray, colour: RGB, tolerance: int = 70) -> np.ndarray:
    """(height, width) where a coded frame has about a colour."""
    return np.abs(frame.astype(int) - colour).sum(-1) <= tolerance


def drawn_box(frame: np.ndarray, colour: RGB) -> tuple[float, float] | None:
    """Left and right of the box of a colour, from its sides; None where there is none."""
    ink = is_near(frame, colour)[190:250].mean(0) > 0.5
    columns = np.flatnonzero(ink)
    return (float(columns[0]), float(columns[-1])) if len(columns) else None


EVERY = np.arange(50) / 25
SAMPLED = np.arange(10) / 5
