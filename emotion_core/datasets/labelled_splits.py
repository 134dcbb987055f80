"""Which items of a source belong to the split that is measured."""

import numpy as np

from ..errors import InvalidInput
from .columns import WordColumn
from .labelled_items import EVERY_SPLIT
from .sources import split_of

LEARNT_FROM = ("train", "validation")
NO_SPLITS = "the data name no splits, so every item counts; a model may know some from training"
EVERY = "every split counts; a model that was trained on a part of them knows the answers"


def splits_in_our_words(splits: WordColumn) -> WordColumn:
    """Splits as members of `SPLITS` where they mean one; else as written, without blanks.

    Example:
        >>> list(splits_in_our_words(WordColumn.of(["dev", " extra", "test", ""])))
        ['validation', 'extra', 'test', '']
    """
    meant = WordColumn.of([split_of(w.strip().lower()) or w.strip() for w in splits.words])
    return WordColumn(meant.numbers[splits.numbers], meant.words)


def chosen_split(
    splits: WordColumn, wanted: str, name: str
) -> tuple[np.ndarray, str, tuple[str, ...]]:
    """The items of a split.

    Args:
        splits: as written; nothing but blanks where there are none
        wanted: member of `SPLITS`, `EVERY_SPLIT`, or a word of the source's own
        name: of the source

    Returns:
        numbers of the items, the split ("" where there are none), and notices

    Raises:
        InvalidInput: if the source has splits and none of this name
    """
    if not any(w.strip() for w in splits.words):
        return np.arange(len(splits)), "", (NO_SPLITS,)
    if wanted == EVERY_SPLIT:
        return np.arange(len(splits)), EVERY_SPLIT, (EVERY,)
    meant = splits_in_our_words(splits)
    rows = np.flatnonzero(meant.where([wanted]))
    if not len(rows):
        counts = np.bincount(meant.numbers, minlength=len(meant.words)).tolist()
        found = zip(meant.words, counts, strict=True)
        listed = ", ".join(f"{word or '(empty)'} ({n:,})" for word, n in found if n)
        raise InvalidInput(
            f"{name}: no item of the split {wanted!r}; it has {listed}; choose one with --split, "
            f"or all of them with --split {EVERY_SPLIT}"
        )
    told = (f"the split {wanted} is one to learn from",) if wanted in LEARNT_FROM else ()
    return rows, wanted, told
