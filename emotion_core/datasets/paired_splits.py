"""Which utterances a fusion is trained on, picked by and tested on."""

from collections.abc import Hashable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..errors import InvalidInput
from .corpora import Recording
from .paired_clip import PairedSet
from .recordings import SHARES, with_splits
from .splits import random_split as split_at_random
from .splits import require_classes

LEAST_SESSIONS = 3
"""one to test on, one to validate on, and what is left to train on"""


class Division(NamedTuple):
    """A set divided once."""

    name: str
    """of what is tested on, or of how it was divided"""
    side: np.ndarray
    """(clip,) `train`, `validation` or `test`"""


def grouped_split(paired: PairedSet, seed: int) -> Division:
    """The published split, or one that keeps each group (session, dialogue, speaker) together.

    MELD's is by dialogue: the dialogues of its test are new, but its six main speakers are on all
    three sides, as everybody reports it.

    Args:
        paired: with a split all or none; a missing validation split comes from `train`
        seed: decides which groups go where

    Raises:
        InvalidInput: if only some clips have a split, there are too few groups, or training lacks
            a class
    """
    records = [
        Recording(Path(c.name), c.label, c.speaker, paired.corpus, c.group, c.split)
        for c in paired.clips
    ]
    return Division("groups", np.array([r.split for r in with_splits(records, seed)]))


def leave_one_session_out(paired: PairedSet) -> list[Division]:
    """A division for each session: it is tested on, the next one picks the epoch.

    This is the protocol that counts. The two speakers of a session talk to nobody else, so no
    voice and no dialogue of the test was trained on, and the score is one for people whom the
    model has never heard, as its users are. It holds only if the encoders were not trained on the
    test session either, as those that were trained on other data.

    Raises:
        InvalidInput: if there are fewer than three sessions, a speaker or a dialogue is in two of
            them, or training lacks a class
    """
    session = np.array([c.session for c in paired.clips])
    names = sorted(set(session.tolist()))
    if len(names) < LEAST_SESSIONS or "" in names:
        raise InvalidInput(
            f"expected {LEAST_SESSIONS} sessions or more and one for each clip, got "
            f"{len(set(names) - {''})} and {int((session == '').sum())} clips without; split by "
            "group instead"
        )
    _require_apart(paired, "speaker")
    _require_apart(paired, "dialogue")
    divisions = []
    for place, name in enumerate(names):
        side = np.where(session == name, "test", "train").astype("U10")
        side[session == names[(place + 1) % len(names)]] = "validation"
        require_classes([c.label for c in paired.clips], side == "train", f"without {name}")
        divisions.append(Division(name, side))
    return divisions


def _require_apart(paired: PairedSet, what: str) -> None:
    """Raise `InvalidInput` where a speaker or a dialogue is in two sessions."""
    first: dict[Hashable, str] = {}
    for clip in paired.clips:
        if (name := getattr(clip, what)) and first.setdefault(name, clip.session) != clip.session:
            raise InvalidInput(
                f"expected each {what} in one session, got {name} in {first[name]} and "
                f"{clip.session}; give what belongs together one session, or split by group"
            )


def random_split(paired: PairedSet, seed: int) -> Division:
    """Each clip by itself, whoever speaks: for comparison alone, as its score does not count.

    Studies of IEMOCAP that report 0.9 and more divide like this. A test clip has its speaker, its
    dialogue and often the sentence before it in training, and where the encoders were trained on
    a random split of their own, the clip itself. Such a score says how well the model knows these
    ten people, not how it will do with another one.

    Args:
        paired: its own split is not used
        seed: decides which clips go where

    Raises:
        InvalidInput: if there are fewer clips than splits, or a class has no clip in training
    """
    return Division("random", split_at_random([c.label for c in paired.clips], SHARES, seed))
