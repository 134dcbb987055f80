"""Convolutions of an exported network as 8-bit integers, with ranges fixed by example inputs.

Fixed ranges make an answer independent of what else is in the batch.
"""

import contextlib
import io
import logging
import tempfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnxruntime.quantization import CalibrationDataReader

KEPT_PERCENT = 99.999
"""of an activation's values; what lies beyond saturates"""
KINDS = ("Conv", "Add", "Relu", "AveragePool", "MaxPool")
JOINED = ("Add", "Relu")
"""what reads a convolution inside of a network; a head's is read by something else"""

Run = Mapping[str, np.ndarray]


class _Examples(CalibrationDataReader):
    """Inputs that show the ranges, a run at a time, so that few activations are held at once."""

    def __init__(self, runs: Sequence[Run]) -> None:
        self._runs = runs
        self._left: Iterator[Run] = iter(runs)

    def __len__(self) -> int:
        return len(self._runs)

    def set_range(self, start_index: int, end_index: int) -> None:
        self._left = iter(self._runs[start_index:end_index])

    def get_next(self) -> dict[str, np.ndarray] | None:  # pyright: ignore[reportIncompatibleMethodOverride]
        run = next(self._left, None)
        return None if run is None else dict(run)


def inner_nodes(graph: onnx.GraphProto) -> list[str]:
    """Names of the nodes that bear 8 bits: all but the first convolution, heads and averages.

    The first convolution reads one channel and costs little, and all that follows hangs on it.
    """
    readers: dict[str, set[str]] = {}
    for node in graph.node:
        for name in node.input:
            readers.setdefault(name, set()).add(node.op_type)
    channels = {t.name: t.dims[1] for t in graph.initializer if len(t.dims) == 4}
    inner = []
    for node in graph.node:
        if node.op_type not in KINDS:
            continue
        joined = not readers.get(node.output[0], set()).isdisjoint(JOINED)
        if node.op_type == "Conv" and not (joined and channels[node.input[1]] > 1):
            continue
        if node.op_type != "Add" or joined:
            inner.append(node.name)
    return inner


@contextlib.contextmanager
def _quiet() -> Generator[None]:
    """The quantiser prints and warns of what is meant so."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        root.setLevel(level)


def quantise_convolutions(model: onnx.ModelProto, runs: Sequence[Run]) -> onnx.ModelProto:
    """The same network with its inner convolutions, additions and poolings in 8 bits.

    Weights have one scale per output channel and 7 bits, so that processors without 8-bit dot
    products, which add pairs of products in 16 bits, cannot overflow and answer the same.

    Args:
        model: with normalisation folded into the convolutions; stays as it is
        runs: the inputs of each example run; one or more
    """
    from onnxruntime.quantization import CalibrationMethod, QuantType, quantize_static

    with _quiet(), tempfile.TemporaryDirectory() as folder:
        plain, small = Path(folder) / "plain.onnx", Path(folder) / "small.onnx"
        onnx.save(model, plain)
        quantize_static(
            plain,
            small,
            _Examples(runs),
            op_types_to_quantize=list(KINDS),
            nodes_to_quantize=inner_nodes(model.graph),
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.Percentile,
            extra_options={
                "CalibPercentile": KEPT_PERCENT,
                "CalibTensorRangeSymmetric": False,
                "CalibStridedMinMax": 1,
            },
        )
        return onnx.load(small)
