"""Short films for the tests of the video page."""

import io

import av
import numpy as np
from av.video.stream import VideoStream

from ui.face_example import JOY, LIGHT, NEUTRAL, _half

FPS = 10


def drawn_frames(count: int) -> np.ndarray:
    """(frame, 360, 320, 3) RGB of a face, neutral and then joyful."""
    return np.stack([_half(LIGHT, NEUTRAL if i < count / 2 else JOY) for i in range(count)])


def film(kind: str, codec: str, frames: np.ndarray | None = None, count: int = 20) -> bytes:
    """A file of a format by FFmpeg's name; of a drawn face unless frames are given."""
    target = io.BytesIO()
    with av.open(target, "w", format=kind) as container:
        stream = container.add_stream(codec, FPS)
        assert isinstance(stream, VideoStream)
        shown = drawn_frames(count) if frames is None else frames
        stream.height, stream.width = shown.shape[1:3]
        stream.pix_fmt = "yuv420p"
        for frame in shown:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
    return target.getvalue()
