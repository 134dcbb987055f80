"""What the tests of the recording page share: models of every modality, and one that fuses."""

import hashlib
import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from emotion_core.labels import EKMAN7
from emotion_core.loading import (
    DEFAULT_AUDIO_MODEL,
    DEFAULT_FACE_MODEL,
    DEFAULT_FUSION_MODEL,
    DEFAULT_TEXT_MODEL,
)
from tests.bundles import write_audio_bundle, write_face_bundle, write_naive_bayes_bundle


def write_fusion_bundle(folder: Path) -> Path:
    """A late fusion that takes the plain mean of any models' answers.

    Args:
        folder: becomes the bundle; its name is the model's id

    Returns:
        the folder
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = "model.safetensors"
    save_file({"weights": np.ones(3), "exponent": np.zeros(1)}, folder / name)
    checksum = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    manifest = {
        "format": 1,
        "id": folder.name,
        "modality": "fusion",
        "labels": list(EKMAN7),
        "architecture": {
            "kind": "late",
            "pooling": "mean",
            "disagreement": {"strength": {"text-audio": 0.2, "text-face": 0.2, "audio-face": 0.2}},
        },
        "files": {name: checksum},
        "licence": "MIT",
        "training_data": [{"name": "made up", "licence": "MIT"}],
        "command": "none",
        "calibration": {"temperature": 1.0, "uncertain_below": 0.3},
        "metrics": {},
        "protocol": "none: this bundle is a fake",
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def write_models(folder: Path) -> Path:
    """A folder with a fake of each default model."""
    write_naive_bayes_bundle(folder / DEFAULT_TEXT_MODEL)
    write_audio_bundle(folder / DEFAULT_AUDIO_MODEL)
    write_face_bundle(folder / DEFAULT_FACE_MODEL)
    write_fusion_bundle(folder / DEFAULT_FUSION_MODEL)
    return folder
