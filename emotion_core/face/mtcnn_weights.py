"""MTCNN's networks: the installed `mtcnn` package's weights as ONNX, built once for each user.

The project ships none of them, and nothing of the package is imported: that would want
TensorFlow.
"""

import io
import os
import pickle
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from importlib.util import find_spec
from math import isqrt, prod
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..errors import ModelUnavailable

PACKAGE = "mtcnn"
REMEDY = "install it anew with: pip install --force-reinstall mtcnn==1.0.0"
FORMAT = 1
"""goes up when the graphs are built otherwise; the cache then starts a folder of its own"""
OPSET, IR_VERSION = 17, 9


class Design(NamedTuple):
    """One of the three networks: convolutions with PReLU, then heads without."""

    sha256: str
    """of the file in the package"""
    pools: tuple[int, ...]
    """after each convolution, the width of the maximum pooling by 2; 0 where there is none"""
    heads: tuple[str, ...]
    """outputs, in the order of their weights"""


DESIGNS = {
    "pnet": Design(
        "ea6b0c3e685ebee3165326ad6484acc95f2ef78f1c94fbf40a55704fa989f7b5",
        (2, 0, 0),
        ("offsets", "face"),
    ),
    "rnet": Design(
        "cb00e6460f3c98b0bfafaba3c0a0ded4bdf6e62cee7174d969e8670d7e757fee",
        (3, 3, 0, 0),
        ("offsets", "face"),
    ),
    "onet": Design(
        "94f6ea2f4cf985275ee958cdd762d17b6009348a4fb9d8c6be39ba73ffd22ca3",
        (3, 3, 2, 0, 0),
        ("offsets", "landmarks", "face"),
    ),
}


def load_networks() -> dict[str, bytes]:
    """`pnet`, `rnet` and `onet` as ONNX files, from the user's cache or else built into it.

    Each takes `images` (image, height, width, 3) RGB uint8, and answers maps (image, value, y, x):
    `face` is the probability, `offsets` are left, top, right, bottom in sides of the window,
    `landmarks` five x and then five y in its sides.

    Raises:
        ModelUnavailable: if neither the cache nor the package has them
    """
    folder = cache_folder()
    return {name: _cached(folder, name) or _built(folder, name) for name in DESIGNS}


def cache_folder() -> Path:
    """Where the networks are kept: below `$XDG_CACHE_HOME`, or `~/.cache`."""
    try:
        root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:  # in a container, a user may have no home
        root = Path(os.devnull)
    return root / "emotion-core" / f"mtcnn-{FORMAT}"


def _file_name(name: str, graph: bytes) -> str:
    """Says what the file must hold, so that a damaged one is known."""
    return f"{name}-{sha256(graph).hexdigest()[:16]}.onnx"


def _cached(folder: Path, name: str) -> bytes:
    """A sound file's content; empty where there is none."""
    for path in folder.glob(f"{name}-*.onnx"):
        with suppress(OSError):
            graph = path.read_bytes()
            if path.name == _file_name(name, graph):
                return graph
    return b""


def _built(folder: Path, name: str) -> bytes:
    graph = build_network(name, read_weights(name))
    with suppress(OSError):  # a cache that cannot be written costs a second at the next start
        _write(folder / _file_name(name, graph), graph)
    return graph


def _write(path: Path, content: bytes) -> None:
    """Write a file so that no reader ever finds half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(draft).replace(path)
    finally:
        Path(draft).unlink(missing_ok=True)


def read_weights(name: str) -> list[np.ndarray]:
    """A network's weights from the installed package, in the order of its layers.

    Raises:
        ModelUnavailable: if the package is absent, or its file is not the known one
    """
    import lz4.frame

    path = _package_folder() / "assets" / "weights" / f"{name}.lz4"
    try:
        packed = path.read_bytes()
    except OSError as error:
        raise ModelUnavailable(f"{path} cannot be read: {error}; {REMEDY}") from error
    found, expected = sha256(packed).hexdigest(), DESIGNS[name].sha256
    if found != expected:
        raise ModelUnavailable(f"{path}: expected sha256 {expected}, got {found}; {REMEDY}")
    return unpickle_arrays(lz4.frame.decompress(packed))


def _package_folder() -> Path:
    package = find_spec(PACKAGE)
    folders = package.submodule_search_locations if package else None
    if not folders:
        raise ModelUnavailable(
            f"the face detector needs the weights of the package {PACKAGE!r}, which is not "
            "installed; install it with: pip install mtcnn==1.0.0, or choose another detector"
        )
    return Path(folders[0])


def unpickle_arrays(pickled: bytes) -> list[np.ndarray]:
    """The list of plain arrays that joblib has dumped.

    Raises:
        ModelUnavailable: if there is anything else in it
    """
    try:
        stored = _ArrayUnpickler(io.BytesIO(pickled)).load()
        return [item.values for item in stored]
    except Exception as error:  # a damaged pickle raises whatever it likes
        raise ModelUnavailable(
            f"expected a list of number arrays, got a file that cannot be read as one: {error}"
        ) from error


class _ArrayUnpickler(pickle.Unpickler):
    """Admits arrays as joblib stores them: what they are in the pickle, their bytes behind it."""

    def __init__(self, stream: io.BytesIO) -> None:
        super().__init__(stream)
        self._stream = stream

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        admitted = {
            ("joblib.numpy_pickle", "NumpyArrayWrapper"): _stored_array(self._stream),
            ("numpy", "ndarray"): np.ndarray,
            ("numpy", "dtype"): np.dtype,
        }
        if (module_name, global_name) not in admitted:
            raise pickle.UnpicklingError(f"{module_name}.{global_name} is not admitted")
        return admitted[module_name, global_name]


def _stored_array(stream: io.BytesIO) -> type:
    """A class whose instances read their numbers from the stream as soon as they know the shape."""

    class StoredArray:
        def __setstate__(self, state: dict[str, Any]) -> None:
            stream.seek(stream.read(1)[0], io.SEEK_CUR)  # aligns the numbers
            size = prod(state["shape"]) * state["dtype"].itemsize
            numbers = np.frombuffer(stream.read(size), state["dtype"])
            self.values = numbers.reshape(state["shape"], order=state["order"])

    return StoredArray


def build_network(name: str, weights: list[np.ndarray]) -> bytes:
    """A network as an ONNX file; what it takes and answers is told at `load_networks`.

    Source: Zhang, Zhang, Li and Qiao, Joint Face Detection and Alignment using Multi-task Cascaded
    Convolutional Networks, IEEE Signal Processing Letters 23 (2016); layers as in
    `mtcnn/network/*.py` of the package, where this computes the same in fewer steps: pixels are
    scaled by the first convolution, fully connected layers are convolutions over the whole map,
    and the softmax of two classes is the sigmoid of their difference.
    """
    from onnx import TensorProto

    graph = _Graph(weights)
    top = graph.add("Transpose", "images", perm=[0, 3, 1, 2])
    top = graph.add("Cast", top, to=TensorProto.FLOAT)
    for number, pool in enumerate(DESIGNS[name].pools):
        kernel, bias = graph.next_convolution()
        if number == 0:
            bias = bias - kernel.sum((1, 2, 3)) * np.float32(127.5 / 128)
            kernel = kernel / np.float32(128)
        top = graph.prelu(graph.convolve(top, kernel, bias))
        if pool:
            size = {"kernel_shape": [pool, pool], "strides": [2, 2], "ceil_mode": 1}
            top = graph.add("MaxPool", top, **size)
    for head in DESIGNS[name].heads:
        kernel, bias = graph.next_convolution()
        if head == "face":
            kernel, bias = np.diff(kernel, axis=0), np.diff(bias)
            graph.add("Sigmoid", graph.convolve(top, kernel, bias), output=head)
        else:
            graph.convolve(top, kernel, bias, output=head)
    return graph.serialise(name, DESIGNS[name].heads)


class _Graph:
    """Nodes and constants of a network whose weights are taken one after another."""

    def __init__(self, weights: list[np.ndarray]) -> None:
        self._weights: Iterator[np.ndarray] = iter(weights)
        self._maps = 3
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def add(self, kind: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """Append a node; its output's name is returned."""
        from onnx import helper

        name = output or f"{kind.lower()}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def constant(self, values: np.ndarray) -> str:
        """Append numbers; their name is returned."""
        from onnx import numpy_helper

        name = f"weights_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def next_convolution(self) -> tuple[np.ndarray, np.ndarray]:
        """Kernel (out, in, y, x) and bias (out,) of the next layer."""
        kernel, bias = next(self._weights), next(self._weights)
        if kernel.ndim == 2:  # fully connected: reads square maps column by column
            side = isqrt(len(kernel) // self._maps)
            kernel = kernel.reshape(side, side, self._maps, -1).transpose(1, 0, 2, 3)
        return kernel.transpose(3, 2, 0, 1), bias

    def convolve(self, top: str, kernel: np.ndarray, bias: np.ndarray, output: str = "") -> str:
        """Append a convolution without padding."""
        return self.add("Conv", top, self.constant(kernel), self.constant(bias), output=output)

    def prelu(self, top: str) -> str:
        """Append max(x, 0) + slope * min(x, 0), which runs faster so than as a `PRelu` node."""
        slopes = next(self._weights).reshape(1, -1, 1, 1)
        self._maps = slopes.size
        positive = self.add("Relu", top)
        negative = self.add("Mul", self.add("Sub", top, positive), self.constant(slopes))
        return self.add("Add", positive, negative)

    def serialise(self, name: str, outputs: tuple[str, ...]) -> bytes:
        """The network as a file, from `images` to these outputs; every constant must be used."""
        from onnx import TensorProto, helper

        images = helper.make_tensor_value_info(
            "images", TensorProto.UINT8, ["image", "height", "width", 3]
        )
        maps = [
            helper.make_tensor_value_info(output, TensorProto.FLOAT, ["image", None, None, None])
            for output in outputs
        ]
        graph = helper.make_graph(self._nodes, name, [images], maps, self._constants)
        opset = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=IR_VERSION)
        return model.SerializeToString(deterministic=True)
