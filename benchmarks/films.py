"""A real face that moves through a picture, as frames and as a video file."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from skimage.data import astronaut

WIDTH, HEIGHT, FPS = 640, 480, 25
TURNS_S = 7.0
"""after which the face is back where it was"""


def frames(count: int) -> Iterator[np.ndarray]:
    """(480, 640, 3) RGB: one face of about 100 px that moves, turns and comes closer."""
    person = astronaut()[:300, 80:400]
    ground = cv2.resize(astronaut()[300:], (WIDTH, HEIGHT))
    for k in range(count):
        phase = 2 * np.pi * k / (TURNS_S * FPS)
        scale, angle = 1.0 + 0.15 * np.sin(phase), 8 * np.sin(2 * phase)
        matrix = cv2.getRotationMatrix2D((160.0, 150.0), angle, scale)
        matrix[:, 2] += (160 + 120 * np.sin(phase), 90 + 40 * np.cos(phase))
        yield cv2.warpAffine(
            person, matrix, (WIDTH, HEIGHT), ground.copy(), borderMode=cv2.BORDER_TRANSPARENT
        )


def write_film(path: Path, seconds: float) -> Path:
    """The same as H.264 with 25 frames a second."""
    once = list(frames(round(TURNS_S * FPS)))
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for k in range(round(seconds * FPS)):
            frame = av.VideoFrame.from_ndarray(once[k % len(once)], "rgb24")
            frame.pts, frame.time_base = k, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path
