"""Counts of bootstrap samples, without a loop over items.

What a score needs of the items is how many lie in each cell of a table (truth and answer). Items
of one cell are alike, so drawing items with replacement is one multinomial draw over the cells,
whatever their number. Groups with the same counts are alike in the same way.
"""

from collections.abc import Iterator

import numpy as np
from scipy.sparse import csr_array

BLOCK_VALUES = 2**22
"""counts that are in memory at a time"""


def group_counts(cells: np.ndarray, size: int, groups: np.ndarray) -> csr_array:
    """(group, cell) how many items of each group lie in each cell.

    Args:
        cells: (item,) from 0 to size - 1
        size: number of cells
        groups: (item,) anything that sorts
    """
    _, number = np.unique(groups, return_inverse=True)
    shape = (int(number.max()) + 1, size)
    table = csr_array((np.ones(len(cells)), (number.reshape(-1), cells)), shape=shape)
    table.sum_duplicates()
    return table


def kinds_of_groups(table: csr_array) -> tuple[csr_array, np.ndarray, np.ndarray]:
    """Groups with the same counts as one kind.

    Args:
        table: (group, cell)

    Returns:
        (kind, cell) counts of one group of the kind, (kind,) number of groups, and (group,) kind
    """
    # wrapping sums of counts times random numbers: equal rows have equal signatures, and two
    # others among a million agree with a chance below 1e-7
    factors = np.random.default_rng(0).integers(2**63, size=table.shape[1], dtype=np.uint64)
    whole = csr_array((table.data.astype(np.uint64), table.indices, table.indptr), table.shape)
    _, first, kind, number = np.unique(
        whole @ factors, return_index=True, return_inverse=True, return_counts=True
    )
    return table[first], number, kind.reshape(-1)


def bootstrap_counts(
    cells: np.ndarray, size: int, groups: np.ndarray | None, samples: int, seed: int
) -> Iterator[np.ndarray]:
    """Counts per cell of bootstrap samples, in blocks (sample, cell).

    Args:
        cells: (item,) from 0 to size - 1
        size: number of cells
        groups: (item,) speaker or dialogue; whole groups are drawn. None, or one group, draws
            items
        samples: how many
        seed: of the random generator
    """
    rng = np.random.default_rng(seed)
    if groups is None or (groups == groups[0]).all():
        counts = np.bincount(cells, minlength=size)
        yield from _drawn_items(counts, samples, rng)
        return
    profiles, number, kind = kinds_of_groups(group_counts(cells, size, groups))
    drawn = _drawn_groups(number, kind, size, samples, rng)
    for weights in drawn:
        yield (profiles.T @ weights.T).T


def _blocks(samples: int, values: int) -> Iterator[int]:
    """Sizes of blocks of samples with so many values each."""
    size = max(1, BLOCK_VALUES // max(1, values))
    for start in range(0, samples, size):
        yield min(size, samples - start)


def _drawn_items(
    counts: np.ndarray, samples: int, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    taken = np.flatnonzero(counts)
    total = counts.sum()
    for size in _blocks(samples, len(counts)):
        block = np.zeros((size, len(counts)))
        block[:, taken] = rng.multinomial(total, counts[taken] / total, size)
        yield block


def _drawn_groups(
    number: np.ndarray, kind: np.ndarray, size: int, samples: int, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """Blocks (sample, kind): how often groups of each kind were drawn."""
    groups, kinds = len(kind), len(number)
    for block in _blocks(samples, max(kinds, size)):
        if 4 * kinds < groups:
            yield rng.multinomial(groups, number / groups, block)
        else:  # a uniform draw is quicker than a multinomial one over so many
            draws = (rng.integers(groups, size=groups) for _ in range(block))
            yield np.stack([np.bincount(kind[d], minlength=kinds) for d in draws])
