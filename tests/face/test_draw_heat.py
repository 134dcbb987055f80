"""Heat over a face: what speaks for an answer and what against it."""

import cv2
import numpy as np
import pytest

from emotion_core.face.analysis import FaceWeights
from emotion_core.face.draw import (
    AGAINST_COLOUR,
    FOR_COLOUR,
    RGB,
    draw_heat,
)


def is_ink(frame: np.ndarray, colour: RGB) -> np.ndarray:
    """(height, width) where the frame has exactly a colour."""
    return (frame == np.array(colour, np.uint8)).all(-1)


def heat(weights: np.ndarray, size_px: int = 240, level: int = 128) -> np.ndarray:
    crop = np.full(weights.shape, level, np.uint8)
    return draw_heat(FaceWeights(crop, weights, "joy", "grad-cam"), size_px)


def two_regions() -> np.ndarray:
    """(48, 48) with 0.4 above and -0.4 below."""
    weights = np.zeros((48, 48))
    weights[6:18, 12:36], weights[30:42, 12:36] = 0.4, -0.4
    return weights


def test_heat_is_orange_for_and_blue_against() -> None:
    picture = heat(two_regions())
    assert picture.shape == (240, 240, 3)
    expected = [np.rint(0.25 * 128 + 0.75 * np.array(c)) for c in (FOR_COLOUR, AGAINST_COLOUR)]
    np.testing.assert_allclose(picture[60, 120], expected[0], atol=1)
    np.testing.assert_allclose(picture[180, 120], expected[1], atol=1)
    np.testing.assert_array_equal(picture[120, 5], [128] * 3)


def test_heat_without_weights_is_the_crop() -> None:
    assert (heat(np.zeros((48, 48))) == 128).all()


@pytest.mark.parametrize("level", [0, 128, 255])
def test_heat_tells_for_from_against_with_every_kind_of_eyes(level: int) -> None:
    picture = heat(two_regions(), level=level)
    ends = picture[60, 120], picture[180, 120]
    for seen in _simulated(np.stack(ends)):
        assert _lab_distance(*seen) > 20


def test_outlines_are_solid_for_and_dotted_against() -> None:
    picture = heat(two_regions(), level=255)
    solid, dotted = (is_ink(part, (0, 0, 0)) for part in (picture[:120], picture[120:]))
    assert cv2.connectedComponents(solid.astype(np.uint8))[0] - 1 <= 2
    assert cv2.connectedComponents(dotted.astype(np.uint8))[0] - 1 > 10


@pytest.mark.parametrize(
    ("shape", "size_px", "expected"),
    [((48, 48, 3), 100, (100, 100)), ((60, 40), 240, (240, 160)), ((1, 1), 16, (16, 16))],
)
def test_heat_of_any_crop(shape: tuple[int, ...], size_px: int, expected: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    crop = rng.integers(0, 256, shape, np.uint8)
    weights = rng.uniform(-1, 1, shape[:2])
    picture = draw_heat(FaceWeights(crop, weights, "joy", "occlusion"), size_px)
    assert picture.shape == (*expected, 3)
    assert picture.dtype == np.uint8


def _simulated(colours: np.ndarray) -> list[np.ndarray]:
    """Colours (colour, 3) as normal, protan and deutan eyes see them (Vienot et al., 1999)."""
    v = colours / 255
    linear = np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)
    protan = np.array([[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]])
    deutan = np.array([[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]])
    return [np.clip(linear @ m.T, 0, 1) for m in (np.eye(3), protan, deutan)]


def _lab_distance(a: np.ndarray, b: np.ndarray) -> float:
    """CIE 1976 difference of two linear RGB colours."""
    pair = np.stack([a, b])[None].astype(np.float32)
    encoded = np.where(pair <= 0.0031308, 12.92 * pair, 1.055 * pair ** (1 / 2.4) - 0.055)
    lab = cv2.cvtColor(encoded.astype(np.float32), cv2.COLOR_RGB2LAB)[0]
    return float(np.linalg.norm(lab[0] - lab[1]))
