"""Write a model bundle: its files are there, the manifest comes last."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from ..errors import InvalidInput
from ..folders import replace_file
from ..registry import FORMAT, MANIFEST, sha256_of

SERVED = (".onnx", ".safetensors", ".json")
"""endings of the files that a prediction needs and whose checksums the manifest holds"""


class TrainedOn(Protocol):
    """Settings that say what a model is trained on."""

    data: str
    training_data: str
    """names of the data sets, joined by semicolons; empty takes `data`"""
    training_data_licence: str
    """theirs, in the same order"""


def data_sets(config: TrainedOn) -> list[dict[str, str]]:
    """Name and licence of each data set, for the manifest.

    Raises:
        InvalidInput: if there are not as many licences as names
    """
    names, licences = (
        [x.strip() for x in joined.split(";")]
        for joined in (config.training_data or config.data, config.training_data_licence)
    )
    if len(names) != len(licences):
        raise InvalidInput(
            f"expected a licence for each of {len(names)} data sets, got {len(licences)}"
        )
    return [{"name": n, "licence": x} for n, x in zip(names, licences, strict=True)]


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
    replace_file(folder / MANIFEST, json.dumps(whole, indent=2, ensure_ascii=False) + "\n")


def update_manifest(folder: Path, **changes: Any) -> None:
    """Replace entries of a manifest."""
    content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    write_manifest(folder, {**content, **changes})
