"""Faces of a frame as upright crops, framed as the pictures that the network has learned from.

FER-2013 was cut out by a detector of its own, and a crop should frame a face as that one did. Three
ways to place it were fitted on half of 1,341 training faces that MTCNN finds, and measured on the
other half by how far they stray from FER's own frame (standard deviation of the middle along x and
y, in sides, and of the logarithm of the side): a similarity from five landmarks 0.067, 0.051,
0.165; from the eyes alone 0.061, 0.053, 0.191; turned by the landmarks, with the detector's box for
size and place, 0.057, 0.048, 0.163. With the place halfway between box and landmarks, as here, it
is 0.051, 0.047, 0.163; and a head turned to the side, whose eyes draw near, keeps its size.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np

from ..errors import InvalidInput, ModelUnavailable
from ..types import Faces
from .detect import checked_frame

FINEST = 8
"""samples along x and y that a px of a crop averages at most"""
LUMA = np.array([19595, 38470, 7471], np.uint32)
"""ITU-R BT.601 weights of red, green and blue in 1/65536, as Pillow rounds them"""


@dataclass(frozen=True)
class CropConfig:
    """How a face becomes a network's input; stands in the bundle's manifest.

    Attributes:
        size: width and height in px
        channels: 1 for grey, 3 for RGB
        landmarks: (5, 2) where the landmarks of `Faces` lie on average, in shares of the crop's
            width and height; the default is FER-2013's, faces and mirror images together
        box_xyxy: where the detector's box lies on average, likewise
    """

    size: int = 48
    channels: int = 1
    landmarks: tuple[tuple[float, float], ...] = (
        (0.318, 0.379),
        (0.682, 0.379),
        (0.5, 0.592),
        (0.347, 0.781),
        (0.653, 0.781),
    )
    box_xyxy: tuple[float, ...] = (0.094, -0.03, 0.906, 1.032)

    def __post_init__(self) -> None:
        if self.size < 1 or self.channels not in (1, 3):
            raise InvalidInput(
                f"crop: expected a size from 1 and 1 or 3 channels, got {self.size} and "
                f"{self.channels}"
            )
        for name, shape in (("landmarks", (5, 2)), ("box_xyxy", (4,))):
            values = np.array(getattr(self, name), float)
            if values.shape != shape:
                raise InvalidInput(f"crop: expected {name} {shape}, got {values.shape}")
            object.__setattr__(self, name, _nested(values.tolist()))
        left, top, right, bottom = self.box_xyxy
        if not left < right or not top < bottom:
            raise InvalidInput(
                f"crop: expected box_xyxy with left < right and top < bottom, got {self.box_xyxy}"
            )

    def as_dict(self) -> dict[str, Any]:
        """For the manifest."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "CropConfig":
        """From the manifest.

        Raises:
            ModelUnavailable: if it names settings that this version does not know
        """
        try:
            return cls(**content)
        except (TypeError, ValueError) as error:
            raise ModelUnavailable(f"crop of the bundle: {error}") from error


def _nested(values: Any) -> Any:
    return tuple(_nested(value) for value in values) if isinstance(values, list) else values


def crop_faces(frame: np.ndarray, faces: Faces, config: CropConfig) -> np.ndarray:
    """Upright crops of faces; where one reaches over the frame's edge, the edge is repeated.

    Args:
        frame: (height, width, 3) RGB uint8
        faces: found in it; one without landmarks is cut out by its box alone
        config: how to frame them

    Returns:
        (face, size, size) grey, luma as Pillow's `L`, or (face, size, size, 3) RGB; uint8

    Raises:
        InvalidInput: if the frame is not of that form
    """
    checked_frame(frame)
    crops = [_crop(frame, transform, config.size) for transform in crop_transforms(faces, config)]
    stacked = np.array(crops, np.uint8).reshape(-1, config.size, config.size, 3)
    if config.channels == 3:
        return stacked
    return ((stacked @ LUMA + 2**15) >> 16).astype(np.uint8)


def crop_transforms(faces: Faces, config: CropConfig) -> np.ndarray:
    """The similarity (face, 2, 3) from px of the frame to px of the crop, for each face.

    A px reaches from its number to the next; the middle of the first lies at 0.5.

    Example:
        >>> crop = CropConfig(size=48, box_xyxy=(0, 0, 1, 1))
        >>> faces = Faces([[30, 40, 126, 136]], [1], [0], np.full((1, 5, 2), np.nan))
        >>> crop_transforms(faces, crop)[0] @ [126, 136, 1]
        array([48., 48.])
    """
    middle, side = _middles(faces.boxes_xyxy), _sides(faces.boxes_xyxy)
    box = np.array([config.box_xyxy]) * config.size
    scale, target_middle = _sides(box) / side, _middles(box)
    target = _complex(np.array(config.landmarks)) * config.size
    expected = middle + (target - target_middle) / scale
    known = np.all(np.isfinite(faces.landmarks), axis=(1, 2))[:, None]
    marks = np.where(known, _complex(faces.landmarks), expected)
    place = marks.mean(1, keepdims=True)
    turned = ((marks - place).conj() * (target - target.mean())).sum(1, keepdims=True)
    factor = scale * np.exp(1j * np.angle(turned))
    shift = (target_middle + target.mean()) / 2 - factor * (middle + place) / 2
    rows = [[factor.real, -factor.imag, shift.real], [factor.imag, factor.real, shift.imag]]
    return np.array(rows)[..., 0].transpose(2, 0, 1)


def _complex(points: np.ndarray) -> np.ndarray:
    """Points (..., 2) as x + iy: a turn with a change of scale is then a factor."""
    return points[..., 0] + 1j * points[..., 1].astype(np.float64)


def _middles(boxes: np.ndarray) -> np.ndarray:
    """(box, 1) as x + iy."""
    return _complex(boxes[:, None, :2] + boxes[:, None, 2:]) / 2


def _sides(boxes: np.ndarray) -> np.ndarray:
    """Sides (box, 1) of squares of the same area."""
    return np.sqrt((boxes[:, 2:] - boxes[:, :2]).prod(1, keepdims=True, dtype=np.float64))


def _crop(frame: np.ndarray, transform: np.ndarray, size: int) -> np.ndarray:
    """One crop (size, size, 3); its px are means of about as many samples as there are px below."""
    samples = int(np.clip(np.ceil(0.99 / np.hypot(*transform[:, 0])), 1, FINEST))
    fine = transform * samples
    fine[:, 2] += fine[:, :2].sum(1) / 2 - 0.5  # OpenCV counts from the middle of the first px
    shape = (size * samples, size * samples)
    warped = cv2.warpAffine(frame, fine, shape, borderMode=cv2.BORDER_REPLICATE)
    return cv2.resize(warped, (size, size), interpolation=cv2.INTER_AREA)
