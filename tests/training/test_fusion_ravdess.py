"""Fusions on real pairs, without the networks, which take minutes."""

import json

import numpy as np
import pytest

from emotion_core.datasets.sources import data_path
from emotion_core.errors import InvalidInput
from emotion_core.labels import RAVDESS8
from emotion_core.training import fusion_ravdess
from emotion_core.training.fusion_ravdess import (
    METHODS,
    SOURCE,
    PairedClips,
    accuracy,
    answers,
    measure_ravdess,
    opinion_pool,
    plain_mean,
    regression,
    weighted_mean,
)

needs_data = pytest.mark.skipif(not data_path(SOURCE).is_file(), reason=f"{SOURCE} is not there")


def clips(count: int = 400, seed: int = 0) -> PairedClips:
    """Four labels; the voice is right more often than the face, and they err apart."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 4, count)

    def said(strength: float) -> np.ndarray:
        logits = rng.normal(0, 1, (count, 4))
        logits[np.arange(count), truth] += strength
        return logits - np.log(np.exp(logits).sum(1, keepdims=True))

    actor = np.arange(count) % 20
    return PairedClips(
        ("a", "b", "c", "d"), truth, actor, actor % 5, said(2), said(1.2), said(1), said(0.5)
    )


@pytest.mark.parametrize(
    "method",
    [
        plain_mean,
        opinion_pool("audio", "video", "still"),
        regression("audio", "video"),
    ],
)
def test_two_encoders_are_right_more_often_than_one(method):
    whole = clips()
    said = answers(method, dict.fromkeys(range(5), whole))
    np.testing.assert_allclose(said.sum(1), 1)
    assert accuracy(said, whole) > accuracy(np.exp(whole.audio), whole) + 0.02


def test_a_fitted_mean_loses_nothing_to_the_better_encoder():
    whole = clips()
    said = answers(weighted_mean, dict.fromkeys(range(5), whole))
    assert accuracy(said, whole) >= accuracy(np.exp(whole.audio), whole)


def test_what_is_tested_is_not_learnt_from():
    """A method that only remembers knows nothing of a fold that it has not met."""
    met: list[set[int]] = []

    def remembers(train: PairedClips, test: PairedClips) -> np.ndarray:
        met.append(set(train.actor) & set(test.actor))
        return np.full((len(test), 4), 0.25)

    answers(remembers, dict.fromkeys(range(5), clips()))
    assert met == [set()] * 5


def test_an_archive_that_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(InvalidInput, match="cannot be read"):
        measure_ravdess(tmp_path / "out.json", str(tmp_path / "nothing.npz"))


@needs_data
@pytest.mark.data
def test_the_published_numbers_are_met_and_beaten(tmp_path, monkeypatch):
    quick = ("voice alone", "face alone, biLSTM", "log-opinion pool: voice, biLSTM, MLP")
    monkeypatch.setattr(fusion_ravdess, "METHODS", {name: METHODS[name] for name in quick})
    monkeypatch.setattr(fusion_ravdess, "SHOWN_SEEN", quick)
    out = tmp_path / "paired.json"
    results = measure_ravdess(out)
    assert json.loads(out.read_text())["clips"] == 1440
    held_out = {name: row["accuracy"] for name, row in results["held_out"].items()}
    assert held_out["published fusion"] == pytest.approx(0.867, abs=1e-3)
    assert held_out["voice alone"] == pytest.approx(0.818, abs=2e-3)
    assert held_out["face alone, biLSTM"] == pytest.approx(0.621, abs=3e-3)
    assert held_out["log-opinion pool: voice, biLSTM, MLP"] > 0.867
    # encoders that had learnt from the test clips: nearly everything is right, and worth nothing
    assert results["seen"]["voice alone"]["accuracy"] > 0.95
    assert set(RAVDESS8) == set(
        fusion_ravdess._protocols(fusion_ravdess._open(SOURCE))["held out"][0].labels
    )
