from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from emotion_core.errors import InvalidInput, ModelUnavailable
from emotion_core.face import mtcnn as mtcnn_module
from emotion_core.face.mtcnn import Mtcnn, suppress
from emotion_core.types import Faces

HEAD = (slice(30, 230), slice(120, 320))
"""where the astronaut's head is, 200 px square"""


def turned(frame: np.ndarray, degrees: float) -> tuple[np.ndarray, np.ndarray]:
    """A frame turned around its middle, and the (2, 3) that turned it."""
    height, width = frame.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    return cv2.warpAffine(frame, turn, (width, height), borderMode=cv2.BORDER_REPLICATE), turn


def resized(frame: np.ndarray, side: int) -> np.ndarray:
    return cv2.resize(frame, (side, side), interpolation=cv2.INTER_AREA)


def eye_distance(faces: Faces) -> float:
    return float(np.linalg.norm(faces.landmarks[0, 0] - faces.landmarks[0, 1]))


def frames_of(path: Path, every: int) -> list[np.ndarray]:
    with av.open(path) as container:
        decoded = enumerate(container.decode(video=0))
        return [frame.to_ndarray(format="rgb24") for i, frame in decoded if i % every == 0]


def test_a_face_and_its_landmarks_are_where_they_are(mtcnn: Mtcnn, astronaut: np.ndarray) -> None:
    faces = mtcnn.detect(astronaut)
    assert len(faces) == 1
    assert faces.confidence[0] > 0.99
    assert faces.track_id.tolist() == [0]
    np.testing.assert_allclose(faces.boxes_xyxy[0], [181, 62, 266, 173], atol=6)
    marks = [[204, 101], [247, 103], [225, 129], [202, 139], [245, 141]]
    np.testing.assert_allclose(faces.landmarks[0], marks, atol=4)


@pytest.mark.parametrize("degrees", [-45, -30, -15, 15, 30, 45])
def test_a_turned_head_is_found(mtcnn: Mtcnn, astronaut: np.ndarray, degrees: float) -> None:
    upright = mtcnn.detect(astronaut)
    frame, turn = turned(astronaut, degrees)
    faces = mtcnn.detect(frame)
    assert len(faces) == 1
    expected = upright.landmarks[0] @ turn[:, :2].T + turn[:, 2]
    assert np.abs(faces.landmarks[0] - expected).mean() < 0.15 * eye_distance(upright)


def test_several_faces_come_from_left_to_right(mtcnn: Mtcnn, astronaut: np.ndarray) -> None:
    frame = np.full((480, 640, 3), 90, np.uint8)
    places = {(20, 30): 120, (420, 10): 200, (230, 200): 160}
    for (x, y), side in places.items():
        frame[y : y + side, x : x + side] = resized(astronaut[HEAD], side)
    faces = mtcnn.detect(frame)
    assert len(faces) == 3
    middles = (faces.boxes_xyxy[:, :2] + faces.boxes_xyxy[:, 2:]) / 2
    expected = [(x + 0.52 * side, y + 0.44 * side) for (x, y), side in sorted(places.items())]
    np.testing.assert_allclose(middles, expected, atol=12)


@pytest.mark.parametrize("height", [24, 27, 30])
def test_small_faces_are_found(mtcnn: Mtcnn, astronaut: np.ndarray, height: int) -> None:
    side = round(512 * height / 111)
    frame = np.full((240, 320, 3), 128, np.uint8)
    frame[60 : 60 + side, 100 : 100 + side] = resized(astronaut, side)
    faces = mtcnn.detect(frame)
    assert len(faces) == 1
    found = faces.boxes_xyxy[0, 3] - faces.boxes_xyxy[0, 1]
    assert found == pytest.approx(height, rel=0.25)


def test_faces_below_the_least_size_are_not_looked_for(
    monkeypatch: pytest.MonkeyPatch, mtcnn: Mtcnn, astronaut: np.ndarray
) -> None:
    monkeypatch.setattr(mtcnn, "least_px", 250)
    assert len(mtcnn.detect(astronaut)) == 0


def test_a_large_frame_is_shrunk_and_answered_in_its_own_px(
    mtcnn: Mtcnn, astronaut: np.ndarray
) -> None:
    large = cv2.resize(astronaut, (4100, 3075))
    faces, small = mtcnn.detect(large), mtcnn.detect(astronaut)
    assert len(faces) == 1
    scale = np.array([4100, 3075]) / 512
    expected = small.landmarks[0] * scale
    assert np.abs(faces.landmarks[0] - expected).mean() < 0.06 * eye_distance(faces)


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (900, 1), (11, 11), (12, 12), (24, 300)])
def test_frames_without_room_for_a_face_have_none(mtcnn: Mtcnn, size: tuple[int, int]) -> None:
    frame = np.full((*size, 3), 120, np.uint8)
    assert len(mtcnn.detect(frame)) == 0
    assert mtcnn.follow(frame, np.array([[0, 0, 5, 5]])).confidence.tolist() == [0]


def test_noise_has_no_face(mtcnn: Mtcnn) -> None:
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (480, 640, 3), np.uint8)
    clouds = cv2.resize(rng.integers(0, 256, (60, 80, 3), np.uint8), (640, 480))
    assert [len(mtcnn.detect(frame)) for frame in (noise, clouds)] == [0, 0]


def test_a_face_is_followed(mtcnn: Mtcnn, astronaut: np.ndarray) -> None:
    faces = mtcnn.detect(astronaut)
    for shift in ([0, 0], [18, 0], [-18, 12], [0, -20]):
        moved = faces.boxes_xyxy + np.tile(shift, 2)
        followed = mtcnn.follow(astronaut, moved)
        assert followed.confidence[0] > 0.9
        assert np.abs(followed.landmarks - faces.landmarks).mean() < 0.06 * eye_distance(faces)
        np.testing.assert_allclose(followed.boxes_xyxy, faces.boxes_xyxy, atol=10)


def test_a_face_that_stays_is_followed_without_drift(mtcnn: Mtcnn, astronaut: np.ndarray) -> None:
    faces = mtcnn.detect(astronaut)
    followed = faces
    for _ in range(50):
        followed = mtcnn.follow(astronaut, followed.boxes_xyxy)
    assert followed.confidence[0] > 0.9
    assert np.abs(followed.landmarks - faces.landmarks).mean() < 0.06 * eye_distance(faces)


def test_what_is_no_face_is_lost_in_its_place(mtcnn: Mtcnn, astronaut: np.ndarray) -> None:
    face = mtcnn.detect(astronaut).boxes_xyxy[0]
    boxes = np.array([[20, 300, 90, 400], face, [-900, -900, -800, -800], [0, 0, 1e6, 1e6]])
    followed = mtcnn.follow(astronaut, boxes)
    assert (followed.confidence > 0).tolist() == [False, True, False, False]
    np.testing.assert_array_equal(followed.boxes_xyxy[[0, 2, 3]], boxes[[0, 2, 3]])
    assert np.isnan(followed.landmarks[[0, 2, 3]]).all()
    assert np.isfinite(followed.landmarks[1]).all()


def test_nothing_to_follow_is_no_face(mtcnn: Mtcnn, astronaut: np.ndarray) -> None:
    assert len(mtcnn.follow(astronaut, np.zeros((0, 4)))) == 0


def test_a_face_cut_by_the_edge_is_followed(mtcnn: Mtcnn, astronaut: np.ndarray) -> None:
    faces = mtcnn.detect(astronaut)
    cut = np.ascontiguousarray(astronaut[:, 195:])
    followed = mtcnn.follow(cut, faces.boxes_xyxy - [195, 0, 195, 0])
    assert followed.confidence[0] > 0.6
    assert followed.landmarks[0, 1, 0] == pytest.approx(247 - 195, abs=6)


def test_one_instance_serves_many_threads(mtcnn: Mtcnn, astronaut: np.ndarray) -> None:
    frames = [np.ascontiguousarray(astronaut[:, shift:]) for shift in range(0, 120, 10)]
    alone = [mtcnn.detect(frame).boxes_xyxy for frame in frames]
    with ThreadPoolExecutor(4) as pool:
        together = [faces.boxes_xyxy for faces in pool.map(mtcnn.detect, frames)]
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)


def test_settings_and_frames_are_checked(mtcnn: Mtcnn) -> None:
    with pytest.raises(InvalidInput, match="expected least_px of 12 or more, got 8"):
        Mtcnn(least_px=8)
    for read in (mtcnn.detect, lambda frame: mtcnn.follow(frame, np.zeros((1, 4)))):
        with pytest.raises(InvalidInput, match=r"expected a frame \(height, width, 3\)"):
            read(np.zeros((9, 9), np.uint8))


def test_a_network_that_cannot_be_opened_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mtcnn_module, "load_networks", lambda: {"pnet": b"no network"})
    with pytest.raises(ModelUnavailable, match="pnet: the network cannot be opened"):
        Mtcnn()


def test_of_overlapping_boxes_the_best_stay() -> None:
    boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [2, 0, 12, 10], [30, 0, 40, 10]])
    scores = np.array([0.7, 0.9, 0.8, 0.6])
    assert suppress(boxes, scores, 0.5).tolist() == [1, 3]
    assert suppress(boxes, scores, 0.85).tolist() == [1, 2, 0, 3]
    assert suppress(boxes[:0], scores[:0], 0.5).tolist() == []


def test_a_suppressed_box_suppresses_none() -> None:
    """Each overlaps the next by half; the third is free once the second is gone."""
    boxes = np.array([[0, 0, 12, 10], [4, 0, 16, 10], [8, 0, 20, 10]])
    assert suppress(boxes, np.array([0.9, 0.8, 0.7]), 0.4).tolist() == [0, 2]


def test_a_box_inside_another_counts_by_its_own_area() -> None:
    boxes, scores = np.array([[0, 0, 20, 20], [5, 5, 10, 10]]), np.array([0.9, 0.8])
    assert suppress(boxes, scores, 0.7).tolist() == [0, 1]
    assert suppress(boxes, scores, 0.7, of_smaller=True).tolist() == [0]


@pytest.mark.data
def test_portraits_have_one_face_each(mtcnn: Mtcnn, london_set: list[np.ndarray]) -> None:
    counts = [len(mtcnn.detect(frame)) for frame in london_set[::2]]
    assert counts.count(1) >= 0.99 * len(counts)


@pytest.mark.data
@pytest.mark.parametrize("degrees", [-45, -30, 30, 45])
def test_turned_portraits_are_found(
    mtcnn: Mtcnn, london_set: list[np.ndarray], degrees: float
) -> None:
    counts = [len(mtcnn.detect(turned(frame, degrees)[0])) for frame in london_set[::10]]
    assert min(counts) == 1


@pytest.mark.data
def test_a_cartoon_without_people_has_no_face(mtcnn: Mtcnn, pyfeat: Path) -> None:
    frames = frames_of(pyfeat / "no_face.mp4", every=5)
    assert len(frames) == 19
    assert sum(len(mtcnn.detect(frame)) for frame in frames) == 0


@pytest.mark.data
def test_a_face_is_lost_where_the_film_is_cut(mtcnn: Mtcnn, pyfeat: Path) -> None:
    frames = frames_of(pyfeat / "face_noface.mov", every=8)
    detected = [len(mtcnn.detect(frame)) for frame in frames]
    assert set(detected) == {0, 1}
    box, followed = mtcnn.detect(frames[0]).boxes_xyxy, []
    for frame in frames:
        faces = mtcnn.follow(frame, box)
        followed.append(int(faces.confidence[0] > 0))
        box = faces.boxes_xyxy
    assert followed == detected


@pytest.mark.data
def test_a_followed_face_lies_where_detection_puts_it(mtcnn: Mtcnn, pyfeat: Path) -> None:
    frames = frames_of(pyfeat / "single_face.mp4", every=6)
    faces = mtcnn.detect(frames[0])
    for frame in frames[1:]:
        faces, detected = mtcnn.follow(frame, faces.boxes_xyxy), mtcnn.detect(frame)
        error = np.abs(faces.landmarks - detected.landmarks).mean()
        assert error < 0.05 * eye_distance(detected)
