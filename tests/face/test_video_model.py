"""What a bundle answers for a clip."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from emotion_core.errors import LabelMismatch, ModelUnavailable
from emotion_core.face.align import CropConfig
from emotion_core.face.clip import ClipConfig, spread
from emotion_core.face.video_model import VideoClassifier
from emotion_core.registry import find, read_spec
from emotion_core.scoring import softmax
from emotion_core.training.bundle import write_manifest

LABELS = ("red", "green", "blue")
SIZE, FRAMES = 16, 4


def colours(outputs: int = len(LABELS)) -> onnx.ModelProto:
    """Logits and embedding are the mean of each colour; bright frames get the attention."""
    nodes = [
        helper.make_node("ReduceMean", ["clips", "all"], ["embedding"], keepdims=0),
        helper.make_node("MatMul", ["embedding", "head"], ["logits"]),
        helper.make_node("ReduceMean", ["clips", "picture"], ["light"], keepdims=0),
        helper.make_node("Softmax", ["light"], ["attention"]),
    ]
    constants = [
        numpy_helper.from_array(np.array([1, 3, 4], np.int64), "all"),
        numpy_helper.from_array(np.array([2, 3, 4], np.int64), "picture"),
        numpy_helper.from_array(np.eye(3, outputs, dtype=np.float32), "head"),
    ]
    shape = ["item", FRAMES, 3, SIZE, SIZE]
    clips = helper.make_tensor_value_info("clips", TensorProto.FLOAT, shape)
    answers = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["item", width])
        for name, width in (("logits", outputs), ("embedding", 3), ("attention", FRAMES))
    ]
    graph = helper.make_graph(nodes, "colours", [clips], answers, constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


def write_bundle(folder: Path, outputs: int = len(LABELS), **manifest: object) -> Path:
    folder.mkdir()
    (folder / "model.onnx").write_bytes(colours(outputs).SerializeToString())
    content = {
        "id": folder.name, "modality": "face", "labels": list(LABELS), "calibration": {},
        "architecture": {"kind": "video-cnn-bigru"}, "input": ClipConfig(FRAMES, SIZE).as_dict(),
        "licence": "MIT", "training_data": [], "command": "", "metrics": {}, "protocol": "",
    }  # fmt: skip
    write_manifest(folder, content | manifest)
    return folder


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bundle(tmp_path_factory.mktemp("bundles") / "colours")


def coloured(count: int, size: int = SIZE) -> np.ndarray:
    """(frame, y, x, 3) of frames that get redder."""
    frames = np.full((count, size, size, 3), (0, 40, 10), np.uint8)
    frames[..., 0] = np.arange(count, dtype=np.uint8)[:, None, None] * 10
    return frames


def test_a_clip_is_answered(bundle: Path) -> None:
    classifier = VideoClassifier(find(bundle))
    assert classifier.labels == LABELS
    assert classifier.config == ClipConfig(FRAMES, SIZE)
    reading = classifier.read(coloured(FRAMES))
    np.testing.assert_allclose(reading.logits, np.array([15, 40, 10]) / 255, rtol=1e-5)
    np.testing.assert_allclose(reading.embedding, reading.logits, rtol=1e-5)
    light = (np.arange(FRAMES) * 10 + 50) / 3 / 255
    np.testing.assert_allclose(reading.attention, softmax(light), rtol=1e-5)


@pytest.mark.parametrize("count", [1, 3, 9])
def test_attention_is_that_of_the_frames_that_were_given(bundle: Path, count: int) -> None:
    classifier = VideoClassifier(find(bundle))
    frames = coloured(count, size=30)
    reading, chosen = classifier.read(frames), spread(count, FRAMES)
    assert reading.attention.shape == (count,)
    assert reading.attention.sum() == pytest.approx(1)
    assert set(np.flatnonzero(reading.attention)) == set(chosen)
    np.testing.assert_allclose(reading.logits[0], 10 * chosen.mean() / 255, rtol=1e-5)
    shares = classifier.read(frames[chosen]).attention
    np.testing.assert_allclose(
        reading.attention, [shares[chosen == i].sum() for i in range(count)], rtol=1e-5
    )


def test_a_bundle_of_another_kind(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path / "faces", architecture={"kind": "residual"})
    with pytest.raises(ModelUnavailable, match="faces: unknown clip architecture 'residual'"):
        VideoClassifier(read_spec(folder))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "the manifest's input: expected frames, size and crop of a clip"),
        ({"frames": 5, "size": SIZE, "crop": None}, r"the network reads clips of \[4, 3, 16, 16\]"),
        ({"frames": FRAMES, "size": SIZE, "crop": CropConfig(size=8, channels=1).as_dict()},
         r"the manifest says \[4, 1, 16, 16\]"),
    ],
)  # fmt: skip
def test_an_input_that_does_not_fit(
    tmp_path: Path, settings: dict[str, object], message: str
) -> None:
    folder = write_bundle(tmp_path / "odd", input=settings)
    with pytest.raises(ModelUnavailable, match=f"odd: {message}" if not settings else message):
        VideoClassifier(read_spec(folder))


def test_more_outputs_than_labels(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path / "more", outputs=2)
    with pytest.raises(LabelMismatch, match="more: the network has 2 outputs for 3 labels"):
        VideoClassifier(read_spec(folder))


def test_a_damaged_network(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path / "broken")
    (folder / "model.onnx").write_bytes(b"broken")
    with pytest.raises(ModelUnavailable, match="broken: the network cannot be opened"):
        VideoClassifier(read_spec(folder))


def test_serving_needs_no_torch(bundle: Path) -> None:
    code = (
        "import sys, numpy as np; from pathlib import Path\n"
        "from emotion_core.face.video_model import VideoClassifier\n"
        "from emotion_core.registry import find\n"
        f"VideoClassifier(find(Path({str(bundle)!r}))).read(np.zeros((3, 8, 8, 3), np.uint8))\n"
        "assert not {'torch', 'transformers', 'streamlit'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
