"""A trained text network as an int8 ONNX graph over one safetensors file."""

import copy
import logging
import tempfile
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from .external_weights import save_graph_and_weights
from .onnx_graph import GRAPH, WEIGHTS, to_onnx
from .row_scales import MICROSOFT, scale_rows
from .text_network import BiLstm, TextNetwork

ONNX_ATTENTION = "onnx_multi_head"
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


def _onnx_attention(
    _module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    **_: object,
) -> tuple[Tensor, None]:
    """A transformer layer's attention as ONNX Runtime's own operator, without transpositions.

    Args:
        query: (item, head, token, width)
        key: as query
        value: as query
        attention_mask: (item, 1, token, token), added to the scores
        scaling: factor of the scores; None: width ** -0.5

    Returns:
        (item, token, head, width) and no weights
    """
    items, heads, tokens, width = query.shape
    flat = [x.transpose(1, 2).reshape(items, tokens, heads * width) for x in (query, key, value)]
    mixed = torch.onnx.ops.symbolic(
        f"{MICROSOFT}::MultiHeadAttention",
        [*flat, None, None, attention_mask],
        attrs={"num_heads": heads, "scale": scaling or width**-0.5},
        dtype=query.dtype,
        shape=(items, tokens, heads * width),
        version=1,
    )
    return mixed.reshape(items, tokens, heads, width), None


def _attend_for_onnx(network: TextNetwork) -> None:
    """Let the encoder's layers attend through `_onnx_attention`."""
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import eager_mask

    AttentionInterface.register(ONNX_ATTENTION, _onnx_attention)
    AttentionMaskInterface.register(ONNX_ATTENTION, eager_mask)
    network.encoder.set_attn_implementation(ONNX_ATTENTION)  # type: ignore[operator]


def _to_onnx(network: TextNetwork) -> onnx.ModelProto:
    network = copy.deepcopy(network).cpu().float().eval()
    _attend_for_onnx(network)
    if isinstance(network.lstm, BiLstm):
        network.lstm = _OnnxBiLstm(network.lstm)  # type: ignore[assignment]
    ids = torch.full((2, 8), 5, dtype=torch.long)
    examples = dict(zip(INPUTS, (ids, torch.ones_like(ids)), strict=True))
    sizes = {name: {0: "item", 1: "token"} for name in INPUTS}
    model = to_onnx(network, examples, sizes, OUTPUTS)
    for node in model.graph.node:
        if node.domain == MICROSOFT:  # whose types ONNX itself cannot infer
            known = helper.make_tensor_value_info(node.output[0], TensorProto.FLOAT, None)
            model.graph.value_info.append(known)
    return model


def _quantise_linear(model: onnx.ModelProto) -> onnx.ModelProto:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        with tempfile.TemporaryDirectory() as folder:
            plain, small = Path(folder) / "plain.onnx", Path(folder) / "small.onnx"
            onnx.save(model, plain)
            quantize_dynamic(
                plain,
                small,
                per_channel=True,
                weight_type=QuantType.QInt8,
                op_types_to_quantize=["MatMul", "Gemm", "LSTM"],
                extra_options={"DefaultTensorType": TensorProto.FLOAT},
            )
            return onnx.load(small)
    finally:
        root.setLevel(level)


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


def export_text_network(network: TextNetwork, folder: Path, quantise: bool = True) -> None:
    """Write `model.onnx` and `model.safetensors`.

    Args:
        network: trained
        folder: must exist
        quantise: int8 with one scale per output channel and per word; else fp32
    """
    model = _to_onnx(network)
    if quantise:
        model = _quantise_linear(model)
        scale_rows(model)
        _quantise_embeddings(model)
    save_graph_and_weights(model, folder / GRAPH, folder / WEIGHTS)
