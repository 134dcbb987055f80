"""What recognisers share: speech in pieces that they can read, and their words as cues."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from ...audio.decode import SAMPLE_RATE
from ...errors import ModelUnavailable
from ...types import OnSeconds
from ..transcript import Cue

QUIET_S = 0.1
"""over which it is judged where speech is quietest"""
PAUSE_S = 0.5
"""between two words, parts two cues"""
LONGEST_CUE_S = 8.0


class Piece(NamedTuple):
    """Speech that is recognised at once.

    Attributes:
        start_s: where it starts
        samples: (time,) mono, 16 kHz
    """

    start_s: float
    samples: np.ndarray

    @property
    def end_s(self) -> float:
        """Where it ends."""
        return self.start_s + len(self.samples) / SAMPLE_RATE


class Word(NamedTuple):
    """A word and when it is said."""

    start_s: float
    end_s: float
    text: str


def _quietest(samples: np.ndarray) -> int:
    """Where samples (time,) are quietest, as a place among them."""
    width = round(QUIET_S * SAMPLE_RATE)
    whole = len(samples) // width * width
    power = np.square(samples[:whole]).reshape(-1, width).sum(1)
    return int(power.argmin()) * width + width // 2


def speech_pieces(samples: np.ndarray, spans_s: np.ndarray, longest_s: float) -> list[Piece]:
    """Spans of speech, those that are too long cut where they are quietest.

    Args:
        samples: (time,) mono, 16 kHz
        spans_s: (span, 2) in seconds from the first sample
        longest_s: of a piece; each cut lies in the second half of it
    """
    longest = round(longest_s * SAMPLE_RATE)
    pieces = []
    for span in np.round(spans_s * SAMPLE_RATE).astype(int).clip(0, len(samples)):
        edges = [int(span[0])]
        while span[1] - edges[-1] > longest:
            half = edges[-1] + longest // 2
            edges.append(half + _quietest(samples[half : half + longest // 2]))
        edges.append(int(span[1]))
        pieces += [Piece(a / SAMPLE_RATE, samples[a:b]) for a, b in pairwise(edges) if b > a]
    return pieces


def one_by_one(
    pieces: Sequence[Piece],
    on_progress: OnSeconds | None,
    should_stop: Callable[[], bool] | None,
) -> Iterator[Piece]:
    """Pieces until somebody stops it, with the seconds of speech that are done."""
    expected_s = sum(len(piece.samples) for piece in pieces) / SAMPLE_RATE
    done_s = 0.0
    for piece in pieces:
        if should_stop is not None and should_stop():
            return
        yield piece
        done_s += len(piece.samples) / SAMPLE_RATE
        if on_progress is not None:
            on_progress(done_s, expected_s)


@contextmanager
def package_errors(name: str) -> Generator[None]:
    """Raise `ModelUnavailable` where a recogniser's package fails at work.

    Args:
        name: of the recogniser
    """
    try:
        yield
    except (ArithmeticError, LookupError, RuntimeError, ValueError) as error:
        raise ModelUnavailable(
            f"{name} failed on this sound: {error}; choose another recogniser or give a transcript"
        ) from error


def cues_of(words: Sequence[Word]) -> list[Cue]:
    """Words (in order) joined to cues, parted at pauses and where they become too long.

    Example:
        >>> [cue.text for cue in cues_of([Word(0, 1, "so"), Word(1, 2, "be"), Word(3, 4, "it")])]
        ['so be', 'it']
    """
    groups: list[list[Word]] = []
    for word in words:
        if (
            groups
            and word.start_s - groups[-1][-1].end_s < PAUSE_S
            and word.end_s - groups[-1][0].start_s <= LONGEST_CUE_S
        ):
            groups[-1].append(word)
        else:
            groups.append([word])
    return [Cue(g[0].start_s, g[-1].end_s, " ".join(word.text for word in g)) for g in groups]
