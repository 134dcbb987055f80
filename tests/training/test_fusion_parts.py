"""Late weights, levels of disagreement and spoilt items."""

import numpy as np
import pytest
import torch

from emotion_core.fusion.disagreement import conflict, conflicts
from emotion_core.fusion.evidence import FUSED
from emotion_core.training.fusion_late import fit_late, write_late
from emotion_core.training.fusion_levels import FALSE_ALARMS, fit_levels
from emotion_core.training.fusion_moments import SUBSETS, subset_name
from emotion_core.training.fusion_network import build_network
from emotion_core.training.fusion_spoiling import blurred, darkened, mistyped, noisy, shuffled
from emotion_core.training.fusion_trainer import FusionModule, batches_of, features_of
from tests.training.fusion_items import material, small


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize("pooling", ["mean", "log-opinion"])
def test_fitted_weights_make_the_labels_more_likely_than_equal_ones(pooling, tmp_path):
    from emotion_core.fusion.late import LateFuser

    moments = material().side("train").each_subset(1400, 0)
    fitted = fit_late(pooling, moments)
    assert fitted.fuser.weights.sum() == pytest.approx(1)

    def loss(fuser: LateFuser) -> float:
        said = fuser.fuse(moments.arrays).probabilities
        return -float(np.log(said[np.arange(len(moments)), moments.truth]).mean())

    assert loss(fitted.fuser) < loss(LateFuser(pooling, np.ones(3)))
    assert fitted.history[-1]["train_loss"] <= fitted.history[0]["train_loss"]
    write_late(fitted.fuser, tmp_path)
    assert (tmp_path / "model.safetensors").is_file()


def test_a_batch_of_lonely_modalities_has_a_loss():
    """Nothing of it can be guessed from anything else."""
    items, config = material(), small("translation")
    alone = items.each_subset(8, 0, [(m,) for m in FUSED])
    network = build_network("translation", features_of(items), len(items.labels), config.network)
    module = FusionModule(network, config, len(items.labels))
    assert torch.isfinite(module.training_step(batches_of(alone, 8)[0], 0))


def test_levels_flag_a_twentieth_of_what_they_were_fitted_to():
    several = [s for s in SUBSETS if len(s) > 1]
    moments = material().side("validation").each_subset(3000, 0, several)
    levels = fit_levels(moments.arrays, None)
    flagged = levels.flagged(conflicts(moments.arrays), None).any(1).mean()
    assert flagged == pytest.approx(FALSE_ALARMS, abs=0.005)
    surprise = np.random.default_rng(0).random((len(moments), len(FUSED)))
    by_surprise = fit_levels(moments.arrays, surprise)
    assert set(by_surprise.surprise) == set(FUSED)
    assert by_surprise.flagged(conflicts(moments.arrays), surprise).any(1).mean() <= FALSE_ALARMS


def test_a_conflict_needs_two_labels_and_two_that_are_sure():
    joy, anger, flat = np.array([0.9, 0.1]), np.array([0.2, 0.8]), np.array([0.5, 0.5])
    assert conflict(joy, joy) == 0
    assert conflict(joy, anger) == pytest.approx(0.6)
    assert conflict(joy, flat) == 0
    assert conflict(joy, anger, 0.5) == pytest.approx(0.3)
    assert conflict(anger, joy) == conflict(joy, anger)


def test_a_spoilt_text_keeps_its_words_or_its_length_about(rng):
    text = "I have never been this happy in my whole life"
    assert sorted(shuffled(text, rng).split()) == sorted(text.split())
    assert shuffled(text, rng) != text
    wrong = mistyped(text, rng)
    assert wrong != text
    assert len(wrong.split()) == len(text.split())
    assert mistyped("", rng) == ""


def test_noise_is_as_loud_as_asked(rng):
    samples = np.sin(np.arange(16_000) / 10).astype(np.float32) * 0.1
    loud = noisy(samples, 0.0, rng)
    assert loud.dtype == np.float32
    assert np.mean((loud - samples) ** 2) == pytest.approx(np.mean(samples**2), rel=0.05)
    assert np.abs(noisy(samples * 9, 0.0, rng)).max() <= 1


def test_spoilt_faces_stay_pictures(rng):
    crops = rng.integers(0, 256, (3, 48, 48)).astype(np.uint8)
    for spoilt in (blurred(crops), darkened(crops, rng)):
        assert spoilt.shape == crops.shape
        assert spoilt.dtype == np.uint8
    assert blurred(crops).std() < crops.std() / 2
    assert darkened(crops, rng).mean() < crops.mean() / 4


def test_sets_of_modalities_have_names():
    assert [subset_name(s) for s in SUBSETS] == ["t", "a", "f", "ta", "tf", "af", "taf"]
