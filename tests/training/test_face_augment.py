"""What augmentation may do to a face, and what it may not."""

import pytest
import torch
from torch import Tensor

from emotion_core.training.face_augment import augmented, erased, mixed, moved, relit
from emotion_core.training.face_config import FaceAugmentConfig

STILL = FaceAugmentConfig(0, 0, 0, 0, 0, 0, 0)


def source(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def ramp(count: int = 64) -> Tensor:
    """Faces (face, 1, 48, 48) that get brighter from left to right and from top to bottom."""
    line = torch.linspace(0, 1, 48)
    return ((line[None, :] * 2 + line[:, None]) / 3).expand(count, 1, 48, 48).contiguous()


def test_without_settings_a_face_is_itself_or_its_mirror_image():
    faces = ramp()
    same = moved(faces, 48, STILL, source())
    straight = (same - faces).abs().amax((1, 2, 3)) < 1e-5
    mirrored = (same - faces.flip(-1)).abs().amax((1, 2, 3)) < 1e-5
    assert (straight ^ mirrored).all()
    assert 16 < straight.sum() < 48


def test_another_size():
    assert augmented(torch.zeros(3, 48, 48, dtype=torch.uint8), 36, STILL, source()).shape == (
        3, 1, 36, 36,
    )  # fmt: skip


def test_a_shift_stays_in_its_limits():
    spot = torch.zeros(200, 1, 48, 48)
    spot[:, :, 23:25, 23:25] = 1
    shifted = moved(spot, 48, FaceAugmentConfig(0, 0, 0.1, 0, 0, 0, 0), source())
    mass = shifted.sum((1, 2, 3))
    places = torch.arange(48.0)
    across = (shifted.sum(2)[:, 0] * places).sum(1) / mass
    assert (across - 23.5).abs().max() <= 0.1 * 48 + 0.1
    assert (across - 23.5).abs().max() > 3


def test_a_turn_keeps_the_distance_from_the_centre():
    spot = torch.zeros(100, 1, 48, 48)
    spot[:, :, 23:25, 38:40] = 1
    turned = moved(spot, 48, FaceAugmentConfig(20, 0, 0, 0, 0, 0, 0), source())
    mass, places = turned.sum((1, 2, 3)), torch.arange(48.0) - 23.5
    across = (turned.sum(2)[:, 0] * places).sum(1) / mass
    down = (turned.sum(3)[:, 0] * places).sum(1) / mass
    torch.testing.assert_close(across.hypot(down), torch.full((100,), 15.0), rtol=0, atol=0.2)
    angle = (down / across.abs()).atan().rad2deg().abs()
    assert 15 < angle.max() <= 20.5


def test_light_keeps_the_order_of_the_grey_levels():
    lit = relit(ramp(), FaceAugmentConfig(0, 0, 0, 0.5, 0.5, 0, 0), source())
    assert lit.min() >= 0
    assert lit.max() <= 1
    assert (lit.diff(dim=-1) >= 0).all()
    assert (lit - ramp()).abs().amax((1, 2, 3)).min() > 1e-3


def test_a_rectangle_is_hidden_behind_one_grey():
    faces = ramp(400)
    hidden = erased(faces, 0.5, source())
    changed = (hidden != faces)[:, 0]
    touched = changed.any(2).any(1)
    assert 150 < touched.sum() < 250
    for face, mask in zip(hidden[touched, 0], changed[touched], strict=True):
        rows, columns = mask.any(1).nonzero()[:, 0], mask.any(0).nonzero()[:, 0]
        inside = face[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        assert inside.unique().numel() == 1
        assert all(7 <= n <= 24 for n in inside.shape)


def test_mixup_blends_faces_and_targets_alike():
    faces = torch.rand(32, 1, 8, 8)
    targets = torch.eye(32)
    blended, (labels, votes) = mixed(faces, [targets, 2 * targets], 0.4, source())
    torch.testing.assert_close(blended, torch.einsum("ij,jabc->iabc", labels, faces))
    torch.testing.assert_close(votes, 2 * labels)
    torch.testing.assert_close(labels.sum(1), torch.ones(32))
    assert (labels.diagonal() >= 0.5).all()
    assert (labels.diagonal() < 0.999).any()


def test_without_mixup_nothing_is_blended():
    faces, targets = torch.rand(4, 1, 8, 8), torch.eye(4)
    blended, (labels,) = mixed(faces, [targets], 0, source())
    assert blended is faces
    assert labels is targets


@pytest.mark.parametrize("seed", [0, 1])
def test_a_seed_repeats_itself(seed: int):
    faces = (torch.rand(8, 48, 48) * 255).to(torch.uint8)
    config = FaceAugmentConfig()
    first, second = (augmented(faces, 40, config, source(seed)) for _ in range(2))
    assert torch.equal(first, second)
    assert not torch.equal(first, augmented(faces, 40, config, source(seed + 2)))
    target = torch.eye(8)
    assert torch.equal(
        mixed(first, [target], 0.2, source(seed))[0], mixed(first, [target], 0.2, source(seed))[0]
    )
