"""Test texts that training has seen."""

import unicodedata

import numpy as np


def normalised(text: str) -> str:
    """NFKC, lower case, without punctuation, single blanks.

    Example:
        >>> normalised("So  HAPPY!!")
        'so happy'
    """
    folded = unicodedata.normalize("NFKC", text).lower()
    return " ".join("".join(c for c in folded if c.isalnum() or c.isspace()).split())


def seen_in_training(test: list[str], training: list[str], exact: bool = True) -> np.ndarray:
    """(test item,) bool: whether the text is among the training texts.

    Args:
        test: texts
        training: texts
        exact: compare as they are; else after `normalised`
    """
    form = str if exact else normalised
    known = {form(t) for t in training}
    return np.array([form(t) in known for t in test])
