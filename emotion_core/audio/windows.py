"""Which stretches of a recording are answered."""

from itertools import pairwise

import numpy as np

from ..errors import InvalidInput

PHRASE_GAP_S = 1.0
"""a longer silence parts two phrases"""
LONGEST_PIECE_S = 6.0
"""what is answered at once for the emotion of the whole"""
LEAST_HOP_S = 0.05
"""from one window to the next; shorter ones would answer the same sound over and over"""


def phrases(speech_s: np.ndarray, gap_s: float = PHRASE_GAP_S) -> np.ndarray:
    """Spans of speech joined across short silences.

    Args:
        speech_s: (span, 2) in order
        gap_s: shortest silence that parts two phrases

    Returns:
        (phrase, 2)

    Example:
        >>> phrases(np.array([[0.0, 1.0], [1.5, 2.0], [4.0, 5.0]])).tolist()
        [[0.0, 2.0], [4.0, 5.0]]
    """
    if not len(speech_s):
        return np.zeros((0, 2))
    parted = np.flatnonzero(speech_s[1:, 0] - speech_s[:-1, 1] >= gap_s)
    starts = speech_s[np.concatenate([[0], parted + 1]), 0]
    ends = speech_s[np.concatenate([parted, [len(speech_s) - 1]]), 1]
    return np.stack([starts, ends], 1)


def pieces(phrases_s: np.ndarray, longest_s: float = LONGEST_PIECE_S) -> np.ndarray:
    """Phrases (phrase, 2) in equal parts (piece, 2) of at most `longest_s`, which do not overlap.

    Example:
        >>> pieces(np.array([[0.0, 8.0]])).tolist()
        [[0.0, 4.0], [4.0, 8.0]]
    """
    found = []
    for start, end in phrases_s:
        edges = np.linspace(start, end, max(1, int(np.ceil((end - start) / longest_s))) + 1)
        found += pairwise(edges)
    return np.array(found).reshape(-1, 2)


def check_window(window_s: float, hop_s: float) -> None:
    """Raise `InvalidInput` unless 0.05 s <= hop <= window."""
    if not 0 < hop_s <= window_s:
        raise InvalidInput(
            f"expected 0 < hop <= window, got a hop of {hop_s} s and a window of {window_s} s"
        )
    if hop_s < LEAST_HOP_S:
        raise InvalidInput(
            f"expected a hop of {LEAST_HOP_S} s or more, got {hop_s} s; choose a longer one"
        )


def sliding_windows(phrases_s: np.ndarray, window_s: float, hop_s: float) -> np.ndarray:
    """Windows (window, 2) that slide over each phrase (phrase, 2) from its start.

    A phrase that is shorter is one window as long as it is; the last window of a longer one
    ends with it, so all of the speech is covered.

    Raises:
        InvalidInput: if the hop is shorter than 0.05 s or longer than the window

    Example:
        >>> sliding_windows(np.array([[0.0, 4.5]]), 3, 1).tolist()
        [[0.0, 3.0], [1.0, 4.0], [1.5, 4.5]]
    """
    check_window(window_s, hop_s)
    found = []
    for start, end in phrases_s:
        last = end - window_s
        if last <= start:
            found.append((start, end))
            continue
        starts = np.arange(start, last + 1e-9, hop_s)
        if last - starts[-1] > 1e-6:
            starts = np.append(starts, last)
        found += [(s, s + window_s) for s in starts]
    return np.array(found).reshape(-1, 2)
