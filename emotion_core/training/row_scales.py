"""Activations quantised with one scale per row, so that no row's answer hangs on its neighbours.

ONNX Runtime's dynamic quantisation finds one scale for all rows of a run. Here each row is
divided by its largest absolute value, quantised with the fixed scale 1 / 127, multiplied, and
scaled back: every text gets the same answer alone and in any batch.
"""

import numpy as np
import onnx
from onnx import helper, numpy_helper

MICROSOFT = "com.microsoft"
SCALE, ZERO, AXES, SMALLEST = "row.scale", "row.zero_point", "row.axes", "row.smallest"


def _quantised(node: onnx.NodeProto) -> list[onnx.NodeProto]:
    """What stands in the place of a `DynamicQuantizeLinear`."""
    x, q = node.input[0], node.output[0]
    return [
        helper.make_node("Abs", [x], [f"{q}.abs"]),
        helper.make_node("ReduceMax", [f"{q}.abs", AXES], [f"{q}.max"], keepdims=1),
        helper.make_node("Max", [f"{q}.max", SMALLEST], [f"{q}.row"]),
        helper.make_node("Div", [x, f"{q}.row"], [f"{q}.unit"]),
        helper.make_node("QuantizeLinear", [f"{q}.unit", SCALE, ZERO], [q]),
    ]


def _multiplied(
    node: onnx.NodeProto, out: str, weight_scale: str
) -> tuple[onnx.NodeProto, onnx.NodeProto]:
    """What stands in the place of a `MatMulInteger` and the scaling of its result."""
    q, weight, _, weight_zero = node.input
    inputs = [q, weight, SCALE, weight_scale, ZERO, weight_zero]
    product = helper.make_node("MatMulIntegerToFloat", inputs, [f"{out}.unit"], domain=MICROSOFT)
    return product, helper.make_node("Mul", [f"{out}.unit", f"{q}.row"], [out])


def scale_rows(model: onnx.ModelProto) -> None:
    """Rewrite every dynamically quantised matrix product of a graph, in place."""
    graph = model.graph
    consumers: dict[str, list[onnx.NodeProto]] = {}
    for node in graph.node:
        for name in node.input:
            consumers.setdefault(name, []).append(node)
    scales = {n.output[0]: n.output[1] for n in graph.node if n.op_type == "DynamicQuantizeLinear"}
    replaced: dict[str, list[onnx.NodeProto]] = {}
    for node in graph.node:
        if node.op_type == "DynamicQuantizeLinear":
            replaced[node.output[0]] = _quantised(node)
        elif node.op_type == "MatMulInteger" and node.input[0] in scales:
            (cast,) = consumers[node.output[0]]
            (scaled,) = consumers[cast.output[0]]
            (both,) = [n for n in graph.node if n.output[0] in scaled.input and n is not cast]
            (weight_scale,) = set(both.input) - {scales[node.input[0]]}
            replaced[node.output[0]] = list(_multiplied(node, scaled.output[0], weight_scale))
            replaced |= {n.output[0]: [] for n in (cast, scaled, both)}
    nodes = [new for node in graph.node for new in replaced.get(node.output[0], [node])]
    del graph.node[:]
    graph.node.extend(nodes)
    for name, value in (
        (SCALE, np.float32(1 / 127)),
        (ZERO, np.uint8(128)),
        (AXES, np.array([-1], np.int64)),
        (SMALLEST, np.float32(1e-8)),
    ):
        graph.initializer.append(numpy_helper.from_array(np.asarray(value), name))
