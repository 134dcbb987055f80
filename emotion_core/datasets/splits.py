"""Divide items into parts so that nothing that belongs together lies on both sides.

Groups (speakers, people, dialogues) are dealt out one by one, the largest first, each to the
part that lacks its classes most. Counted per class, that is the method by which Sainte-Laguë
allots seats to parties, so the parts keep their shares of every class as well as whole groups
allow.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence

import numpy as np

from ..errors import InvalidInput


def linked(keys: Sequence[Iterable[Hashable]]) -> np.ndarray:
    """(item,) number of the group of each item; items that share a key share a group.

    Args:
        keys: (item,) what each item has in common with others; sharing carries on, so that two
            items may share a group through a third

    Example:
        >>> linked([["ann"], ["ann", "copy"], ["copy"], ["bob"]]).tolist()
        [0, 0, 0, 1]
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    pairs = [(item, key) for item, its in enumerate(keys) for key in its]
    number = {key: i for i, key in enumerate(dict.fromkeys(key for _, key in pairs), len(keys))}
    items = [item for item, _ in pairs]
    size = len(keys) + len(number)
    edges = coo_array(
        (np.ones(len(pairs)), (items, [number[key] for _, key in pairs])), shape=(size, size)
    )
    return connected_components(edges, directed=False)[1][: len(keys)]


def _numbered(values: Sequence[Hashable] | np.ndarray) -> np.ndarray:
    """(item,) 0, 1, ... for values in order of their first appearance."""
    number = {value: i for i, value in enumerate(dict.fromkeys(values))}
    return np.array([number[value] for value in values], int)


def _class_counts(groups: np.ndarray, labels: Sequence[str]) -> np.ndarray:
    """(group, class) number of items."""
    classes = _numbered(labels)
    counts = np.zeros((groups.max() + 1, classes.max() + 1))
    np.add.at(counts, (groups, classes), 1)
    return counts


def _deal(counts: np.ndarray, shares: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(group,) part of each group; no part stays empty.

    Args:
        counts: (group, class)
        shares: (part,)
        rng: decides among groups of one size
    """
    wanted = shares[:, None] * counts.sum(0)
    order = rng.permutation(len(counts))
    order = order[np.argsort(-counts[order].sum(1), kind="stable")]
    dealt = np.zeros_like(wanted)
    part = np.full(len(counts), -1)
    for left, group in zip(range(len(counts), 0, -1), order, strict=True):
        cost = (counts[group] * (2 * dealt + counts[group]) / wanted).sum(1)
        empty = ~dealt.any(1)
        if left <= empty.sum():
            cost[~empty] = np.inf
        part[group] = cost.argmin()
        dealt[part[group]] += counts[group]
    return part


def _dealt(
    groups: Sequence[Hashable] | np.ndarray, labels: Sequence[str], shares: np.ndarray, seed: int
) -> np.ndarray:
    """(item,) part of each item."""
    if not len(labels) or not all(labels):
        missing = sum(not label for label in labels)
        raise InvalidInput(
            f"expected a label for each item, got {len(labels)} items, {missing} of them without; "
            "name their labels or leave them out"
        )
    if len(groups) != len(labels):
        raise InvalidInput(f"expected a group for each item, got {len(groups)} for {len(labels)}")
    numbers = _numbered(groups)
    found = int(numbers.max()) + 1
    if found < len(shares):
        raise InvalidInput(
            f"expected {len(shares)} groups (speakers) or more for {len(shares)} parts, got "
            f"{found}; ask for fewer parts, add speakers, or split at random"
        )
    counts = _class_counts(numbers, labels)
    return _deal(counts, shares, np.random.default_rng(seed))[numbers]


def require_classes(labels: Sequence[str], training: np.ndarray, where: str) -> None:
    """Refuse to train where a class has no items to learn from.

    Args:
        labels: (item,)
        training: (item,) bool
        where: names the data and the split in the message

    Raises:
        InvalidInput: naming the classes that training lacks
    """
    lacking = set(labels) - {label for label, used in zip(labels, training, strict=True) if used}
    if lacking:
        raise InvalidInput(
            f"{where}: expected items of every class in training, got none of "
            f"{', '.join(sorted(lacking))}; leave the class out, merge it with another by a label "
            "set, or add speakers who have it"
        )


def speaker_disjoint_split(
    groups: Sequence[Hashable] | np.ndarray,
    labels: Sequence[str],
    fractions: Mapping[str, float],
    seed: int,
) -> np.ndarray:
    """(item,) names of splits; a group is in one only, the classes spread as evenly as they go.

    Args:
        groups: (item,) what must not be divided
        labels: (item,)
        fractions: split -> share of the items; the first split is trained on
        seed: decides among groups of one size

    Raises:
        InvalidInput: if an item has no label, there are fewer groups than splits, the shares do
            not sum to 1, or a class has no items in the first split

    Example:
        >>> shares = {"train": 0.5, "test": 0.5}
        >>> speaker_disjoint_split(["ann", "bob"] * 2, ["joy", "joy"] * 2, shares, seed=0).tolist()
        ['train', 'test', 'train', 'test']
    """
    shares = np.array(list(fractions.values()))
    if not len(shares) or (shares <= 0).any() or abs(shares.sum() - 1) > 1e-6:
        raise InvalidInput(f"expected positive shares that sum to 1, got {dict(fractions)}")
    part = _dealt(groups, labels, shares, seed)
    require_classes(labels, part == 0, "split")
    return np.array(list(fractions))[part]


def random_split(
    labels: Sequence[str],
    fractions: Mapping[str, float],
    seed: int,
    copies: Sequence[Hashable] | np.ndarray | None = None,
) -> np.ndarray:
    """(item,) names of splits, each item by itself: a speaker may be on both sides.

    Args:
        labels: (item,)
        fractions: as for `speaker_disjoint_split`
        seed: decides which items go where
        copies: (item,) items with one value are copies of each other and stay together

    Raises:
        InvalidInput: as `speaker_disjoint_split`
    """
    groups = np.arange(len(labels)) if copies is None else copies
    return speaker_disjoint_split(groups, labels, fractions, seed)


def group_folds(
    groups: Sequence[Hashable] | np.ndarray, labels: Sequence[str], k: int, seed: int
) -> np.ndarray:
    """(item,) fold from 0 to k - 1; a group is in one only, the classes spread evenly.

    Args:
        groups: (item,) what must not be divided
        labels: (item,)
        k: number of folds, 2 or more
        seed: decides among groups of one size

    Raises:
        InvalidInput: if an item has no label, there are fewer groups than folds, or all items of
            a class are in one fold, which then has none to train on
    """
    if k < 2:
        raise InvalidInput(f"expected 2 folds or more, got {k}")
    fold = _dealt(groups, labels, np.full(k, 1 / k), seed)
    for held_out in range(k):
        require_classes(labels, fold != held_out, f"fold {held_out} of {k}")
    return fold
