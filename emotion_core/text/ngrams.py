"""Texts as hashed n-grams: runs of characters inside words, words, and pairs of words.

Training and serving share this module, so that a text falls into the same buckets in both. The
hash is fixed: it depends on the characters alone, not on the machine or the order of the texts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

BITS = 64
_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SPACE = 32


@dataclass(frozen=True)
class NgramSettings:
    """Which n-grams are read and into how many buckets they fall.

    Attributes:
        largest: characters of the longest n-gram; every shorter one is read too
        words: words that are joined at most; 0 reads none, 1 single words, 2 pairs as well
        bits: there are 2 ** bits buckets
    """

    largest: int = 5
    words: int = 2
    bits: int = 20


@dataclass(frozen=True, eq=False)
class HashedTexts:
    """Counts of n-grams, text by text.

    Attributes:
        starts: (text + 1,) where each text begins in the other two
        buckets: (entry,) rising within a text
        counts: (entry,) how often
    """

    starts: np.ndarray
    buckets: np.ndarray
    counts: np.ndarray

    @property
    def owners(self) -> np.ndarray:
        """(entry,) the text of each entry."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))


def _mixed(values: np.ndarray) -> np.ndarray:
    """Spread the bits of (value,) uint64 (Steele, Lea and Flood, SplitMix, OOPSLA 2014)."""
    values = (values ^ (values >> np.uint64(30))) * _FIRST
    values = (values ^ (values >> np.uint64(27))) * _SECOND
    return values ^ (values >> np.uint64(31))


def _characters(
    codes: np.ndarray, owner: np.ndarray, largest: int
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Texts and hashes of the runs of 1 to `largest` characters that hold no inner blank."""
    space = codes == _SPACE
    hashed = np.zeros(len(codes), np.uint64)
    inner = np.zeros(len(codes), bool)
    texts, hashes = [], []
    for size in range(1, largest + 1):
        count = max(0, len(codes) - size + 1)
        hashed = _mixed((hashed[:count] + np.uint64(1)) * _STEP + codes[size - 1 :])
        inner = inner[:count]
        if size > 2:
            inner = inner | space[size - 2 : size - 2 + count]
        whole = (owner[:count] == owner[size - 1 :]) & ~inner
        if size <= 2:  # a blank alone says nothing
            whole &= ~(space[:count] & space[size - 1 :])
        chosen = np.flatnonzero(whole)
        texts.append(owner[chosen])
        hashes.append(hashed[chosen])
    return texts, hashes


def _words(
    codes: np.ndarray, owner: np.ndarray, most: int
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Texts and hashes of the runs of 1 to `most` words."""
    space = codes == _SPACE
    starts = np.flatnonzero(space[:-1] & ~space[1:]) + 1
    if not most or not len(starts):
        return [], []
    place = np.arange(len(codes)) - starts[np.clip(np.cumsum(_marked(starts, codes)) - 1, 0, None)]
    letters = _mixed(codes * _STEP + place.astype(np.uint64))
    letters[space] = 0
    single = np.add.reduceat(letters, starts)
    of = owner[starts]
    texts, hashes = [], []
    joined = np.zeros(len(single), np.uint64)
    for size in range(1, most + 1):
        count = max(0, len(single) - size + 1)
        joined = _mixed((joined[:count] + np.uint64(BITS)) * _STEP + single[size - 1 :])
        whole = of[:count] == of[size - 1 :]
        texts.append(of[:count][whole])
        hashes.append(joined[whole])
    return texts, hashes


def _marked(places: np.ndarray, like: np.ndarray) -> np.ndarray:
    marks = np.zeros(len(like), np.int64)
    marks[places] = 1
    return marks


def hashed_ngrams(texts: Sequence[str], settings: NgramSettings) -> HashedTexts:
    """Count the n-grams of texts; upper and lower case are the same.

    Args:
        texts: cleaned
        settings: which n-grams, how many buckets

    Example:
        >>> found = hashed_ngrams(["ab", "ab ab"], NgramSettings(largest=2, words=1, bits=16))
        >>> found.starts.tolist(), found.counts.tolist()
        ([0, 6, 12], [1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2])
    """
    padded = [f" {text.lower()} " for text in texts]
    owner = np.repeat(np.arange(len(padded)), [len(text) for text in padded])
    joined = "".join(padded).encode("utf-32-le", "surrogatepass")
    codes = np.frombuffer(joined, np.uint32).astype(np.uint64)
    parts = [
        _characters(codes, owner, settings.largest),
        _words(codes, owner, settings.words),
    ]
    found = np.concatenate([np.zeros(0, np.int64), *(t for texts, _ in parts for t in texts)])
    hashes = np.concatenate([np.zeros(0, np.uint64), *(h for _, hashed in parts for h in hashed)])
    shift = np.int64(settings.bits)
    keys = (found << shift) | (hashes >> np.uint64(BITS - settings.bits)).astype(np.int64)
    unique, counts = np.unique(keys, return_counts=True)
    starts = np.searchsorted(unique, np.arange(len(padded) + 1, dtype=np.int64) << shift)
    return HashedTexts(starts, unique & ((1 << settings.bits) - 1), counts)
