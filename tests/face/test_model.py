"""The classifier of a bundle: what it reads, and what it refuses."""

import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emotion_core.errors import InvalidInput, LabelMismatch, ModelUnavailable
from emotion_core.face.align import CropConfig
from emotion_core.face.model import BATCH_FACES, OnnxFaceClassifier, open_face_classifier
from emotion_core.labels import EKMAN7, EMOTION6
from emotion_core.registry import read_spec
from tests.bundles import write_face_bundle


def flat(*levels: int) -> np.ndarray:
    """(face, 48, 48), each face of one grey."""
    return np.stack([np.full((48, 48), level, np.uint8) for level in levels])


@pytest.fixture
def classifier(tmp_path: Path) -> OnnxFaceClassifier:
    return open_face_classifier(read_spec(write_face_bundle(tmp_path / "fake")))


def test_a_reading_for_each_face(classifier: OnnxFaceClassifier):
    readings = classifier.read(flat(10, 250, 128))
    assert [EKMAN7[int(r.logits.argmax())] for r in readings] == ["anger", "surprise", "joy"]
    for reading in readings:
        assert reading.embedding.shape == (36,)
        assert reading.maps.shape == (7, 6, 6)
        np.testing.assert_allclose(reading.maps.mean((1, 2)), reading.logits, rtol=1e-5)


def test_many_faces_are_answered_as_each_alone(classifier: OnnxFaceClassifier):
    levels = np.random.default_rng(0).integers(0, 256, BATCH_FACES + 7)
    together = np.stack([r.logits for r in classifier.read(flat(*levels))])
    alone = np.stack([classifier.read(flat(level))[0].logits for level in levels])
    np.testing.assert_allclose(together, alone, rtol=1e-6)


def test_no_face_is_no_reading(classifier: OnnxFaceClassifier):
    assert classifier.read(flat(1)[:0]) == []


def test_one_classifier_serves_many_threads(classifier: OnnxFaceClassifier):
    found: dict[int, int] = {}

    def ask(level: int) -> None:
        found[level] = int(classifier.read(flat(level))[0].logits.argmax())

    threads = [threading.Thread(target=ask, args=(level,)) for level in range(5, 255, 25)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {level: int(level / 255 * 7) for level in range(5, 255, 25)}


@pytest.mark.parametrize(
    "crops",
    [np.zeros((1, 40, 48), np.uint8), np.zeros((1, 48, 48, 3), np.uint8), np.zeros((1, 48, 48))],
)
def test_crops_of_another_form_are_refused(classifier: OnnxFaceClassifier, crops: np.ndarray):
    with pytest.raises(InvalidInput, match=r"expected uint8 faces of \(48, 48\)"):
        classifier.read(crops)


def test_without_votes_there_is_no_crowd(classifier: OnnxFaceClassifier):
    with pytest.raises(InvalidInput, match="without a crowd's votes"):
        classifier.crowd(flat(1))


@pytest.mark.parametrize(
    ("manifest", "error", "message"),
    [
        (
            {"architecture": {"kind": "vgg"}},
            ModelUnavailable,
            "unknown face architecture 'vgg', expected residual or plain; update",
        ),
        (
            {"architecture": {"kind": "video-cnn-bigru"}},
            ModelUnavailable,
            r"whole clips: open it with emotion_core\.face\.video_model\.VideoClassifier",
        ),
        ({"input": {}}, ModelUnavailable, "input lacks crop"),
        (
            {"input": {"crop": CropConfig(size=40).as_dict()}},
            ModelUnavailable,
            r"reads faces of \(48, 48\), its crops are \(40, 40\)",
        ),
    ],
)
def test_bundles_that_do_not_fit(
    tmp_path: Path, manifest: dict[str, Any], error: type[Exception], message: str
):
    spec = read_spec(write_face_bundle(tmp_path / "fake", **manifest))
    with pytest.raises(error, match=message):
        open_face_classifier(spec)


def test_labels_that_do_not_fit(tmp_path: Path):
    folder = write_face_bundle(tmp_path / "fake")
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"labels": list(EMOTION6)}))
    with pytest.raises(LabelMismatch, match="7 outputs for 6 labels"):
        open_face_classifier(read_spec(folder))


def test_a_damaged_graph(tmp_path: Path):
    folder = write_face_bundle(tmp_path / "fake")
    (folder / "model.onnx").write_bytes(b"no graph")
    with pytest.raises(ModelUnavailable, match="the network cannot be opened"):
        open_face_classifier(read_spec(folder))
