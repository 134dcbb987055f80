"""Short films for the tests of the video page."""

import io

import av
import numpy as np
from av.video.stream import VideoStream

from ui.face_example import JOY, LIGHT, NEUTRAL, _half

FPS = 10
RATE_HZ = 48_000


def drawn_frames(count: int) -> np.ndarray:
    """(frame, 360, 320, 3) RGB of a face, neutral and then joyful."""
    return np.stack([_half(LIGHT, NEUTRAL if i < count / 2 else JOY) for i in range(count)])


def film(
    kind: str,
    codec: str,
    frames: np.ndarray | None = None,
    count: int = 20,
    sound: bool = False,
) -> bytes:
    """A file of a format by FFmpeg's name; of a drawn face unless frames are given.

    Args:
        kind: of container
        codec: of the pictures
        frames: (frame, height, width, 3) RGB uint8
        count: of the drawn frames
        sound: whether silence runs along, as AAC
    """
    target = io.BytesIO()
    with av.open(target, "w", format=kind) as container:
        stream = container.add_stream(codec, FPS)
        assert isinstance(stream, VideoStream)
        silence = container.add_stream("aac", RATE_HZ) if sound else None
        shown = drawn_frames(count) if frames is None else frames
        stream.height, stream.width = shown.shape[1:3]
        stream.pix_fmt = "yuv420p"
        for frame in shown:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
        if silence is not None:
            samples = np.zeros((1, RATE_HZ * len(shown) // FPS), np.float32)
            block = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
            block.sample_rate = RATE_HZ
            container.mux(silence.encode(block))
            container.mux(silence.encode())
    return target.getvalue()
