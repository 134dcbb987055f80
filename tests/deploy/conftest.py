"""The files that start the software elsewhere, parsed."""

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
KUBERNETES = ROOT / "deploy" / "kubernetes"
PORTS = {"emotion-api": 8000, "emotion-dashboard": 8501}


def instructions(path: Path) -> list[tuple[str, str]]:
    """Keyword and arguments of each instruction of a Dockerfile, comments left out."""
    text = "\n".join(
        line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")
    )
    joined = re.sub(r"\\\n\s*", " ", text)
    return [
        (words[0].upper(), words[1])
        for line in joined.splitlines()
        if len(words := line.split(maxsplit=1)) == 2
    ]


def documents(name: str) -> list[dict[str, Any]]:
    """Of a manifest."""
    return list(yaml.safe_load_all((KUBERNETES / name).read_text(encoding="utf-8")))


def manifests() -> list[dict[str, Any]]:
    """All that the kustomization names."""
    return [d for name in documents("kustomization.yaml")[0]["resources"] for d in documents(name)]


def of_kind(kind: str) -> list[dict[str, Any]]:
    return [d for d in manifests() if d["kind"] == kind]
