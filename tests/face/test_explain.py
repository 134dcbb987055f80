"""Class maps and occlusion name the region that drives an answer."""

import numpy as np
import pytest

from emotion_core.face.explain import blank_level, class_map_weights, occlusion_weights


def test_a_class_map_points_where_the_label_is_seen():
    maps = np.zeros((3, 6, 6))
    maps[1, 4, 2] = 5.0
    weights = class_map_weights(maps, 1, 48)
    assert weights.shape == (48, 48)
    assert np.unravel_index(weights.argmax(), weights.shape) == (
        pytest.approx(36, abs=4), pytest.approx(20, abs=4),
    )  # fmt: skip
    assert weights.max() == pytest.approx(1)
    assert class_map_weights(maps, 0, 48)[36, 20] < 0


def test_what_all_labels_share_weighs_nothing():
    shared = np.random.default_rng(0).normal(size=(1, 6, 6)).repeat(3, 0)
    np.testing.assert_allclose(class_map_weights(shared, 2, 48), 0, atol=1e-6)


@pytest.mark.parametrize("channels", [(), (3,)])
def test_occlusion_finds_the_corner_that_is_read(channels: tuple[int, ...]):
    crop = np.random.default_rng(0).integers(0, 60, (48, 48, *channels)).astype(np.uint8)
    crop[:7, :7] = 250

    def brightness(crops: np.ndarray) -> np.ndarray:
        return crops[:, :7, :7].reshape(len(crops), -1).mean(1) / 255

    weights = occlusion_weights(crop, brightness)
    assert weights[3, 3] == pytest.approx(1)
    assert np.abs(weights[10:, 10:]).max() == 0


def test_a_hidden_region_has_the_mean_colour():
    crop = np.zeros((4, 4, 3), np.uint8)
    crop[:2] = (200, 100, 0)
    assert blank_level(crop).tolist() == [100, 50, 0]
    assert blank_level(crop[:, :, 0]) == 100
