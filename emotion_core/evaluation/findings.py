"""What was found out about a bundle beside its scores: fairness, leaks, what leakage is worth."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..types import ModelSpec

FAIRNESS, LEAKS, LEAKAGE = "fairness.json", "leaks.json", "leakage.json"
FOLDER = "evaluation"
MEASURED = "measured_files"


def served_digest(spec: ModelSpec) -> str:
    """One sha256 for all served files of a bundle; another one after any of them has changed."""
    listed = "".join(f"{digest}  {name}\n" for name, digest in sorted(spec.files.items()))
    return hashlib.sha256(listed.encode()).hexdigest()


def read_finding(folder: Path, name: str) -> dict[str, Any]:
    """What lies in a bundle's evaluation under this name; empty where there is nothing readable."""
    try:
        content = json.loads((folder / FOLDER / name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def write_finding(spec: ModelSpec, name: str, content: Mapping[str, Any]) -> Path:
    """Keep a finding in the bundle, with what tells the files that it was measured on."""
    target = spec.folder / FOLDER / name
    target.parent.mkdir(exist_ok=True)
    whole = {**content, MEASURED: served_digest(spec)}
    text = json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)
    target.write_text(text + "\n", encoding="utf-8")
    return target


def is_outdated(spec: ModelSpec, content: Mapping[str, Any]) -> bool:
    """Whether a finding was made with other served files than the bundle has now."""
    return bool(content) and content.get(MEASURED) != served_digest(spec)
