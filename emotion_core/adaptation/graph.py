"""A network with another head: its graph up to the embedding, then the new linear layer."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .head import Head

if TYPE_CHECKING:
    import onnx

LOGITS, EMBEDDING, ATTENTION, MAPS = "logits", "embedding", "attention", "maps"
OWN_LOGITS, OWN_MAPS = "own_logits", "own_maps"


class Prior(NamedTuple):
    """How the network's own answer is carried to the new labels.

    Attributes:
        carry: (base label, label) of 0 and 1
        temperature: of its logits
        least: probability below which none counts
    """

    carry: np.ndarray
    temperature: float
    least: float


class _Layers:
    """Nodes and constants that are added to a graph."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.values: list[onnx.TensorProto] = []

    def add(self, kind: str, inputs: list[str], output: str, **attributes: int) -> str:
        """A node with one output."""
        from onnx import helper

        node = helper.make_node(kind, inputs, [output], f"head_{output}")
        node.attribute.extend(helper.make_attribute(k, v) for k, v in attributes.items())
        self.nodes.append(node)
        return output

    def value(self, name: str, values: np.ndarray) -> str:
        """A constant."""
        from onnx import numpy_helper

        self.values.append(numpy_helper.from_array(values, f"head.{name}"))
        return f"head.{name}"

    def floats(self, name: str, values: np.ndarray | float) -> str:
        """A constant of float32."""
        return self.value(name, np.asarray(values, np.float32))


def _add_head(layers: _Layers, head: Head, prior: Prior | None) -> None:
    weight, bias = layers.floats("weight", head.weight), layers.floats("bias", head.bias)
    if prior is None:
        layers.add("Gemm", [EMBEDDING, weight, bias], LOGITS, transB=1)
        return
    learnt = layers.add("Gemm", [EMBEDDING, weight, bias], "learnt", transB=1)
    scaled = layers.add(
        "Div", [OWN_LOGITS, layers.floats("temperature", prior.temperature)], "own_scaled"
    )
    own = layers.add("Softmax", [scaled], "own_probabilities", axis=-1)
    carried = layers.add("MatMul", [own, layers.floats("carry", prior.carry)], "carried")
    raised = layers.add("Max", [carried, layers.floats("least", prior.least)], "carried_raised")
    logs = layers.add("Log", [raised], "carried_logs")
    trusted = layers.add("Mul", [logs, layers.floats("trust", head.trust)], "trusted")
    layers.add("Add", [learnt, trusted], LOGITS)


def _add_empty_maps(layers: _Layers) -> None:
    """(item, 0, 1, 1): class maps belong to the old head, and explanations do without."""
    bounds = [layers.value(n, np.array([v])) for n, v in (("from", 0), ("to", 0), ("axis", 1))]
    none = layers.add("Slice", [EMBEDDING, *bounds], "no_maps")
    layers.add("Unsqueeze", [none, layers.value("sides", np.array([2, 3]))], MAPS)


def _renamed(graph: "onnx.GraphProto", before: str, after: str) -> None:
    """Give one value another name everywhere."""
    for node in graph.node:
        for names in (node.input, node.output):
            for i, name in enumerate(names):
                if name == before:
                    names[i] = after


def write_adapted(source: Path, target: Path, head: Head, prior: Prior | None) -> None:
    """Write a graph that answers by a new head.

    Args:
        source: graph with `logits` and `embedding`, and maybe `attention` or `maps`
        target: file to write
        head: fitted on the embedding
        prior: carries the own answer; None where none of it is used
    """
    import onnx
    from onnx import TensorProto, helper
    from onnx.utils import Extractor

    model = onnx.load(source, load_external_data=False)  # the weights stay in their own file
    graph, layers = model.graph, _Layers()
    outputs = {o.name: o for o in graph.output}
    item = outputs[LOGITS].type.tensor_type.shape.dim[0].dim_param
    _renamed(graph, LOGITS, OWN_LOGITS)
    _add_head(layers, head, prior)
    answer = helper.make_tensor_value_info(LOGITS, TensorProto.FLOAT, [item, len(head.bias)])
    kept = [answer, *(outputs[n] for n in (EMBEDDING, ATTENTION) if n in outputs)]
    if MAPS in outputs:
        _renamed(graph, MAPS, OWN_MAPS)
        _add_empty_maps(layers)
        kept.append(helper.make_tensor_value_info(MAPS, TensorProto.FLOAT, [item, 0, 1, 1]))
    graph.node.extend(layers.nodes)
    graph.initializer.extend(layers.values)
    del graph.output[:]
    graph.output.extend(kept)
    graph.ClearField("value_info")
    inputs = [i.name for i in graph.input]
    pruned = Extractor(model).extract_model(inputs, [o.name for o in kept])
    onnx.save(pruned, target)
