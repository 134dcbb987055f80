"""Files, bytes and waveforms as pieces of samples, at whatever rate they come.

Only the file or the bytes given are read: FFmpeg gets an open file instead of a name, formats
that refer to other files or to addresses are left out, and so is every protocol.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Discard

from ..errors import InvalidInput
from ..media import open_file, player_zero_s
from ..types import Waveform

Piece = tuple[np.ndarray, int]
"""samples (channel, time) of about a second, and their rate in Hz"""

RATES = (1_000, 768_000)
"""Hz; outside of them a header is damaged"""
FORMATS = "aac,aiff,amr,asf,au,avi,caf,flac,matroska,mov,mp3,mpeg,mpegts,ogg,w64,wav"
"""what FFmpeg may take a file for"""
GUESSED_LENGTH = ("aac", "mpeg", "mpegts")
"""formats whose header has no length, so that FFmpeg guesses it from the size"""
UNKNOWN_SIZE = 0x7FFF0000
"""this or more in a WAV header is what programs that write into a pipe put there"""
MOST_CHUNKS = 100
"""parts of a WAV file that are looked at to find its sound"""
LONGEST_OGG_PAGE = 65_307
LENGTH_TOLERANCE = (0.25, 0.001)
"""seconds, and share of the length, by which padding makes a track longer or shorter"""
LEAST_GAP_S = 0.2
"""sound that is missing for longer becomes silence, so that what follows keeps its time"""
LONGEST_GAP_S = 600.0
"""sound that seems missing for longer has a damaged time"""


def _open_file(source: str | Path | bytes) -> BinaryIO:
    if not isinstance(source, str | Path | bytes):
        raise InvalidInput(f"expected a path, bytes or a Waveform, got {type(source).__name__}")
    return open_file(source)


def _chunk(file: BinaryIO) -> tuple[bytes, int]:
    """Name and length of the next part of a RIFF file."""
    return file.read(4), int.from_bytes(file.read(4), "little")


def _promised(file: BinaryIO, size: int) -> float:
    """How many times as long as it is a WAV or AVI file calls itself; 1 for other files."""
    file.seek(0)
    name, length = _chunk(file)
    kind = file.read(4)
    if name != b"RIFF" or kind not in (b"WAVE", b"AVI "):
        return 1.0
    if kind == b"AVI ":
        file.seek(8)
    for _ in range(MOST_CHUNKS if kind == b"WAVE" else 0):
        name, length = _chunk(file)
        if name == b"data":
            break
        file.seek(length + length % 2, os.SEEK_CUR)
    there = size - file.tell()
    return length / there if 0 < there < length < UNKNOWN_SIZE else 1.0


def _lacks_end(file: BinaryIO, size: int) -> bool:
    """Whether an Ogg file's last page is not whole or not marked as the last."""
    file.seek(0)
    if file.read(4) != b"OggS":
        return False
    file.seek(max(0, size - 2 * LONGEST_OGG_PAGE))
    tail = file.read()
    page = tail[tail.rfind(b"OggS") :]
    lengths = page[27 : 27 + page[26]] if len(page) > 27 else b""
    return len(page) < 27 + len(lengths) + sum(lengths) or not page[5] & 4


def _samples(frame: av.AudioFrame) -> np.ndarray:
    """A decoded frame as (channel, time) float32, full scale at 1."""
    values = frame.to_ndarray()
    if frame.format.is_packed:
        values = values.reshape(-1, frame.layout.nb_channels).T
    if values.dtype.kind == "f":
        with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite
            return values.astype(np.float32, copy=False)
    full_scale = np.float32(2.0 ** (8 * values.itemsize - 1))
    return values.astype(np.float32) / full_scale - np.float32(values.dtype.kind == "u")


def _take(pieces: Iterator[Piece], count: int) -> list[np.ndarray]:
    """The samples of the next pieces, until they are `count` or more."""
    taken: list[np.ndarray] = []
    for samples, _ in pieces:
        taken.append(samples)
        count -= samples.shape[1]
        if count <= 0:
            break
    return taken


def _slices(samples: np.ndarray, sample_rate: int) -> Iterator[Piece]:
    """A second of (channel, time) at a time."""
    for start in range(0, samples.shape[1], sample_rate):
        yield samples[:, start : start + sample_rate], sample_rate


def _open_container(file: BinaryIO, name: str) -> InputContainer:
    limits = {"format_whitelist": FORMATS, "protocol_whitelist": "none"}
    try:
        return av.open(file, "r", metadata_errors="ignore", container_options=limits)
    except FFmpegError as error:
        raise InvalidInput(
            f"{name}: expected a recording (WAV, FLAC, MP3, Ogg, M4A, WebM or a video with sound), "
            f"got what cannot be decoded ({error.strerror}). It is of another kind, damaged, or "
            "was cut off before its index was written; export it again"
        ) from error


def _choose_stream(container: InputContainer, name: str) -> av.AudioStream:
    """The container's main audio track; the other ones are not read."""
    chosen = container.streams.best("audio")
    if not isinstance(chosen, av.AudioStream):
        raise InvalidInput(
            f"{name}: expected sound, got a file without an audio track; choose another file"
        )
    if not chosen.codec_context:
        raise InvalidInput(
            f"{name}: expected a known audio codec, got another; export it as WAV or MP3"
        )
    _check_rate(chosen.rate, name)
    for stream in container.streams:
        if stream is not chosen:
            stream.discard = Discard.all
    return chosen


def _check_rate(sample_rate: int, name: str) -> None:
    if not RATES[0] <= sample_rate <= RATES[1]:
        raise InvalidInput(
            f"{name}: expected a sample rate of {RATES[0]:,} to {RATES[1]:,} Hz, got "
            f"{sample_rate:,}: the header is damaged; export it again"
        )


class WaveformTrack:
    """A `Waveform`, read like a file."""

    notices: tuple[str, ...] = ()

    def __init__(self, waveform: Waveform, name: str) -> None:
        _check_rate(waveform.sample_rate, name)
        self.waveform, self.expected_s = waveform, waveform.duration_s

    def pieces(self) -> Iterator[Piece]:
        """A second at a time."""
        return _slices(self.waveform.samples, self.waveform.sample_rate)

    def close(self) -> None:
        """Nothing is open."""


class FileTrack:
    """The audio track of a file, decoded packet by packet.

    Attributes:
        expected_s: length by the header, None where it gives none; may be wrong

    Raises:
        InvalidInput: if there is no such file, or nothing in it that can be heard
    """

    def __init__(self, source: str | Path | bytes, name: str) -> None:
        with ExitStack() as opened:
            file = opened.enter_context(_open_file(source))
            size = file.seek(0, os.SEEK_END)
            if not size:
                raise InvalidInput(f"{name} is empty (0 bytes); choose a file with sound")
            promised, self._lacks_end = _promised(file, size), _lacks_end(file, size)
            file.seek(0)
            self._container = opened.enter_context(_open_container(file, name))
            self._stream = _choose_stream(self._container, name)
            self._opened = opened.pop_all()
        self._origin_s = player_zero_s(self._container)
        self.expected_s = self._length_s(promised)
        self._decoded_s = 0.0
        self._damaged_s: list[float] = []
        self._gaps_s: list[tuple[float, float]] = []
        self._ended = False

    def close(self) -> None:
        """Close the file."""
        self._opened.close()

    def _length_s(self, promised: float) -> float | None:
        stream, container = self._stream, self._container
        if stream.duration and stream.time_base:
            start_s = float((stream.start_time or 0) * stream.time_base)
            late_s = max(0.0, start_s - self._origin_s)
            return float(stream.duration * stream.time_base) * promised + late_s
        return container.duration / av.time_base if container.duration else None

    def pieces(self) -> Iterator[Piece]:
        """What is decoded, from the start of the file on."""
        for (_, rate), pieces in groupby(self._decoded(), lambda piece: (len(piece[0]), piece[1])):
            while taken := _take(pieces, rate):
                yield np.concatenate(taken, axis=1), rate

    def _decoded(self) -> Iterator[Piece]:
        for frame in self._frames():
            for samples in (*self._gap_before(frame), _samples(frame)):
                self._decoded_s += samples.shape[1] / frame.sample_rate
                yield samples, frame.sample_rate

    def _frames(self) -> Iterator[av.AudioFrame]:
        packets = self._container.demux(self._stream)
        while not self._ended:
            try:
                packet = next(packets, None)
                frames = packet.decode() if packet is not None else []
            except FFmpegError:
                self._damaged_s.append(self._decoded_s)
                continue
            self._ended = packet is None
            yield from frames

    def _gap_before(self, frame: av.AudioFrame) -> Iterator[np.ndarray]:
        """Silence (channel, time) for what is missing before a frame."""
        late_s = 0.0 if frame.time is None else frame.time - self._origin_s - self._decoded_s
        if late_s > LONGEST_GAP_S:
            self._origin_s += late_s
        elif late_s > LEAST_GAP_S:
            if self._decoded_s:
                self._gaps_s.append((self._decoded_s, late_s))
            shape = frame.layout.nb_channels, round(late_s * frame.sample_rate)
            silence = np.broadcast_to(np.float32(0), shape)
            yield from (samples for samples, _ in _slices(silence, frame.sample_rate))

    @property
    def notices(self) -> tuple[str, ...]:
        """What is wrong with the file, as far as it was decoded."""
        found = []
        if (tracks := len(self._container.streams.audio)) > 1:
            found.append(f"the file has {tracks} audio tracks; one of them was read")
        left_out = [s for s in self._damaged_s if s < self._decoded_s]
        if self._gaps_s:
            missing_s = sum(length for _, length in self._gaps_s)
            found.append(
                f"{missing_s:,.1f} s of sound are missing from {self._gaps_s[0][0]:,.1f} s on "
                "and became silence"
            )
        elif left_out:
            found.append(
                f"packets that could not be decoded and were left out: {len(left_out)}, "
                f"the first at {left_out[0]:,.1f} s"
            )
        if self._ended and (message := self._end_notice()):
            found.append(message)
        return tuple(found)

    def _end_notice(self) -> str:
        came, expected = self._decoded_s, self.expected_s
        guessed = self._container.format.name in GUESSED_LENGTH
        missing = 0.0 if expected is None or guessed else expected - came
        if abs(missing) > max(LENGTH_TOLERANCE[0], LENGTH_TOLERANCE[1] * came):
            how = "breaks off at" if missing > 0 else "goes on until"
            return f"the sound {how} {came:,.1f} s, where {expected:,.1f} s were expected"
        if self._lacks_end or self._damaged_s[-1:] == [came]:
            return f"the sound breaks off at {came:,.1f} s: the end of the file is missing"
        return ""
