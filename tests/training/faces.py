"""Drawn pictures whose label can be seen: a mouth that bends up, down, or not at all."""

from pathlib import Path

import cv2
import numpy as np

from emotion_core.labels import JOY, NEUTRAL, SADNESS

BEND = {JOY: 1.0, NEUTRAL: 0.0, SADNESS: -1.0}
SIDE = 48
TINY = (
    "network.channels=8,16", "network.blocks=1,1", "network.dropout=0.1", "batch_size=16",
    "precision=32-true", "augmentation.mixup=0", "augmentation.erasing=0",
    "augmentation.rotation=4", "augmentation.shift=0.02", "augmentation.scale=0.05",
    "optimiser.ema_decay=0", "optimiser.learning_rate=0.01",
)  # fmt: skip
"""settings of a network that learns these pictures in seconds"""


def drawn(label: str, seed: int) -> np.ndarray:
    """(48, 48) uint8 grey."""
    rng = np.random.default_rng(seed)
    face = np.full((SIDE, SIDE), int(rng.integers(120, 200)), np.uint8)
    x, y = 24 + rng.integers(-2, 3), 32 + rng.integers(-2, 3)
    across = np.linspace(-10, 10, 21)
    along = y - BEND[label] * 5 * (across / 10) ** 2
    points = np.stack([x + across, along], 1).round().astype(np.int32)
    cv2.polylines(face, [points], False, 20, 2)
    for side in (-8, 8):
        cv2.circle(face, (int(x + side), 16), 2, 20, -1)
    noisy = face + rng.normal(0, 6, face.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def write_faces(folder: Path, each: int, *, splits: bool = False) -> Path:
    """PNG files in a folder per class, or per split and class."""
    for k, label in enumerate(BEND):
        for i in range(each):
            side = ("train", "train", "train", "val", "test")[i % 5] if splits else "."
            target = folder / side / label
            target.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(target / f"{i:03d}.png"), drawn(label, 1000 * k + i))
    return folder
