"""Any text classifier of the Hugging Face hub, or of a folder in its format."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import ModelUnavailable
from ..hub import CheckpointKind, hub_labels, hub_spec, load_checkpoint, required_to_fit
from ..types import ModelSpec
from .model import TextReading

KIND = CheckpointKind(
    "AutoModelForSequenceClassification", "AutoTokenizer", "a sequence-classification",
    "a tokenizer",
)  # fmt: skip
MAX_TOKENS = 512


class HubTextClassifier:
    """A `transformers` sequence classifier behind the same interface as ours."""

    def __init__(
        self, model: Any, tokenizer: Any, labels: tuple[str, ...], max_tokens: int
    ) -> None:
        self.model, self.tokenizer = model, tokenizer
        self.labels, self.max_tokens = labels, max_tokens

    def read(self, texts: Sequence[str]) -> list[TextReading]:
        """Logits of each text, in order."""
        import torch

        readings = []
        for start in range(0, len(texts), 32):
            part = list(texts[start : start + 32])
            full = self.tokenizer(part)["input_ids"]
            batch = self.tokenizer(
                part, truncation=True, max_length=self.max_tokens, padding=True, return_tensors="pt"
            )
            with torch.inference_mode():
                logits = self.model(**batch).logits.float().numpy()
            readings += [
                TextReading(row, len(ids) > self.max_tokens)
                for row, ids in zip(logits.astype(np.float64), full, strict=True)
            ]
        return readings


def load_hub_model(name: str) -> tuple[ModelSpec, HubTextClassifier]:
    """Load a hub model by name or folder; only safetensors weights are read, no code is run.

    Raises:
        MissingDependency: without torch and transformers
        ModelUnavailable: if neither the hub nor the folder has it, or its parts are missing or
            do not fit
    """
    model, tokenizer = load_checkpoint(name, KIND)
    if len(tokenizer) <= len(tokenizer.all_special_tokens):  # made up where its files are missing
        raise ModelUnavailable(
            f"the hub model {name!r} has no tokenizer: every word would be unknown; restore its "
            "tokenizer.json"
        )
    config, labels = model.config, hub_labels(model.config)
    classifier = _fitting(name, model, tokenizer, labels)
    spec = hub_spec(
        name,
        "text",
        config,
        labels,
        multi_label=config.problem_type == "multi_label_classification",
        input={"max_tokens": classifier.max_tokens},
    )
    return spec, classifier


def _max_tokens(model: Any, tokenizer: Any) -> int:
    """The tokens that are read at most; a network of relative positions names no limit of its own.

    T5 has no `max_position_embeddings`, and XLNet says -1.
    """
    positions = getattr(model.config, "max_position_embeddings", None)
    limits = (MAX_TOKENS, tokenizer.model_max_length, positions)
    return min(int(limit) for limit in limits if limit is not None and limit > 0)


def _fitting(name: str, model: Any, tokenizer: Any, labels: tuple[str, ...]) -> HubTextClassifier:
    """The classifier, after it has answered a word: its two parts come from two files."""
    with required_to_fit(name, "a text", "tokenizer"):
        classifier = HubTextClassifier(model, tokenizer, labels, _max_tokens(model, tokenizer))
        classifier.read(["so"])
    return classifier
