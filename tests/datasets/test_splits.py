"""Parts that no group is divided between."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_core.datasets.splits import (
    group_folds,
    linked,
    random_split,
    require_classes,
    speaker_disjoint_split,
)
from emotion_core.errors import InvalidInput

THREE = {"train": 0.8, "validation": 0.1, "test": 0.1}


def imbalance(part: np.ndarray, labels: list[str], parts: int) -> float:
    """Chi-squared distance of the class counts from equal parts."""
    counts = np.array(
        [[np.sum(np.array(labels)[part == p] == c) for c in set(labels)] for p in range(parts)]
    )
    expected = counts.sum(0) / parts
    return float(((counts - expected) ** 2 / expected).sum())


@st.composite
def grouped(draw: st.DrawFn) -> tuple[list[int], list[str]]:
    """Three groups and more of three to nine items, mixed; each group has all classes."""
    groups, labels = [], []
    for group in range(draw(st.integers(3, 15))):
        more = draw(st.lists(st.sampled_from("abc"), max_size=6))
        groups += [group] * (3 + len(more))
        labels += ["a", "b", "c", *more]
    order = draw(st.permutations(range(len(groups))))
    return [groups[i] for i in order], [labels[i] for i in order]


@given(grouped(), st.integers(0, 5))
def test_no_group_is_on_both_sides(items: tuple[list[int], list[str]], seed: int):
    groups, labels = items
    split = speaker_disjoint_split(groups, labels, THREE, seed)
    assert set(split) == set(THREE)
    assert len(set(zip(groups, split, strict=True))) == len(set(groups))


@given(grouped(), st.integers(2, 3))
def test_no_group_is_in_two_folds(items: tuple[list[int], list[str]], k: int):
    groups, labels = items
    folds = group_folds(groups, labels, k, seed=0)
    assert set(folds) == set(range(k))
    assert len(set(zip(groups, folds, strict=True))) == len(set(groups))


def test_equal_groups_are_dealt_out_equally():
    groups = np.repeat(np.arange(24), 8)
    labels = ["abcdefgh"[i % 8] for i in range(len(groups))]
    folds = group_folds(groups, labels, 6, seed=3)
    assert np.bincount(folds).tolist() == [32] * 6
    split = speaker_disjoint_split(groups, labels, THREE, seed=3)
    sizes = {name: len(set(groups[split == name])) for name in THREE}
    assert sizes == {"train": 20, "validation": 2, "test": 2}


def test_classes_are_spread_better_than_by_scikit_learn():
    from sklearn.model_selection import StratifiedGroupKFold

    rng = np.random.default_rng(0)
    ours, theirs = [], []
    for seed in range(20):
        groups = rng.integers(0, 30, 600)
        tastes = rng.dirichlet(np.ones(4), 30)
        labels = ["abcd"[rng.choice(4, p=tastes[g])] for g in groups]
        ours.append(imbalance(group_folds(groups, labels, 5, seed), labels, 5))
        reference = np.empty(600, int)
        folds = StratifiedGroupKFold(5, shuffle=True, random_state=seed)
        for i, (_, held_out) in enumerate(folds.split(labels, labels, groups)):
            reference[held_out] = i
        theirs.append(imbalance(reference, labels, 5))
    assert np.mean(ours) < np.mean(theirs)


def test_a_seed_decides():
    groups, labels = np.repeat(np.arange(20), 2), ["a", "b"] * 20
    first = speaker_disjoint_split(groups, labels, THREE, seed=0)
    np.testing.assert_array_equal(first, speaker_disjoint_split(groups, labels, THREE, seed=0))
    assert (first != speaker_disjoint_split(groups, labels, THREE, seed=1)).any()


def test_a_random_split_keeps_the_share_of_each_class():
    labels = ["a"] * 100 + ["b"] * 50 + ["c"] * 10
    split = random_split(labels, THREE, seed=0)
    for label, size in (("a", 100), ("b", 50), ("c", 10)):
        chosen = split[np.array(labels) == label]
        assert [np.sum(chosen == name) for name in THREE] == pytest.approx(
            [0.8 * size, 0.1 * size, 0.1 * size], abs=1
        )


def test_copies_stay_together_in_a_random_split():
    copies = np.repeat(np.arange(50), 2)
    split = random_split(["a", "b"] * 50, THREE, 0, copies)
    assert (split[::2] == split[1::2]).all()


def test_a_class_of_one_group_is_trained_on():
    groups = [g for g in range(10) for _ in range(4)]
    labels = ["rare" if g == 4 else "ab"[i % 2] for i, g in enumerate(groups)]
    for seed in range(10):
        split = speaker_disjoint_split(groups, labels, THREE, seed)
        assert split[groups.index(4)] == "train"


def test_items_are_linked_through_others():
    assert linked([["x"], ["y"], ["x", "z"], ["z", "y"], [], ["w"]]).tolist() == [0, 0, 0, 0, 1, 2]


@pytest.mark.parametrize(
    ("groups", "labels", "message"),
    [
        ([], [], "got 0 items"),
        ("abcd", ["joy", "", "fear", ""], "got 4 items, 2 of them without; name their labels"),
        ("aabb", ["joy", "fear"] * 2, r"expected 3 groups \(speakers\) or more .* got 2; ask for"),
        ("abc", ["joy"] * 4, "expected a group for each item, got 3 for 4"),
    ],
)
def test_items_that_cannot_be_split(groups: str, labels: list[str], message: str):
    with pytest.raises(InvalidInput, match=message):
        speaker_disjoint_split(groups, labels, THREE, seed=0)


@pytest.mark.parametrize("shares", [{}, {"train": 0.8, "test": 0.1}, {"train": 1.2, "test": -0.2}])
def test_shares_that_are_none(shares: dict[str, float]):
    with pytest.raises(InvalidInput, match="positive shares that sum to 1"):
        random_split(["joy", "fear"], shares, seed=0)


def test_folds_that_cannot_be_trained():
    with pytest.raises(InvalidInput, match="expected 2 folds or more, got 1"):
        group_folds("ab", ["joy", "joy"], 1, seed=0)
    with pytest.raises(InvalidInput, match="expected 3 groups"):
        group_folds("abab", ["joy"] * 4, 3, seed=0)
    with pytest.raises(
        InvalidInput, match=r"fold \d of 2: expected items of every class .* got none of calm; "
    ):
        group_folds("aabb", ["joy", "calm", "joy", "joy"], 2, seed=0)


def test_a_class_without_training_items():
    with pytest.raises(InvalidInput, match=r"mine: .* none of fear, joy; leave the class out"):
        require_classes(["joy", "fear", "calm"], np.array([False, False, True]), "mine")
    require_classes(["joy", "joy"], np.array([False, True]), "mine")
