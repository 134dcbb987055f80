"""A trained text network as an int8 ONNX graph over one safetensors file."""

import copy
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from .dynamic_int8 import quantise_dynamically
from .external_weights import halve_weights, save_graph_and_weights
from .fixed_ranges import activation_ranges, fix_ranges
from .onnx_graph import GRAPH, WEIGHTS, to_onnx
from .text_network import BiLstm, TextNetwork

INPUTS, OUTPUTS = ["input_ids", "attention_mask"], ["logits", "embedding", "attention"]


def _onnx_gates(weights: Tensor) -> Tensor:
    """Reorder torch's LSTM gates (input, forget, cell, output) to ONNX's (i, o, f, c)."""
    i, f, c, o = weights.detach().chunk(4, 0)
    return torch.cat([i, o, f, c], 0)


class _OnnxBiLstm(nn.Module):
    """`BiLstm` as the ONNX operator LSTM, which knows each sequence's length."""

    def __init__(self, source: BiLstm) -> None:
        super().__init__()
        self.layers = len(source.forwards)
        self.hidden = int(source.forwards[0].hidden_size)  # type: ignore[arg-type]
        for k, pair in enumerate(zip(source.forwards, source.backwards, strict=True)):
            w = torch.stack([_onnx_gates(d.weight_ih_l0) for d in pair])  # type: ignore[arg-type]
            r = torch.stack([_onnx_gates(d.weight_hh_l0) for d in pair])  # type: ignore[arg-type]
            b = torch.stack(
                [torch.cat([_onnx_gates(d.bias_ih_l0), _onnx_gates(d.bias_hh_l0)]) for d in pair]  # type: ignore[arg-type]
            )
            for name, value in (("w", w), ("r", r), ("b", b)):
                self.register_buffer(f"{name}{k}", value.contiguous())

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        items, tokens = states.shape[:2]
        lengths = mask.sum(1).to(torch.int32)
        states = states.transpose(0, 1)
        for k in range(self.layers):
            both = torch.onnx.ops.symbolic(
                "LSTM",
                [states, *(getattr(self, f"{n}{k}") for n in "wrb"), lengths],
                attrs={"hidden_size": self.hidden, "direction": "bidirectional"},
                dtype=states.dtype,
                shape=(tokens, 2, items, self.hidden),
                version=14,
            )
            states = both.permute(0, 2, 1, 3).reshape(tokens, items, 2 * self.hidden)
        return states.transpose(0, 1)


def _to_onnx(network: TextNetwork) -> onnx.ModelProto:
    network = copy.deepcopy(network).cpu().float().eval()
    if isinstance(network.lstm, BiLstm):
        network.lstm = _OnnxBiLstm(network.lstm)  # type: ignore[assignment]
    ids = torch.full((2, 8), 5, dtype=torch.long)
    examples = dict(zip(INPUTS, (ids, torch.ones_like(ids)), strict=True))
    sizes = {name: {0: "item", 1: "token"} for name in INPUTS}
    return to_onnx(network, examples, sizes, OUTPUTS)


def _quantise_embeddings(model: onnx.ModelProto, smallest: int = 2**20) -> None:
    """Store large lookup tables as int8 with one scale per row."""
    graph = model.graph
    tables = {t.name: t for t in graph.initializer if int(np.prod(t.dims)) >= smallest}
    nodes = list(graph.node)
    for place, node in enumerate(nodes):
        if node.op_type != "Gather" or node.input[0] not in tables:
            continue
        table = tables[node.input[0]]
        values = numpy_helper.to_array(table)
        if values.dtype != np.float32:
            continue
        scale = np.maximum(np.abs(values).max(1, keepdims=True), 1e-8) / 127
        small = np.rint(values / scale).astype(np.int8)
        name, ids, out = node.input[0], node.input[1], node.output[0]
        graph.initializer.remove(table)
        graph.initializer.append(numpy_helper.from_array(small, f"{name}.int8"))
        graph.initializer.append(numpy_helper.from_array(scale.astype(np.float32), f"{name}.scale"))
        replacement = [
            helper.make_node("Gather", [f"{name}.int8", ids], [f"{out}.int8"]),
            helper.make_node("Gather", [f"{name}.scale", ids], [f"{out}.scale"]),
            helper.make_node("Cast", [f"{out}.int8"], [f"{out}.float"], to=TensorProto.FLOAT),
            helper.make_node("Mul", [f"{out}.float", f"{out}.scale"], [out]),
        ]
        at = list(graph.node).index(nodes[place])
        del graph.node[at]
        for offset, new in enumerate(replacement):
            graph.node.insert(at + offset, new)


def export_text_network(
    network: TextNetwork,
    folder: Path,
    examples: Sequence[Sequence[int]] = (),
    precision: str = "",
) -> None:
    """Write `model.onnx` and `model.safetensors`.

    Args:
        network: trained
        folder: must exist
        examples: token ids of texts whose activations show the ranges for int8, with one scale
            per output channel and per word
        precision: `int8`, `fp16` weights or `fp32`; empty: int8 where there are examples
    """
    precision = precision or ("int8" if examples else "fp32")
    model = _to_onnx(network)
    if precision == "fp16":
        halve_weights(model)
    if precision == "int8":
        model = quantise_dynamically(model, ("MatMul", "Gemm", "LSTM"))
        fix_ranges(model, activation_ranges(model, map(_one_text, examples)))
        _quantise_embeddings(model)
    save_graph_and_weights(model, folder / GRAPH, folder / WEIGHTS)


def _one_text(token_ids: Sequence[int]) -> dict[str, np.ndarray]:
    ids = np.array([token_ids], np.int64)
    return dict(zip(INPUTS, (ids, np.ones_like(ids)), strict=True))
