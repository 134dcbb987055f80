"""One copy of the weights: an ONNX graph whose tensors lie in a safetensors file.

ONNX may keep a tensor in another file at a byte offset; a safetensors file is a header and
then the raw bytes of each tensor. So the graph can point into the safetensors file.
"""

import json
import struct
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file

from ..errors import InvalidInput

SMALLEST = 256
"""bytes; smaller tensors stay in the graph"""
SMALLEST_HALVED = 1024
"""weights; smaller tensors keep single precision"""


def tensor_offsets(path: Path) -> dict[str, tuple[int, int]]:
    """Tensor name -> (first byte in the file, length in bytes) of a safetensors file.

    Source: the safetensors format: 8 bytes of header length, JSON header, tensor bytes.
    """
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
    start = 8 + length
    return {
        name: (
            start + entry["data_offsets"][0],
            entry["data_offsets"][1] - entry["data_offsets"][0],
        )
        for name, entry in header.items()
        if name != "__metadata__"
    }


def halve_weights(model: onnx.ModelProto) -> None:
    """Store large weights in half precision; ONNX Runtime widens them once, when it opens them."""
    graph = model.graph
    casts = []
    for tensor in graph.initializer:
        array = numpy_helper.to_array(tensor)
        if array.dtype != np.float32 or array.size < SMALLEST_HALVED:
            continue
        name = tensor.name
        half = numpy_helper.from_array(array.astype(np.float16), f"{name}.half")
        tensor.CopyFrom(half)
        casts.append(helper.make_node("Cast", [half.name], [name], to=TensorProto.FLOAT))
    for cast in reversed(casts):
        graph.node.insert(0, cast)


def save_graph_and_weights(model: onnx.ModelProto, graph: Path, weights: Path) -> None:
    """Write a model as a graph and a safetensors file in the same folder.

    Raises:
        InvalidInput: if the two would lie in different folders
    """
    if graph.parent != weights.parent:
        raise InvalidInput(f"{graph} and {weights} must lie in one folder")
    large = {}
    for tensor in model.graph.initializer:
        array = numpy_helper.to_array(tensor)
        if array.nbytes >= SMALLEST:
            large[tensor.name] = np.ascontiguousarray(array)
    save_file(large, weights)
    offsets = tensor_offsets(weights)
    for tensor in model.graph.initializer:
        if tensor.name not in large:
            continue
        tensor.ClearField("raw_data")
        for name in ("float_data", "int32_data", "int64_data", "double_data", "uint64_data"):
            tensor.ClearField(name)
        tensor.data_location = TensorProto.EXTERNAL
        del tensor.external_data[:]
        offset, length = offsets[tensor.name]
        for key, value in (("location", weights.name), ("offset", offset), ("length", length)):
            entry = tensor.external_data.add()
            entry.key, entry.value = key, str(value)
    graph.write_bytes(model.SerializeToString())
