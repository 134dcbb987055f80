"""Frames become an MP4 file that browsers play, with the sound of the video they come from."""

import math
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from itertools import chain, groupby
from pathlib import Path
from typing import Any, BinaryIO

import av
import numpy as np
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, VideoReformatter

from ..errors import InvalidInput
from ..media import open_file, player_zero_s
from .video import FORMATS, VideoSource

TIME_BASE = Fraction(1, 60_000)
"""s; as fine as MPEG-4 part 2 can be, and whole for 24, 25, 29.97, 30 and 60 frames a second"""
ENCODERS = {"libx264": {"preset": "veryfast", "crf": "21"}, "libopenh264": {}, "mpeg4": {}}
"""the first that FFmpeg was built with is taken; browsers do not play what the last one writes"""
KEYFRAMES = 60
"""frames from one at which a player may start to the next, at most"""
BITS_PER_PX = 4
"""a second, of encoders that are not told a quality"""
COPIED_SOUND = ("aac", "mp3")
"""what MP4 holds and browsers play; other sound becomes AAC"""
SOUND_BITS = 160_000
"""a second"""
USUAL_HZ = 48_000

Packets = Iterator["av.Packet[Any]"]


class _Sound:
    """The main audio track of a video as packets for an MP4 file.

    Args:
        container: the video, of which nothing but the sound is read
    """

    def __init__(self, container: InputContainer) -> None:
        self._container = container
        track = container.streams.best("audio")
        self._track = track if isinstance(track, av.AudioStream) else None
        self._origin_s = player_zero_s(container)
        self._packets: Packets = iter(())
        self._next: av.Packet[Any] | None = None
        self._damaged = 0

    def start(self, output: OutputContainer) -> None:
        """Give an MP4 file its audio track."""
        track = self._track
        if track is not None and track.codec_context:
            name = track.codec_context.codec.canonical_name
            make = self._copied if name in COPIED_SOUND else self._encoded
            self._packets = make(track, output)
            self._next = self._later(-math.inf)

    def until(self, time_s: float) -> Packets:
        """The packets that follow, to a time."""
        while self._next is not None and (start_s := _start_s(self._next)) <= time_s:
            yield self._next
            self._next = self._later(start_s)

    def _later(self, than_s: float) -> "av.Packet[Any] | None":
        """The next packet; one that does not come later is damaged, and MP4 cannot hold it."""
        for packet in self._packets:
            if packet.dts is not None and _start_s(packet) > than_s:
                return packet
            self._damaged += packet.dts is not None
        return None

    def _read(self, track: av.AudioStream) -> Iterator["av.Packet[av.AudioStream]"]:
        with suppress(FFmpegError):  # where a damaged file ends
            yield from self._container.demux(track)

    def _copied(self, track: av.AudioStream, output: OutputContainer) -> Packets:
        copy = output.add_stream_from_template(track)
        for packet in self._read(track):
            if packet.dts is not None and packet.pts is not None:
                shift = round(self._origin_s / packet.time_base)
                packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
                packet.stream = copy
                yield packet

    def _encoded(self, track: av.AudioStream, output: OutputContainer) -> Packets:
        rates = av.Codec("aac", "w").audio_rates or ()
        rate = track.rate if track.rate in rates else USUAL_HZ
        layout = "mono" if track.channels == 1 else "stereo"
        made = output.add_stream("aac", rate=rate, layout=layout)
        made.bit_rate = SOUND_BITS
        for _, frames in groupby(self._decoded(track), _sound_form):
            resampler = av.AudioResampler("fltp", layout, rate)
            for frame in chain(frames, (None,)):
                for part in resampler.resample(frame):
                    yield from made.encode(part)
        yield from made.encode(None)

    def _decoded(self, track: av.AudioStream) -> Iterator[av.AudioFrame]:
        for packet in self._read(track):
            try:
                frames = packet.decode()
            except FFmpegError:
                self._damaged += 1
                continue
            for frame in frames:
                if frame.pts is not None and frame.time_base:
                    frame.pts -= round(self._origin_s / frame.time_base)
                yield frame

    @property
    def notices(self) -> tuple[str, ...]:
        """What of the sound was lost, as far as it was read."""
        if self._track is not None and not self._track.codec_context:
            return ("the sound is of an unknown kind and was left out",)
        if self._damaged:
            return (f"damaged packets of sound that were left out: {self._damaged}",)
        return ()


def _start_s(packet: "av.Packet[Any]") -> float:
    return -math.inf if packet.dts is None else float(packet.dts * packet.time_base)


def _sound_form(frame: av.AudioFrame) -> tuple[int, str, str]:
    """What may change within a track, as in a recording of television."""
    return frame.sample_rate, frame.layout.name, frame.format.name


def _even(frame: np.ndarray) -> np.ndarray:
    """A frame of even sides, which the encoders ask for; the last row or column is repeated."""
    odd = np.array(frame.shape[:2]) % 2
    return np.pad(frame, ((0, odd[0]), (0, odd[1]), (0, 0)), "edge") if odd.any() else frame


class Film:
    """An MP4 file that grows frame by frame, with sound beside.

    Args:
        output: the file
        sound: of the video
    """

    def __init__(self, output: OutputContainer, sound: _Sound) -> None:
        self._output, self._sound = output, sound
        self._encoder = next(name for name in ENCODERS if name in av.codecs_available)
        self._reformatter = VideoReformatter()
        self._picture: av.VideoStream | None = None
        self._last = -1

    def add(self, time_s: float, frame: np.ndarray) -> None:
        """The next frame (height, width, 3) RGB uint8 and the time at which it is shown."""
        frame = _even(frame)
        if self._picture is None:
            self._picture = self._start(frame.shape[1], frame.shape[0])
            self._sound.start(self._output)
        self._add_sound(time_s)
        self._last = max(self._last + 1, round(time_s / TIME_BASE))
        coded = self._reformatter.reformat(
            av.VideoFrame.from_ndarray(frame, "rgb24"),
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            threads=1,
        )
        coded.pts, coded.time_base = self._last, TIME_BASE
        self._output.mux(self._picture.encode(coded))

    def _add_sound(self, until_s: float) -> None:
        for packet in self._sound.until(until_s):
            self._output.mux(packet)

    def _start(self, width: int, height: int) -> av.VideoStream:
        options = ENCODERS[self._encoder]
        picture = self._output.add_stream(self._encoder, options=options)
        if not isinstance(picture, av.VideoStream):
            raise InvalidInput(f"{self._encoder}: expected an encoder for video, got another")
        picture.width, picture.height, picture.pix_fmt = width, height, "yuv420p"
        coder = picture.codec_context
        coder.time_base, coder.gop_size = TIME_BASE, KEYFRAMES
        coder.colorspace, coder.color_range = Colorspace.ITU709, ColorRange.MPEG
        coder.color_primaries, coder.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
        if not options:
            coder.bit_rate = BITS_PER_PX * width * height
        return picture

    def finish(self, until_s: float) -> None:
        """Write what is left, the sound up to a time, and the index, which comes first."""
        if self._picture is not None:
            self._output.mux(self._picture.encode(None))
        self._add_sound(until_s)
        self._output.close()

    @property
    def notices(self) -> tuple[str, ...]:
        """What a person should know of the file, as far as it was written."""
        if "264" in self._encoder:
            return self._sound.notices
        unplayed = "no encoder for H.264 is installed: most browsers will not play this video"
        return *self._sound.notices, unplayed


class _Reader:
    """Reads a file from a place of its own while the file is written to."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._place = file, 0

    def read(self, count: int = -1) -> bytes:
        """The bytes that follow."""
        written = self._file.tell()
        self._file.seek(self._place)
        content = self._file.read(count)
        self._place = self._file.tell()
        self._file.seek(written)
        return content

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place."""
        written = self._file.tell()
        origin = self._place if whence == os.SEEK_CUR else self._file.seek(0, whence)
        self._place = origin + offset
        self._file.seek(written)
        return self._place

    def tell(self) -> int:
        """The place."""
        return self._place

    def close(self) -> None:
        """The file stays open."""


@contextmanager
def open_film(target: Path | BinaryIO, source: VideoSource) -> Generator[Film]:
    """An MP4 file, which a path names when it is complete and never before.

    Args:
        target: path, or a file open for reading and writing, such as `io.BytesIO()`
        source: the video of which the sound is taken

    Raises:
        InvalidInput: if it cannot be written
    """
    limits = {"format_whitelist": FORMATS, "protocol_whitelist": "none"}
    try:
        with (
            open_file(source) as heard,
            av.open(heard, "r", metadata_errors="ignore", container_options=limits) as container,
            _open_target(target) as file,
            _open_output(file) as output,
        ):
            yield Film(output, _Sound(container))
    except (OSError, FFmpegError) as error:
        raise InvalidInput(
            f"the video cannot be written ({error}); choose another place for it"
        ) from error


@contextmanager
def _open_target(target: Path | BinaryIO) -> Generator[BinaryIO]:
    if not isinstance(target, Path):
        yield target
        return
    part = target.with_name(f".{target.name}.part")
    try:
        with part.open("w+b") as file:
            yield file
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _open_output(file: BinaryIO) -> OutputContainer:
    return av.open(
        file,
        "w",
        format="mp4",
        options={"movflags": "+faststart"},  # browsers play it while it is loading
        io_open=lambda _name, flags, _options: file if flags & 2 else _Reader(file),
    )
