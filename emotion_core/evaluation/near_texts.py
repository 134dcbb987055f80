"""Texts that are nearly the same: MinHash over character shingles, verified exactly.

Source: Broder, "On the resemblance and containment of documents", 1997; banding by Indyk and
Motwani, STOC 1998.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.sparse import csr_array

SHINGLE = 5
"""characters"""
SIMILAR = 0.8
"""Jaccard index of the shingles from which on texts are near duplicates"""
BANDS, ROWS = 25, 5
"""a pair at 0.8 shares a band with a chance of 0.99995, one at 0.4 with 0.23"""
CHUNK = 2**20
"""shingles that are hashed at a time"""
PARTNERS = 50
"""of a text in one band: in a crowd of alike texts, more add nothing"""
PAIRS = 2**16
"""compared at a time"""


def _shingles(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Hashes of all shingles, text by text, and (text + 1,) where each text's begin.

    Each text has one at least: a shorter one is filled up.
    """
    padded = [text.ljust(SHINGLE, "\0") for text in texts]
    lengths = np.array([len(text) for text in padded])
    codes = np.frombuffer("".join(padded).encode("utf-32-le", "surrogatepass"), np.uint32)
    hashed = np.zeros(max(0, len(codes) - SHINGLE + 1), np.uint64)
    for offset in range(SHINGLE):
        hashed *= np.uint64(0x9E3779B97F4A7C15)
        hashed += codes[offset : offset + len(hashed)]
        hashed ^= hashed >> np.uint64(29)
    ends = np.cumsum(lengths)
    inside = np.ones(len(hashed), bool)
    for back in range(1, SHINGLE):  # those that reach into the next text
        inside[ends[:-1] - back] = False
    return hashed[inside], np.append(0, np.cumsum(lengths - SHINGLE + 1))


def _minima(hashed: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """(text, band * row) smallest value of each text's shingles under each hash function."""
    rng = np.random.default_rng(0)
    factors = rng.integers(2**63, size=BANDS * ROWS, dtype=np.uint64) * 2 + 1
    found = np.empty((len(starts) - 1, BANDS * ROWS), np.uint32)
    first = 0
    while first < len(starts) - 1:
        past = int(np.searchsorted(starts, starts[first] + CHUNK, "right"))
        past = min(max(past - 1, first + 1), len(starts) - 1)
        part = hashed[starts[first] : starts[past]]
        edges = starts[first:past] - starts[first]
        for place, factor in enumerate(factors):
            values = (part * factor >> np.uint64(32)).astype(np.uint32)
            found[first:past, place] = np.minimum.reduceat(values, edges)
        first = past
    return found


def _band_pairs(minima: np.ndarray, held_out: np.ndarray, across: bool) -> np.ndarray:
    """(pair, 2) texts that share a band, each pair once."""
    size = len(minima)
    keys: list[np.ndarray] = []
    for band in range(BANDS):
        part = minima[:, band * ROWS : (band + 1) * ROWS].astype(np.uint64)
        key = np.zeros(size, np.uint64)
        for row in range(ROWS):
            key = (key ^ part[:, row]) * np.uint64(0x9E3779B97F4A7C15)
            key ^= key >> np.uint64(31)
        order = np.lexsort((held_out, key))
        keys.append(_neighbours(key[order], order, held_out, across))
    pairs = np.unique(np.concatenate(keys))
    return np.stack([pairs // size, pairs % size], 1)


def _neighbours(
    key: np.ndarray, order: np.ndarray, held_out: np.ndarray, across: bool
) -> np.ndarray:
    """Pairs, as first * size + second, of texts with one key that stand near in sorted order."""
    size = len(order)
    first = np.flatnonzero(np.append(True, key[1:] != key[:-1]))
    counts = np.diff(np.append(first, size))
    bucket = np.repeat(np.arange(len(first)), counts)
    training = np.bincount(bucket, weights=~held_out[order], minlength=len(first)).astype(int)
    found = [np.zeros(0, np.int64)]
    for step in range(PARTNERS):
        if across:  # held-out texts stand last: each meets the training texts of its bucket
            places = np.flatnonzero(held_out[order] & (training[bucket] > step))
            partner = first[bucket[places]] + step
        else:
            places = np.flatnonzero(np.arange(size) - first[bucket] > step)
            partner = places - step - 1
        if not len(places):
            break
        pair = np.sort(np.stack([order[places], order[partner]], 1), axis=1)
        found.append(pair[:, 0] * size + pair[:, 1])
        if counts.max() <= step + 1:
            break
    return np.concatenate(found)


def _jaccard(sets: csr_array, sizes: np.ndarray, pairs: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(pairs), PAIRS):
        a, b = pairs[start : start + PAIRS].T
        common = np.asarray(sets[a].multiply(sets[b]).sum(1)).reshape(-1)
        yield common / (sizes[a] + sizes[b] - common)


def near_texts(
    texts: Sequence[str], held_out: np.ndarray | None = None, similar: float = SIMILAR
) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of different texts whose shingles overlap.

    Args:
        texts: normalised, each once
        held_out: (text,) bool; only pairs of a text that is held out and one that is not are
            looked for. None looks for all
        similar: Jaccard index from which on a pair counts

    Returns:
        (pair, 2) places, and (pair,) Jaccard index

    Example:
        >>> words = "the quick brown fox jumps over the lazy dog"
        >>> pairs, index = near_texts([words, words + "s", "something else"])
        >>> pairs.tolist(), bool(index[0] > 0.9)
        ([[0, 1]], True)
    """
    if len(texts) < 2:
        return np.zeros((0, 2), np.int64), np.zeros(0)
    hashed, starts = _shingles(texts)
    side = np.zeros(len(texts), bool) if held_out is None else held_out
    pairs = _band_pairs(_minima(hashed, starts), side, held_out is not None)
    _, number = np.unique(hashed, return_inverse=True)
    sets = csr_array(
        (np.ones(len(hashed), np.int32), number.reshape(-1), starts),
        shape=(len(texts), int(number.max()) + 1),
    )
    sets.sum_duplicates()
    sets.data[:] = 1
    index = np.concatenate([*_jaccard(sets, np.diff(sets.indptr), pairs), np.zeros(0)])
    chosen = index >= similar
    return pairs[chosen], index[chosen]
