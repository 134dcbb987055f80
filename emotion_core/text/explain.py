"""Which words of a text drove the answer."""

import re
from collections.abc import Callable, Sequence

import numpy as np

from .model import WordAttention

WORD = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")
MAX_WORDS = 128
"""words that are tried one by one; later ones lie past the models' input limit"""


def word_spans(text: str) -> np.ndarray:
    """(word, 2) first and past-the-last character of each word and punctuation mark.

    Example:
        >>> word_spans("don't go!").tolist()
        [[0, 5], [6, 8], [8, 9]]
    """
    spans = [m.span() for m in WORD.finditer(text)][:MAX_WORDS]
    return np.array(spans, np.int64).reshape(-1, 2)


def occlusion_weights(
    text: str, probability: Callable[[Sequence[str]], np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """How far the probability falls when a word is left out.

    Args:
        text: cleaned
        probability: texts -> (text,) probability of the label explained

    Returns:
        spans (word, 2) and weights (word,) in [-1, 1]; positive words speak for the label

    Source: Zeiler and Fergus, ECCV 2014; Li, Monroe and Jurafsky, 2016.
    """
    spans = word_spans(text)
    without = [f"{text[:a]} {text[b:]}".strip() or "." for a, b in spans]
    answers = probability([text, *without])
    return spans, answers[0] - answers[1:]


def attention_weights(text: str, attention: WordAttention) -> tuple[np.ndarray, np.ndarray]:
    """The attention on each word: the sum over its tokens, scaled so that the words sum to 1.

    Args:
        text: cleaned
        attention: of its tokens; those past the last word that is weighed are left out

    Returns:
        spans (word, 2) and weights (word,) in [0, 1]
    """
    spans = word_spans(text)
    weights = np.zeros(len(spans))
    inside = attention.spans[:, 0] < spans[:, 1].max(initial=0)
    owner = np.searchsorted(spans[:, 0], attention.spans[inside, 0], side="right") - 1
    np.add.at(weights, np.clip(owner, 0, None), attention.weights[inside])
    return spans, weights / weights.sum() if weights.sum() > 0 else weights
