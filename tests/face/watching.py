"""Scenes, watched by a tracker."""

from collections.abc import Iterator, Sequence

import numpy as np

from emotion_core.face.detect import FaceDetector
from emotion_core.face.track import FaceTracker
from emotion_core.types import Faces
from tests.face.moving import (
    Head,
    KnowingDetector,
    Scene,
    Way,
    there_and_back,
    walk,
)

CROSSING = walk((120, 240), (520, 240), 0.2, 1.8), walk((520, 250), (120, 230), 0.2, 1.8)
MEETING = there_and_back((150, 240), (310, 240), 1.0), there_and_back((490, 240), (320, 240), 1.0)


def watch(
    scene: Scene, tracker: FaceTracker, fps: float, duration_s: float
) -> Iterator[tuple[float, Faces]]:
    for time_s, frame in scene.frames(fps, duration_s):
        yield time_s, tracker.update(frame, time_s)


def who_is_who(scene: Scene, faces: Faces) -> dict[int, int]:
    """Person of the scene -> id, for those on whom a box lies."""
    found = {}
    middles = (faces.boxes_xyxy[:, :2] + faces.boxes_xyxy[:, 2:]) / 2
    for person, box in scene.boxes.items():
        away = np.hypot(*(middles - (box[:2] + box[2:]) / 2).T)
        if len(away) and away.min() < 0.4 * (box[2] - box[0]):
            found[person] = int(faces.track_id[away.argmin()])
    return found


def first_and_last(
    cast: Sequence[tuple[Head, Way]],
    fps: float,
    duration_s: float,
    detector: FaceDetector | None = None,
) -> tuple[dict[int, int], dict[int, int]]:
    """Who is who in the first frame and in the last one."""
    scene = Scene(cast)
    tracker = FaceTracker(detector or KnowingDetector(scene), detect_every=5 if fps > 10 else 2)
    seen = [who_is_who(scene, faces) for _, faces in watch(scene, tracker, fps, duration_s)]
    return seen[0], seen[-1]
