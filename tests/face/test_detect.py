from pathlib import Path

import numpy as np
import pytest

from emotion_core.errors import InvalidInput, ModelUnavailable
from emotion_core.face.detect import DETECTORS, checked_frame, open_detector
from emotion_core.face.mtcnn import Mtcnn


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def test_mtcnn_is_the_default() -> None:
    detector = open_detector(least_px=40)
    assert isinstance(detector, Mtcnn)
    assert detector.least_px == 40


def test_an_unknown_name_is_refused_with_those_that_are_known() -> None:
    assert DETECTORS == ("mtcnn", "yunet")
    with pytest.raises(InvalidInput, match=r"'haar'; expected one of mtcnn, yunet"):
        open_detector("haar")


def test_yunet_needs_a_file() -> None:
    with pytest.raises(ModelUnavailable, match="expected the path of a file such as face_detec"):
        open_detector("yunet")
    with pytest.raises(ModelUnavailable, match=r"absent\.onnx: expected YuNet's ONNX file"):
        open_detector("yunet", weights=Path("absent.onnx"))


def test_mtcnn_takes_no_file() -> None:
    with pytest.raises(InvalidInput, match=r"mtcnn has weights of its own; leave out own\.onnx"):
        open_detector("mtcnn", weights=Path("own.onnx"))


@pytest.mark.parametrize(
    "frame",
    [
        np.zeros((8, 8), np.uint8),
        np.zeros((8, 8, 4), np.uint8),
        np.zeros((8, 8, 3)),
        np.zeros((0, 8, 3), np.uint8),
    ],
)
def test_only_rgb_bytes_are_frames(frame: np.ndarray) -> None:
    with pytest.raises(InvalidInput, match=r"expected a frame \(height, width, 3\) of uint8, got"):
        checked_frame(frame)
