"""Weights in 8 bits with one scale per output, activations by a range found in each run."""

import logging
import tempfile
from collections.abc import Sequence
from pathlib import Path

import onnx
from onnx import TensorProto


def quantise_dynamically(model: onnx.ModelProto, kinds: Sequence[str]) -> onnx.ModelProto:
    """A graph whose operators of some kinds compute in 8 bits.

    Args:
        model: in single precision
        kinds: of operators, such as `MatMul`
    """
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
                op_types_to_quantize=list(kinds),
                extra_options={"DefaultTensorType": TensorProto.FLOAT},
            )
            return onnx.load(small)
    finally:
        root.setLevel(level)
