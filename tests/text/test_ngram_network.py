"""The network over n-grams as it is served."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from emotion_core import load, registry
from emotion_core.errors import LabelMismatch
from emotion_core.labels import EKMAN7, FEAR, JOY, NEUTRAL
from emotion_core.registry import read_spec
from emotion_core.text.ngram_network import BITS, NgramClassifier
from emotion_core.text.ngrams import NgramSettings, hashed_ngrams
from emotion_core.text.routing import recorded_scores

MODELS = Path(registry.__file__).resolve().parent.parent / "models"

TEXTS = ["so glad", "Ich bin froh", "我很高兴", "🙂", "unknown words only", "glad glad so sad"]


@pytest.fixture
def network() -> NgramClassifier:
    """Three labels, two languages; knows the n-grams of a few words."""
    rng = np.random.default_rng(0)
    settings = NgramSettings(3, 2, BITS)
    keys = np.unique(hashed_ngrams(["so glad", "ich froh"], settings).buckets).astype(np.uint32)
    return NgramClassifier(
        labels=("anger", "joy", "neutral"),
        settings=settings,
        keys=keys,
        rarity=rng.uniform(1, 9, len(keys)).astype(np.float16),
        table=rng.integers(-127, 128, (len(keys), 4)).astype(np.int8),
        scale=np.full(4, 0.01, np.float32),
        out=rng.normal(size=(3, 4)).astype(np.float32),
        bias=np.array([0.5, -1, 2], np.float32),
        language_out=rng.normal(size=(2, 4)).astype(np.float32),
        language_bias=np.zeros(2, np.float32),
        shift=np.zeros((2, 3), np.float32),
    )


def test_a_text_is_answered_alike_alone_and_among_others(network):
    together = network.logits(TEXTS * 100)  # more than one chunk
    alone = np.concatenate([network.logits([text]) for text in TEXTS])
    np.testing.assert_allclose(together[: len(TEXTS)], alone, atol=1e-5)
    np.testing.assert_allclose(together[-len(TEXTS) :], alone, atol=1e-5)


def test_a_text_without_known_ngrams_gets_the_bias(network):
    np.testing.assert_allclose(network.logits(["我很高兴", "glad"])[0], network.bias)


def test_no_text_has_no_answer(network):
    assert network.read([]) == []
    assert network.logits([]).shape == (0, 3)


def test_the_shift_follows_the_probable_language(network):
    sure = dataclasses.replace(
        network,
        language_out=np.zeros((2, 4), np.float32),
        language_bias=np.array([40, -40], np.float32),
        shift=np.array([[1, 0, -2], [9, 9, 9]], np.float32),
    )
    moved = sure.logits(TEXTS) - network.logits(TEXTS)
    np.testing.assert_allclose(moved, np.tile([1, 0, -2], (len(TEXTS), 1)), atol=1e-5)
    undecided = dataclasses.replace(sure, language_bias=np.zeros(2, np.float32))
    moved = undecided.logits(TEXTS) - network.logits(TEXTS)
    np.testing.assert_allclose(moved, np.tile([5, 4.5, 3.5], (len(TEXTS), 1)), atol=1e-5)


def test_weights_of_another_shape_are_refused(network):
    with pytest.raises(LabelMismatch, match="out: expected"):
        dataclasses.replace(network, out=np.zeros((4, 4), np.float32))
    with pytest.raises(LabelMismatch, match="shift: expected"):
        dataclasses.replace(network, shift=np.zeros((3, 3), np.float32))


GOLDEN = {
    "Ich bin heute so glücklich!": (JOY, 0.912),
    "Tengo mucho miedo de perderte": (FEAR, 0.990),
    "Я так люблю тебя": (JOY, 0.860),
    "Die Sitzung ist am Dienstag um zehn Uhr.": (NEUTRAL, 0.508),
    "今天真开心": (JOY, 0.913),
}


def test_the_shipped_bundle_answers_as_it_was_released():
    model = load(MODELS / "text-multilingual")
    assert model.labels == EKMAN7
    answers = model.predict(list(GOLDEN))
    assert [a.label for a in answers] == [label for label, _ in GOLDEN.values()]
    found = [a.probability for a in answers]
    assert found == pytest.approx([p for _, p in GOLDEN.values()], abs=0.01)


def test_the_shipped_bundle_is_small_and_its_record_names_every_language():
    spec = read_spec(MODELS / "text-multilingual")
    assert (spec.folder / "model.safetensors").stat().st_size < 15 * 2**20
    scores = recorded_scores(spec)
    assert sorted(scores) == spec.architecture["languages"]
    assert np.mean(list(scores.values())) == pytest.approx(
        spec.metrics["language_macro_f1"], abs=1e-4
    )
