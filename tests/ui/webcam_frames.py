"""Frames of a camera and a microphone as a stream hands them over, and models that answer them."""

import threading
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import skimage.data

from emotion_core.face.pipeline import FaceModel, load_face_model
from emotion_core.types import Faces
from ui.models import FaceChoice
from ui.webcam_stream import WebcamStream

FPS, CLOCK_HZ = 30, 90_000
BOX = np.array([200.0, 80.0, 280.0, 180.0])
"""where `FixedDetector` sees a face in a frame that is not dark"""
LIMIT_S = 10.0


def astronaut() -> np.ndarray:
    """A real face, (480, 640, 3)."""
    frame = np.zeros((480, 640, 3), np.uint8)
    frame[:, 64:576] = skimage.data.astronaut()[:480]
    return frame


def video_frame(picture: np.ndarray, number: int) -> av.VideoFrame:
    """A picture (height, width, 3) as the frame of that number."""
    frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
    frame.pts, frame.time_base = number * CLOCK_HZ // FPS, Fraction(1, CLOCK_HZ)
    return frame


def audio_frame(samples: np.ndarray, sample_rate: int = 48_000) -> av.AudioFrame:
    """Samples (channel, time) in [-1, 1] as a frame of interleaved 16-bit samples."""
    layout = "mono" if len(samples) == 1 else "stereo"
    interleaved = np.round(samples.T * 32767).astype(np.int16).reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(interleaved, format="s16", layout=layout)
    frame.sample_rate = sample_rate
    return frame


class FixedDetector:
    """Sees one face, always at the same place, in every frame that is not dark."""

    def detect(self, frame: np.ndarray) -> Faces:
        return self.follow(frame, BOX[None]) if frame.mean() > 10 else Faces.empty()

    def follow(self, frame: np.ndarray, boxes_xyxy: np.ndarray) -> Faces:
        count = len(boxes_xyxy)
        left, top, right, bottom = BOX
        across = left + (right - left) * np.array([0.3, 0.7, 0.5, 0.35, 0.65])
        down = top + (bottom - top) * np.array([0.4, 0.4, 0.6, 0.8, 0.8])
        landmarks = np.tile(np.stack([across, down], -1), (count, 1, 1))
        seen = np.full(count, float(frame.mean() > 10))
        return Faces(np.tile(BOX, (count, 1)), seen, np.zeros(count), landmarks)


def choice_of(bundle: Path, level: float = 0.0, labels: tuple[str, ...] = ()) -> FaceChoice:
    """What a person chose, with a detector that always sees the same face."""
    model: FaceModel = load_face_model(bundle, FixedDetector())
    return FaceChoice(model, labels or model.labels, level)


def eventually(holds: Callable[[], bool]) -> bool:
    """Whether something holds within a while."""
    deadline = time.monotonic() + LIMIT_S
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.01)
    return holds()


def threads() -> set[threading.Thread]:
    """Those that run now."""
    return set(threading.enumerate())


def play(
    stream: WebcamStream, picture: np.ndarray, frames: int = 1, first: int = 0
) -> list[np.ndarray]:
    """What a stream makes of a picture that is shown for some frames, each of them answered.

    Args:
        stream: sees them
        picture: (height, width, 3)
        frames: how many
        first: number of the first one, larger than those before
    """
    shown = []
    for number in range(first, first + frames):
        frame = video_frame(picture, number)
        shown.append(stream.answer(frame).to_ndarray(format="rgb24"))
        assert eventually(lambda frame=frame: stream.state().time_s == frame.time)
    return shown
