"""Hashed n-grams, each with a short vector, and one hidden layer; served with numpy alone.

Source: Joulin, Grave, Bojanowski and Mikolov, Bag of tricks for efficient text classification,
EACL 2017 (fastText).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import LabelMismatch, ModelUnavailable
from ..scoring import softmax
from .model import TextReading
from .ngrams import NgramSettings, hashed_ngrams

WEIGHTS = "model.safetensors"
BITS = 32
"""of the hash by which an n-gram is known"""
TENSORS = (
    "keys", "rarity", "table", "scale", "out", "bias", "language_out", "language_bias", "shift",
)  # fmt: skip
CHUNK = 256
"""texts that are read at a time"""


@dataclass(frozen=True, eq=False)
class KnownNgrams:
    """The n-grams of some texts that a model knows, with their weights.

    Attributes:
        owners: (entry,) the text of each
        places: (entry,) row in the model's table
        values: (entry,) weight; the squares of each text sum to 1
    """

    owners: np.ndarray
    places: np.ndarray
    values: np.ndarray


def known_ngrams(
    texts: Sequence[str], settings: NgramSettings, keys: np.ndarray, rarity: np.ndarray
) -> KnownNgrams:
    """Look the n-grams of texts up and weigh them: log(1 + count) times rarity, of length 1.

    Args:
        texts: cleaned
        settings: with `BITS` bits
        keys: (n-gram,) uint32, rising
        rarity: (n-gram,) weight of each
    """
    found = hashed_ngrams(texts, settings)
    places = np.minimum(np.searchsorted(keys, found.buckets), len(keys) - 1)
    known = keys[places] == found.buckets
    owners, places = found.owners[known], places[known]
    values = np.log1p(found.counts[known].astype(np.float32)) * rarity[places].astype(np.float32)
    lengths = np.sqrt(np.bincount(owners, values**2, minlength=len(texts)))
    return KnownNgrams(owners, places, (values / lengths[owners]).astype(np.float32))


@dataclass(frozen=True, eq=False)
class NgramClassifier:
    """Vectors of n-grams, added up, rectified, and one linear layer.

    Attributes:
        labels: ordered
        settings: which n-grams are read
        keys: (n-gram,) uint32 hashes, rising
        rarity: (n-gram,) float16 weights
        table: (n-gram, width) int8 vectors
        scale: (width,) what one step of the vectors is worth
        out: (label, width)
        bias: (label,)
        language_out: (language, width), tells the languages of training apart
        language_bias: (language,)
        shift: (language, label) added to the logits of texts in a language
    """

    labels: tuple[str, ...]
    settings: NgramSettings
    keys: np.ndarray
    rarity: np.ndarray
    table: np.ndarray
    scale: np.ndarray
    out: np.ndarray
    bias: np.ndarray
    language_out: np.ndarray
    language_bias: np.ndarray
    shift: np.ndarray

    def __post_init__(self) -> None:
        expected = {
            "table": (len(self.keys), len(self.scale)),
            "rarity": (len(self.keys),),
            "out": (len(self.labels), len(self.scale)),
            "bias": (len(self.labels),),
            "language_out": (len(self.language_bias), len(self.scale)),
            "shift": (len(self.language_bias), len(self.labels)),
        }
        for name, shape in expected.items():
            if getattr(self, name).shape != shape:
                found = getattr(self, name).shape
                raise LabelMismatch(f"{name}: expected {shape} for {self.labels}, got {found}")

    @classmethod
    def from_bundle(
        cls, folder: Path, labels: tuple[str, ...], architecture: Mapping[str, Any]
    ) -> "NgramClassifier":
        """Open the weights of a bundle.

        Raises:
            ModelUnavailable: if they cannot be read
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        try:
            weights = load_file(folder / WEIGHTS)
            ngrams = architecture["ngrams"]
            settings = NgramSettings(int(ngrams["largest"]), int(ngrams["words"]), BITS)
            return cls(labels, settings, *(weights[name] for name in TENSORS))
        except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
            raise ModelUnavailable(f"{folder.name}: the weights cannot be read: {error}") from error

    def hidden(self, texts: Sequence[str]) -> np.ndarray:
        """(text, width), what the last layer reads."""
        found = known_ngrams(texts, self.settings, self.keys, self.rarity)
        weighted = self.table[found.places] * found.values[:, None]
        sums = np.zeros((len(texts), len(self.scale)), np.float32)
        first = np.flatnonzero(np.diff(found.owners, prepend=-1))
        if len(first):
            sums[found.owners[first]] = np.add.reduceat(weighted, first)
        return np.maximum(sums * self.scale, 0)

    def languages(self, hidden: np.ndarray) -> np.ndarray:
        """(text, width) -> (text, language) how probable each language of training is."""
        return softmax(hidden @ self.language_out.T + self.language_bias)

    def logits(self, texts: Sequence[str]) -> np.ndarray:
        """(text, label), moved by the shift of the text's probable languages."""
        parts = [np.zeros((0, len(self.labels)))]
        for start in range(0, len(texts), CHUNK):
            hidden = self.hidden(texts[start : start + CHUNK])
            parts.append(hidden @ self.out.T + self.bias + self.languages(hidden) @ self.shift)
        return np.concatenate(parts)

    def read(self, texts: Sequence[str]) -> list[TextReading]:
        """Logits of each text, in order."""
        return [TextReading(row, truncated=False) for row in self.logits(texts)]

    def tensors(self) -> dict[str, np.ndarray]:
        """What the bundle's weights file holds."""
        return {name: np.ascontiguousarray(getattr(self, name)) for name in TENSORS}
