"""Train the network over hashed n-grams and write its bundle's weights."""

import dataclasses
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from safetensors.numpy import save_file

from ..errors import InvalidInput
from ..evaluation.thresholds import fit_thresholds
from ..text.ngram_network import BITS, WEIGHTS, NgramClassifier, known_ngrams
from ..text.ngrams import NgramSettings, hashed_ngrams
from .text_config import TextConfig
from .text_data import TextDataset
from .text_distillation import folds_by_text
from .text_languages import fit_common_thresholds, language_macro_f1, languages_of
from .text_ngrams_steps import Bags, Layer, Network, Table, Texts, learn_epoch

log = logging.getLogger(__name__)

CHUNK = 4096
"""texts that are hashed at a time"""
DEVIATION, OUT_DEVIATION = 0.05, 0.3
"""of the first vectors and of the layers' first weights"""
PATTERNS = 512
"""ways of leaving n-grams out, which the texts take in turn"""
LARGEST_SHIFT = 2.0


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The n-grams that enough training texts hold.

    Attributes:
        settings: which n-grams are read
        keys: (n-gram,) uint32, rising
        rarity: (n-gram,) float16, log of the inverse share of texts, plus 1
    """

    settings: NgramSettings
    keys: np.ndarray
    rarity: np.ndarray


def read_vocabulary(texts: list[str], config: TextConfig) -> Vocabulary:
    """Count in how many texts each n-gram occurs and keep the frequent ones."""
    settings = NgramSettings(config.ngrams.largest, config.ngrams.words, BITS)
    hashed = [
        hashed_ngrams(texts[start : start + CHUNK], settings).buckets
        for start in range(0, len(texts), CHUNK)
    ]
    keys, counts = np.unique(np.concatenate(hashed), return_counts=True)
    kept = counts >= config.ngrams.min_count
    rarity = np.log((len(texts) + 1) / (counts[kept] + 1)) + 1
    return Vocabulary(settings, keys[kept].astype(np.uint32), rarity.astype(np.float16))


def bags_of(texts: list[str], vocabulary: Vocabulary) -> Bags:
    """Look the n-grams of texts up."""
    lengths, places, values = [], [], []
    for start in range(0, len(texts), CHUNK):
        part = texts[start : start + CHUNK]
        found = known_ngrams(part, vocabulary.settings, vocabulary.keys, vocabulary.rarity)
        lengths.append(np.bincount(found.owners, minlength=len(part)))
        places.append(found.places)
        values.append(found.values)
    starts = np.append(0, np.cumsum(np.concatenate(lengths)))
    return Bags(starts, np.concatenate(places), np.concatenate(values))


def _new_network(vocabulary: Vocabulary, sizes: tuple[int, int, int], seed: int) -> Network:
    """A network of (width, labels, languages) with weights drawn at random."""
    rng = np.random.default_rng(seed)
    width, ngrams = sizes[0], len(vocabulary.keys)

    def layer(outputs: int) -> Layer:
        weight = rng.normal(0, OUT_DEVIATION, (outputs, width)).astype(np.float32)
        bias = np.zeros(outputs, np.float32)
        return Layer(weight, bias, np.zeros_like(weight), np.zeros_like(bias))

    vectors = rng.normal(0, DEVIATION, (ngrams, width)).astype(np.float32)
    return Network(Table(vectors, np.zeros(ngrams, np.float32)), layer(sizes[1]), layer(sizes[2]))


def _patterns(bags: Bags, dropout: float, rng: np.random.Generator) -> np.ndarray:
    """(pattern, longest text) factors of the n-grams: 0 where one is left out."""
    longest = int(np.diff(bags.starts).max(initial=1))
    return ((rng.random((PATTERNS, longest)) >= dropout) / (1 - dropout)).astype(np.float32)


def _require_finite(network: Network, loss: float, epoch: int) -> None:
    weights = (network.table.vectors, network.out.weight, network.tongue.weight)
    if not all(np.isfinite(part).all() for part in (loss, *weights)):
        raise InvalidInput(
            f"epoch {epoch}: the training diverged, its loss or its weights are no longer finite "
            "numbers; lower ngrams.learning_rate"
        )


class NgramTrainer:
    """Trains networks on one data set.

    Args:
        config: `ngrams`, `epochs` and `seed`
        dataset: its training and validation splits are read

    Attributes:
        languages: codes in the order of the layer of languages
    """

    def __init__(self, config: TextConfig, dataset: TextDataset) -> None:
        self.config, self.labels = config, dataset.labels
        self.train, self.validation = dataset.splits["train"], dataset.splits["validation"]
        self.vocabulary = read_vocabulary(self.train.texts, config)
        codes, place = np.unique(languages_of(self.train), return_inverse=True)
        self.languages: list[str] = codes.tolist()
        targets = self.train.targets
        self.texts = Texts(
            bags_of(self.train.texts, self.vocabulary),
            np.where(np.isnan(targets), -1, targets).astype(np.float32),
            place.astype(np.int64),
            np.float32(config.ngrams.language_share if len(codes) > 1 else 0),
        )

    def fit(
        self, rows: np.ndarray, seed: int, *, watched: bool = True
    ) -> tuple[NgramClassifier, list[dict[str, float]]]:
        """Train one network on some of the training texts.

        The learning rate falls in a straight line to 0 after the last epoch.

        Args:
            rows: places of the texts
            seed: of the first weights, the order and what is left out
            watched: whether validation picks the epoch; else it is the last one

        Returns:
            the network as it is served, and its history, one row per watched epoch
        """
        options = self.config.ngrams
        sizes = options.width, len(self.labels), len(self.languages)
        network = _new_network(self.vocabulary, sizes, seed)
        rng = np.random.default_rng(seed)
        history: list[dict[str, float]] = []
        best = self._served(network)
        for epoch in range(self.config.epochs):
            kept = _patterns(self.texts.bags, options.dropout, rng)
            rate = np.float32(options.learning_rate * (1 - epoch / self.config.epochs))
            loss = learn_epoch(network, self.texts, rows[rng.permutation(len(rows))], kept, rate)
            _require_finite(network, loss, epoch + 1)
            if not watched:
                continue
            served = self._served(network)
            score = self._score(served)
            if not history or score > max(row["validation_macro_f1"] for row in history):
                best = served
            history.append(
                {"epoch": epoch + 1, "train_loss": float(loss), "validation_macro_f1": score}
            )
            log.info("epoch %d: loss %.4f, macro F1 on validation %.4f", epoch + 1, loss, score)
        return best if watched else self._served(network), history

    def _score(self, served: NgramClassifier) -> float:
        logits = served.logits(self.validation.texts)
        return language_macro_f1(self.validation, logits, self.labels, self.config.empty_label)

    def _served(self, network: Network) -> NgramClassifier:
        """The network with its table in int8, one scale per column."""
        vectors = network.table.vectors
        scale = np.maximum(np.abs(vectors).max(0), 1e-8) / 127
        return NgramClassifier(
            labels=self.labels,
            settings=self.vocabulary.settings,
            keys=self.vocabulary.keys,
            rarity=self.vocabulary.rarity,
            table=np.rint(vectors / scale).astype(np.int8),
            scale=scale.astype(np.float32),
            out=network.out.weight.copy(),
            bias=network.out.bias.copy(),
            language_out=network.tongue.weight.copy(),
            language_bias=network.tongue.bias.copy(),
            shift=np.zeros((len(self.languages), len(self.labels)), np.float32),
        )

    def language_shift(self) -> np.ndarray:
        """(language, label) what each language's logits are moved by, so that one threshold fits.

        The thresholds of a language are fitted on the answers of networks to training texts that
        they were not trained on, and go `threshold_weight` of the way from the common ones.
        """
        options = self.config.ngrams
        shift = np.zeros((len(self.languages), len(self.labels)), np.float32)
        if len(self.languages) < 2 or options.folds < 2:
            return shift
        presence = 1 / (1 + np.exp(-self._held_out_logits()))
        targets, codes = self.train.targets, languages_of(self.train)
        common = fit_common_thresholds(targets, presence, codes)
        for row, code in enumerate(self.languages):
            for k in range(len(self.labels)):
                asked = (codes == code) & ~np.isnan(targets[:, k])
                truth = targets[asked, k][:, None] > 0.5
                if truth.any():
                    own = fit_thresholds(truth, presence[asked, k][:, None], options.smoothing)
                    shift[row, k] = _logit(common[k]) - _logit(own[0])
        return np.clip(options.threshold_weight * shift, -LARGEST_SHIFT, LARGEST_SHIFT)

    def _held_out_logits(self) -> np.ndarray:
        """(training text, label) of the network that was not trained on the text."""
        folds, seed = self.config.ngrams.folds, self.config.seed
        fold = folds_by_text(self.train.texts, folds, seed)
        logits = np.zeros_like(self.train.targets)
        for k in range(folds):
            network, _ = self.fit(np.flatnonzero(fold != k), seed + 1 + k, watched=False)
            held_out = np.flatnonzero(fold == k)
            logits[held_out] = network.logits([self.train.texts[i] for i in held_out])
            log.info("fold %d of %d has answered", k + 1, folds)
        return logits


def _logit(probability: float) -> float:
    return float(np.log(probability / (1 - probability)))


def train_ngrams(config: TextConfig, dataset: TextDataset, out: Path) -> dict[str, Any]:
    """Train, and write weights and history.

    Returns:
        settings for the manifest's `architecture`
    """
    trainer = NgramTrainer(config, dataset)
    known = len(trainer.vocabulary.keys)
    log.info("%d n-grams occur in %d texts or more", known, config.ngrams.min_count)
    network, history = trainer.fit(np.arange(len(trainer.train)), config.seed)
    network = dataclasses.replace(network, shift=trainer.language_shift())
    save_file(network.tensors(), out / WEIGHTS)
    pd.DataFrame(history).to_csv(out / "training" / "history.csv", index=False)
    return {
        "ngrams": dataclasses.asdict(config.ngrams),
        "known_ngrams": known,
        "languages": trainer.languages,
        "weights": "int8",
    }
