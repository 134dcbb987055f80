"""Faces that move over a picture, and a detector that knows where they are."""

import io
import os
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pytest

from emotion_core.types import Faces

LONDON = (
    Path(os.environ.get("EMOTION_DATA", "../shared/data"))
    / "face"
    / "london_set"
    / "london_set_512.zip"
)
SIZE_WH = (640, 480)
LANDMARKS = np.array([[0.28, 0.39], [0.75, 0.39], [0.51, 0.58], [0.31, 0.76], [0.72, 0.76]])
"""of the mean face, in shares of its box"""
ASPECT = 1.36
"""height of a face's box in widths"""

Way = Callable[[float], tuple[float, ...] | None]
"""time in s to the middle of the face in px, and its size in sizes of the head's picture where that
changes; None while it is away"""


class Head(NamedTuple):
    """A picture of a head, with what shows of it and the box of its face."""

    image: np.ndarray
    """(height, width, 3) RGB uint8"""
    opacity: np.ndarray
    """(height, width) in [0, 1]"""
    box: np.ndarray
    """(4,) px"""


def cut_out(image: np.ndarray, box: Sequence[float], width_px: float = 90.0) -> Head:
    """The head around a face's box, shrunk so that the box has this width."""
    corners = np.asarray(box, float)
    scale = width_px / (corners[2] - corners[0])
    image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    left, top, right, bottom = corners = corners * scale
    y, x = np.ogrid[: image.shape[0], : image.shape[1]]
    across = (x - (left + right) / 2) / (0.75 * (right - left))
    down = (y - (0.55 * top + 0.45 * bottom)) / (0.75 * (bottom - top))
    opacity = np.clip((1 - np.hypot(across, down)) * 12, 0, 1).astype(np.float32)
    return Head(image, opacity, corners)


def stay(x: float, y: float = 240.0) -> Way:
    return lambda _: (x, y)


def walk(start: tuple[float, float], end: tuple[float, float], from_s: float, to_s: float) -> Way:
    """From one point to another between two times, else at rest."""

    def way(time_s: float) -> tuple[float, ...]:
        share = min(1.0, max(0.0, (time_s - from_s) / (to_s - from_s)))
        return tuple(a + share * (b - a) for a, b in zip(start, end, strict=True))

    return way


def while_between(way: Way, from_s: float, to_s: float) -> Way:
    """There only between two times."""
    return lambda time_s: way(time_s) if from_s <= time_s < to_s else None


def there_and_back(start: tuple[float, float], turn: tuple[float, float], turn_s: float) -> Way:
    """To a point, and at the same pace back again."""
    there, back = walk(start, turn, 0.0, turn_s), walk(turn, start, turn_s, 2 * turn_s)
    return lambda time_s: there(time_s) if time_s < turn_s else back(time_s)


def painted_head(seed: int, width_px: float = 90.0) -> Head:
    """A head of blots, which a fake detector takes for a face."""
    blots = np.random.default_rng(seed).integers(30, 226, (7, 5, 3), np.uint8)
    image = cv2.resize(blots, (200, 272), interpolation=cv2.INTER_CUBIC)
    return cut_out(image, (50, 68, 150, 204), width_px)


def astronaut_head(width_px: float = 90.0) -> Head:
    from skimage.data import astronaut

    return cut_out(astronaut(), (176, 64, 266, 184), width_px)


def london_heads(numbers: Sequence[int], kind: str = "neutral") -> list[Head]:
    """Heads of people by their place in the set, from 0 to 101."""
    if not LONDON.is_file():
        pytest.skip("needs the data sets that $EMOTION_DATA names")
    with zipfile.ZipFile(io.BytesIO(LONDON.read_bytes())) as archive:
        names = sorted(n for n in archive.namelist() if n.startswith(kind) and n.endswith(".jpg"))
        files = [archive.read(names[number]) for number in numbers]
    images = [cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR_RGB) for file in files]
    return [cut_out(np.asarray(image), (166, 152, 346, 397)) for image in images]


def backdrop(seed: int = 0) -> np.ndarray:
    """Soft colours, (height, width, 3)."""
    blots = np.random.default_rng(seed).integers(60, 200, (6, 8, 3), np.uint8)
    return cv2.resize(blots, SIZE_WH, interpolation=cv2.INTER_CUBIC)


class Scene:
    """Heads that move over a backdrop; later ones pass in front of earlier ones.

    Attributes:
        boxes: person -> box (4,) in the last frame, of those whose face shows
    """

    def __init__(self, cast: Sequence[tuple[Head, Way]], background: np.ndarray | None = None):
        self.cast = cast
        self.background = backdrop() if background is None else background
        self.boxes: dict[int, np.ndarray] = {}

    def frames(self, fps: float, duration_s: float) -> Iterator[tuple[float, np.ndarray]]:
        for time_s in np.arange(round(fps * duration_s)) / fps:
            yield float(time_s), self.frame(float(time_s))

    def frame(self, time_s: float) -> np.ndarray:
        """(height, width, 3) at a time; the truth becomes that of this time."""
        frame = self.background.astype(np.float32)
        shown: dict[int, np.ndarray] = {}
        for person, (head, path) in enumerate(self.cast):
            if (place := path(time_s)) is not None:
                box = self._paste(frame, head, *place)
                shown = {p: b for p, b in shown.items() if covered(b, box) < 0.5}
                shown[person] = box
        whole = np.array([0, 0, *SIZE_WH])
        self.boxes = {p: box for p, box in shown.items() if covered(box, whole) > 0.6}
        return np.rint(frame).astype(np.uint8)

    @staticmethod
    def _paste(frame: np.ndarray, head: Head, x: float, y: float, times: float = 1.0) -> np.ndarray:
        shift = np.array([x, y]) - times * (head.box[:2] + head.box[2:]) / 2
        matrix = np.array([[times, 0, shift[0]], [0, times, shift[1]]])
        image = cv2.warpAffine(head.image, matrix, SIZE_WH)
        opacity = cv2.warpAffine(head.opacity, matrix, SIZE_WH)[..., None]
        frame += opacity * (image - frame)
        return times * head.box + np.tile(shift, 2)


def covered(box: np.ndarray, other: np.ndarray) -> float:
    """The share of a box (4,) that another one covers."""
    sides = np.minimum(box[2:], other[2:]) - np.maximum(box[:2], other[:2])
    return float(np.prod(np.maximum(0, sides)) / np.prod(box[2:] - box[:2]))


class KnowingDetector:
    """Finds what the scene shows, with a little tremble; like a real one, it tells nobody apart.

    Attributes:
        detected, followed: how often it was asked
    """

    def __init__(self, scene: Scene, tremble: float = 0.01, seed: int = 0) -> None:
        self.scene, self.tremble = scene, tremble
        self.random = np.random.default_rng(seed)
        self.detected = self.followed = 0

    def detect(self, frame: np.ndarray) -> Faces:
        self.detected += 1
        boxes = sorted(self.scene.boxes.values(), key=lambda box: box[0])
        return self._faces(boxes, [0.99] * len(boxes))

    def follow(self, frame: np.ndarray, boxes_xyxy: np.ndarray) -> Faces:
        self.followed += 1
        found = [self._nearest(box) for box in boxes_xyxy]
        return self._faces([box for box, _ in found], [confidence for _, confidence in found])

    def _nearest(self, box: np.ndarray) -> tuple[np.ndarray, float]:
        """The face that covers most of the box, if it covers enough."""
        best = max(self.scene.boxes.values(), key=lambda b: covered(box, b), default=box * np.nan)
        near = covered(box, best) > 0.4
        return (best, 0.98) if near else (box, 0.0)

    def _faces(self, boxes: list[np.ndarray], confidence: list[float]) -> Faces:
        if not boxes:
            return Faces.empty()
        corners = np.stack(boxes)
        sides = corners[:, 2:] - corners[:, :2]
        seen = np.array(confidence) > 0
        noise = self.random.normal(0, self.tremble, corners.shape) * seen[:, None]
        corners = corners + noise * np.tile(sides, 2)
        landmarks = corners[:, None, :2] + LANDMARKS * (corners[:, None, 2:] - corners[:, None, :2])
        landmarks[~seen] = np.nan
        return Faces(corners, np.array(confidence), np.zeros(len(boxes)), landmarks)


class BrightDetector:
    """Takes each bright area for a face; knows nothing but the frame, so that many may share it."""

    def detect(self, frame: np.ndarray) -> Faces:
        _, _, stats, _ = cv2.connectedComponentsWithStats((frame[..., 0] > 127).astype(np.uint8))
        corners = stats[1:, :4].astype(float)
        corners[:, 2:] += corners[:, :2]
        corners = corners[np.argsort(corners[:, 0])]
        count = len(corners)
        return Faces(corners, np.ones(count), np.zeros(count), np.full((count, 5, 2), np.nan))

    def follow(self, frame: np.ndarray, boxes_xyxy: np.ndarray) -> Faces:
        found = self.detect(frame).boxes_xyxy
        boxes, confidence = np.array(boxes_xyxy, float), np.zeros(len(boxes_xyxy))
        for place, box in enumerate(boxes_xyxy):
            for other in found:
                if covered(box, other) > 0.4:
                    boxes[place], confidence[place] = other, 1.0
        return Faces(boxes, confidence, np.zeros(len(boxes)), np.full((len(boxes), 5, 2), np.nan))


def bright_frame(*lefts: int, level: int = 255) -> np.ndarray:
    """(120, 320, 3), with a bright area of 40x50 px at each of these places."""
    frame = np.zeros((120, 320, 3), np.uint8)
    for left in lefts:
        frame[30:80, left : left + 40] = level
    return frame
