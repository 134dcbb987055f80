"""Perceptual hashes of made-up faces: copies, mirror images and others."""

import cv2
import numpy as np
import pytest

from emotion_core.evaluation.face_hashes import correlations, face_hashes, near_faces, thumbnails

RNG = np.random.default_rng(0)


def make_face(seed: int, side: int = 96) -> np.ndarray:
    """A smooth picture with light and dark parts."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 255, (7, 7)).astype(np.float32)
    fine = rng.integers(-60, 60, (24, 24)).astype(np.float32)
    parts = [cv2.resize(p, (side, side), interpolation=cv2.INTER_CUBIC) for p in (coarse, fine)]
    return np.clip(parts[0] + parts[1], 0, 255).astype(np.uint8)


def jpeg(frame: np.ndarray) -> np.ndarray:
    coded = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, 40])[1]
    decoded = cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE)
    assert decoded is not None
    return decoded


CHANGES = {
    "jpeg": jpeg,
    "smaller": lambda f: cv2.resize(f, (48, 48), interpolation=cv2.INTER_AREA),
    "brighter": lambda f: np.clip(f * 0.6 + 60, 0, 255).astype(np.uint8),
    "mirrored": lambda f: f[:, ::-1],
    "shifted": lambda f: np.roll(f, 1, axis=1),
    "colour": lambda f: np.stack([f] * 3, axis=2),
}


@pytest.mark.parametrize("change", list(CHANGES))
def test_what_a_copy_may_have_gone_through(change: str) -> None:
    faces = [make_face(seed) for seed in range(12)]
    small = thumbnails([*faces, *(CHANGES[change](f) for f in faces)])
    pairs, alike = near_faces(small, np.arange(24) >= 12)
    assert {tuple(p) for p in pairs.tolist()} == {(i + 12, i) for i in range(12)}
    assert (alike >= 0.8).all()


def test_hashes_of_mirror_images_change_places() -> None:
    small = thumbnails([make_face(3)])
    straight, mirrored = face_hashes(small)
    again, back = face_hashes(np.ascontiguousarray(small[:, :, ::-1]))
    assert np.bitwise_count(mirrored ^ again) <= 2
    assert np.bitwise_count(straight ^ back) <= 2


def test_correlation_of_pixels() -> None:
    small = thumbnails(
        [make_face(0), make_face(0)[:, ::-1], make_face(1), np.full((9, 9), 7, "u1")]
    )
    found = correlations(small, np.array([[0, 0], [0, 1], [0, 2], [0, 3], [3, 3]]))
    assert found[:2] == pytest.approx([1, 1], abs=1e-5)
    assert found[2] < 0.7
    assert found[3:] == pytest.approx([0, 0])


def test_other_faces_before_one_backdrop_are_no_copies() -> None:
    backdrop = cv2.resize(make_face(50), (96, 96), interpolation=cv2.INTER_CUBIC)
    smooth = cv2.GaussianBlur(backdrop, (0, 0), 12)
    faces = []
    for seed in range(6):
        fine = np.random.default_rng(seed).normal(0, 40, (32, 32)).astype(np.float32)
        faces.append(smooth + cv2.resize(fine, (96, 96), interpolation=cv2.INTER_CUBIC) * 0.5)
    small = thumbnails([np.clip(f, 0, 255).astype(np.uint8) for f in faces])
    every = np.array([(i, j) for i in range(6) for j in range(i)])
    assert correlations(small, every).min() > 0.8
    assert len(near_faces(small)[0]) == 0


def test_nobody() -> None:
    pairs, alike = near_faces(thumbnails([]))
    assert len(pairs) == len(alike) == 0
