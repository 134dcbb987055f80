import io
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import joblib
import numpy as np
import onnxruntime
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from emotion_core.errors import ModelUnavailable
from emotion_core.face import mtcnn_weights
from emotion_core.face.mtcnn_weights import (
    DESIGNS,
    build_network,
    cache_folder,
    load_networks,
    read_weights,
    unpickle_arrays,
)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "emotion-core"


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The networks that were built, in order."""
    built: list[str] = []

    def count(name: str, weights: list[np.ndarray]) -> bytes:
        built.append(name)
        return build_network(name, weights)

    monkeypatch.setattr(mtcnn_weights, "build_network", count)
    return built


def convolution(maps: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Maps (image, y, x, in) and kernel (y, x, in, out)."""
    windows = sliding_window_view(maps, kernel.shape[:2], (1, 2))
    return np.einsum("nyxcij,ijco->nyxo", windows, kernel) + bias


def prelu(values: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    return np.where(values > 0, values, values * slopes.ravel())


def pooling(maps: np.ndarray, size: int, *, same: bool) -> np.ndarray:
    if same:
        short = [(-(-side // 2) - 1) * 2 + size - side for side in maps.shape[1:3]]
        edges = [(s // 2, s - s // 2) for s in (max(0, s) for s in short)]
        maps = np.pad(maps, [(0, 0), *edges, (0, 0)], constant_values=-np.inf)
    return sliding_window_view(maps, (size, size), (1, 2))[:, ::2, ::2].max((-1, -2))


def softmax(values: np.ndarray) -> np.ndarray:
    exponents = np.exp(values - values.max(-1, keepdims=True))
    return exponents / exponents.sum(-1, keepdims=True)


def flattened(maps: np.ndarray) -> np.ndarray:
    return maps.transpose(0, 2, 1, 3).reshape(len(maps), -1)


def p_net(x: np.ndarray, w: list[np.ndarray]) -> list[np.ndarray]:
    x = pooling(prelu(convolution(x, w[0], w[1]), w[2]), 2, same=True)
    x = prelu(convolution(x, w[3], w[4]), w[5])
    x = prelu(convolution(x, w[6], w[7]), w[8])
    face = softmax(convolution(x, w[11], w[12]))[..., 1:]
    return [o.transpose(0, 3, 1, 2) for o in (convolution(x, w[9], w[10]), face)]


def r_net(x: np.ndarray, w: list[np.ndarray]) -> list[np.ndarray]:
    x = pooling(prelu(convolution(x, w[0], w[1]), w[2]), 3, same=True)
    x = pooling(prelu(convolution(x, w[3], w[4]), w[5]), 3, same=False)
    x = flattened(prelu(convolution(x, w[6], w[7]), w[8]))
    x = prelu(x @ w[9] + w[10], w[11])
    outputs = [x @ w[12] + w[13], softmax(x @ w[14] + w[15])[:, 1:]]
    return [o[:, :, None, None] for o in outputs]


def o_net(x: np.ndarray, w: list[np.ndarray]) -> list[np.ndarray]:
    x = pooling(prelu(convolution(x, w[0], w[1]), w[2]), 3, same=True)
    x = pooling(prelu(convolution(x, w[3], w[4]), w[5]), 3, same=False)
    x = pooling(prelu(convolution(x, w[6], w[7]), w[8]), 2, same=True)
    x = flattened(prelu(convolution(x, w[9], w[10]), w[11]))
    x = prelu(x @ w[12] + w[13], w[14])
    outputs = [x @ w[15] + w[16], x @ w[17] + w[18], softmax(x @ w[19] + w[20])[:, 1:]]
    return [o[:, :, None, None] for o in outputs]


@pytest.mark.parametrize(
    ("name", "reference", "shape"),
    [
        ("pnet", p_net, (1, 37, 50, 3)),
        ("pnet", p_net, (2, 12, 12, 3)),
        ("rnet", r_net, (5, 24, 24, 3)),
        ("onet", o_net, (3, 48, 48, 3)),
    ],
)
def test_a_network_computes_what_the_package_says(
    name: str, reference: Callable[..., list[np.ndarray]], shape: tuple[int, ...]
) -> None:
    images = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    weights = [w.astype(np.float64) for w in read_weights(name)]
    expected = reference((images.astype(np.float64) - 127.5) / 128, weights)
    session = onnxruntime.InferenceSession(build_network(name, read_weights(name)))
    found = session.run(list(DESIGNS[name].heads), {"images": images})
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-5)


def test_networks_are_built_once(own_cache: Path, builds: list[str]) -> None:
    first = load_networks()
    assert builds == ["pnet", "rnet", "onet"]
    assert load_networks() == first
    assert len(builds) == 3
    assert sorted(path.name.split("-")[0] for path in cache_folder().iterdir()) == sorted(DESIGNS)
    assert cache_folder().parent == own_cache


@pytest.mark.parametrize("content", [b"", b"half of it"])
def test_a_damaged_file_is_built_anew(builds: list[str], content: bytes) -> None:
    first = load_networks()
    (damaged,) = cache_folder().glob("rnet-*.onnx")
    damaged.write_bytes(content)
    assert load_networks() == first
    assert builds == ["pnet", "rnet", "onet", "rnet"]
    assert damaged.read_bytes() == first["rnet"]


def test_files_of_an_older_format_are_left_alone(
    builds: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    load_networks()
    older = cache_folder()
    monkeypatch.setattr(mtcnn_weights, "FORMAT", mtcnn_weights.FORMAT + 1)
    load_networks()
    assert len(builds) == 6
    assert cache_folder() != older
    assert len(list(older.iterdir())) == 3


def test_where_nothing_can_be_written_networks_live_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, builds: list[str]
) -> None:
    stored = load_networks()
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(in_the_way))
    assert load_networks() == stored
    assert len(builds) == 6
    assert in_the_way.read_bytes() == b""


def test_a_user_without_a_home_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    stored = load_networks()
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", homeless)
    assert load_networks() == stored


def test_the_cache_lies_in_the_home_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder().parent == tmp_path / ".cache" / "emotion-core"


def test_without_the_package_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mtcnn_weights, "PACKAGE", "absent_mtcnn")
    with pytest.raises(ModelUnavailable, match=r"not installed; .*pip install mtcnn==1\.0\.0"):
        load_networks()


def test_a_cache_serves_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = load_networks()
    monkeypatch.setattr(mtcnn_weights, "PACKAGE", "absent_mtcnn")
    assert load_networks() == stored


def test_other_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "other_mtcnn"
    shutil.copytree(mtcnn_weights._package_folder() / "assets", package / "assets")
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(mtcnn_weights, "PACKAGE", "other_mtcnn")
    assert set(load_networks()) == set(DESIGNS)
    shutil.rmtree(cache_folder())
    path = package / "assets" / "weights" / "rnet.lz4"
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(ModelUnavailable, match=r"rnet\.lz4: expected sha256 cb00e6.*force-reins"):
        load_networks()
    path.unlink()
    with pytest.raises(ModelUnavailable, match=r"rnet\.lz4 cannot be read: .*force-reinstall"):
        load_networks()


def dumped(content: object) -> bytes:
    stream = io.BytesIO()
    joblib.dump(content, stream)
    return stream.getvalue()


def test_arrays_are_read_as_joblib_wrote_them() -> None:
    rng = np.random.default_rng(0)
    arrays = [
        rng.normal(size=(3, 4, 5)).astype(np.float32),
        np.asfortranarray(rng.normal(size=(6, 7))),
        np.arange(300, dtype=np.int16),
    ]
    for read, written in zip(unpickle_arrays(dumped(arrays)), arrays, strict=True):
        np.testing.assert_array_equal(read, written)
        assert read.dtype == written.dtype


class Mischief:
    """Would leave a file behind if it were unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("dump", [pickle.dumps, dumped])
def test_a_malicious_pickle_is_refused(dump: Callable[[object], bytes], tmp_path: Path) -> None:
    for content in (Mischief(tmp_path / "harm"), [np.zeros(3), Mischief(tmp_path / "harm")]):
        with pytest.raises(ModelUnavailable, match="is not admitted"):
            unpickle_arrays(dump(content))
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize(
    "pickled",
    [
        b"",
        b"no pickle",
        pickle.dumps({"a": 1}),
        pickle.dumps([1, 2]),
        dumped([np.zeros(100)])[:-50],
        dumped([np.array([print, len])]),
    ],
    ids=["empty", "text", "dict", "numbers", "truncated", "objects"],
)
def test_anything_but_number_arrays_is_refused(pickled: bytes) -> None:
    with pytest.raises(ModelUnavailable, match="expected a list of number arrays"):
        unpickle_arrays(pickled)
