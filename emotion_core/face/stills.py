"""Frames of a video at given times, each found by a jump, so that little of the file is decoded.

Times are those that a player shows, as in `video`; frames are upright and of the same size.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from typing import NamedTuple

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Discard, Disposition

from ..errors import InvalidInput
from ..media import open_file, player_zero_s
from .canvas import Canvas
from .video import ASPECTS, DECODER_LIMITS, FORMATS, MOST_PIXELS, UNTIMED, VideoSource

LONGEST_PX = 1280
NEAR_S = 2.0
"""a time so little ahead is read on to; one further on is jumped to"""
BACK_S = (0.0, 2.0, 20.0)
"""how far before a time to jump to, one after the other, until a frame is early enough"""
EXACT_S = 0.002
"""by which the time of a frame may differ from the one that was asked for"""
FRAMES_AT_MOST = 1500
"""decoded for one time; a file that has fewer places to jump to gives nothing there"""


class Still(NamedTuple):
    """A frame at a time that was asked for.

    Attributes:
        wanted_s: the time
        frame: (height, width, 3) RGB uint8, upright
        scale: px of the frame per px of the video as it is shown
    """

    wanted_s: float
    frame: np.ndarray
    scale: float


def stills(
    source: VideoSource, times_s: Iterable[float], longest_px: int = LONGEST_PX
) -> Iterator[Still]:
    """The frames at times, each as it is found, in order of time; one at a time is held.

    A time at which no frame begins, or near which the file is damaged, gives none.

    Args:
        source: path or bytes of a video
        times_s: of frames, as `VideoStream` gave them, in any order
        longest_px: the longer side of a frame, at most; larger ones are shrunk

    Raises:
        InvalidInput: if there is no such file, or no video in it that can be decoded
    """
    with ExitStack() as opened:
        file = opened.enter_context(open_file(source))
        try:
            limits = {"format_whitelist": FORMATS, "protocol_whitelist": "none"}
            container = opened.enter_context(
                av.open(
                    file,
                    "r",
                    metadata_errors="ignore",
                    container_options=limits,
                    options=DECODER_LIMITS,
                )
            )
        except FFmpegError as error:
            raise InvalidInput(f"expected a video, got what cannot be decoded: {error}") from error
        film = _Film(container, longest_px)
        for time_s in sorted(set(times_s)):
            if (found := film.at(time_s)) is not None:
                yield Still(time_s, *found)


def _stream(container: InputContainer) -> av.VideoStream:
    """The main track; cover art is none."""
    moving = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    best = container.streams.best("video")
    chosen = next((s for s in moving if s is best), moving[0] if moving else None)
    if chosen is None or not chosen.codec_context or chosen.width * chosen.height > MOST_PIXELS:
        raise InvalidInput("expected a video, got a file without a picture that can be decoded")
    return chosen


class _Film:
    """A video track in which one can jump.

    Args:
        container: open
        longest_px: of a frame
    """

    def __init__(self, container: InputContainer, longest_px: int) -> None:
        self._container, self._longest_px = container, longest_px
        self._stream = _stream(container)
        self._stream.codec_context.thread_type = "AUTO"
        self._stream.codec_context.options = DECODER_LIMITS
        for other in container.streams:
            if other is not self._stream:
                other.discard = Discard.all
        self._tick_s = float(self._stream.time_base or 1 / av.time_base)
        self._counted = container.format.name == UNTIMED
        self._canvas: Canvas | None = None
        self._reached_s, self._origin_s = -np.inf, 0.0
        self._frames = self._decoded()
        self._origin_s = self._zero_s()

    def _zero_s(self) -> float:
        """The time stamp at which a player's clock is zero."""
        if not self._counted:
            return player_zero_s(self._container)
        first_s, _ = next(self._frames, (0.0, None))
        return first_s

    def at(self, time_s: float) -> tuple[np.ndarray, float] | None:
        """The frame that begins at a time, and its scale; None where there is none."""
        found = None
        if 0 <= time_s - self._reached_s <= NEAR_S:
            found = self._read_to(time_s)
        for back_s in () if found is not None else BACK_S:
            if self._jump(time_s - back_s) and (found := self._read_to(time_s)) is not None:
                break
            if time_s < back_s:  # that was the start of the file
                break
        return None if found is None else self._drawn(found)

    def _read_to(self, time_s: float) -> av.VideoFrame | None:
        """The frame of a time, if it is still to come."""
        for reached_s, frame in islice(self._frames, FRAMES_AT_MOST):
            self._reached_s = reached_s
            if reached_s >= time_s - EXACT_S:
                return frame if reached_s <= time_s + EXACT_S else None
        return None

    def _jump(self, time_s: float) -> bool:
        """Go to a frame from which on can be decoded, at or before a time; whether that went."""
        self._reached_s = -np.inf
        place = round((time_s + self._origin_s) / self._tick_s)
        try:
            self._container.seek(place, stream=self._stream, backward=True)
        except (FFmpegError, OverflowError):
            return False
        self._frames = self._decoded()
        return True

    def _decoded(self) -> Iterator[tuple[float, av.VideoFrame]]:
        """Frames and their times from where the file is now; damaged ones are left out."""
        packets, stamp = self._container.demux(self._stream), 0
        while True:
            try:
                packet = next(packets, None)
                frames = packet.decode() if packet is not None else []
            except FFmpegError:
                frames, packet = [], None
            if packet is None:
                return
            for frame in frames:
                told = frame.dts if self._counted else frame.pts
                stamp = stamp + frame.duration if told is None else told
                if not frame.is_corrupt:
                    yield stamp * self._tick_s - self._origin_s, frame

    def _drawn(self, frame: av.VideoFrame) -> tuple[np.ndarray, float]:
        if self._canvas is None:
            aspect = float(self._stream.sample_aspect_ratio or 1)
            aspect = aspect if ASPECTS[0] <= aspect <= ASPECTS[1] else 1.0
            self._canvas = Canvas(frame, aspect, self._longest_px)
        return self._canvas.draw(frame), self._canvas.scale
