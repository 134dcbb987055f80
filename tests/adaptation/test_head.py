"""A head on frozen embeddings, against scikit-learn and at its limits."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from emotion_core.adaptation.head import Seen, fit_head

ITEMS, WIDTH, LABELS = 60, 12, 3


@pytest.fixture
def seen() -> Seen:
    rng = np.random.default_rng(0)
    prior = np.log(rng.dirichlet(np.ones(LABELS), ITEMS))
    return Seen(rng.normal(size=(ITEMS, WIDTH)) * np.arange(1, WIDTH + 1) + 5, prior)


@pytest.fixture
def truth(seen: Seen) -> np.ndarray:
    pulled = seen.embeddings[:, :LABELS] / np.arange(1, LABELS + 1) + seen.prior
    return pulled.argmax(1)


def test_without_a_prior_it_is_logistic_regression(seen: Seen, truth: np.ndarray):
    alone = Seen(seen.embeddings, np.zeros_like(seen.prior))
    head = fit_head(alone, truth, strength=3.0)
    values = alone.embeddings
    scaled = (values - values.mean(0)) / values.std(0) / np.sqrt(WIDTH)
    expected = LogisticRegression(C=3.0, tol=1e-8, max_iter=5000).fit(scaled, truth)
    difference = head.logits(alone) - expected.decision_function(scaled)
    assert (
        np.abs(difference - difference.mean(1, keepdims=True)).max() < 0.05
    )  # a bias is hardly held


def test_the_weaker_the_closer_to_the_own_answers(seen: Seen, truth: np.ndarray):
    head = fit_head(seen, truth, strength=1e-9)
    assert np.abs(head.weight).max() < 1e-6
    assert head.trust > 0
    found = head.logits(seen) - head.bias
    assert np.allclose(found, head.trust * seen.prior, atol=1e-6)


def test_examples_are_learnt(seen: Seen, truth: np.ndarray):
    head = fit_head(seen, truth, strength=100.0)
    assert (head.logits(seen).argmax(1) == truth).mean() > 0.95


def test_permuted_labels_permute_the_answers(seen: Seen, truth: np.ndarray):
    order = np.array([2, 0, 1])
    head = fit_head(seen, truth, 1.0)
    place = np.argsort(order)
    other = fit_head(Seen(seen.embeddings, seen.prior[:, order]), place[truth], 1.0)
    expected = head.logits(seen)[:, order]
    permuted = Seen(seen.embeddings, seen.prior[:, order])
    assert np.allclose(other.logits(permuted), expected, atol=0.02)


def test_a_column_that_never_changes_counts_for_nothing(seen: Seen, truth: np.ndarray):
    values = seen.embeddings.copy()
    values[:, 0] = 7.0
    head = fit_head(Seen(values, seen.prior), truth, 1.0)
    assert (head.weight[:, 0] == 0).all()
