"""Tiny bundles, written on the spot, so that pages can be tested without trained weights."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file

from emotion_core.audio.features import FeatureConfig
from emotion_core.face.align import CropConfig
from emotion_core.labels import EKMAN7

FILLERS = ("the", "today", "very", "is", "and", "wonderful")


def write_naive_bayes_bundle(
    folder: Path, labels: tuple[str, ...] = EKMAN7, **manifest: Any
) -> Path:
    """A naive-bayes bundle that answers the label whose name a text holds.

    Args:
        folder: becomes the bundle; its name is the model's id
        labels: ordered
        manifest: entries that replace or extend those of the manifest

    Returns:
        the folder
    """
    folder.mkdir(parents=True, exist_ok=True)
    words = [*labels, *FILLERS]
    likelihood = np.full((len(labels), len(words)), np.log(0.02))
    likelihood[np.arange(len(labels)), np.arange(len(labels))] = np.log(0.6)
    prior = np.log(np.full(len(labels), 1 / len(labels)))
    save_file({"log_prior": prior, "log_likelihood": likelihood}, folder / "model.safetensors")
    (folder / "vocabulary.json").write_text(json.dumps(words), encoding="utf-8")
    content = _manifest(folder, labels, ("model.safetensors", "vocabulary.json")) | manifest
    (folder / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


def write_audio_bundle(folder: Path, labels: tuple[str, ...] = EKMAN7, **manifest: Any) -> Path:
    """A voice bundle, real ONNX, that answers by the height of a sound: low is the first label.

    Args:
        folder: becomes the bundle; its name is the model's id
        labels: ordered
        manifest: entries that replace or extend those of the manifest

    Returns:
        the folder
    """
    folder.mkdir(parents=True, exist_ok=True)
    features = FeatureConfig(bins=4 * len(labels))
    (folder / "model.onnx").write_bytes(_loudest_band(len(labels)).SerializeToString())
    profile = {"mean": np.zeros(features.bins, "f"), "deviation": np.ones(features.bins, "f")}
    save_file(profile, folder / "profile.safetensors")
    content = _manifest(folder, labels, ("model.onnx", "profile.safetensors")) | {
        "modality": "audio",
        "architecture": {"kind": "cnn-bigru"},
        "input": {"features": features.as_dict()},
    }
    (folder / "manifest.json").write_text(json.dumps(content | manifest), encoding="utf-8")
    return folder


def _loudest_band(labels: int) -> onnx.ModelProto:
    """Logits are the mean levels of equally wide bands; the embedding is that of every bin."""
    bands = np.repeat(np.eye(labels, dtype=np.float32), 4, axis=0) / 4
    nodes = [
        helper.make_node("ReduceMean", ["images", "axes"], ["embedding"], keepdims=0),
        helper.make_node("MatMul", ["embedding", "bands"], ["logits"]),
    ]
    constants = [
        numpy_helper.from_array(np.array([1, 3], np.int64), "axes"),
        numpy_helper.from_array(bands, "bands"),
    ]
    image = helper.make_tensor_value_info(
        "images", TensorProto.FLOAT, ["item", 1, 4 * labels, "frame"]
    )
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["item", width])
        for name, width in (("logits", labels), ("embedding", 4 * labels))
    ]
    graph = helper.make_graph(nodes, "loudest-band", [image], outputs, constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


def write_face_bundle(folder: Path, labels: tuple[str, ...] = EKMAN7, **manifest: Any) -> Path:
    """A face bundle, real ONNX, that answers by the brightness of a face: dark is the first label.

    Args:
        folder: becomes the bundle; its name is the model's id
        labels: ordered
        manifest: entries that replace or extend those of the manifest

    Returns:
        the folder
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(_brightness(len(labels)).SerializeToString())
    content = _manifest(folder, labels, ("model.onnx",)) | {
        "modality": "face",
        "architecture": {"kind": "residual"},
        "input": {"crop": CropConfig().as_dict()},
    }
    (folder / "manifest.json").write_text(json.dumps(content | manifest), encoding="utf-8")
    return folder


def _brightness(labels: int, strength: float = 300.0) -> onnx.ModelProto:
    """Class maps are 2 c x - c^2 of the brightness x: the label with the nearest c is largest."""
    centres = (np.arange(labels, dtype=np.float32) + 0.5) / labels
    slopes, offsets = 2 * strength * centres, -strength * centres**2
    nodes = [
        helper.make_node("Cast", ["faces"], ["grey"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["grey", "one"], ["pictures"]),
        helper.make_node("Div", ["pictures", "white"], ["light"]),
        helper.make_node("AveragePool", ["light"], ["cells"], kernel_shape=[8, 8], strides=[8, 8]),
        helper.make_node("Mul", ["cells", "slopes"], ["sloped"]),
        helper.make_node("Add", ["sloped", "offsets"], ["maps"]),
        helper.make_node("ReduceMean", ["maps", "place"], ["logits"], keepdims=0),
        helper.make_node("Flatten", ["cells"], ["embedding"]),
    ]
    constants = [
        numpy_helper.from_array(np.array([1], np.int64), "one"),
        numpy_helper.from_array(np.array([2, 3], np.int64), "place"),
        numpy_helper.from_array(np.array(255, np.float32), "white"),
        numpy_helper.from_array(slopes.reshape(1, -1, 1, 1).astype("f"), "slopes"),
        numpy_helper.from_array(offsets.reshape(1, -1, 1, 1).astype("f"), "offsets"),
    ]
    faces = helper.make_tensor_value_info("faces", TensorProto.UINT8, ["face", 48, 48])
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["face", *shape])
        for name, shape in (("logits", [labels]), ("embedding", [36]), ("maps", [labels, 6, 6]))
    ]
    graph = helper.make_graph(nodes, "brightness", [faces], outputs, constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


def _manifest(folder: Path, labels: tuple[str, ...], names: tuple[str, ...]) -> dict[str, Any]:
    return {
        "format": 1,
        "id": folder.name,
        "modality": "text",
        "labels": list(labels),
        "architecture": {"kind": "naive-bayes"},
        "files": {n: hashlib.sha256((folder / n).read_bytes()).hexdigest() for n in names},
        "licence": "MIT",
        "training_data": [{"name": "made up", "licence": "MIT"}],
        "command": "none",
        "calibration": {"temperature": 1.0, "uncertain_below": 0.4},
        "metrics": {"accuracy": 0.5, "macro_f1": 0.4},
        "protocol": "none: this bundle is a fake",
    }
