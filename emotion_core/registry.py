"""Model id -> checked `ModelSpec` and its files.

Bundles lie under `models/` beside the package, in each folder that `$EMOTION_MODELS` names
(separated as in `$PATH`), and in the folder of the user's data where the app puts what it trains.
Nothing in a bundle is unpickled or run.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .errors import EmotionCoreError, ModelUnavailable
from .types import Calibration, Modality, ModelSpec

MANIFEST = "manifest.json"
FORMAT = 1
"""version of the manifest; another one is refused"""
SERVED = (".onnx", ".safetensors", ".json")
"""endings of the files that answers come from; each needs a checksum"""
REQUIRED = (
    "id", "modality", "labels", "architecture", "files", "licence", "training_data", "command",
    "metrics", "protocol",
)  # fmt: skip


def _named_folders() -> list[Path]:
    return [Path(p) for p in os.environ.get("EMOTION_MODELS", "").split(os.pathsep) if p]


def _user_folder() -> Path:
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "emotion-core" / "models"


def own_folder() -> Path:
    """Where new bundles go: the first folder of `$EMOTION_MODELS`, else one of the user's data."""
    return next(iter(_named_folders()), _user_folder())


def model_folders() -> list[Path]:
    """Folders that hold bundles: the user's own first, then the shipped ones."""
    shipped = Path(__file__).resolve().parent.parent / "models"
    return [*_named_folders(), _user_folder(), shipped]


def is_file(path: Path) -> bool:
    """Whether a file is there; no for what cannot be a path, such as a long sentence."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def bundle_folders() -> Iterator[Path]:
    """Every folder with a manifest; the first of a name wins."""
    seen = set()
    for root in model_folders():
        candidates = [root] if (root / MANIFEST).is_file() else []
        if root.is_dir():
            candidates += sorted(p for p in root.iterdir() if (p / MANIFEST).is_file())
        for folder in candidates:
            if folder.name not in seen:
                seen.add(folder.name)
                yield folder


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelUnavailable(f"{folder} is no model bundle: it has no {MANIFEST}") from error
    except (OSError, ValueError) as error:
        raise ModelUnavailable(f"{path} cannot be read: {error}") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        found = content.get("format") if isinstance(content, dict) else type(content).__name__
        raise ModelUnavailable(
            f"{path}: expected bundle format {FORMAT}, got {found}; train it again or update"
        )
    if missing := [name for name in REQUIRED if name not in content]:
        raise ModelUnavailable(f"{path} lacks {', '.join(missing)}")
    return content


def _calibration(content: Mapping[str, Any]) -> Calibration:
    return Calibration(
        temperature=float(content.get("temperature", 1.0)),
        uncertain_below=float(content.get("uncertain_below", 0.0)),
        thresholds=tuple(map(float, content.get("thresholds", ()))),
        mapped={k: _calibration(v) for k, v in content.get("mapped", {}).items()},
    )


def _spec(folder: Path, content: Mapping[str, Any]) -> ModelSpec:
    if not isinstance(content["labels"], list):
        raise ModelUnavailable(f"{folder / MANIFEST}: labels has the wrong type; expected a list")
    try:
        return ModelSpec(
            id=str(content["id"]),
            modality=content["modality"],
            labels=tuple(content["labels"]),
            architecture=dict(content["architecture"]),
            folder=folder,
            files=dict(content["files"]),
            multi_label=bool(content.get("multi_label", False)),
            input=dict(content.get("input", {})),
            calibration=_calibration(content.get("calibration", {})),
            languages=tuple(content.get("languages", ())),
            licence=str(content["licence"]),
            training_data=tuple(content["training_data"]),
            command=str(content["command"]),
            seed=int(content.get("seed", 0)),
            metrics=dict(content["metrics"]),
            protocol=str(content["protocol"]),
        )
    except EmotionCoreError as error:
        raise ModelUnavailable(f"{folder / MANIFEST}: {error}") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise ModelUnavailable(
            f"{folder / MANIFEST}: a value has the wrong type: {error}"
        ) from error


def read_spec(folder: Path) -> ModelSpec:
    """The manifest of a bundle; its files are not read yet.

    Raises:
        ModelUnavailable: if the manifest is missing, unreadable or of another format
    """
    return _spec(folder, _read_manifest(folder))


def sha256_of(path: Path) -> str:
    """Hexadecimal sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_files(spec: ModelSpec) -> None:
    """Compare every file of a bundle with its checksum.

    Raises:
        ModelUnavailable: if a file is missing, lies outside the folder, differs, or is there
            without a checksum
    """
    served = {p.name for p in spec.folder.iterdir() if p.suffix in SERVED} - {MANIFEST}
    if unlisted := sorted(served - set(spec.files)):
        raise ModelUnavailable(f"{spec.id}: no checksum in {MANIFEST} for {', '.join(unlisted)}")
    for name, expected in spec.files.items():
        path = spec.folder / name
        if not path.resolve().is_relative_to(spec.folder.resolve()):
            raise ModelUnavailable(f"{spec.id}: {name} lies outside the bundle")
        if not path.is_file():
            raise ModelUnavailable(
                f"{spec.id}: {name} is missing; restore the folder {spec.folder}"
            )
        if (found := sha256_of(path)) != expected:
            raise ModelUnavailable(
                f"{spec.id}: {name} is damaged (sha256 {found[:12]}…, expected {expected[:12]}…); "
                f"restore the folder {spec.folder}"
            )


def available() -> list[ModelSpec]:
    """The specs of every readable bundle; a damaged one does not hide the others."""
    specs = []
    for folder in bundle_folders():
        try:
            specs.append(read_spec(folder))
        except ModelUnavailable:
            continue
    return specs


def damaged() -> dict[str, str]:
    """Bundle folder name -> why its manifest was refused."""
    found = {}
    for folder in bundle_folders():
        try:
            read_spec(folder)
        except ModelUnavailable as error:
            found[folder.name] = str(error)
    return found


def _folder_of(model: str | Path) -> Path | None:
    """The bundle of an id or folder; None where there is none."""
    if is_file(Path(model) / MANIFEST):
        return Path(model)
    by_id = {f.name: f for f in bundle_folders()} | {s.id: s.folder for s in available()}
    return by_id.get(str(model))


def modality_of(model: str | Path) -> Modality | None:
    """What a bundle, by id or folder, answers about; None for what is no bundle.

    Raises:
        ModelUnavailable: if its manifest cannot be read
    """
    folder = _folder_of(model)
    return read_spec(folder).modality if folder else None


def find(model: str | Path) -> ModelSpec:
    """The checked spec of a bundle, by id or by folder.

    Raises:
        ModelUnavailable: if there is none, or its files differ from their checksums
    """
    folder = _folder_of(model)
    if folder is None:
        names = sorted({f.name for f in bundle_folders()} | {s.id for s in available()})
        raise ModelUnavailable(
            f"no model {str(model)!r}; there are: {', '.join(names) or 'none'}. "
            "Give one of these, a bundle's folder, or set EMOTION_MODELS"
        )
    spec = read_spec(folder)
    check_files(spec)
    return spec
