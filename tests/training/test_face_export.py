"""The graph of a face bundle against its networks: answers, outputs, what is in 8 bits."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import numpy_helper

from emotion_core.face.model import FaceReading, OnnxFaceClassifier, open_face_classifier
from emotion_core.labels import JOY, NEUTRAL, SADNESS
from emotion_core.registry import check_files, read_spec
from emotion_core.training.bundle import write_manifest
from emotion_core.training.config import load_config
from emotion_core.training.face_config import FaceConfig
from emotion_core.training.face_export import export_face_networks, served_graph
from emotion_core.training.face_network import FaceNetwork, FaceOutput, MirroredEnsemble
from emotion_core.training.face_training import _manifest
from emotion_core.training.onnx_graph import GRAPH, WEIGHTS
from emotion_core.training.static_int8 import inner_nodes
from tests.training.faces import BEND, TINY, drawn

LABELS = (JOY, NEUTRAL, SADNESS)
FACES = np.stack([drawn(label, i) for i in range(20) for label in BEND])
KINDS = {
    "residual": ("network.channels=16,32", "network.blocks=1,1"),
    "plain": ("network.channels=16,32", "network.blocks=2,1", "network.hidden=24"),
}


def networks(kind: str) -> tuple[FaceConfig, list[FaceNetwork]]:
    """Two with random weights, whose normalisation has seen the faces."""
    torch.manual_seed(0)
    config = load_config(
        FaceConfig, None, ["id=faces", *TINY, f"network.kind={kind}", *KINDS[kind]]
    )
    members = [FaceNetwork(config.network, len(LABELS), 8) for _ in range(2)]
    with torch.no_grad():
        for member in members:
            for module in member.modules():
                if isinstance(module, torch.nn.BatchNorm2d):
                    torch.nn.init.uniform_(module.weight, 0.5, 1.5)
                    module.momentum = None
            for _ in range(3):
                member(torch.from_numpy(FACES)[:, None].float() / 255)
    return config, [member.eval() for member in members]


def of_networks(members: list[FaceNetwork]) -> FaceOutput:
    """What they say of `FACES`, and of their mirror images."""
    with torch.no_grad():
        return MirroredEnsemble(members)(torch.from_numpy(FACES)[:, None].float() / 255)


def exported(kind: str, folder: Path) -> tuple[OnnxFaceClassifier, list[FaceNetwork]]:
    """The bundle as it is served, and its networks."""
    config, members = networks(kind)
    export_face_networks(members, FACES, folder)
    write_manifest(folder, _manifest(config, LABELS))
    check_files(read_spec(folder))
    return open_face_classifier(read_spec(folder)), members


def stacked(readings: list[FaceReading], name: str) -> np.ndarray:
    return np.stack([getattr(reading, name) for reading in readings])


@pytest.mark.parametrize("kind", KINDS)
def test_the_graph_answers_as_the_networks_do(kind: str):
    _, members = networks(kind)
    graph = served_graph(members, 48)
    session = onnxruntime.InferenceSession(
        graph.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    expected = of_networks(members)
    for output in session.get_outputs():
        (found,) = session.run([output.name], {"faces": FACES})
        np.testing.assert_allclose(found, getattr(expected, output.name), atol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_eight_bits_answer_nearly_the_same(kind: str, tmp_path: Path):
    """Networks that learnt nothing tell these faces hardly apart, which 8 bits feel most."""
    classifier, members = exported(kind, tmp_path)
    readings = classifier.read(FACES)
    found = {name: stacked(readings, name) for name in FaceReading._fields}
    found["votes"] = classifier.crowd(FACES)
    for name, values in found.items():
        wanted = getattr(of_networks(members), name).numpy()
        assert values.shape == wanted.shape
        error = np.std(values - wanted) / np.std(wanted - wanted.mean(0))
        assert error < 0.3, name
    np.testing.assert_allclose(found["maps"].mean((2, 3)), found["logits"], atol=1e-3)


def test_a_face_is_answered_alone_as_among_others(tmp_path: Path):
    classifier, _ = exported("residual", tmp_path)
    alone = [classifier.read(face[None])[0] for face in FACES]
    together = classifier.read(FACES)
    for name in FaceReading._fields:
        np.testing.assert_allclose(stacked(together, name), stacked(alone, name), atol=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_inner_convolutions_have_weights_of_seven_bits(kind: str, tmp_path: Path):
    exported(kind, tmp_path)
    graph = onnx.load(tmp_path / GRAPH, load_external_data=False).graph
    large = [t for t in graph.initializer if t.data_location == onnx.TensorProto.EXTERNAL]
    places = {e.value for t in large for e in t.external_data if e.key == "location"}
    assert places == {WEIGHTS}
    whole = onnx.load(tmp_path / GRAPH).graph
    weights = {t.name: numpy_helper.to_array(t) for t in whole.initializer if len(t.dims) == 4}
    small = [w for w in weights.values() if w.dtype == np.int8]
    assert {w.shape[1] for w in small} == {16, 32}
    assert all(w.min() >= -64 and w.max() <= 64 for w in small)
    floats = [w.shape for w in weights.values() if w.dtype != np.int8]
    width = {"residual": 32, "plain": 24}[kind]
    assert sorted(floats) == [(3, width, 1, 1)] * 2 + [(16, 1, 3, 3)] * 2


def test_the_first_convolution_and_the_heads_stay_as_they_are():
    graph = served_graph(networks("residual")[1][:1], 48).graph
    inner = set(inner_nodes(graph))
    left = [n for n in graph.node if n.op_type == "Conv" and n.name not in inner]
    assert len([n for n in graph.node if n.op_type == "Conv"]) == 7
    shapes = {t.name: tuple(t.dims) for t in graph.initializer}
    assert [shapes[n.input[1]] for n in left] == [(16, 1, 3, 3), (3, 32, 1, 1)]
    assert {n.op_type for n in graph.node if n.name in inner} == {
        "Conv", "Add", "Relu", "AveragePool",
    }  # fmt: skip


def test_the_graph_does_not_tell_where_it_was_written(tmp_path: Path):
    exported("residual", tmp_path)
    graph = (tmp_path / GRAPH).read_bytes()
    assert b"face_network" not in graph
    assert b".py" not in graph
