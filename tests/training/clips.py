"""Clips to train on, made on the spot: a bar rises where there is joy, and falls in anger."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from emotion_core.labels import ANGER, JOY
from emotion_core.training.config import load_config
from emotion_core.training.video_config import VideoConfig

FRAMES, SIZE, RATE = 6, 32, 10
TINY = (
    f"clip.frames={FRAMES}", f"clip.size={SIZE}", "clip.crop_size=0", "network.channels=4,8",
    "network.hidden=8", "network.dropout=0.0", "network.convolution_dropout=0.0",
    "augmentation.rotation=3.0", "batch_size=4", "epochs=8", "patience=0", "precision=32-true",
    "optimiser.learning_rate=0.02", "optimiser.ema_decay=0.0",
)  # fmt: skip
"""settings of a network that learns the two in a second"""


def tiny_config(data: object, *more: str) -> VideoConfig:
    """Those settings with others on top."""
    return load_config(VideoConfig, None, [*TINY, f"data={data}", *more])


def write_clip(path: Path, frames: Sequence[np.ndarray] | np.ndarray, rate: int = RATE) -> Path:
    """Frames (y, x, 3) RGB uint8 as a video without loss; Matroska takes it, whatever its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", format="matroska") as container:
        stream = container.add_stream("ffv1", rate=rate, options={"threads": "1"})
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "bgr0"
        stream.time_base = Fraction(1, rate)
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
    return path


def numbered(count: int, size: int = 16) -> np.ndarray:
    """(frame, y, x, 3), each frame as bright as its number, twice."""
    return (
        np.full((size, size, 3), 2, np.uint8)
        * np.arange(count, dtype=np.uint8)[:, None, None, None]
    )


def bar(label: str, seed: int, count: int = FRAMES) -> np.ndarray:
    """(frame, y, x, 3): a bright bar that rises or falls, over a little noise."""
    rng = np.random.default_rng(seed)
    frames = rng.integers(0, 60, (count, SIZE, SIZE, 3), np.uint8)
    left, height = rng.integers(2, 8), 8
    for time, frame in enumerate(frames):
        top = round((SIZE - height) * time / (count - 1))
        top = SIZE - height - top if label == JOY else top
        frame[top : top + height, left:-left] = 220
    return frames


def write_bars(folder: Path, shares: dict[str, int], ending: str = ".mp4") -> Path:
    """`folder/{split}/{class}/{number}.mp4`, as many of each class as the split's share."""
    seed = 0
    for split, count in shares.items():
        for label in (ANGER, JOY):
            for number in range(count):
                seed += 1
                write_clip(folder / split / label / f"{number}{ending}", bar(label, seed))
    return folder
