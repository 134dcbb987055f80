"""What a person sees of the camera's picture."""

import numpy as np
import pytest

from emotion_core.labels import EKMAN7, JOY
from emotion_core.types import EmotionScores, Faces
from ui.palette import rgb_colours
from ui.webcam_picture import View, mirrored, others, shown

NEAR, FAR = (40, 60, 140, 180), (220, 60, 270, 120)
PLAIN = View(mirror=False)


def faces(*boxes: tuple[int, int, int, int]) -> Faces:
    count = len(boxes)
    points = np.array([[10, 30], [40, 30], [25, 45], [12, 60], [38, 60]])
    landmarks = np.stack([points + box[:2] for box in boxes])
    return Faces(np.array(boxes), np.ones(count), np.arange(1, count + 1), landmarks)


def joyful(count: int) -> list[EmotionScores]:
    probabilities = np.where(np.array(EKMAN7) == JOY, 0.7, 0.05)
    return [EmotionScores(EKMAN7, probabilities)] * count


@pytest.fixture
def frame() -> np.ndarray:
    """Noise, which no blur leaves as it is."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 255, (240, 320, 3), np.uint8)


def has_colour(picture: np.ndarray, label: str) -> np.ndarray:
    """(height, width) where a picture has exactly the colour of a label."""
    return (picture == rgb_colours(EKMAN7)[label]).all(-1)


def test_a_box_in_the_colour_of_the_label_is_drawn_around_the_face(frame: np.ndarray):
    before = frame.copy()
    drawn = has_colour(shown(frame, faces(NEAR), joyful(1), PLAIN), JOY)
    rows, columns = np.flatnonzero(drawn.mean(1) > 0.2), np.flatnonzero(drawn.mean(0) > 0.2)
    assert abs(columns[0] - NEAR[0]) <= 4
    assert abs(columns[-1] - NEAR[2]) <= 4
    assert abs(rows[-1] - NEAR[3]) <= 4
    assert (frame == before).all()


def test_the_mirror_image_has_the_box_on_the_other_side_and_text_that_can_be_read(
    frame: np.ndarray,
):
    plain = shown(frame, faces(NEAR), joyful(1), PLAIN)
    mirror = shown(frame, faces(NEAR), joyful(1), View())
    assert not (mirror[:, ::-1] == plain).all()
    swapped = shown(
        np.ascontiguousarray(frame[:, ::-1]), mirrored(faces(NEAR), 320), joyful(1), PLAIN
    )
    assert (mirror == swapped).all()
    assert has_colour(mirror, JOY)[100, 320 - NEAR[2] : 320 - NEAR[0]].any()
    assert not has_colour(mirror, JOY)[100, NEAR[0] : NEAR[2]].any()


def test_landmarks_keep_their_meaning_in_a_mirror():
    found = mirrored(faces(NEAR), 320)
    assert found.boxes_xyxy.tolist() == [[180, 60, 280, 180]]
    left_eye, right_eye, nose, left_corner, right_corner = found.landmarks[0].tolist()
    assert left_eye == [240, 90]
    assert right_eye == [270, 90]
    assert nose == [255, 105]
    assert left_corner[0] < right_corner[0]
    again = mirrored(found, 320)
    np.testing.assert_array_equal(again.landmarks, faces(NEAR).landmarks)
    np.testing.assert_array_equal(again.boxes_xyxy, faces(NEAR).boxes_xyxy)


def test_all_but_the_nearest_are_blurred(frame: np.ndarray):
    two = faces(FAR, NEAR)
    assert others(two).tolist() == [True, False]
    clear = shown(frame, two, joyful(2), PLAIN)
    blurred = shown(frame, two, joyful(2), View(mirror=False, blur_others=True))

    def roughness(picture: np.ndarray, box: tuple[int, int, int, int]) -> float:
        left, top, right, bottom = box
        inside = picture[top + 10 : bottom - 10, left + 10 : right - 10].astype(float)
        return float(np.abs(np.diff(inside, axis=1)).mean())

    assert roughness(blurred, NEAR) == roughness(clear, NEAR)
    assert roughness(blurred, FAR) < 0.1 * roughness(clear, FAR)


def test_one_face_alone_is_never_blurred(frame: np.ndarray):
    view = View(mirror=False, blur_others=True)
    assert (
        shown(frame, faces(NEAR), joyful(1), view) == shown(frame, faces(NEAR), joyful(1), PLAIN)
    ).all()


def test_a_picture_without_faces_stays_as_it_is(frame: np.ndarray):
    view = View(mirror=False, blur_others=True)
    assert (shown(frame, Faces.empty(), [], view) == frame).all()
    assert (shown(frame, Faces.empty(), [], View()) == frame[:, ::-1]).all()
