"""Damaged media: good files of every kind, and what can be made of them to break a decoder."""

import io
import struct
import zlib
from collections.abc import Callable, Mapping
from random import Random
from typing import Literal, NamedTuple, cast

import av
import numpy as np
import soundfile
from PIL import Image
from skimage.data import astronaut

from .films import frames
from .voices import RATE_HZ, voice

Route = Literal["image", "audio", "video", "recording"]
SHARES: Mapping[Route, int] = {"image": 46, "audio": 46, "video": 6, "recording": 2}
"""of a hundred files"""
FILM_S, SOUND_S = 1.0, 2.0
SOUND_KINDS = {
    "WAV": "PCM_16",
    "FLAC": "PCM_16",
    "OGG": "VORBIS",
    "AIFF": "FLOAT",
    "MP3": "MPEG_LAYER_III",
}
FILM_KINDS = {"mp4": "libx264", "matroska": "libx264", "avi": "mpeg4", "mpegts": "mpeg2video"}


class Case(NamedTuple):
    """A damaged file.

    Attributes:
        route: where it is sent
        damage: what was done to it
        kind: of the file that it was made of
        content: bytes
    """

    route: Route
    damage: str
    kind: str
    content: bytes


def pictures() -> dict[str, bytes]:
    """Format -> a picture of a face."""
    face = Image.fromarray(astronaut()[:400:2, ::2])
    found = {}
    for kind in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"):
        target = io.BytesIO()
        face.save(target, kind)
        found[kind] = target.getvalue()
    target = io.BytesIO()
    face.save(target, "JPEG", progressive=True, exif=b"Exif\0\0MM\0*\0\0\0\x08" + bytes(40))
    return found | {"JPEG progressive": target.getvalue()}


def sounds() -> dict[str, bytes]:
    """Format -> a synthetic voice."""
    said, found = voice(SOUND_S), {}
    for kind, subtype in SOUND_KINDS.items():
        target = io.BytesIO()
        soundfile.write(target, said, RATE_HZ, subtype, format=kind)
        found[kind] = target.getvalue()
    return found | {"M4A": _aac(said, "mp4"), "ADTS": _aac(said, "adts")}


def _aac(said: np.ndarray, container: str) -> bytes:
    target = io.BytesIO()
    with av.open(target, "w", format=container) as file:
        stream = file.add_stream("aac", RATE_HZ, layout="mono")
        block = av.AudioFrame.from_ndarray(said[None], "fltp", "mono")
        block.sample_rate = RATE_HZ
        for part in av.AudioResampler("fltp", "mono", RATE_HZ, 1024).resample(block):
            file.mux(stream.encode(part))
        file.mux(stream.encode())
    return target.getvalue()


def films() -> dict[str, bytes]:
    """Container -> a moving face."""
    return {container: _film(container, codec) for container, codec in FILM_KINDS.items()}


def _film(container: str, codec: str) -> bytes:
    target = io.BytesIO()
    with av.open(target, "w", format=container) as file:
        stream = cast("av.VideoStream", file.add_stream(codec, 25))
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for picture in frames(round(25 * FILM_S)):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture[::2, ::2]), "rgb24")
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return target.getvalue()


def _flipped(content: bytes, rng: Random) -> bytes:
    spoilt = bytearray(content)
    for _ in range(rng.choice((1, 4, 16, 256))):
        spoilt[rng.randrange(len(spoilt))] ^= 1 << rng.randrange(8)
    return bytes(spoilt)


def _flipped_head(content: bytes, rng: Random) -> bytes:
    head = min(len(content), 256)
    return _flipped(content[:head], rng) + content[head:]


def _extreme(content: bytes, rng: Random) -> bytes:
    """A number of the file's head set to an extreme."""
    place = rng.randrange(min(len(content) - 4, 512))
    value = rng.choice((b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", bytes(4)))
    return content[:place] + value + content[place + 4 :]


def _cut(content: bytes, rng: Random) -> bytes:
    return content[: rng.randrange(len(content))]


def _doubled(content: bytes, rng: Random) -> bytes:
    start = rng.randrange(len(content))
    end = rng.randrange(start, len(content))
    return content[:end] + content[start:]


def _without(content: bytes, rng: Random) -> bytes:
    start = rng.randrange(len(content))
    return content[:start] + content[rng.randrange(start, len(content)) :]


def _noise(content: bytes, rng: Random) -> bytes:
    return content[: rng.randrange(64)] + rng.randbytes(rng.randrange(1, 20_000))


DAMAGES: Mapping[str, Callable[[bytes, Random], bytes]] = {
    "bits flipped": _flipped,
    "bits of the head flipped": _flipped_head,
    "an extreme number": _extreme,
    "cut off": _cut,
    "a part twice": _doubled,
    "a part missing": _without,
    "noise": _noise,
}


def png(width: int, height: int, body: bytes) -> bytes:
    """A PNG of a size, with a compressed body that need not fit it."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checked = kind + content
        return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def bombs() -> dict[str, tuple[Route, bytes]]:
    """Small files that promise or become much."""
    zeros = zlib.compress(bytes(3 * 7000 * 7000), 9)
    flac = sounds()["FLAC"]
    wave = sounds()["WAV"]
    gif = io.BytesIO()
    tiny = [Image.new("P", (4000, 4000), k) for k in range(2)]
    tiny[0].save(gif, "GIF", save_all=True, append_images=tiny[1:] * 20)
    return {
        "PNG of 49 megapixels": ("image", png(7000, 7000, zeros)),
        "PNG of 10 gigapixels": ("image", png(100_000, 100_000, zeros)),
        "PNG of more than it says": ("image", png(64, 64, zlib.compress(bytes(2**26), 9))),
        "GIF of large frames": ("image", gif.getvalue()),
        "WAV of 4 GB by its header": ("audio", wave[:40] + b"\xff\xff\xff\xff" + wave[44:]),
        "WAV of 3 billion Hz": ("audio", wave[:24] + b"\xff\xff\xff\xaf" + wave[28:]),
        "WAV of 65,535 channels": ("audio", wave[:22] + b"\xff\xff" + wave[24:]),
        "FLAC of a year": ("audio", flac[:21] + b"\xff" * 5 + flac[26:]),
        "silence for two hours": ("audio", _silence(7200)),
    }


def _silence(seconds: int) -> bytes:
    target = io.BytesIO()
    with soundfile.SoundFile(target, "w", 8000, 1, "PCM_16", format="FLAC") as file:
        for _ in range(seconds // 60):
            file.write(np.zeros(8000 * 60, np.int16))
    return target.getvalue()


def _polyglot(first: bytes, second: bytes) -> bytes:
    """Two files in one: a decoder that searches finds either."""
    return first + second


class Damaged:
    """Damaged files, drawn at random.

    Args:
        seed: equal seeds draw equal files
    """

    def __init__(self, seed: int) -> None:
        self._rng = Random(seed)
        self._own: dict[Route, dict[str, bytes]] = {
            "image": pictures(),
            "audio": sounds(),
            "video": films(),
        }
        self._own["recording"] = self._own["video"] | self._own["audio"]
        self._all = [c for kinds in self._own.values() for c in kinds.values()]
        self._all += [b"%PDF-1.7\n" + bytes(500), b"PK\x03\x04" + bytes(500), b"<svg></svg>" * 50]
        self._bombs = bombs()

    def next(self) -> Case:
        """Another file."""
        rng = self._rng
        route = rng.choices(list(SHARES), list(SHARES.values()))[0]
        chance = rng.random()
        if chance < 0.01:
            name, (route, content) = rng.choice(list(self._bombs.items()))
            return Case(route, "a bomb", name, content)
        if chance < 0.1:
            return Case(route, "another type", "any", rng.choice(self._all))
        kind, good = rng.choice(list(self._own[route].items()))
        if chance < 0.15:
            return Case(route, "two in one", kind, _polyglot(good, rng.choice(self._all)))
        if chance < 0.2:
            return Case(route, "two in one, turned", kind, _polyglot(rng.choice(self._all), good))
        name, damage = rng.choice(list(DAMAGES.items()))
        return Case(route, name, kind, damage(good, rng) or b"\0")
