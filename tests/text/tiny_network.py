"""A network bundle of a few kilobytes: real ONNX, real tokenizer, weights set by hand.

Each known word has one logit per label; a text's logits are the sum over its tokens.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.normalizers import Lowercase
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import TemplateProcessing

from emotion_core.labels import EKMAN7

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
STRENGTH = 3.0


def write_tokenizer(path: Path, words: tuple[str, ...]) -> None:
    """A word tokenizer with padding to 128 baked in, as published ones have."""
    vocabulary = {w: i for i, w in enumerate((*SPECIAL, *words))}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = Lowercase()  # type: ignore[assignment]
    tokenizer.pre_tokenizer = BertPreTokenizer()  # type: ignore[assignment]
    tokenizer.post_processor = TemplateProcessing(  # type: ignore[assignment]
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.enable_padding(length=128)
    tokenizer.save(str(path))


def tiny_graph(outputs: int, words: int) -> onnx.ModelProto:
    """Logits are summed over real tokens; attention is spread evenly over them."""
    table = np.zeros((len(SPECIAL) + words, outputs), np.float32)
    for k in range(min(words, outputs)):
        table[len(SPECIAL) + k, k] = STRENGTH
    axes = numpy_helper.from_array(np.array([1], np.int64), "axes")
    last = numpy_helper.from_array(np.array([2], np.int64), "last")
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["words"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["mask3"]),
        helper.make_node("Mul", ["words", "mask3"], ["seen"]),
        helper.make_node("ReduceSum", ["seen", "axes"], ["logits"], keepdims=0),
        helper.make_node("Identity", ["logits"], ["embedding"]),
        helper.make_node("ReduceSum", ["mask", "axes"], ["count"], keepdims=1),
        helper.make_node("Div", ["mask", "count"], ["attention"]),
    ]
    inputs = [
        helper.make_tensor_value_info(n, TensorProto.INT64, ["item", "token"])
        for n in ("input_ids", "attention_mask")
    ]
    shapes = {"logits": outputs, "embedding": outputs, "attention": "token"}
    results = [
        helper.make_tensor_value_info(n, TensorProto.FLOAT, ["item", width])
        for n, width in shapes.items()
    ]
    constants = [numpy_helper.from_array(table, "table"), axes, last]
    graph = helper.make_graph(nodes, "tiny", inputs, results, constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


def write_onnx_bundle(
    folder: Path,
    labels: tuple[str, ...] = EKMAN7,
    max_tokens: int = 12,
    outputs: int | None = None,
    **manifest: Any,
) -> Path:
    """A bundle that answers the label whose name a text holds.

    Args:
        folder: becomes the bundle
        labels: ordered
        max_tokens: the model's input limit
        outputs: width of the network; another number than the labels' makes it unsound
        manifest: entries that replace or extend those of the manifest
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_tokenizer(folder / "tokenizer.json", (*labels, "what", "a", "day"))
    onnx.save(tiny_graph(outputs or len(labels), len(labels) + 3), folder / "model.onnx")
    names = ("model.onnx", "tokenizer.json")
    content = {
        "format": 1,
        "id": folder.name,
        "modality": "text",
        "labels": list(labels),
        "architecture": {"kind": "transformer-bilstm-attention"},
        "input": {"max_tokens": max_tokens},
        "files": {n: hashlib.sha256((folder / n).read_bytes()).hexdigest() for n in names},
        "licence": "MIT",
        "training_data": [],
        "command": "none",
        "metrics": {},
        "protocol": "none: this bundle is a fake",
    }
    (folder / "manifest.json").write_text(json.dumps(content | manifest), encoding="utf-8")
    return folder
