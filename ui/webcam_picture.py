"""What a person sees of the camera's picture: answers drawn in, mirrored, others blurred."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emotion_core.face.draw import blur_faces, draw_faces
from emotion_core.types import EmotionScores, Faces

from .palette import rgb_colours

SWAPPED = [1, 0, 2, 4, 3]
"""landmarks of a face -> those of its mirror image, where left and right change places"""


@dataclass(frozen=True)
class View:
    """How the picture is shown.

    Attributes:
        mirror: left and right swapped, as in a mirror
        blur_others: every face but the nearest is made unrecognisable
    """

    mirror: bool = True
    blur_others: bool = False


def mirrored(faces: Faces, width: int) -> Faces:
    """The same faces in the mirror image of a picture that is so many px wide."""
    left, top, right, bottom = faces.boxes_xyxy.T
    landmarks = faces.landmarks[:, SWAPPED]
    landmarks[..., 0] = width - landmarks[..., 0]
    boxes = np.stack([width - right, top, width - left, bottom], axis=1)
    return Faces(boxes, faces.confidence, faces.track_id, landmarks)


def others(faces: Faces) -> np.ndarray:
    """(face,) whether a face is another than the largest, which is the nearest."""
    sides = faces.boxes_xyxy[:, 2:] - faces.boxes_xyxy[:, :2]
    areas = sides.prod(1)
    return np.arange(len(faces)) != (areas.argmax() if len(areas) else 0)


def shown(
    frame: np.ndarray, faces: Faces, scores: Sequence[EmotionScores], view: View
) -> np.ndarray:
    """The picture with what is known of it.

    Args:
        frame: (height, width, 3) RGB uint8
        faces: in px of the frame
        scores: one per face, all with the same labels
        view: how it is shown

    Returns:
        (height, width, 3) RGB uint8
    """
    if view.mirror:
        frame, faces = np.ascontiguousarray(frame[:, ::-1]), mirrored(faces, frame.shape[1])
    if view.blur_others and len(faces) > 1:
        frame = blur_faces(frame, faces.take(others(faces)))
    labels = scores[0].labels if scores else ()
    return draw_faces(frame, faces, scores, rgb_colours(labels))
