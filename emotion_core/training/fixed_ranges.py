"""Activations quantised with fixed ranges, so that no text's answer hangs on its neighbours.

ONNX Runtime's dynamic quantisation finds the range of every activation anew, over all rows of
a run. Here each activation keeps the range that it had over example texts, and what lies beyond
saturates: every text gets the same answer alone and in any batch, in the same time.
"""

import copy
from collections.abc import Iterable, Mapping

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

MICROSOFT = "com.microsoft"
DYNAMIC = "DynamicQuantizeLinear"
LEVELS = 255
"""of an unsigned byte, from the lowest value to the highest"""

Ranges = Mapping[str, tuple[float, float]]


def activation_ranges(
    model: onnx.ModelProto, runs: Iterable[Mapping[str, np.ndarray]]
) -> dict[str, tuple[float, float]]:
    """Activation that a graph quantises dynamically -> its lowest and highest value.

    Args:
        model: from `onnxruntime.quantization.quantize_dynamic`; stays as it is
        runs: the inputs of each example run
    """
    import onnxruntime

    names = [node.input[0] for node in model.graph.node if node.op_type == DYNAMIC]
    watched = copy.deepcopy(model)
    for name in names:
        for kind in ("ReduceMin", "ReduceMax"):
            end = f"{name}.{kind}"
            watched.graph.node.append(helper.make_node(kind, [name], [end], keepdims=0))
            watched.graph.output.append(helper.make_tensor_value_info(end, TensorProto.FLOAT, []))
    session = onnxruntime.InferenceSession(
        watched.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    asked = [output.name for output in watched.graph.output[-2 * len(names) :]]
    ends = np.array([session.run(asked, dict(inputs)) for inputs in runs])
    lowest, highest = ends[:, 0::2].min(0), ends[:, 1::2].max(0)
    return dict(zip(names, zip(lowest.tolist(), highest.tolist(), strict=True), strict=True))


def _scale_and_zero(low: float, high: float) -> tuple[np.float32, np.uint8]:
    """What maps [low, high], widened to hold 0, to [0, 255]."""
    low, high = min(low, 0.0), max(high, 0.0)
    scale = np.float32(max(high - low, 1e-8) / LEVELS)
    return scale, np.uint8(np.rint(-low / scale))


class _Graph:
    """Looks up who makes and who reads a value."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self.axes = {tensor.name: len(tensor.dims) for tensor in graph.initializer}
        self.makers = {name: node for node in graph.node for name in node.output}
        self.readers: dict[str, list[onnx.NodeProto]] = {}
        for node in graph.node:
            for name in node.input:
                self.readers.setdefault(name, []).append(node)

    def bias_of(self, value: str) -> tuple[list[onnx.NodeProto], list[str]]:
        """The addition of a constant vector that alone reads a value, and that vector, if any."""
        readers = self.readers.get(value, [])
        if [node.op_type for node in readers] != ["Add"]:
            return [], []
        vectors = [name for name in readers[0].input if self.axes.get(name) == 1]
        return (readers, vectors) if vectors else ([], [])


def _fixed_product(
    node: onnx.NodeProto, graph: _Graph
) -> tuple[onnx.NodeProto, list[onnx.NodeProto]]:
    """What replaces a `MatMulInteger` and all that scales its result, and what it replaces."""
    q, weight, _, weight_zero = node.input
    (cast,) = graph.readers[node.output[0]]
    (scaled,) = graph.readers[cast.output[0]]
    (scales,) = (graph.makers[name] for name in scaled.input if name != cast.output[0])
    (weight_scale,) = (name for name in scales.input if name in graph.axes)
    addition, bias = graph.bias_of(scaled.output[0])
    replaced = [node, cast, scales, scaled, *addition]
    product = helper.make_node(
        "MatMulIntegerToFloat",
        [q, weight, f"{q}.scale", weight_scale, f"{q}.zero", weight_zero, *bias],
        [replaced[-1].output[0]],
        domain=MICROSOFT,
    )
    return product, replaced


def fix_ranges(model: onnx.ModelProto, ranges: Ranges) -> None:
    """Rewrite every dynamically quantised matrix product of a graph, in place.

    Args:
        model: from `onnxruntime.quantization.quantize_dynamic`
        ranges: from `activation_ranges`
    """
    graph = _Graph(model.graph)
    fixed: dict[str, onnx.NodeProto | None] = {}
    for node in model.graph.node:
        if node.op_type == DYNAMIC:
            x, q = node.input[0], node.output[0]
            for name, value in zip(("scale", "zero"), _scale_and_zero(*ranges[x]), strict=True):
                tensor = numpy_helper.from_array(np.asarray(value), f"{q}.{name}")
                model.graph.initializer.append(tensor)
            fixed[q] = helper.make_node("QuantizeLinear", [x, f"{q}.scale", f"{q}.zero"], [q])
        elif node.op_type == "MatMulInteger":
            product, replaced = _fixed_product(node, graph)
            fixed |= {old.output[0]: None for old in replaced}
            fixed[node.output[0]] = product
    nodes = [fixed.get(node.output[0], node) for node in model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(node for node in nodes if node is not None)
