"""MTCNN: a cascade of three small networks that finds faces, turned ones too, on ONNX Runtime."""

import cv2
import numpy as np

from ..errors import InvalidInput
from ..onnx_session import open_session
from ..types import Faces
from .detect import LEAST_PX, checked_frame
from .mtcnn_weights import load_networks

CELL, STRIDE = 12, 2
"""P-Net reads windows of 12 px, 2 px apart"""
SHRINK = 0.709
"""from one scale to the next; halves the area"""
REFINED_PX, ANSWERED_PX = 24, 48
"""sides of the crops that R-Net and O-Net read"""
PROPOSED, REFINED, FOUND = 0.6, 0.7, 0.8
"""what a network's probability must reach for its window to go on to the next"""
FOLLOWED = 0.6
"""and O-Net's for a face that was there a moment ago"""
MOST_PROPOSALS = 512
"""that one suppression compares, best first"""
BATCH = 64
GREY = 128
"""what lies outside the frame; zero, to the networks"""


class Mtcnn:
    """Finds faces of `least_px` and more; one instance serves all threads.

    Source: Zhang, Zhang, Li and Qiao, Joint Face Detection and Alignment using Multi-task Cascaded
    Convolutional Networks, IEEE Signal Processing Letters 23 (2016).

    Args:
        least_px: longer side of the smallest face that is looked for, 12 or more; the time goes
            with the square of its inverse
        longest_px: a larger frame is shrunk to this, which bounds time and memory; `least_px`
            then counts in the shrunk frame

    Raises:
        InvalidInput: if `least_px` is below 12
        ModelUnavailable: if the networks cannot be had
    """

    def __init__(self, least_px: int = LEAST_PX, longest_px: int = 1600) -> None:
        if least_px < CELL:
            raise InvalidInput(f"expected least_px of {CELL} or more, got {least_px}")
        self.least_px, self.longest_px = least_px, longest_px
        self._networks = {
            name: open_session(graph, name, device="cpu") for name, graph in load_networks().items()
        }

    def detect(self, frame: np.ndarray) -> Faces:
        """All faces of a frame (height, width, 3) RGB uint8, from left to right."""
        shrunk = _resized(checked_frame(frame), min(1.0, self.longest_px / max(frame.shape[:2])))
        scales = np.divide(shrunk.shape[1::-1], frame.shape[1::-1])
        halvings = _Halvings(shrunk)
        boxes = self._refined(halvings, self._proposed(halvings))
        found, face, landmarks = self._answered(halvings, boxes)
        sound = np.flatnonzero((face >= FOUND) & _has_area(found))
        kept = sound[suppress(found[sound], face[sound], 0.7, of_smaller=True)]
        kept = kept[np.argsort(found[kept, 0] + found[kept, 2])]
        boxes, landmarks = found[kept] / np.tile(scales, 2), landmarks[kept] / scales
        return Faces(boxes, face[kept], np.zeros(len(kept)), landmarks)

    def follow(self, frame: np.ndarray, boxes_xyxy: np.ndarray) -> Faces:
        """The faces in or near the boxes (face, 4), by O-Net alone; as `FaceDetector` says.

        It looks twice, the second time around what the first has found: of boxes that are a fifth
        off, the landmarks then come out 2 % of the eyes' distance from where `detect` has them,
        and 5 % without.
        """
        given = np.array(boxes_xyxy, np.float64).reshape(-1, 4)
        halvings = _Halvings(checked_frame(frame))
        nearer, _, _ = self._answered(halvings, given)
        found, face, landmarks = self._answered(halvings, nearer)
        lost = (face < FOLLOWED) | ~_has_area(found)
        found[lost], face[lost], landmarks[lost] = given[lost], 0, np.nan
        return Faces(found, face, np.zeros(len(given)), landmarks)

    def _proposed(self, halvings: "_Halvings") -> np.ndarray:
        """Boxes (box, 4) that P-Net takes for faces, at all scales."""
        boxes, scores = [np.zeros((0, 4))], [np.zeros(0)]
        scale = CELL / self.least_px
        while min(halvings.frame.shape[:2]) * scale >= CELL:
            image, scales = halvings.scaled(scale)
            found, face = _windows(*self._networks["pnet"].run(None, {"images": image[None]}))
            kept = suppress(found, face, 0.5)
            boxes.append(found[kept] / np.tile(scales, 2))
            scores.append(face[kept])
            scale *= SHRINK
        joined = np.concatenate(boxes)
        return joined[suppress(joined, np.concatenate(scores), 0.7)]

    def _refined(self, halvings: "_Halvings", boxes: np.ndarray) -> np.ndarray:
        """Those of the boxes (box, 4) that R-Net takes for faces, moved closer to them."""
        squares, (offsets, face) = self._read("rnet", halvings, boxes, REFINED_PX)
        kept = np.flatnonzero(face[:, 0] >= REFINED)
        moved = _moved(squares[kept], offsets[kept])
        return moved[suppress(moved, face[kept, 0], 0.7)]

    def _answered(
        self, halvings: "_Halvings", boxes: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What O-Net sees at boxes (box, 4): boxes, probabilities (box,), landmarks (box, 5, 2)."""
        squares, (offsets, places, face) = self._read("onet", halvings, boxes, ANSWERED_PX)
        places = places.reshape(-1, 2, 5).transpose(0, 2, 1)
        landmarks = squares[:, None, :2] + places * _sides(squares)[:, None]
        return _moved(squares, offsets), face[:, 0], landmarks

    def _read(
        self, name: str, halvings: "_Halvings", boxes: np.ndarray, size: int
    ) -> tuple[np.ndarray, list[np.ndarray]]:
        """Squares (box, 4) around boxes, and a network's outputs (box, value) for them."""
        squares, halved = halvings.squares(boxes, size)
        parts = []
        for start in range(0, max(1, len(boxes)), BATCH):
            batch = slice(start, start + BATCH)
            crops = halvings.crops(squares[batch], halved[batch], size)
            parts.append(self._networks[name].run(None, {"images": crops}))
        return squares, [np.concatenate(part)[:, :, 0, 0] for part in zip(*parts, strict=True)]


class _Halvings:
    """A frame at full, half, quarter size and so on, from which shrinking further is cheap."""

    def __init__(self, frame: np.ndarray) -> None:
        self.frame = frame
        self._levels = [frame]

    def level(self, halved: int) -> np.ndarray:
        """The frame halved so many times; an odd last row or column is left out."""
        while len(self._levels) <= halved:
            last = self._levels[-1]
            height, width = (side // 2 for side in last.shape[:2])
            even = last[: 2 * height, : 2 * width]
            self._levels.append(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA))
        return self._levels[halved]

    def scaled(self, scale: float) -> tuple[np.ndarray, np.ndarray]:
        """The frame at about this scale, and its exact scales (2,) along x and y."""
        halved = int(max(0, -np.log2(scale)))
        level = self.level(halved)
        image = _resized(level, scale * 2**halved)
        return image, np.divide(image.shape[1::-1], level.shape[1::-1]) / 2**halved

    def squares(self, boxes: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
        """Squares (box, 4) around the middles of boxes (box, 4), to be read at `size` px.

        With them comes how often (box,) the frame is halved to read each; they lie on whole px
        there.
        """
        side = (boxes[:, 2:] - boxes[:, :2]).max(1, initial=1)
        most = np.log2(min(self.frame.shape[:2]))
        halved = np.clip(np.log2(side / size), 0, most).astype(int)
        unit = np.ldexp(1.0, halved)[:, None]
        side = np.maximum(1, np.rint(side[:, None] / unit))
        corner = np.rint((boxes[:, :2] + boxes[:, 2:]) / 2 / unit - side / 2)
        return np.concatenate([corner, corner + side], 1) * unit, halved

    def crops(self, squares: np.ndarray, halved: np.ndarray, size: int) -> np.ndarray:
        """Crops (square, size, size, 3); grey where a square reaches over the frame's edge."""
        crops = np.full((len(squares), size, size, 3), GREY, np.uint8)
        for crop, square, times in zip(crops, squares, halved, strict=True):
            _fill(crop, self.level(times), square / 2**times)
        return crops


def _fill(crop: np.ndarray, frame: np.ndarray, square: np.ndarray) -> None:
    """Draw what a square (4,) of a frame shows into a crop (size, size, 3)."""
    size, corner, side = len(crop), square[:2], square[2] - square[0]
    limits = frame.shape[1::-1]
    inside = np.clip(square.reshape(2, 2), 0, limits)
    (left, top), (right, bottom) = inside.astype(int)
    (x0, y0), (x1, y1) = np.rint((inside - corner) * (size / side)).astype(int)
    if x1 > x0 and y1 > y0:
        how = cv2.INTER_AREA if side > size else cv2.INTER_LINEAR
        part = frame[top:bottom, left:right]
        crop[y0:y1, x0:x1] = cv2.resize(part, (x1 - x0, y1 - y0), interpolation=how)


def _resized(frame: np.ndarray, scale: float) -> np.ndarray:
    height, width = (max(1, round(side * scale)) for side in frame.shape[:2])
    if (height, width) == frame.shape[:2]:
        return frame
    return cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA)


def _windows(offsets: np.ndarray, face: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Boxes (window, 4) and probabilities (window,) of P-Net's maps (1, value, y, x)."""
    y, x = np.nonzero(face[0, 0] >= PROPOSED)
    corner = np.stack([x, y], 1) * STRIDE
    cells = np.concatenate([corner, corner + CELL], 1)
    return _moved(cells, offsets[0, :, y, x]), face[0, 0, y, x]


def _sides(squares: np.ndarray) -> np.ndarray:
    return squares[:, 2:3] - squares[:, :1]


def _moved(squares: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    return squares + offsets * _sides(squares)


def _has_area(boxes: np.ndarray) -> np.ndarray:
    return np.all(boxes[:, 2:] > boxes[:, :2], axis=1)


def suppress(
    boxes: np.ndarray, scores: np.ndarray, most: float, *, of_smaller: bool = False
) -> np.ndarray:
    """Greedy non-maximum suppression: the numbers of the boxes (box, 4) kept, best first.

    Args:
        boxes: (box, 4)
        scores: (box,)
        most: of two boxes whose overlap, intersection over union, is larger, the better one stays
        of_smaller: take the intersection over the smaller one's area instead
    """
    order = np.argsort(-scores, kind="stable")[:MOST_PROPOSALS]
    left, top, right, bottom = boxes[order].T[:, :, None]
    width = np.minimum(right, right.T) - np.maximum(left, left.T)
    height = np.minimum(bottom, bottom.T) - np.maximum(top, top.T)
    common = np.maximum(width, 0) * np.maximum(height, 0)
    area = (right - left) * (bottom - top)
    whole = np.minimum(area, area.T) if of_smaller else area + area.T - common
    rivals = common > most * whole
    kept = np.ones(len(order), bool)
    for i in range(len(order)):
        if kept[i]:
            kept[i + 1 :] &= ~rivals[i, i + 1 :]
    return order[kept]
