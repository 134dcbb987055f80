"""Ranges found on examples, then fixed."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from emotion_core.training.fixed_ranges import activation_ranges, fix_ranges

RNG = np.random.default_rng(0)
WEIGHT = RNG.normal(size=(8, 3)).astype(np.float32)
BIAS = np.array([1, -2, 3], np.float32)
EXAMPLES = [RNG.uniform(-0.5, 2, (4, 8)).astype(np.float32) for _ in range(3)]


@pytest.fixture
def dynamic(tmp_path: Path) -> onnx.ModelProto:
    """A linear layer as `quantize_dynamic` leaves it."""
    nodes = [
        helper.make_node("MatMul", ["x", "weight"], ["product"], "product"),
        helper.make_node("Add", ["product", "bias"], ["y"], "sum"),
    ]
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["row", width])
        for name, width in (("x", 8), ("y", 3))
    ]
    constants = [numpy_helper.from_array(WEIGHT, "weight"), numpy_helper.from_array(BIAS, "bias")]
    graph = helper.make_graph(nodes, "linear", ends[:1], ends[1:], constants)
    plain, small = tmp_path / "plain.onnx", tmp_path / "small.onnx"
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid("com.microsoft", 1)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=10), plain)
    quantize_dynamic(plain, small, per_channel=True, weight_type=QuantType.QInt8)
    return onnx.load(small)


def fixed(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    fix_ranges(model, activation_ranges(model, [{"x": x} for x in EXAMPLES]))
    return onnxruntime.InferenceSession(model.SerializeToString())


def test_the_ranges_are_those_of_the_examples(dynamic: onnx.ModelProto) -> None:
    before = dynamic.SerializeToString()
    ((low, high),) = activation_ranges(dynamic, [{"x": x} for x in EXAMPLES]).values()
    assert (low, high) == (np.min(EXAMPLES), np.max(EXAMPLES))
    assert dynamic.SerializeToString() == before


def test_the_product_is_that_of_the_rounded_numbers(dynamic: onnx.ModelProto) -> None:
    x = EXAMPLES[0] * 3  # some of it lies beyond the range
    (found,) = fixed(dynamic).run(None, {"x": x})
    low, high = np.min(EXAMPLES), np.max(EXAMPLES)
    scale = (high - low) / 255
    zero = np.rint(-low / scale)
    rounded = (np.clip(np.rint(x / scale) + zero, 0, 255) - zero) * scale
    weight_scale = np.abs(WEIGHT).max(0) / 127
    weight = np.rint(WEIGHT / weight_scale) * weight_scale
    np.testing.assert_allclose(found, rounded @ weight + BIAS, atol=1e-4)


def test_a_row_does_not_hang_on_its_neighbours(dynamic: onnx.ModelProto) -> None:
    session = fixed(dynamic)
    (together,) = session.run(None, {"x": np.concatenate([EXAMPLES[0], 100 * EXAMPLES[1]])})
    (alone,) = session.run(None, {"x": EXAMPLES[0]})
    np.testing.assert_array_equal(together[:4], alone)


def test_nothing_dynamic_is_left(dynamic: onnx.ModelProto) -> None:
    fixed(dynamic)
    assert [n.op_type for n in dynamic.graph.node] == ["QuantizeLinear", "MatMulIntegerToFloat"]
