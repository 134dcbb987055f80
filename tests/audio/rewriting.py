"""Bundles with other content."""

import hashlib
import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save

from emotion_core.registry import read_spec


def change_manifest(folder: Path, **entries) -> None:
    """Other entries in the manifest."""
    path = folder / "manifest.json"
    content = json.loads(path.read_text(encoding="utf-8")) | entries
    path.write_text(json.dumps(content), encoding="utf-8")


def rewrite(folder: Path, name: str, content: bytes) -> None:
    """Another file under its own checksum."""
    (folder / name).write_bytes(content)
    files = dict(read_spec(folder).files) | {name: hashlib.sha256(content).hexdigest()}
    change_manifest(folder, files=files)


def write_profile(folder: Path, **tensors: np.ndarray) -> Path:
    """Another average voice; returns the folder."""
    content = save({name: np.asarray(values, np.float32) for name, values in tensors.items()})
    rewrite(folder, "profile.safetensors", content)
    return folder
