"""Decoded video frames of any kind to upright RGB arrays of one shape, as a player shows them."""

import av
import numpy as np
from av.error import FFmpegError
from av.video.reformatter import Interpolation, VideoReformatter

from ..errors import InvalidInput


def _scaled(size_wh: tuple[int, int], scale: float) -> tuple[int, int]:
    return max(1, round(size_wh[0] * scale)), max(1, round(size_wh[1] * scale))


def _orientation(frame: av.VideoFrame) -> tuple[bool, int, int]:
    """Whether rows become columns, and then the steps, 1 or -1, along rows and columns."""
    matrix = frame.side_data.get("DISPLAYMATRIX")
    if matrix is None:
        return False, 1, 1
    xx, xy, _, yx, yy = map(int, np.frombuffer(bytes(matrix), np.int32)[:5])
    turned = abs(xy) + abs(yx) > abs(xx) + abs(yy)
    down, right = (xy, yx) if turned else (yy, xx)
    return turned, -1 if down < 0 else 1, -1 if right < 0 else 1


class Canvas:
    """Where decoded frames become upright RGB arrays of one shape.

    Args:
        frame: the first; later ones of another size are fitted into its shape
        aspect: a pixel's width by its height
        longest_px: the longer side of what is drawn, at most
    """

    def __init__(self, frame: av.VideoFrame, aspect: float, longest_px: int) -> None:
        self._aspect = aspect
        self._turned, self._down, self._right = _orientation(frame)
        self._coded_wh, shown_wh = (frame.width, frame.height), self._shown_wh(frame)
        width, height = shown_wh
        self.size_wh = (height, width) if self._turned else (width, height)
        self.scale = min(1.0, longest_px / max(shown_wh))
        self._box_wh = _scaled(shown_wh, self.scale)
        self._reformatter = VideoReformatter()

    def _shown_wh(self, frame: av.VideoFrame) -> tuple[int, int]:
        """The size with square pixels, before turning; a browser too lets one side grow."""
        wider, higher = max(1.0, self._aspect), max(1.0, 1 / self._aspect)
        return round(frame.width * wider), round(frame.height * higher)

    def draw(self, frame: av.VideoFrame) -> np.ndarray:
        """A frame as (h, w, 3) RGB uint8."""
        same = (frame.width, frame.height) == self._coded_wh
        drawn = self._convert(frame, self._box_wh) if same else self._fit(frame)
        upright = drawn.swapaxes(0, 1) if self._turned else drawn
        return np.ascontiguousarray(upright[:: self._down, :: self._right])

    def _convert(self, frame: av.VideoFrame, size_wh: tuple[int, int]) -> np.ndarray:
        shrunk = size_wh[0] < frame.width or size_wh[1] < frame.height
        way = Interpolation.AREA if shrunk else Interpolation.BILINEAR
        try:
            drawn = self._reformatter.reformat(
                frame, *size_wh, "rgb24", interpolation=way, threads=1
            )
        except FFmpegError as error:
            raise InvalidInput(
                f"expected colours that become RGB, got frames of {frame.format.name}; "
                "export the video as MP4 (H.264)"
            ) from error
        return drawn.to_ndarray()

    def _fit(self, frame: av.VideoFrame) -> np.ndarray:
        """A frame of another size in the middle, black around it, as a player shows it."""
        (box_w, box_h), (wide, high) = self._box_wh, self._shown_wh(frame)
        wide, high = _scaled((wide, high), min(box_w / wide, box_h / high))
        drawn = np.zeros((box_h, box_w, 3), np.uint8)
        top, left = (box_h - high) // 2, (box_w - wide) // 2
        drawn[top : top + high, left : left + wide] = self._convert(frame, (wide, high))
        return drawn
