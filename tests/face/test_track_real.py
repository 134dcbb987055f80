"""Real faces along time."""

import os
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from emotion_core.face.detect import FaceDetector, open_detector
from emotion_core.face.track import FaceTracker
from tests.face.moving import (
    Scene,
    Way,
    astronaut_head,
    backdrop,
    london_heads,
    stay,
    walk,
)
from tests.face.watching import CROSSING, MEETING, first_and_last, who_is_who

VIDEOS = Path(os.environ.get("EMOTION_DATA", "../shared/data")) / "video"


@pytest.fixture(scope="module")
def detector() -> FaceDetector:
    return open_detector(least_px=64)


def test_a_real_face_behind_a_pillar(detector: FaceDetector):
    scene = Scene([(astronaut_head(), walk((130, 240), (510, 240), 0.0, 1.6))])
    tracker, seen = FaceTracker(detector, detect_every=2), []
    for time_s, frame in scene.frames(10, 1.7):
        frame[:, 260:380] = 90
        seen.append(tracker.update(frame, time_s).track_id.tolist())
    assert seen[:6] == [[1]] * 6
    assert seen[6:11] == [[]] * 5
    assert seen[12:] == [[1]] * 5  # in the frame before, half of the face shows


@pytest.mark.data
@pytest.mark.parametrize("ways", [CROSSING, MEETING], ids=["crossing", "meeting"])
def test_real_faces_that_hide_one_another_keep_their_ids(
    ways: tuple[Way, Way], detector: FaceDetector
):
    heads = london_heads([3, 40, 71, 14])
    for pair in (heads[:2], heads[2:]):
        first, last = first_and_last(list(zip(pair, ways, strict=True)), 5, 2.3, detector)
        assert len(first) == 2
        assert last == first


@pytest.mark.data
def test_who_smiles_after_a_cut_is_the_same_person(detector: FaceDetector):
    neutral, smiling = london_heads([3, 40]), london_heads([3, 40], "smiling")
    tracker = FaceTracker(detector)
    scene = Scene(list(zip(neutral, (stay(200), stay(440)), strict=True)))
    first = who_is_who(scene, tracker.update(scene.frame(0.0), 0.0))
    scene = Scene(list(zip(smiling, (stay(500), stay(150)), strict=True)), 255 - backdrop())
    assert who_is_who(scene, tracker.update(scene.frame(0.2), 0.2)) == first


def clip(name: str, fps: float) -> list[tuple[float, np.ndarray]]:
    """Times and frames, (360, 480, 3), of a video."""
    if not (path := VIDEOS / name).is_file():
        pytest.skip("needs the data sets that $EMOTION_DATA names")
    with av.open(path) as container:
        frames = list(container.decode(video=0))
    rate = float(len(frames) / (frames[-1].time - frames[0].time))
    return [
        (float(f.time), cv2.resize(f.to_ndarray(format="rgb24"), (480, 360)))
        for f in frames[:: round(rate / fps)]
    ]


@pytest.mark.data
@pytest.mark.parametrize("fps", [25.0, 5.0])
def test_the_one_person_of_a_video_has_one_id(fps: float, detector: FaceDetector):
    tracker = FaceTracker(detector)
    for time_s, frame in clip("pyfeat/single_face.mp4", fps)[:30]:
        assert tracker.update(frame, time_s).track_id.tolist() == [1]


@pytest.mark.data
def test_people_of_shot_and_countershot_keep_their_ids(detector: FaceDetector):
    one, other = (clip(f"grid/{name}.mpg", 5) for name in ("lbax4n", "lbbc2a"))
    tracker, seen = FaceTracker(detector), []
    for number, (_, frame) in enumerate([*one[:5], *other[:5], *one[5:10], *other[5:10]]):
        seen.append(tracker.update(frame, number / 5).track_id.tolist())
    assert seen == [[1]] * 5 + [[2]] * 5 + [[1]] * 5 + [[2]] * 5
