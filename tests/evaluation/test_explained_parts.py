"""Words, patches of a spectrogram and patches of a face as parts that can be taken away."""

from pathlib import Path

import numpy as np
import pytest

from emotion_core.audio.pipeline import load_audio_model
from emotion_core.evaluation.explained_parts import (
    explained_face,
    explained_sound,
    explained_text,
    patch_numbers,
    words_left,
)
from emotion_core.face.pipeline import load_face_model
from emotion_core.testing import keyword_model
from emotion_core.types import Waveform
from tests.bundles import write_audio_bundle, write_face_bundle


def test_a_text_without_the_word_that_names_its_emotion() -> None:
    item = explained_text(keyword_model(), "so much joy today", "occlusion")
    assert item.weights.argmax() == 2
    there = np.ones((3, 4), bool)
    there[1, 2] = False
    there[2] = False
    whole, without, nothing = item.answer(there)
    assert whole > 0.8 > 0.2 > without
    assert nothing == pytest.approx(without)


def test_no_words_are_left() -> None:
    assert words_left("joy", np.array([[0, 3]]), np.array([False])) == "."


@pytest.mark.parametrize(("shape", "rows", "columns"), [((48, 48), 7, 7), ((94, 64), 12, 8)])
def test_patches_are_a_grid_of_about_equal_parts(
    shape: tuple[int, int], rows: int, columns: int
) -> None:
    numbers = patch_numbers(shape, rows, columns)
    sizes = np.bincount(numbers.ravel())
    assert numbers.shape == shape
    assert len(sizes) == rows * columns
    assert sizes.max() <= (shape[0] // rows + 1) * (shape[1] // columns + 1)
    assert sizes.min() >= (shape[0] // rows) * (shape[1] // columns)


def test_small_pictures_have_fewer_patches() -> None:
    assert patch_numbers((1, 2), 4, 4).tolist() == [[0, 1]]


def test_a_face_without_any_patch_is_evenly_grey(tmp_path: Path) -> None:
    model = load_face_model(write_face_bundle(tmp_path / "face"))
    crop = np.full((48, 48), 20, np.uint8)
    crop[:, 24:] = 250
    item = explained_face(model, crop)
    there = np.zeros((2, 49), bool)
    there[1] = True
    grey, whole = item.answer(there)
    label = model.probabilities(crop[None])[0].argmax()
    even = np.full((1, 48, 48), crop.mean().round(), np.uint8)
    assert grey == pytest.approx(model.probabilities(even)[0, label])
    assert whole == pytest.approx(model.probabilities(crop[None])[0, label])


def test_a_sound_without_any_patch_is_its_median(tmp_path: Path) -> None:
    model = load_audio_model(write_audio_bundle(tmp_path / "voice"))
    time_s = np.arange(2 * 16_000) / 16_000
    samples = (0.5 * np.sin(2 * np.pi * 300 * time_s) * (time_s < 1.2)).astype(np.float32)
    item = explained_sound(model, Waveform(samples[None], 16_000), (0.0, 2.0))
    there = np.zeros((2, len(item.weights)), bool)
    there[1] = True
    levels = model.frame_classifier.levels(samples)
    probabilities = model.probabilities([levels, np.tile(np.median(levels, 0), (len(levels), 1))])
    label = probabilities[0].argmax()
    nothing, whole = item.answer(there)
    assert whole == pytest.approx(probabilities[0, label])
    assert nothing == pytest.approx(probabilities[1, label])
    assert item.weights == pytest.approx(item.weights.clip(-1, 1))
