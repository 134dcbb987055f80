"""Write a model bundle: its files are there, the manifest comes last."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..registry import FORMAT, MANIFEST, sha256_of

SERVED = (".onnx", ".safetensors", ".json")
"""endings of the files that a prediction needs and whose checksums the manifest holds"""


def write_manifest(folder: Path, content: Mapping[str, Any]) -> None:
    """Add the format and the checksums of the served files, and write `manifest.json`.

    The file is replaced in one step, so that no reader meets half of it.
    """
    files = {
        p.name: sha256_of(p)
        for p in sorted(folder.iterdir())
        if p.suffix in SERVED and p.name != MANIFEST
    }
    for name in files:
        (folder / name).chmod(0o644)
    whole = {"format": FORMAT, **content, "files": files}
    draft = folder / f"{MANIFEST}.new"
    draft.write_text(json.dumps(whole, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    draft.replace(folder / MANIFEST)


def update_manifest(folder: Path, **changes: Any) -> None:
    """Replace entries of a manifest."""
    content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    write_manifest(folder, {**content, **changes})
