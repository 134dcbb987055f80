import json

import cv2
import numpy as np
import pytest
from PIL import Image

from emotion_core.errors import InvalidInput, ModelUnavailable
from emotion_core.face.align import CropConfig, crop_faces, crop_transforms
from emotion_core.face.mtcnn import Mtcnn
from emotion_core.types import Faces

CONFIG = CropConfig()
NO_LANDMARKS = np.full((5, 2), np.nan)


def average_face(scale: float, corner: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Box (4,) and landmarks (5, 2) of FER-2013's average face, `scale` px wide, at a corner."""
    box = np.array(CONFIG.box_xyxy) * scale + np.tile(corner, 2)
    return box, np.array(CONFIG.landmarks) * scale + corner


def one(box: np.ndarray, landmarks: np.ndarray) -> Faces:
    return Faces(box[None], np.ones(1), np.zeros(1), landmarks[None])


def moved(points: np.ndarray, transform: np.ndarray) -> np.ndarray:
    return points @ transform[:, :2].T + transform[:, 2]


def turned(points: np.ndarray, degrees: float, middle: np.ndarray) -> np.ndarray:
    """Points (..., 2) turned clockwise as one sees it, since y points down."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return (points - middle) @ np.array([[cos, sin], [-sin, cos]]) + middle


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def test_an_average_face_is_cut_out_as_it_is() -> None:
    frame = noise(100, 120)
    faces = one(*average_face(48, (30, 20)))
    crops = crop_faces(frame, faces, CropConfig(channels=3))
    np.testing.assert_array_equal(crops, frame[None, 20:68, 30:78])


def test_grey_is_luma_as_pillow_has_it() -> None:
    frame = noise(48, 48)
    crops = crop_faces(frame, one(*average_face(48, (0, 0))), CONFIG)
    np.testing.assert_array_equal(crops[0], np.asarray(Image.fromarray(frame).convert("L")))


@pytest.mark.parametrize("degrees", [-170, -45, -10, 0, 30, 90])
@pytest.mark.parametrize("scale", [20, 48, 300])
def test_a_turned_face_comes_out_upright(degrees: float, scale: float) -> None:
    box, landmarks = average_face(scale, (200, 150))
    middle = (box[:2] + box[2:]) / 2
    place = (middle + landmarks.mean(0)) / 2
    marks = turned(landmarks, degrees, middle)
    (transform,) = crop_transforms(one(box, marks), CONFIG)
    out = moved(marks, transform)
    np.testing.assert_allclose(np.diff(out - np.array(CONFIG.landmarks) * 48, axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(
        moved((middle + marks.mean(0)) / 2, transform), (place - [200, 150]) * 48 / scale, atol=1e-3
    )


def test_without_landmarks_the_box_alone_counts() -> None:
    box, landmarks = average_face(200, (50, 60))
    with_landmarks = crop_transforms(one(box, landmarks), CONFIG)
    landmarks[3] = np.nan
    for marks in (landmarks, NO_LANDMARKS):
        alone = crop_transforms(one(box, marks), CONFIG)
        np.testing.assert_allclose(alone, with_landmarks, atol=1e-5)


def test_a_profile_keeps_its_size() -> None:
    box, landmarks = average_face(200, (50, 60))
    profile = landmarks.copy()
    profile[:, 0] = landmarks[:, 0].min() + 0.05 * (landmarks[:, 0] - landmarks[:, 0].min())
    (transform,) = crop_transforms(one(box, profile), CONFIG)
    assert np.hypot(*transform[:, 0]) == pytest.approx(48 / 200)
    assert np.degrees(np.arctan2(*transform[::-1, 0])) == pytest.approx(0, abs=3)


def test_landmarks_in_one_place_turn_nothing() -> None:
    box, _ = average_face(96, (0, 0))
    (transform,) = crop_transforms(one(box, np.full((5, 2), 40.0)), CONFIG)
    np.testing.assert_allclose(transform[:, :2], np.eye(2) / 2, atol=1e-9)


def test_a_real_face_is_level_and_framed_as_fer(mtcnn: Mtcnn, astronaut: np.ndarray) -> None:
    for degrees in (0, 20, -20):
        turn = cv2.getRotationMatrix2D((256, 256), degrees, 1)
        frame = cv2.warpAffine(astronaut, turn, (512, 512), borderMode=cv2.BORDER_REPLICATE)
        faces = mtcnn.detect(frame)
        (transform,) = crop_transforms(faces, CONFIG)
        truth = moved(np.array([[203.9, 101], [247, 103.3]]), turn)
        left, right = moved(truth, transform)
        assert abs(left[1] - right[1]) < 1.5
        np.testing.assert_allclose([left, right], np.array(CONFIG.landmarks[:2]) * 48, atol=4)


def test_crops_of_a_turned_and_an_upright_face_look_alike(
    mtcnn: Mtcnn, astronaut: np.ndarray
) -> None:
    turn = cv2.getRotationMatrix2D((224, 120), 25, 1)
    frame = cv2.warpAffine(astronaut, turn, (512, 512), borderMode=cv2.BORDER_REPLICATE)
    (upright,), (turned_back,) = (
        crop_faces(f, mtcnn.detect(f), CONFIG).astype(float) for f in (astronaut, frame)
    )
    assert np.corrcoef(upright.ravel(), turned_back.ravel())[0, 1] > 0.9


def test_a_large_face_does_not_alias() -> None:
    """A board of single px is grey from afar; read without averaging, it is black and white."""
    board = np.indices((900, 900)).sum(0) % 2 * 255
    frame = np.repeat(board.astype(np.uint8)[:, :, None], 3, 2)
    for side in (101, 250, 333, 500):
        box, landmarks = average_face(side, (150, 150))
        crop = crop_faces(frame, one(box, landmarks), CONFIG)[0]
        assert np.abs(crop - 127.5).max() < 5


def test_a_face_of_thousands_of_px_is_averaged_too() -> None:
    frame = np.repeat(noise(60, 60), 50, 0).repeat(50, 1)
    crop = crop_faces(frame, one(*average_face(2400, (300, 300))), CropConfig(channels=3))[0]
    expected = cv2.resize(frame[300:2700, 300:2700], (48, 48), interpolation=cv2.INTER_AREA)
    np.testing.assert_allclose(crop, expected.astype(float), atol=25)
    assert np.abs(crop - expected.astype(float)).mean() < 3


def test_over_the_edge_the_edge_is_repeated() -> None:
    frame = noise(60, 60)
    crop = crop_faces(frame, one(*average_face(48, (-20, 30))), CropConfig(channels=3))[0]
    np.testing.assert_array_equal(crop[:30, 20:], frame[30:, :28])
    np.testing.assert_array_equal(crop[:30, :20], np.repeat(frame[30:, :1], 20, 1))
    np.testing.assert_array_equal(crop[30:, 20:], np.repeat(frame[-1:, :28], 18, 0))


def test_every_face_has_a_crop_of_the_asked_form() -> None:
    frame = noise(100, 100)
    boxes, marks = zip(average_face(40, (10, 10)), average_face(70, (20, 20)), strict=True)
    faces = Faces(np.array(boxes), np.ones(2), np.zeros(2), np.array(marks))
    for size, channels, shape in ((48, 1, (48, 48)), (224, 3, (224, 224, 3))):
        config = CropConfig(size=size, channels=channels)
        crops = crop_faces(frame, faces, config)
        assert crops.shape == (2, *shape)
        assert crops.dtype == np.uint8
        alone = crop_faces(frame, faces.take(np.array([1])), config)
        np.testing.assert_array_equal(crops[1:], alone)
        assert crop_faces(frame, Faces.empty(), config).shape == (0, *shape)


def test_a_frame_is_checked() -> None:
    with pytest.raises(InvalidInput, match=r"expected a frame \(height, width, 3\)"):
        crop_faces(np.zeros((9, 9), np.uint8), Faces.empty(), CONFIG)


def test_a_config_comes_back_from_the_manifest() -> None:
    config = CropConfig(size=64, channels=3, box_xyxy=(0.1, 0, 0.9, 1))
    assert CropConfig.from_dict(json.loads(json.dumps(config.as_dict()))) == config
    assert CropConfig.from_dict({}) == CONFIG


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"colour": True}, "crop of the bundle: .*colour"),
        ({"size": 0}, "expected a size from 1 and 1 or 3 channels, got 0 and 1"),
        ({"channels": 4}, "expected a size from 1 and 1 or 3 channels, got 48 and 4"),
        ({"size": "large"}, "crop of the bundle: "),
        ({"landmarks": [[0, 1], [1, 0]]}, r"expected landmarks \(5, 2\), got \(2, 2\)"),
        ({"landmarks": [[0, 1], [1]]}, "crop of the bundle: "),
        ({"box_xyxy": [0, 0, 1]}, r"expected box_xyxy \(4,\), got \(3,\)"),
        ({"box_xyxy": [0, 0, 0, 1]}, "expected box_xyxy with left < right and top < bottom"),
    ],
)
def test_a_manifest_of_another_kind_is_refused(content: dict[str, object], message: str) -> None:
    with pytest.raises(ModelUnavailable, match=message):
        CropConfig.from_dict(content)
