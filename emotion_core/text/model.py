"""Classifiers of texts behind one small interface, served without torch."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple, Protocol

import numpy as np

from ..cores import available_cores
from ..errors import LabelMismatch, ModelUnavailable
from ..onnx_session import open_session
from ..types import ModelSpec

SLOW_FUSIONS = ["SkipLayerNormFusion"]
"""on two CPU cores its one operator takes 0.85 ms where addition and normalisation take 0.22"""
MAX_THREADS = 4
"""batches that run side by side at most"""
BATCH_TOKENS = 512
"""tokens, padding included, that one run of the network takes at most"""


class TextReading(NamedTuple):
    """What a classifier answers for one text."""

    logits: np.ndarray
    """(label,)"""
    truncated: bool
    """whether the end of the text was left out"""


class WordAttention(NamedTuple):
    """Where the network looked."""

    spans: np.ndarray
    """(token, 2) first and past-the-last character"""
    weights: np.ndarray
    """(token,)"""


class TextClassifier(Protocol):
    """Cleaned texts in, logits out."""

    @property
    def labels(self) -> tuple[str, ...]: ...

    def read(self, texts: Sequence[str]) -> list[TextReading]: ...


class OnnxTextClassifier:
    """The trained network on ONNX Runtime and `tokenizers`; one instance serves all threads.

    Each batch runs on one core and several batches run side by side: that is a tenth faster
    than one batch on several cores, and many users do not get into each other's way.
    """

    def __init__(self, spec: ModelSpec) -> None:
        from tokenizers import Tokenizer

        self.labels = spec.labels
        if "max_tokens" not in spec.input:
            raise ModelUnavailable(f"{spec.id}: the manifest's input lacks max_tokens")
        self.max_tokens = int(spec.input["max_tokens"])
        self.session = open_session(spec.folder / "model.onnx", spec.id, without=SLOW_FUSIONS)
        try:
            self.tokenizer = Tokenizer.from_file(str(spec.folder / "tokenizer.json"))
        except Exception as error:  # tokenizers raises classes of its own
            raise ModelUnavailable(f"{spec.id}: the tokenizer cannot be read: {error}") from error
        self.pool = ThreadPoolExecutor(min(available_cores(), MAX_THREADS), "text-network")
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(self.max_tokens)
        width = self.session.get_outputs()[0].shape[-1]
        if width != len(self.labels):
            raise LabelMismatch(
                f"{spec.id}: the network has {width} outputs for {len(self.labels)} labels"
            )

    def _run(self, output: str, token_ids: Sequence[list[int]]) -> np.ndarray:
        lengths = np.array([len(ids) for ids in token_ids])
        mask = (np.arange(lengths.max()) < lengths[:, None]).astype(np.int64)
        ids = np.zeros(mask.shape, np.int64)
        ids[mask == 1] = np.concatenate(token_ids)
        return self.session.run([output], {"input_ids": ids, "attention_mask": mask})[0]

    def _run_sorted(self, output: str, token_ids: list[list[int]]) -> np.ndarray:
        """Run in batches of similar length and put the rows back in order."""
        lengths = np.array([len(ids) for ids in token_ids])
        order = np.argsort(lengths, kind="stable")
        batches: list[list[list[int]]] = []
        start = 0
        while start < len(order):
            stop = start + 1
            while stop < len(order) and lengths[order[stop]] * (stop + 1 - start) <= BATCH_TOKENS:
                stop += 1
            batches.append([token_ids[i] for i in order[start:stop]])
            start = stop
        if len(batches) == 1:
            answer = self._run(output, batches[0])
        else:
            answer = np.concatenate(list(self.pool.map(partial(self._run, output), batches)))
        restored = np.empty_like(answer)
        restored[order] = answer
        return restored

    def read(self, texts: Sequence[str]) -> list[TextReading]:
        """Logits of each text, in order."""
        if not texts:
            return []
        encoded = self.tokenizer.encode_batch(list(texts))
        logits = self._run_sorted("logits", [e.ids for e in encoded])
        return [
            TextReading(row, bool(e.overflowing)) for row, e in zip(logits, encoded, strict=True)
        ]

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Embeddings (text, width), what the head reads and fusion takes."""
        return self._run_sorted(
            "embedding", [e.ids for e in self.tokenizer.encode_batch(list(texts))]
        )

    def attention(self, text: str) -> WordAttention:
        """The attention that each token of a text received."""
        encoded = self.tokenizer.encode(text)
        weights = self._run("attention", [encoded.ids])[0]
        real = np.array(encoded.special_tokens_mask) == 0
        return WordAttention(np.array(encoded.offsets)[real], weights[real])


def open_classifier(spec: ModelSpec) -> TextClassifier:
    """The classifier that a bundle's architecture names.

    Raises:
        ModelUnavailable: if the architecture is unknown or its files cannot be opened
    """
    kind = spec.architecture.get("kind")
    if kind == "transformer-bilstm-attention":
        return OnnxTextClassifier(spec)
    if kind == "naive-bayes":
        from .naive_bayes import NaiveBayesClassifier

        return NaiveBayesClassifier.from_bundle(spec.folder, spec.labels)
    if kind == "ngram-network":
        from .ngram_network import NgramClassifier

        return NgramClassifier.from_bundle(spec.folder, spec.labels, spec.architecture)
    raise ModelUnavailable(f"{spec.id}: unknown text architecture {kind!r}; update emotion_core")
