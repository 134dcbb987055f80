"""Any video to upright RGB frames, sampled by their time stamps, and what is odd about it.

Only the file or the bytes given are read: FFmpeg gets an open file instead of a name, formats
that refer to other files or to addresses are left out, and so is every protocol.

Times are those that a browser's player shows. It keeps the clock of MP4 and WebM files even
where their first frame comes late, and leaves out what lies before zero. The clock of a format
that browsers do not play starts anywhere; there, zero is where the file starts.
"""

import math
import os
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, NamedTuple, Self

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Discard, Disposition

from ..cores import available_cores
from ..errors import InvalidInput
from ..media import open_file, player_zero_s
from .canvas import Canvas

VideoSource = str | Path | bytes

LONGEST_S = 3600.0
"""what comes later is left out"""
MOST_PIXELS = 8192 * 4320
"""of a frame"""
DECODER_LIMITS = {"max_pixels": str(MOST_PIXELS)}
"""so that a decoder refuses a frame that is larger than the header says"""
FORMATS = "asf,avi,flv,matroska,mov,mpeg,mpegts,ogg,aac,aiff,amr,caf,flac,mp3,w64,wav"
"""what FFmpeg may take a file for; sound is named to be told from what is damaged"""
UNTIMED = "avi"
"""a format that tells when frames are decoded and not when they are shown"""
GUESSED_LENGTH = ("flv", "mpeg", "mpegts")
"""formats whose header may lack the length, so that FFmpeg guesses it from the size"""
PICTURE_BRANDS = ("avif", "avis", "heic", "heim", "heis", "heix", "hevc", "mif1", "msf1")
"""what pictures that are packed like MP4 call themselves"""
MOST_THREADS = 4
"""of the decoder; each of them holds frames"""
RATES = (0.01, 1000.0)
"""frames a second; outside of them a header is damaged"""
FALLBACK_RATE = 25.0
"""frames a second where the header tells none"""
ASPECTS = (0.1, 10.0)
"""a pixel's width by its height; outside of them a header is damaged"""
ROUNDING_S = 0.001
"""by which a format that counts milliseconds may call a frame early"""
LONGEST_STEP_BACK_S = 1.0
MOST_BEHIND = 16
"""frames that a decoder may give late; where more step back than that, the clock was set anew"""
LONGEST_GAP_S = 600.0
"""a time stamp that is further ahead of the one before is damaged"""
END_TOLERANCE_S = 0.5
"""by which a header may promise more than there is"""


class VideoFrame(NamedTuple):
    """A moment of a video.

    Attributes:
        time_s: when the player shows it
        frame: (h, w, 3) RGB uint8, upright
    """

    time_s: float
    frame: np.ndarray


class _Clock:
    """What the player shows when a frame comes.

    Args:
        origin_s: the time stamp of zero; None takes the first
        interval_s: usual time from frame to frame
    """

    def __init__(self, origin_s: float | None, interval_s: float) -> None:
        self._origin_s, self._interval_s = origin_s, interval_s
        self._last_s: float | None = None
        self._behind = 0
        self.first_jump_s: float | None = None
        self.missing = 0

    def time_s(self, stamp_s: float | None) -> float:
        """The time of the next frame, whether its time stamp is sound, damaged or missing."""
        follows_s = 0.0 if self._last_s is None else self._last_s + self._interval_s
        if stamp_s is None:
            self.missing += 1
            self._last_s = follows_s
            return follows_s
        if self._origin_s is None:
            self._origin_s = stamp_s
        time_s = stamp_s - self._origin_s
        step_s = 0.0 if self._last_s is None else time_s - self._last_s
        self._behind = self._behind + 1 if step_s < -LONGEST_STEP_BACK_S else 0
        if 0 < self._behind <= MOST_BEHIND:
            return time_s
        if self._behind or step_s > LONGEST_GAP_S:
            self.first_jump_s = follows_s if self.first_jump_s is None else self.first_jump_s
            self._origin_s, time_s = stamp_s - follows_s, follows_s
        self._last_s = time_s
        return time_s


def _open_container(file: BinaryIO, name: str) -> InputContainer:
    limits = {"format_whitelist": FORMATS, "protocol_whitelist": "none"}
    try:
        return av.open(
            file, "r", metadata_errors="ignore", container_options=limits, options=DECODER_LIMITS
        )
    except FFmpegError as error:
        raise InvalidInput(
            f"{name}: expected a video (MP4, MOV, MKV, WebM, AVI or MPEG), got what cannot be "
            f"decoded ({error.strerror}). It is of another kind, damaged, or was cut off before "
            "its index was written; export it again"
        ) from error


def _moving(container: InputContainer) -> list[av.VideoStream]:
    """The video tracks; cover art is none."""
    return [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]


def _choose_stream(container: InputContainer, name: str) -> av.VideoStream:
    """The container's main video track; the other ones are not read."""
    if container.metadata.get("major_brand", "").strip() in PICTURE_BRANDS:
        raise InvalidInput(f"{name}: expected a video, got a picture; open it as a photo")
    if not (moving := _moving(container)):
        raise InvalidInput(
            f"{name}: expected a video, got a file without a video track; choose another file"
        )
    best = container.streams.best("video")
    chosen = next((s for s in moving if s is best), moving[0])
    if not chosen.codec_context:
        raise InvalidInput(
            f"{name}: expected a known video codec, got another; export it as MP4 (H.264)"
        )
    if chosen.width * chosen.height > MOST_PIXELS:
        raise InvalidInput(
            f"{name}: expected frames of {MOST_PIXELS / 1e6:.0f} megapixels at most, got "
            f"{chosen.width:,} x {chosen.height:,}; make the video smaller"
        )
    return chosen


class _Track:
    """The video track of a file, decoded packet by packet.

    Attributes:
        expected_s: when it ends by the header, None where that tells nothing; may be wrong
        read_s: how far it was decoded
    """

    def __init__(self, source: VideoSource, name: str) -> None:
        with ExitStack() as opened:
            file = opened.enter_context(open_file(source))
            if not file.seek(0, os.SEEK_END):
                raise InvalidInput(f"{name} is empty (0 bytes); choose a video")
            file.seek(0)
            self._container = opened.enter_context(_open_container(file, name))
            self.stream = _choose_stream(self._container, name)
            decoder = self.stream.codec_context
            decoder.thread_type, decoder.options = "AUTO", DECODER_LIMITS
            decoder.thread_count = min(available_cores(), MOST_THREADS)
            self._opened = opened.pop_all()
        self._format, self._tracks = self._container.format.name, len(_moving(self._container))
        self._tick_s = float(self.stream.time_base or 1 / av.time_base)
        rate = float(self.stream.average_rate or 0)
        self._timed, self._rated = rate <= RATES[1], RATES[0] <= rate <= RATES[1]
        self._interval_s = 1 / (rate if self._rated else FALLBACK_RATE)
        origin_s = self._origin_s()
        self._clock = _Clock(origin_s, self._interval_s)
        self.expected_s = self._end_s(origin_s or 0.0) if self._timed else None
        self.read_s = self._sound_s = 0.0
        self._damaged_s: list[float] = []
        self._broken = self._ended = False

    def close(self) -> None:
        """Close the file."""
        self._opened.close()

    def _origin_s(self) -> float | None:
        if self._format == UNTIMED:
            return None
        return player_zero_s(self._container)

    def _end_s(self, origin_s: float) -> float | None:
        stream, duration = self.stream, self._container.duration
        if stream.duration:
            end = stream.duration + (stream.start_time or 0)
            return end * self._tick_s - origin_s
        return duration / av.time_base if duration else None

    def frames(self) -> Iterator[tuple[float, av.VideoFrame]]:
        """Frames and their times by the player's clock, none before zero."""
        for frame in self._decoded():
            time_s = self._clock.time_s(self._stamp_s(frame))
            if time_s < -ROUNDING_S:
                continue
            if frame.is_corrupt:
                self._damaged_s.append(time_s)
            lasts_s = frame.duration * self._tick_s if self._timed else 0.0
            shown_s = lasts_s if 0 < lasts_s <= LONGEST_GAP_S else self._interval_s
            self.read_s = max(self.read_s, time_s + shown_s)
            yield max(0.0, time_s), frame

    def _stamp_s(self, frame: av.VideoFrame) -> float | None:
        stamp = frame.dts if self._format == UNTIMED else frame.pts
        return None if stamp is None or not self._timed else stamp * self._tick_s

    def _decoded(self) -> Iterator[av.VideoFrame]:
        packets = self._packets()
        while not self._ended:
            try:
                packet = next(packets, None)
                frames = packet.decode() if packet is not None else []
            except FFmpegError:
                self._damaged_s.append(self.read_s)
                continue
            self._ended = packet is None
            yield from frames

    def _packets(self) -> Iterator["av.Packet[Any]"]:
        """Those of the track; sound is followed where only the file's whole length is known."""
        sound = () if self.stream.duration else self._container.streams.audio
        for other in self._container.streams:
            if other is not self.stream and other not in sound:
                other.discard = Discard.all
        for packet in self._container.demux(self.stream, *sound):
            if packet.stream is self.stream:
                self._broken = packet.is_corrupt or (self._broken and not packet.size)
                yield packet
            elif packet.pts is not None:
                self._sound_s = max(self._sound_s, float(packet.pts * packet.time_base))

    @property
    def notices(self) -> tuple[str, ...]:
        """What is wrong with the file, as far as it was decoded."""
        found = []
        if self._tracks > 1:
            found.append(f"the file has {self._tracks} video tracks; one of them was read")
        if self._clock.missing and not self._rated:
            found.append(
                "the header gives no rate that can be right: "
                f"{FALLBACK_RATE:.0f} frames a second were assumed"
            )
        if self._clock.first_jump_s is not None:
            found.append(
                f"the time stamps jump at {self._clock.first_jump_s:,.1f} s; "
                "what follows was taken to come without a pause"
            )
        damaged = [s for s in self._damaged_s if s < self.read_s - self._interval_s]
        if damaged:
            found.append(
                f"frames that are damaged or could not be decoded: {len(damaged)}, "
                f"the first at {damaged[0]:,.1f} s"
            )
        if self._ended and (message := self._end_notice()):
            found.append(message)
        return tuple(found)

    def _end_notice(self) -> str:
        breaks = f"the video breaks off at {self.read_s:,.1f} s"
        unsure = self._format in GUESSED_LENGTH or self._clock.first_jump_s is not None
        expected_s = 0.0 if unsure else self.expected_s or 0.0
        if expected_s - max(self.read_s, self._sound_s) > END_TOLERANCE_S:
            return f"{breaks}, where {expected_s:,.1f} s were expected"
        last_s = self.read_s - self._interval_s
        if self._broken or any(s >= last_s for s in self._damaged_s):
            return f"{breaks}: the end of the file is missing"
        return ""


class VideoStream:
    """A video as upright RGB frames, decoded when asked for.

    Time is cut into slots of 1/fps, and of each the first frame is given: frames of a variable
    rate keep their times, and a slot without a frame gives none. What comes after an hour is left
    out. Memory does not grow with the length. To be used in a `with` statement and read once.

    Args:
        source: path of a video file, or its bytes
        fps: frames a second to sample
        longest_px: the longer side of a given frame, at most; larger ones are shrunk

    Attributes:
        expected_s: when it ends by the header, None where that tells nothing; may be wrong
        size_wh: width and height in px as a player shows it
        scale: px of a given frame for one px as shown

    Raises:
        InvalidInput: if there is no such file, or no video in it that can be decoded
    """

    def __init__(self, source: VideoSource, fps: float = 5.0, longest_px: int = 1280) -> None:
        if not 0 < fps < math.inf or longest_px < 1:
            raise InvalidInput(
                f"expected a positive rate and size, got {fps} frames a second and {longest_px} px"
            )
        self.name = Path(source).name if isinstance(source, str | Path) else "the video"
        self._fps, self._cut = fps, False
        with ExitStack() as opened:
            self._track = _Track(source, self.name)
            opened.callback(self._track.close)
            self._canvas, decoded = self._first(longest_px)
            self._opened = opened.pop_all()
        self._frames = self._sample(decoded)
        self.expected_s = self._track.expected_s
        self.size_wh, self.scale = self._canvas.size_wh, self._canvas.scale

    def _first(self, longest_px: int) -> tuple[Canvas, Iterator[tuple[float, av.VideoFrame]]]:
        """What the first frame tells, and all frames."""
        frames = self._track.frames()
        if (first := next(frames, None)) is None:
            raise InvalidInput(
                f"{self.name}: expected a video, got no frame that can be decoded; export it again"
            )
        aspect = float(self._track.stream.sample_aspect_ratio or 1)
        aspect = aspect if ASPECTS[0] <= aspect <= ASPECTS[1] else 1.0
        return Canvas(first[1], aspect, longest_px), chain([first], frames)

    @property
    def read_s(self) -> float:
        """How far it was read, by the player's clock."""
        return self._track.read_s

    @property
    def notices(self) -> tuple[str, ...]:
        """What a person should know of the video, as far as it was read."""
        limit = f"only the first {LONGEST_S / 60:.0f} minutes were read"
        return (*self._track.notices, *([limit] if self._cut else []))

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> VideoFrame:
        return next(self._frames)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._opened.close()

    def _sample(self, frames: Iterator[tuple[float, av.VideoFrame]]) -> Iterator[VideoFrame]:
        start_s, slot = None, -1
        for time_s, frame in frames:
            start_s = time_s if start_s is None else start_s
            self._cut = time_s - start_s >= LONGEST_S
            if self._cut:
                return
            if (reached := math.floor((time_s + ROUNDING_S) * self._fps)) > slot:
                slot = reached
                yield VideoFrame(time_s, self._canvas.draw(frame))
