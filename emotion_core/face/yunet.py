"""YuNet, OpenCV's own face detector, with a file that the user has."""

from pathlib import Path
from threading import Lock
from typing import Any

import cv2
import numpy as np

from ..errors import ModelUnavailable
from ..registry import is_file
from ..types import Faces
from .detect import LEAST_PX, checked_frame

FOUND, FOLLOWED = 0.8, 0.6
"""least confidence of a face, and of one that was there a moment ago"""
MOST_OVERLAP = 0.3
"""intersection over union of two faces that both count"""
LEAST_OVERLAP = 0.2
"""and of a followed face with its last box"""
LONGEST_PX = 640
"""a larger frame is shrunk to this: the network was trained on faces of 10 to 300 px"""
WIDENED, FOLLOWED_PX = 2.0, 160
"""side of the square in which a face is followed, in longer sides of its last box, and the px
that it is shrunk to"""


class YuNet:
    """Finds faces with `cv2.FaceDetectorYN`; one instance serves all threads, in turn.

    Source: Wu, Peng and Yu, YuNet: A Tiny Millisecond-level Face Detector, Machine Intelligence
    Research 20 (2023); https://github.com/opencv/opencv_zoo.

    Args:
        weights: the ONNX file
        least_px: longer side of the smallest face that is answered

    Raises:
        ModelUnavailable: if the file is missing or is no such network
    """

    def __init__(self, weights: Path, least_px: int = LEAST_PX) -> None:
        self.least_px = least_px
        self._lock = Lock()
        if not is_file(Path(weights)):
            raise ModelUnavailable(f"{weights}: expected YuNet's ONNX file, there is none")
        try:
            self._network = cv2.FaceDetectorYN.create(
                str(weights), "", (LONGEST_PX, LONGEST_PX), FOLLOWED, MOST_OVERLAP
            )
            self._found(np.zeros((FOLLOWED_PX, FOLLOWED_PX, 3), np.uint8), FOLLOWED_PX)
        except cv2.error as error:
            raise ModelUnavailable(
                f"{weights}: expected YuNet's ONNX file, got one that OpenCV cannot use as such: "
                f"{error.err or error}"
            ) from error

    def detect(self, frame: np.ndarray) -> Faces:
        """All faces of a frame (height, width, 3) RGB uint8, from left to right."""
        faces = self._found(checked_frame(frame), LONGEST_PX)
        left, top, right, bottom = faces.boxes_xyxy.T
        large = np.maximum(right - left, bottom - top) >= self.least_px
        chosen = np.flatnonzero(large & (faces.confidence >= FOUND))
        return faces.take(chosen[np.argsort((left + right)[chosen])])

    def follow(self, frame: np.ndarray, boxes_xyxy: np.ndarray) -> Faces:
        """The faces in or near the boxes (face, 4); as `FaceDetector` says."""
        checked_frame(frame)
        boxes = np.array(boxes_xyxy, np.float32).reshape(-1, 4)
        confidence, landmarks = np.zeros(len(boxes)), np.full((len(boxes), 5, 2), np.nan)
        for i, box in enumerate(boxes):
            faces = self._near(frame, box)
            overlaps = _overlaps(box, faces.boxes_xyxy)
            if overlaps.max(initial=0) >= LEAST_OVERLAP:
                best = int(overlaps.argmax())
                boxes[i], confidence[i] = faces.boxes_xyxy[best], faces.confidence[best]
                landmarks[i] = faces.landmarks[best]
        return Faces(boxes, confidence, np.zeros(len(boxes)), landmarks)

    def _near(self, frame: np.ndarray, box: np.ndarray) -> Faces:
        """What is found in a square around the middle of a box (4,)."""
        middle, side = (box[:2] + box[2:]) / 2, (box[2:] - box[:2]).max() * WIDENED
        ends = np.clip([middle - side / 2, middle + side / 2], 0, frame.shape[1::-1])
        (left, top), (right, bottom) = np.rint(ends).astype(int)
        if right <= left or bottom <= top:
            return Faces.empty()
        faces = self._found(frame[top:bottom, left:right], FOLLOWED_PX)
        corner = np.array([left, top])
        boxes = faces.boxes_xyxy + np.tile(corner, 2)
        return Faces(boxes, faces.confidence, faces.track_id, faces.landmarks + corner)

    def _found(self, frame: np.ndarray, longest_px: int) -> Faces:
        """All that the network finds in a frame, which is shrunk if it is longer."""
        scale = min(1.0, longest_px / max(frame.shape[:2]))
        height, width = (max(1, round(side * scale)) for side in frame.shape[:2])
        shrunk = cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA)
        with self._lock:  # the size of the picture is a state of the network
            self._network.setInputSize((width, height))
            found: Any = self._network.detect(cv2.cvtColor(shrunk, cv2.COLOR_RGB2BGR))[1]
        rows = np.zeros((0, 15), np.float32) if found is None else found
        corner, size_wh, landmarks, confidence = np.split(rows, [2, 4, 14], axis=1)
        sound = (size_wh > 0).all(1)
        boxes = np.concatenate([corner, corner + size_wh], 1) / scale
        none = np.zeros(len(rows))
        faces = (boxes, confidence[:, 0].clip(0, 1), none, landmarks.reshape(-1, 5, 2) / scale)
        return Faces(*(values[sound] for values in faces))


def _overlaps(box: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Intersection over union (box,) of one box (4,) with others (box, 4)."""
    common = np.minimum(box[2:], boxes[:, 2:]) - np.maximum(box[:2], boxes[:, :2])
    intersection = np.maximum(common, 0).prod(1)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(1)
    return intersection / ((box[2:] - box[:2]).prod() + areas - intersection)
