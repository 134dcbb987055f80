"""Multinomial Naive Bayes over words, served with numpy alone."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import LabelMismatch, ModelUnavailable
from .model import TextReading

TOKEN = re.compile(r"(?u)(?<![@\w])\w\w+\b")
"""two word characters or more, names after @ left out"""
WEIGHTS, VOCABULARY = "model.safetensors", "vocabulary.json"


@dataclass(frozen=True, eq=False)
class NaiveBayesClassifier:
    """Log prior and log likelihoods of words.

    Attributes:
        labels: ordered
        words: word -> column
        log_prior: (label,)
        log_likelihood: (label, word)
    """

    labels: tuple[str, ...]
    words: dict[str, int]
    log_prior: np.ndarray
    log_likelihood: np.ndarray

    def __post_init__(self) -> None:
        expected = (len(self.labels), len(self.words))
        if self.log_likelihood.shape != expected or self.log_prior.shape != expected[:1]:
            raise LabelMismatch(
                f"expected log_likelihood {expected} for {expected[0]} labels, "
                f"got {self.log_likelihood.shape}"
            )

    @classmethod
    def from_bundle(cls, folder: Path, labels: tuple[str, ...]) -> "NaiveBayesClassifier":
        """Open the weights of a bundle."""
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        try:
            weights = load_file(folder / WEIGHTS)
            words = json.loads((folder / VOCABULARY).read_text(encoding="utf-8"))
            prior, likelihood = weights["log_prior"], weights["log_likelihood"]
        except (OSError, ValueError, KeyError, SafetensorError) as error:
            raise ModelUnavailable(f"{folder.name}: the weights cannot be read: {error}") from error
        return cls(labels, {w: i for i, w in enumerate(words)}, prior, likelihood)

    def tokens(self, text: str) -> list[str]:
        """Known words of a text, lower-cased, in order."""
        return [t for t in TOKEN.findall(text.lower()) if t in self.words]

    def read(self, texts: Sequence[str]) -> list[TextReading]:
        """Joint log-likelihood of each text with each label."""
        readings = []
        for text in texts:
            counts = Counter(self.tokens(text))
            columns = [self.words[t] for t in counts]
            seen = self.log_likelihood[:, columns] @ np.array(list(counts.values()), np.float64)
            readings.append(TextReading(self.log_prior + seen, truncated=False))
        return readings

    def informative_words(self, count: int) -> dict[str, list[tuple[str, float]]]:
        """Per label, the words whose likelihood most exceeds that under the other labels.

        Returns:
            label -> (word, ratio), largest ratio first
        """
        names = list(self.words)
        answer = {}
        for k, label in enumerate(self.labels):
            rest = np.delete(self.log_likelihood, k, axis=0).max(0)
            ratio = self.log_likelihood[k] - rest
            top = np.argsort(-ratio)[:count]
            answer[label] = [(names[i], float(np.exp(ratio[i]))) for i in top]
        return answer

    def log_odds(self, words: Sequence[str], group: np.ndarray) -> np.ndarray:
        """How much each word speaks for a group of labels against the rest.

        Args:
            words: in order
            group: (label,) of 0 and 1

        Returns:
            (word,) log-likelihood differences, scaled to [-1, 1]; 0 for unknown words
        """
        inside = group > 0
        rest = self.log_likelihood[~inside] if not inside.all() else self.log_likelihood
        odds = np.array(
            [
                self.log_likelihood[inside][:, i].max() - rest[:, i].max()
                if (i := self.words.get(w.lower())) is not None
                else 0.0
                for w in words
            ]
        )
        largest = np.abs(odds).max(initial=0)
        return odds / largest if largest else odds
