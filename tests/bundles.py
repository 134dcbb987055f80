"""Tiny bundles, written on the spot, so that pages can be tested without trained weights."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

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
    content = _manifest(folder, labels) | manifest
    (folder / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


def _manifest(folder: Path, labels: tuple[str, ...]) -> dict[str, Any]:
    names = ("model.safetensors", "vocabulary.json")
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
