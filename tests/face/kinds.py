"""Films of every kind, and what is read of them."""

from pathlib import Path

from emotion_core.face.video import VideoStream
from tests.face.films import even_times, number_of, write_film

KINDS = {
    "a b.mp4": "libx264",
    "größe 顔.mov": "mjpeg",
    "hevc.mp4": "libx265",
    "a.mkv": "libx264",
    "😀.webm": "libvpx",
    "a.webm": "libvpx-vp9",
    "a.avi": "mpeg4",
    "h264.avi": "libx264",
    "a.mpg": "mpeg2video",
    "a.ts": "libx264",
    "a.flv": "flv",
    "a.wmv": "wmv2",
}
QUIET = {"libx265": {"x265-params": "log-level=none"}}


def make(folder: Path, name: str, count: int = 50, **settings) -> Path:
    """A film of 25 frames a second, with B-frames where the codec has them."""
    codec = KINDS[name]
    coder = QUIET.get(codec, {"bf": "2"} if codec in ("mpeg4", "mpeg2video") else {})
    return write_film(folder / name, even_times(count), codec, coder=coder, **settings)


def read(source, **settings) -> tuple[list[float], list[int], tuple[str, ...]]:
    """Times, numbers of the frames, and notices."""
    with VideoStream(source, **settings) as stream:
        found = [(round(time_s, 4), number_of(frame)) for time_s, frame in stream]
        return [t for t, _ in found], [n for _, n in found], stream.notices


def changed(content: bytes, place: int, new: bytes) -> bytes:
    return content[:place] + new + content[place + len(new) :]
