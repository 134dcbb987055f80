"""English sentences of a known number of tokens."""

import csv
import random
from pathlib import Path

WORDS = (
    "I you we they feel think know want love hate miss need see hear the a my your this that day "
    "night home work life people friend family mother world happy sad angry tired afraid alone so "
    "very really never always again today and but because when with about for to of in it is was"
).split()
"""each is one token of BERT's uncased vocabulary"""
MARKS = 2
"""tokens that the tokenizer adds at both ends"""


def sentence(tokens: int, seed: int) -> str:
    """Words of a sentence that has `tokens` tokens, marks at the ends included.

    Args:
        tokens: at least 3
        seed: the same seed gives the same sentence
    """
    return " ".join(random.Random(seed).choices(WORDS, k=tokens - MARKS))


def write_csv(path: Path, rows: int, tokens: int) -> None:
    """A CSV of different sentences with the columns `id` and `text`."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text"])
        writer.writerows((k, sentence(tokens, k)) for k in range(rows))
