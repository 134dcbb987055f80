"""Draws by cells and kinds of groups are draws of items and groups."""

import numpy as np
import pytest

from emotion_core.evaluation.bootstrap import bootstrap_counts, group_counts, kinds_of_groups

RNG = np.random.default_rng(2)


def drawn(cells: np.ndarray, size: int, groups: np.ndarray | None, samples: int) -> np.ndarray:
    return np.concatenate(list(bootstrap_counts(cells, size, groups, samples, 0)))


def test_items() -> None:
    cells = np.repeat([0, 2, 3], [10, 30, 60])
    counts = drawn(cells, 5, None, 4000)
    assert counts.shape == (4000, 5)
    assert (counts.sum(1) == 100).all()
    assert not counts[:, [1, 4]].any()
    np.testing.assert_allclose(counts.mean(0), [10, 0, 30, 60, 0], atol=0.5)
    # variance of a multinomial count: n p (1 - p)
    np.testing.assert_allclose(counts.var(0)[[0, 2, 3]], [9, 21, 24], rtol=0.1)


def one_by_one(cells: np.ndarray, size: int, groups: np.ndarray, samples: int) -> np.ndarray:
    """What is meant: draw groups with replacement and count their items."""
    names, rng = np.unique(groups), np.random.default_rng(1)
    tables = {g: np.bincount(cells[groups == g], minlength=size) for g in names}
    return np.array([sum(tables[g] for g in rng.choice(names, len(names))) for _ in range(samples)])


@pytest.mark.parametrize("alike", [True, False])
def test_groups(alike: bool) -> None:
    if alike:  # 40 groups of two kinds
        groups = np.arange(40).repeat(5)
        cells = np.where(groups < 10, 0, 1) + 2 * (np.arange(200) % 5 == 0)
    else:
        groups = RNG.integers(0, 12, 200)
        cells = RNG.integers(0, 4, 200)
    counts, expected = drawn(cells, 4, groups, 4000), one_by_one(cells, 4, groups, 4000)
    spread = expected.std(0)
    np.testing.assert_allclose(counts.mean(0), expected.mean(0), atol=0.08 * spread.max())
    np.testing.assert_allclose(np.cov(counts.T), np.cov(expected.T), atol=0.1 * spread.max() ** 2)


def test_kinds_of_groups() -> None:
    groups = np.array(["b", "a", "c", "a", "b", "c"])
    cells = np.array([0, 1, 2, 0, 1, 2])
    profiles, number, kind = kinds_of_groups(group_counts(cells, 3, groups))
    assert sorted(number.tolist()) == [1, 2]
    assert kind[0] == kind[1] != kind[2]
    np.testing.assert_array_equal(profiles.toarray()[kind], [[1, 1, 0], [1, 1, 0], [0, 0, 2]])


def test_the_same_seed_gives_the_same_draws() -> None:
    groups, cells = RNG.integers(0, 9, 50), RNG.integers(0, 4, 50)
    np.testing.assert_array_equal(drawn(cells, 4, groups, 20), drawn(cells, 4, groups, 20))
