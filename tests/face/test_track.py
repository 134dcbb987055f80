"""Faces along time."""

import math
from collections.abc import Sequence

import numpy as np
import pytest

from emotion_core.errors import InvalidInput
from emotion_core.face import track
from emotion_core.face.track import FaceTracker
from emotion_core.types import Faces
from tests.face.moving import (
    BrightDetector,
    Head,
    KnowingDetector,
    Scene,
    Way,
    backdrop,
    bright_frame,
    painted_head,
    stay,
    walk,
    while_between,
)
from tests.face.watching import CROSSING, MEETING, first_and_last, watch, who_is_who

PAIRS = [(1, 2), (3, 4), (5, 6), (7, 8), (9, 10), (11, 12)]


def middle_x(faces: Faces) -> float:
    return float(faces.boxes_xyxy[0, [0, 2]].mean())


def test_ids_count_from_one_in_the_order_of_appearance():
    late = while_between(stay(320), 0.5, 9.0)
    scene = Scene(
        [
            (painted_head(1), while_between(stay(500), 1.0, 9.0)),
            (painted_head(2), late),
            (painted_head(3), stay(140)),
        ]
    )
    tracker = FaceTracker(KnowingDetector(scene))
    *_, (_, faces) = watch(scene, tracker, 30, 1.5)
    assert faces.track_id.tolist() == [1, 2, 3]
    assert who_is_who(scene, faces) == {2: 1, 1: 2, 0: 3}
    assert (faces.confidence > 0.9).all()


@pytest.mark.parametrize("fps", [30.0, 5.0])
def test_a_face_in_motion_keeps_its_id_and_its_box(fps: float):
    scene = Scene([(painted_head(1), walk((120, 150), (520, 330), 0.0, 2.0))])
    tracker = FaceTracker(KnowingDetector(scene, tremble=0))
    for _, faces in watch(scene, tracker, fps, 2.0):
        assert faces.track_id.tolist() == [1]
        np.testing.assert_allclose(faces.boxes_xyxy[0], scene.boxes[0], atol=10)


def test_a_face_that_comes_closer_keeps_its_id():
    scene = Scene([(painted_head(1, 60), lambda time_s: (320, 240, math.exp(time_s)))])
    tracker = FaceTracker(KnowingDetector(scene, tremble=0))
    for _, faces in watch(scene, tracker, 30, 1.2):
        assert faces.track_id.tolist() == [1]
        np.testing.assert_allclose(faces.boxes_xyxy[0], scene.boxes[0], atol=10)


def test_steps_in_time_may_be_uneven():
    scene = Scene([(painted_head(1), walk((120, 240), (520, 240), 0.0, 3.0))])
    tracker = FaceTracker(KnowingDetector(scene, tremble=0))
    steps = np.random.default_rng(0).choice([0.01, 0.03, 0.1, 0.2], 40)
    for time_s in np.cumsum(steps).tolist():
        faces = tracker.update(scene.frame(time_s), time_s)
        assert faces.track_id.tolist() == [1]
        assert middle_x(faces) == pytest.approx(scene.boxes[0][[0, 2]].mean(), abs=8)


def test_detection_runs_every_few_frames():
    scene = Scene([(painted_head(1), stay(320))])
    detector = KnowingDetector(scene)
    tracker = FaceTracker(detector, detect_every=5)
    list(watch(scene, tracker, 30, 26 / 30))
    assert (detector.detected, detector.followed) == (6, 25)
    tracker.detect_every = 1
    list(watch(scene, tracker, 30, 10 / 30))
    assert detector.detected == 16


def test_while_nobody_is_there_detection_runs_ten_times_a_second_at_most():
    scene = Scene([(painted_head(1), while_between(stay(320), 1.0, 9.0))])
    detector = KnowingDetector(scene)
    tracker = FaceTracker(detector)
    seen = [(t, detector.detected, len(f)) for t, f in watch(scene, tracker, 30, 1.2)]
    assert max(detected for time_s, detected, _ in seen if time_s < 1) == 10
    assert next(time_s for time_s, _, faces in seen if faces) < 1.11


def test_a_face_that_was_lost_is_looked_for_at_once():
    scene = Scene([(painted_head(1), while_between(stay(320), 0.0, 0.25))])
    detector = KnowingDetector(scene)
    counts = [
        (t, detector.detected, len(f)) for t, f in watch(scene, FaceTracker(detector, 20), 30, 0.4)
    ]
    before = [found for time_s, found, _ in counts if time_s < 0.25]
    lost = next(found for time_s, found, _ in counts if time_s >= 0.25)
    assert before[-1] == 1
    assert lost == 2
    assert [faces for time_s, _, faces in counts if time_s >= 0.25] == [0] * 4


def test_who_was_away_for_a_moment_comes_back():
    way = walk((200, 240), (420, 240), 0.0, 2.0)
    gone = lambda time_s: None if 0.7 <= time_s < 1.4 else way(time_s)  # noqa: E731
    first, last = first_and_last([(painted_head(1), gone)], 30, 2.0)
    assert first == last == {0: 1}


def test_who_was_away_for_longer_than_the_memory_is_somebody_new():
    gone = lambda time_s: None if 0.5 <= time_s < 1.7 else (320, 240)  # noqa: E731
    scene = Scene([(painted_head(1), gone)])
    tracker = FaceTracker(KnowingDetector(scene), memory_s=1.0)
    ids = {i for _, faces in watch(scene, tracker, 30, 2.2) for i in faces.track_id.tolist()}
    assert ids == {1, 2}


@pytest.mark.parametrize("fps", [30.0, 5.0])
@pytest.mark.parametrize("ways", [CROSSING, MEETING], ids=["crossing", "meeting"])
def test_two_who_hide_one_another_keep_their_ids(ways: tuple[Way, Way], fps: float):
    for pair in PAIRS:
        cast = [(painted_head(seed), way) for seed, way in zip(pair, ways, strict=True)]
        first, last = first_and_last(cast, fps, 2.2)
        assert len(first) == 2
        assert last == first, pair


def test_it_is_the_looks_that_tell_them_apart(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(track, "_looks", lambda _, boxes: np.ones((len(boxes), 1)))
    kept = 0
    for pair in PAIRS:
        cast = [(painted_head(seed), way) for seed, way in zip(pair, MEETING, strict=True)]
        first, last = first_and_last(cast, 30, 2.2)
        kept += first == last
    assert kept < len(PAIRS) / 2


def test_who_takes_the_place_of_another_is_somebody_new():
    for one, other in PAIRS:
        cast = [
            (painted_head(one), while_between(stay(320), 0.0, 0.8)),
            (painted_head(other), while_between(stay(340), 1.2, 9.0)),
        ]
        first, last = first_and_last(cast, 30, 2.0)
        assert (first, last) == ({0: 1}, {1: 2})


def test_who_takes_the_place_of_another_between_two_frames_is_somebody_new():
    cast = [
        (painted_head(1), while_between(stay(320), 0.0, 1.0)),
        (painted_head(2), while_between(stay(320), 1.0, 9.0)),
    ]
    first, last = first_and_last(cast, 30, 1.5)
    assert (first, last) == ({0: 1}, {1: 2})


def test_looks_that_change_little_by_little_stay_one_person():
    scenes = [Scene([(painted_head(seed), stay(320))]) for seed in (1, 2)]
    tracker, seen = FaceTracker(KnowingDetector(scenes[0])), set()
    for step in range(31):
        frames = [scene.frame(0.0).astype(float) for scene in scenes]
        frame = frames[0] + step / 30 * (frames[1] - frames[0])
        seen |= set(tracker.update(frame.astype(np.uint8), step / 30).track_id.tolist())
    assert seen == {1}


def play_cut(after: Sequence[tuple[Head, float]]) -> tuple[KnowingDetector, list[int], Faces]:
    """Two heads, then after a cut others elsewhere: what was found in the first frame after it."""
    before = Scene([(painted_head(1), stay(200)), (painted_head(2), stay(430))], backdrop(0))
    detector = KnowingDetector(before)
    tracker = FaceTracker(detector)
    *_, (_, faces) = watch(before, tracker, 30, 18 / 30)
    assert faces.track_id.tolist() == [1, 2]
    scene = Scene([(head, stay(x, 200)) for head, x in after], 255 - backdrop(0))
    detector.scene = scene
    count = detector.detected
    faces = tracker.update(scene.frame(0.6), 0.6)
    assert detector.detected == count + 1
    found = who_is_who(scene, faces)
    return detector, [found[person] for person in range(len(after))], faces


def test_after_a_cut_people_are_known_by_their_looks():
    _, ids, _ = play_cut([(painted_head(2), 120), (painted_head(1), 500)])
    assert ids == [2, 1]


def test_after_a_cut_others_are_new():
    _, ids, _ = play_cut([(painted_head(3), 200), (painted_head(4), 430)])
    assert ids == [3, 4]


def test_a_pause_of_the_stream_is_a_cut():
    scene = Scene([(painted_head(1), lambda t: (150, 240) if t < 10 else (500, 200))])
    tracker = FaceTracker(KnowingDetector(scene))
    list(watch(scene, tracker, 30, 0.5))
    faces = tracker.update(scene.frame(60.0), 60.0)
    assert faces.track_id.tolist() == [1]
    assert middle_x(faces) == pytest.approx(500, abs=5)


def test_time_that_goes_back_is_a_cut():
    gone = lambda time_s: None if 0.25 < time_s < 2.55 else (320, 240)  # noqa: E731
    scene = Scene([(painted_head(1), gone)])
    tracker = FaceTracker(KnowingDetector(scene))
    times_s = [5.0, 5.1, 0.0, 0.1, 0.1, 0.2, 0.3, 1.4, 2.5, 2.6]
    seen = [tracker.update(scene.frame(t), t).track_id.tolist() for t in times_s]
    assert seen == [[1]] * 6 + [[]] * 3 + [[2]]


def test_a_face_at_rest_does_not_tremble():
    scene = Scene([(painted_head(1), stay(320))])
    shown, measured = [], []
    tracker = FaceTracker(KnowingDetector(scene, tremble=0.02))
    for time_s, faces in watch(scene, tracker, 30, 4.0):
        if time_s > 0.5:
            shown.append([*faces.boxes_xyxy[0], *faces.landmarks[0].ravel()])
            measured.append(tracker._people[0].box)
    steps = np.abs(np.diff(shown, axis=0)).mean(0)
    assert steps[:4].mean() < 0.4 * np.abs(np.diff(measured, axis=0)).mean()
    assert steps[4:].mean() < 0.4 * np.abs(np.diff(measured, axis=0)).mean()


def test_a_face_in_fast_motion_does_not_lag():
    scene = Scene([(painted_head(1), walk((120, 240), (540, 240), 0.0, 1.2))])
    tracker = FaceTracker(KnowingDetector(scene, tremble=0))
    late = [
        (scene.boxes[0][[0, 2]].mean() - middle_x(faces)) / 90
        for time_s, faces in watch(scene, tracker, 30, 1.2)
        if time_s > 0.2
    ]
    assert max(late) < 0.06


def test_landmarks_come_and_go():
    tracker = FaceTracker(BrightDetector())
    assert np.isnan(tracker.update(bright_frame(50), 0.0).landmarks).all()
    scene = Scene([(painted_head(1), stay(70, 55))])
    scene.frame(0.0)
    scene.boxes = {0: np.array([50.0, 30.0, 90.0, 80.0])}
    tracker.detector = KnowingDetector(scene)
    faces = tracker.update(bright_frame(50), 0.04)
    assert np.isfinite(faces.landmarks).all()


def test_two_people_on_one_face_become_one():
    scene = Scene(
        [
            (painted_head(1), walk((200, 240), (330, 240), 0.2, 1.0)),
            (painted_head(2), walk((460, 240), (330, 240), 0.2, 1.0)),
        ]
    )
    tracker = FaceTracker(KnowingDetector(scene), detect_every=1000)
    seen = [f.track_id.tolist() for _, f in watch(scene, tracker, 30, 1.5)]
    assert seen[0] == [1, 2]
    assert seen[-1] == [2]


class FirstDetector(BrightDetector):
    """Follows everybody to the first face."""

    def follow(self, frame: np.ndarray, boxes_xyxy: np.ndarray) -> Faces:
        return self.detect(frame).take(np.zeros(len(boxes_xyxy), int))


def test_of_one_person_with_two_ids_the_older_stays():
    tracker = FaceTracker(FirstDetector(), detect_every=1000)
    assert tracker.update(bright_frame(50, 200), 0.0).track_id.tolist() == [1, 2]
    assert tracker.update(bright_frame(50), 0.1).track_id.tolist() == [1]
    tracker.detect_every = 1
    assert tracker.update(bright_frame(50, 200), 0.2).track_id.tolist() == [1, 3]


class TwiceDetector(BrightDetector):
    """Finds every face twice, side by side."""

    def detect(self, frame: np.ndarray) -> Faces:
        once = super().detect(frame)
        boxes = np.concatenate([once.boxes_xyxy, once.boxes_xyxy + np.array([20, 0, 20, 0])])
        twice = np.tile(np.arange(len(once)), 2)
        return Faces(boxes, once.confidence[twice], once.track_id[twice], once.landmarks[twice])


def test_a_face_that_is_found_twice_is_one_person():
    tracker = FaceTracker(TwiceDetector(), detect_every=2)
    for step in range(5):
        assert tracker.update(bright_frame(100), step / 30).track_id.tolist() == [1]


def test_the_number_of_people_is_bounded_and_the_largest_are_kept():
    frame = np.zeros((480, 640, 3), np.uint8)
    for row in range(6):
        for column in range(8):
            size = 40 if row < 3 else 24
            top, left = 10 + 78 * row, 10 + 78 * column
            frame[top : top + size, left : left + size] = 255
    tracker = FaceTracker(BrightDetector(), detect_every=1)
    faces = [tracker.update(frame, step / 30) for step in range(10)][-1]
    assert len(faces) == track.MOST == 32
    sides = faces.boxes_xyxy[:, 2] - faces.boxes_xyxy[:, 0]
    assert (sides > 30).sum() == 24
    assert len(tracker._people) == 32


def test_people_who_come_and_go_do_not_pile_up():
    detector, tracker = BrightDetector(), FaceTracker(BrightDetector(), 1, memory_s=1e6)
    for step in range(200):
        frame = np.random.default_rng(step).integers(0, 100, (120, 320, 3), np.uint8)
        left = 10 + (step % 3) * 100
        frame[30:80, left : left + 40, 0] = 255
        tracker.update(frame, 10.0 * step)
        assert len(detector.detect(frame)) == 1
    assert len(tracker._people) <= 2 * track.MOST


def test_no_face_is_no_error():
    tracker = FaceTracker(BrightDetector())
    for step in range(5):
        assert len(tracker.update(np.zeros((1, 1, 3), np.uint8), step / 30)) == 0


@pytest.mark.parametrize("shape", [(120, 320), (120, 320, 4), (0, 320, 3)])
def test_a_frame_of_another_shape_is_refused(shape: tuple[int, ...]):
    with pytest.raises(InvalidInput, match=r"expected a frame \(height, width, 3\)"):
        FaceTracker(BrightDetector()).update(np.zeros(shape, np.uint8), 0.0)


def test_a_face_at_the_edge_of_the_frame():
    scene = Scene([(painted_head(1), walk((320, 240), (700, 240), 0.0, 1.5))])
    tracker = FaceTracker(KnowingDetector(scene))
    seen = [f.track_id.tolist() for _, f in watch(scene, tracker, 30, 2.0)]
    assert seen[0] == [1]
    assert seen[-1] == []
