import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion_core.errors import InvalidInput, LabelMismatch
from emotion_core.fusion.pooling import late_fusion, log_opinion_pool
from emotion_core.labels import EKMAN7
from emotion_core.types import EmotionScores

FUSIONS = [late_fusion, log_opinion_pool]


def random_scores(seed: int, count: int = 3) -> list[EmotionScores]:
    rng = np.random.default_rng(seed)
    return [EmotionScores(EKMAN7, rng.dirichlet(np.full(7, 0.5))) for _ in range(count)]


@pytest.mark.parametrize("fusion", FUSIONS)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), weights=st.lists(st.floats(0.1, 5), min_size=3, max_size=3))
def test_equal_answers_fuse_to_themselves(fusion, seed, weights):
    rng = np.random.default_rng(seed)
    # a pool of logarithms cuts what is below a ten-thousandth
    values = rng.dirichlet(np.ones(7)) + 1e-3
    one = EmotionScores(EKMAN7, values / values.sum())
    fused = fusion([one] * 3, weights)
    np.testing.assert_allclose(fused.probabilities, one.probabilities, atol=1e-9)


@pytest.mark.parametrize("fusion", FUSIONS)
@pytest.mark.parametrize("seed", range(5))
def test_probabilities_sum_to_one_and_follow_a_permutation_of_the_labels(fusion, seed):
    rng = np.random.default_rng(seed)
    order = rng.permutation(7)
    given_scores, weights = random_scores(seed), rng.random(3)
    permuted = [
        EmotionScores(tuple(np.array(EKMAN7)[order]), s.probabilities[order]) for s in given_scores
    ]
    fused = fusion(given_scores, weights)
    assert fused.probabilities.sum() == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(
        fusion(permuted, weights).probabilities, fused.probabilities[order], atol=1e-12
    )


@pytest.mark.parametrize("fusion", FUSIONS)
def test_a_weight_of_nothing_leaves_a_modality_out(fusion):
    first, second = random_scores(3, 2)
    fused = fusion([first, second], [0, 2.5])
    reference = fusion([second], [1])
    np.testing.assert_allclose(fused.probabilities, reference.probabilities)


def test_the_mean_is_the_weighted_mean():
    first, second = random_scores(1, 2)
    fused = late_fusion([first, second], [1, 3]).probabilities
    np.testing.assert_allclose(
        fused, np.average([first.probabilities, second.probabilities], axis=0, weights=[1, 3])
    )


def test_the_pool_is_the_weighted_geometric_mean():
    values = np.array([[0.7, 0.2, 0.1], [0.3, 0.3, 0.4]])
    given_scores = [EmotionScores(("a", "b", "c"), row) for row in values]
    expected = values[0] ** 0.25 * values[1] ** 0.75
    fused = log_opinion_pool(given_scores, [1, 3]).probabilities
    np.testing.assert_allclose(fused, expected / expected.sum(), rtol=1e-12)


@pytest.mark.parametrize("fusion", FUSIONS)
@pytest.mark.parametrize("weights", [[1], [1, -1], [0, 0], [1, float("nan")], [1, 1, 1]])
def test_weights_that_do_not_fit_are_refused(fusion, weights):
    with pytest.raises(InvalidInput, match="weight"):
        fusion(random_scores(0, 2), weights)


@pytest.mark.parametrize("fusion", FUSIONS)
def test_other_labels_are_refused(fusion):
    other = EmotionScores(("a", "b"), np.array([0.5, 0.5]))
    with pytest.raises(LabelMismatch, match="map them to one label set"):
        fusion([*random_scores(0, 1), other], [1, 1])


@pytest.mark.parametrize("fusion", FUSIONS)
def test_notices_are_kept_once_and_doubt_needs_everybody(fusion):
    half = np.array([0.5, 0.5])
    first = EmotionScores(("a", "b"), half, uncertain=True, notices=("short",))
    second = EmotionScores(("a", "b"), half, notices=("short", "loud"))
    fused = fusion([first, second], [1, 1])
    assert fused.notices == ("short", "loud")
    assert not fused.uncertain
    assert fusion([first, first], [1, 1]).uncertain
