"""What adaptation gains is measured on examples that the head has not seen."""

import numpy as np
import pytest

from emotion_core.adaptation.gain import cross_validated, folds_of
from emotion_core.adaptation.head import Seen
from emotion_core.errors import InvalidInput


def examples(count: int, labels: int, pull: float) -> tuple[Seen, np.ndarray]:
    """Embeddings that a label pulls apart so far."""
    rng = np.random.default_rng(1)
    truth = np.arange(count) % labels
    values = rng.normal(size=(count, 20)) + pull * np.eye(20)[truth]
    return Seen(values, np.zeros((count, labels))), truth


def test_noise_gains_nothing():
    seen, truth = examples(200, 4, pull=0.0)
    found = cross_validated(seen, truth, None)
    assert (found.logits.argmax(1) == truth).mean() < 0.36


def test_what_can_be_learnt_is_gained():
    seen, truth = examples(120, 4, pull=3.0)
    done: list[tuple[int, int]] = []
    found = cross_validated(seen, truth, None, lambda *step: done.append(step))
    assert (found.logits.argmax(1) == truth).mean() > 0.85
    assert done == [(k, 5) for k in range(1, 6)]


def test_speakers_are_never_on_both_sides():
    _, truth = examples(120, 3, pull=1.0)
    groups = np.repeat(np.arange(12), 10)
    fold = folds_of(truth, groups, 5)
    assert len(set(fold.tolist())) > 2
    for group in range(12):
        assert len(set(fold[groups == group].tolist())) == 1


def test_a_speaker_who_tells_the_label_is_no_gain():
    rng = np.random.default_rng(2)
    groups = np.repeat(np.arange(12), 10)
    truth = np.repeat(rng.permutation(np.arange(12) % 3), 10)
    voices = rng.normal(size=(12, 20))[groups] + 0.1 * rng.normal(size=(120, 20))
    seen = Seen(voices, np.zeros((120, 3)))
    apart = cross_validated(seen, truth, groups).logits.argmax(1)
    mixed = cross_validated(seen, truth, None).logits.argmax(1)
    assert (mixed == truth).mean() > 0.95
    assert (apart == truth).mean() < 0.75


@pytest.mark.parametrize(
    ("counts", "groups", "message"),
    [
        ([8, 3], None, "expected 4 examples of each class or more, got 3 of one"),
        ([8, 8], [0] * 8 + [1] * 8, "expected each class from 2 groups .* got one from 1"),
    ],
)
def test_too_few(counts: list[int], groups: list[int] | None, message: str):
    truth = np.repeat(np.arange(len(counts)), counts)
    seen = Seen(np.random.default_rng(0).normal(size=(len(truth), 5)), np.zeros((len(truth), 2)))
    with pytest.raises(InvalidInput, match=message):
        cross_validated(seen, truth, None if groups is None else np.array(groups))
