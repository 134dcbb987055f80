from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from emotion_core.errors import InvalidInput, ModelUnavailable
from emotion_core.face.mtcnn_weights import build_network, read_weights
from emotion_core.face.yunet import YuNet

LANDMARKS = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]])
"""of a fake face, in shares of its box"""


class RedIsAFace:
    """In place of `cv2.FaceDetectorYN`: takes every red patch for a face; its blue is the score."""

    def __init__(self, size_wh: tuple[int, int]) -> None:
        self.size_wh = size_wh

    @staticmethod
    def create(
        model: str, config: str, size_wh: tuple[int, int], least: float, most: float
    ) -> "RedIsAFace":
        return RedIsAFace(size_wh)

    def setInputSize(self, size_wh: tuple[int, int]) -> None:  # noqa: N802 (OpenCV's name)
        self.size_wh = size_wh

    def detect(self, image: np.ndarray) -> tuple[int, np.ndarray | None]:
        if self.size_wh != image.shape[1::-1]:
            raise cv2.error("Size does not match. Call setInputSize(size)")
        blue, _, red = cv2.split(image)
        _, patches, stats, _ = cv2.connectedComponentsWithStats((red > 200).astype(np.uint8))
        rows = []
        for number, (x, y, width, height, _) in enumerate(stats[1:], 1):
            marks = LANDMARKS * [width, height] + [x, y]
            score = np.median(blue[patches == number]) / 100
            rows.append([x, y, width, height, *marks.ravel(), score])
        return 1, np.array(rows, np.float32) if rows else None


@pytest.fixture
def yunet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> YuNet:
    monkeypatch.setattr(cv2, "FaceDetectorYN", RedIsAFace)
    weights = tmp_path / "yunet.onnx"
    weights.touch()
    return YuNet(weights)


def painted(size_wh: tuple[int, int], *boxes: tuple[int, ...], score: int = 95) -> np.ndarray:
    frame = np.zeros((size_wh[1], size_wh[0], 3), np.uint8)
    for left, top, right, bottom in boxes:
        frame[top:bottom, left:right] = [250, 0, score]
    return frame


def test_faces_come_from_left_to_right_with_their_landmarks(yunet: YuNet) -> None:
    faces = yunet.detect(painted((600, 400), (300, 20, 360, 100), (40, 50, 100, 130)))
    np.testing.assert_allclose(faces.boxes_xyxy, [[40, 50, 100, 130], [300, 20, 360, 100]])
    np.testing.assert_allclose(faces.confidence, 0.95)
    np.testing.assert_allclose(faces.landmarks[0], LANDMARKS * [60, 80] + [40, 50], atol=1e-3)
    assert faces.track_id.tolist() == [0, 0]


def test_a_large_frame_is_answered_in_its_own_px(yunet: YuNet) -> None:
    faces = yunet.detect(painted((2560, 1280), (400, 800, 800, 1200)))
    np.testing.assert_allclose(faces.boxes_xyxy, [[400, 800, 800, 1200]], atol=4)
    assert yunet.detect(painted((1, 3000))).boxes_xyxy.shape == (0, 4)


def test_unsure_and_small_faces_are_left_out(yunet: YuNet) -> None:
    assert len(yunet.detect(painted((300, 300), (40, 50, 100, 130), score=70))) == 0
    assert len(yunet.detect(painted((300, 300), (40, 50, 60, 70)))) == 0
    assert len(yunet.detect(painted((300, 300)))) == 0


def test_a_face_is_followed_and_another_is_lost(yunet: YuNet) -> None:
    frame = painted((600, 400), (110, 60, 170, 140), (400, 60, 460, 140), score=70)
    boxes = np.array([[390, 50, 450, 130], [200, 250, 260, 330], [100, 50, 160, 130]])
    followed = yunet.follow(frame, boxes)
    expected = [[400, 60, 460, 140], [200, 250, 260, 330], [110, 60, 170, 140]]
    np.testing.assert_allclose(followed.boxes_xyxy, expected, atol=2)
    np.testing.assert_allclose(followed.confidence, [0.7, 0, 0.7], atol=1e-6)
    assert np.isnan(followed.landmarks[1]).all()
    expected = LANDMARKS * [60, 80] + [110, 60]
    np.testing.assert_allclose(followed.landmarks[2], expected, atol=2)


def test_of_two_faces_the_nearer_one_is_followed(yunet: YuNet) -> None:
    frame = painted((600, 400), (100, 50, 160, 130), (170, 50, 230, 130))
    followed = yunet.follow(frame, np.array([[150, 50, 210, 130]]))
    np.testing.assert_allclose(followed.boxes_xyxy, [[170, 50, 230, 130]], atol=2)


def test_a_box_outside_the_frame_and_none_at_all(yunet: YuNet) -> None:
    frame = painted((600, 400), (100, 50, 160, 130))
    boxes = np.array([[-900, -900, -800, -800], [0, 0, 1e6, 1e6]])
    followed = yunet.follow(frame, boxes)
    assert followed.confidence.tolist() == [0, 0]
    np.testing.assert_array_equal(followed.boxes_xyxy, boxes)
    assert len(yunet.follow(frame, np.zeros((0, 4)))) == 0


def test_frames_are_checked(yunet: YuNet) -> None:
    reads: list[Callable[[Any], object]] = [
        yunet.detect,
        lambda frame: yunet.follow(frame, np.zeros((0, 4))),
    ]
    for read in reads:
        with pytest.raises(InvalidInput, match=r"expected a frame \(height, width, 3\)"):
            read(np.zeros((9, 9), np.uint8))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"none\.onnx: expected YuNet's ONNX file, there"):
        YuNet(tmp_path / "none.onnx")
    with pytest.raises(ModelUnavailable, match="expected YuNet's ONNX file, there is none"):
        YuNet(Path("x" * 300))


def test_a_file_that_is_no_network_is_named(tmp_path: Path) -> None:
    weights = tmp_path / "garbage.onnx"
    weights.write_bytes(b"no network at all" * 10)
    with pytest.raises(ModelUnavailable, match=r"garbage\.onnx: .* OpenCV cannot use as such"):
        YuNet(weights)


def test_another_network_is_named(tmp_path: Path) -> None:
    weights = tmp_path / "other.onnx"
    weights.write_bytes(build_network("onet", read_weights("onet")))
    with pytest.raises(ModelUnavailable, match=r"other\.onnx: .* OpenCV cannot use as such"):
        YuNet(weights)
