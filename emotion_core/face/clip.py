"""A video as a network reads it that answers whole clips: so many frames, evenly spread."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ..errors import InvalidInput
from .align import CropConfig, crop_faces
from .detect import FaceDetector
from .track import FaceTracker
from .video import VideoSource, VideoStream

COLOURS = 3
SAMPLED_FPS = 10.0
"""frames a second that are looked at, of which those of a clip are taken"""


@dataclass(frozen=True)
class ClipConfig:
    """What a network reads of a clip.

    Attributes:
        frames: how many, evenly spread over the clip
        size: px of their width and height
        crop: how the face is cut out of each frame; None: the whole frame, squeezed to a square
    """

    frames: int = 30
    size: int = 224
    crop: CropConfig | None = None

    def __post_init__(self) -> None:
        if self.frames < 1 or self.size < 1:
            raise InvalidInput(
                f"expected one frame or more of one px or more, got {self.frames} of {self.size}"
            )

    @property
    def channels(self) -> int:
        """1 of grey faces, else 3."""
        return self.crop.channels if self.crop else COLOURS

    def as_dict(self) -> dict[str, Any]:
        """For a manifest."""
        crop = self.crop.as_dict() if self.crop else None
        return {"frames": self.frames, "size": self.size, "crop": crop}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "ClipConfig":
        """What `as_dict` gave.

        Raises:
            InvalidInput: if a value is missing or of another kind
        """
        try:
            crop = content["crop"] and CropConfig.from_dict(content["crop"])
            return cls(int(content["frames"]), int(content["size"]), crop or None)
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidInput(
                f"expected frames, size and crop of a clip, got {dict(content)}"
            ) from error


def spread(count: int, wanted: int) -> np.ndarray:
    """Numbers of frames evenly spread over all of them; some are taken again where there are few.

    Example:
        >>> spread(7, 3).tolist(), spread(2, 4).tolist()
        ([0, 3, 6], [0, 0, 1, 1])
    """
    return np.round(np.linspace(0, count - 1, wanted)).astype(int)


class _Thinned:
    """Evenly spread frames of a stream whose length is not known, in bounded memory.

    Once twice as many are kept as are wanted, every other one goes, and from then on half as many
    are taken.
    """

    def __init__(self, wanted: int) -> None:
        self.wanted, self.every, self.seen = wanted, 1, 0
        self.kept: list[np.ndarray] = []

    def add(self, frame: np.ndarray) -> None:
        if self.seen % self.every == 0:
            self.kept.append(frame)
        if len(self.kept) == 2 * self.wanted:
            self.kept, self.every = self.kept[::2], 2 * self.every
        self.seen += 1

    def frames(self) -> np.ndarray:
        return np.stack([self.kept[i] for i in spread(len(self.kept), self.wanted)])


def read_clip(
    source: VideoSource, config: ClipConfig, detector: FaceDetector | None = None
) -> np.ndarray:
    """Frames of a video, evenly spread: of the face that fills most of it, or whole.

    Where the face is not seen, there is a gap, which the frames skip.

    Args:
        source: path or bytes
        config: how many, and how they are cut out
        detector: of faces, where they are cut out

    Returns:
        (frame, y, x) grey or (frame, y, x, 3) RGB uint8, of the crop's own size

    Raises:
        InvalidInput: if the video cannot be decoded or shows no face
    """
    with VideoStream(source, fps=SAMPLED_FPS) as stream:
        if config.crop is None:
            return _whole_frames(stream, config)
        if detector is None:
            raise InvalidInput("expected a detector of the faces to be cut out, got none")
        return _face_frames(stream, config, config.crop, detector)


def _whole_frames(stream: VideoStream, config: ClipConfig) -> np.ndarray:
    thinned, size = _Thinned(config.frames), (config.size, config.size)
    for sampled in stream:
        thinned.add(cv2.resize(sampled.frame, size, interpolation=cv2.INTER_AREA))
    if not thinned.kept:
        raise InvalidInput("expected a video with frames, got none; check that the file is whole")
    return thinned.frames()


def _face_frames(
    stream: VideoStream, config: ClipConfig, crop: CropConfig, detector: FaceDetector
) -> np.ndarray:
    tracker, filled = FaceTracker(detector), dict[int, float]()
    people: dict[int, _Thinned] = {}
    for sampled in stream:
        faces = tracker.update(sampled.frame, sampled.time_s)
        sides = faces.boxes_xyxy[:, 2:] - faces.boxes_xyxy[:, :2]
        crops = crop_faces(sampled.frame, faces, crop)
        for person, area, face in zip(faces.track_id.tolist(), sides.prod(1), crops, strict=True):
            people.setdefault(person, _Thinned(config.frames)).add(face)
            filled[person] = filled.get(person, 0.0) + float(area)
    if not people:
        raise InvalidInput(
            f"expected a video with a face, found none in {stream.read_s:.1f} s; check that one is "
            "seen, or train on whole frames"
        )
    return people[max(filled, key=lambda person: filled[person])].frames()


def network_input(frames: np.ndarray, config: ClipConfig) -> np.ndarray:
    """Frames as the network reads them: so many, so large, values in [0, 1].

    Args:
        frames: (frame, y, x) grey or (frame, y, x, 3) RGB uint8, one or more, of any size
        config: of the network

    Returns:
        (frame, channel, size, size) float32

    Raises:
        InvalidInput: for frames of another shape, type or number of channels
    """
    coloured = frames[..., None] if frames.ndim == 3 else frames
    if coloured.ndim != 4 or coloured.shape[-1] != config.channels or not coloured.size:
        expected = "(frame, y, x, 3) RGB" if config.channels == COLOURS else "(frame, y, x) grey"
        raise InvalidInput(f"expected frames {expected}, got shape {frames.shape}")
    if frames.dtype != np.uint8:
        raise InvalidInput(f"expected frames of uint8, got {frames.dtype}")
    chosen = [_resized(frames[i], config.size) for i in spread(len(frames), config.frames)]
    images = np.stack(chosen).reshape(config.frames, config.size, config.size, config.channels)
    return np.ascontiguousarray(np.moveaxis(images, 3, 1), np.float32) / 255


def _resized(frame: np.ndarray, size: int) -> np.ndarray:
    if frame.shape[:2] == (size, size):
        return frame
    shrinks = max(frame.shape[:2]) > size
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(frame, (size, size), interpolation=method)
