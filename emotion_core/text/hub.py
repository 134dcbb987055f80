"""Any text classifier of the Hugging Face hub, or of a folder in its format."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import MissingDependency, ModelUnavailable
from ..registry import is_file
from ..types import ModelSpec
from .model import TextReading

HUB_PREFIX = "hub:"
MAX_TOKENS = 512


def is_hub_folder(folder: Path) -> bool:
    """Whether a folder holds a model in the hub's format."""
    return is_file(folder / "config.json")


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
    """Load a hub model by name or folder; only safetensors weights are read.

    Raises:
        MissingDependency: without torch and transformers
        ModelUnavailable: if neither the hub nor the folder has it
    """
    try:
        import torch  # noqa: F401
        from transformers import AutoModelForSequenceClassification, AutoTokenizer
    except ImportError as error:
        raise MissingDependency("transformers", "hub") from error
    try:
        model, found = AutoModelForSequenceClassification.from_pretrained(
            name, use_safetensors=True, output_loading_info=True
        )
        tokenizer = AutoTokenizer.from_pretrained(name)
    except (OSError, ValueError, KeyError) as error:
        raise ModelUnavailable(
            f"the hub model {name!r} cannot be loaded: {error}. Check the name, the connection, "
            "and that it has safetensors weights and a sequence-classification head"
        ) from error
    if found["missing_keys"]:
        raise ModelUnavailable(
            f"the hub model {name!r} has no sequence-classification head: "
            f"{', '.join(sorted(found['missing_keys']))} would be random"
        )
    config = model.eval().config
    labels = tuple(str(config.id2label[i]) for i in range(config.num_labels))
    limit = min(MAX_TOKENS, int(tokenizer.model_max_length), int(config.max_position_embeddings))
    spec = ModelSpec(
        id=f"{HUB_PREFIX}{Path(name).name if Path(name).is_dir() else name}",
        modality="text",
        labels=labels,
        architecture={"kind": "hub", "name": name, "type": config.model_type},
        folder=Path(name),
        files={},
        multi_label=config.problem_type == "multi_label_classification",
        input={"max_tokens": limit},
        licence="see the model's page on the hub",
        protocol="not measured here",
    )
    return spec, HubTextClassifier(model, tokenizer, labels, limit)
