"""What finds faces in a frame."""

from pathlib import Path
from typing import Protocol

import numpy as np

from ..errors import InvalidInput, ModelUnavailable
from ..types import Faces

DETECTORS = ("mtcnn", "yunet")
LEAST_PX = 24


class FaceDetector(Protocol):
    """Finds faces in frames (height, width, 3) RGB uint8; one instance serves all threads."""

    def detect(self, frame: np.ndarray) -> Faces:
        """All faces, from left to right."""
        ...

    def follow(self, frame: np.ndarray, boxes_xyxy: np.ndarray) -> Faces:
        """The faces that were at boxes (face, 4) a moment ago, one entry for each, in order.

        Where no face is left in or near a box, its entry has the box as given, a confidence of 0
        and landmarks of NaN.
        """
        ...


def open_detector(
    name: str = "mtcnn", *, weights: Path | None = None, least_px: int = LEAST_PX
) -> FaceDetector:
    """A face detector by name.

    Args:
        name: one of `DETECTORS`
        weights: the ONNX file that `yunet` needs; `mtcnn` has its own
        least_px: longer side of the smallest face that is looked for

    Raises:
        InvalidInput: if the name is unknown, or a setting does not fit it
        ModelUnavailable: if its networks cannot be had
    """
    if name == "mtcnn":
        from .mtcnn import Mtcnn

        if weights is not None:
            raise InvalidInput(f"mtcnn has weights of its own; leave out {weights}")
        return Mtcnn(least_px)
    if name == "yunet":
        from .yunet import YuNet

        if weights is None:
            raise ModelUnavailable(
                "yunet needs its weights: expected the path of a file such as "
                "face_detection_yunet_2023mar.onnx of the OpenCV Zoo, got none"
            )
        return YuNet(weights, least_px)
    raise InvalidInput(f"unknown face detector {name!r}; expected one of {', '.join(DETECTORS)}")


def checked_frame(frame: np.ndarray) -> np.ndarray:
    """The frame itself.

    Raises:
        InvalidInput: if it is not (height, width, 3) uint8, with a pixel at least

    Example:
        >>> checked_frame(np.zeros((48, 48)))
        Traceback (most recent call last):
            ...
        emotion_core.errors.InvalidInput: expected a frame (height, width, 3) of uint8, got
        (48, 48) of float64
    """
    if frame.ndim != 3 or frame.shape[2] != 3 or frame.dtype != np.uint8 or not frame.size:
        raise InvalidInput(
            f"expected a frame (height, width, 3) of uint8, got {frame.shape} of {frame.dtype}"
        )
    return frame
