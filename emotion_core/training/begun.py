"""What a training was begun with, beside its checkpoints: no other one takes them over.

`<out>.work/begun.json` holds the settings that decide what is learnt, and a digest of the data.
"""

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np

from ..errors import InvalidInput
from ..folders import replace_file
from ..registry import find
from .run_config import DistillationConfig, RunConfig, ShrinkConfig
from .runs import BEGUN, FINISHED, RATE, require_alone, work_of

LEARNT_ALIKE = frozenset({
    "id", "data", "licence", "training_data", "training_data_licence", "languages",
    "report_labels", "chosen_on", "keep_folds", "run.tensorboard", "run.mlflow", "material.cache",
})  # fmt: skip
"""settings with which a network learns the same; what is read of `data` is in the digest"""
SHRINK = "shrink."
"""they come after the training; see `learnt_on`"""
SHOWN = 8
"""differing settings that a message names"""
NOT_SET = "not set"


class Begun(Protocol):
    """Settings of any training, a dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]
    run: RunConfig


def _flat(settings: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Settings by their whole names, such as `optimiser.learning_rate`."""
    found: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{before}{name}.")
        else:
            found[before + name] = value
    return found


def deciding(config: Begun) -> dict[str, Any]:
    """The settings that decide what is learnt, by name.

    Example:
        >>> from emotion_core.training.text_config import TextConfig
        >>> found = deciding(TextConfig(epochs=3, licence="MIT"))
        >>> found["epochs"], found["optimiser.warmup"], "licence" in found
        (3, 0.1, False)
    """
    flat = _flat(dataclasses.asdict(config))
    return {k: v for k, v in flat.items() if k not in LEARNT_ALIKE and not k.startswith(SHRINK)}


def digest(parts: Iterable[object]) -> str:
    """SHA-256 of arrays, and of anything that JSON can hold."""
    found = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray) and part.dtype.kind in "biuf":
            found.update(f"{part.dtype.str}{part.shape}".encode())
            found.update(np.ascontiguousarray(part).tobytes())
        else:
            told = part.tolist() if isinstance(part, np.ndarray) else part
            found.update(json.dumps(told).encode())
    return found.hexdigest()


def teachers(config: DistillationConfig) -> list[dict[str, str]]:
    """Checksums of the files of each teacher.

    What they answer is no part of a digest: it may differ in its last bits between two runs.

    Raises:
        ModelUnavailable: if there is no such bundle
    """
    return [dict(find(name.strip()).files) for name in config.teacher.split(",") if name.strip()]


def has_checkpoints(work: Path) -> bool:
    """Whether something was learnt in a folder."""
    return any(any(work.rglob(pattern)) for pattern in ("*.ckpt", FINISHED))


def begin(config: Begun, out: Path, data: Iterable[object]) -> None:
    """Note what a training is begun with, or make sure that it goes on with the same.

    Args:
        config: all settings
        out: folder of the bundle
        data: arrays, and what JSON can hold, that tell what is learnt from

    Raises:
        InvalidInput: if there are checkpoints of other settings or data, or another process
            trains the same bundle
    """
    if config.run.machines <= 1:
        require_alone(out)
    work = work_of(out)
    now = {"settings": deciding(config), "data": digest(data)}
    before = _read(work / BEGUN)
    if before == now:
        return
    if has_checkpoints(work):
        raise InvalidInput(_told(work, before, now))
    work.mkdir(parents=True, exist_ok=True)
    for found in work.rglob(RATE):
        found.unlink()
    replace_file(work / BEGUN, json.dumps(now, indent=1))


def _read(path: Path) -> dict[str, Any]:
    """A record; empty where there is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    whole = isinstance(content, dict) and isinstance(content.get("settings"), dict)
    return content if whole else {}


def _value(settings: Mapping[str, Any], name: str) -> Any:
    value = settings.get(name, NOT_SET)
    return "empty" if value == "" else value


def _told(work: Path, before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """How the training of a folder's checkpoints differs from this one, and what to do."""
    if not before:
        return (
            f"{work} holds checkpoints, but not what their training was begun with; delete that "
            "folder to begin anew"
        )
    old, new = before["settings"], now["settings"]
    names = [n for n in {**old, **new} if old.get(n, NOT_SET) != new.get(n, NOT_SET)]
    differ = [f"{n} was {_value(old, n)} and is {_value(new, n)}" for n in names]
    if len(differ) > SHOWN:
        differ[SHOWN:] = [f"and {len(differ) - SHOWN} more"]
    if before.get("data") != now["data"]:
        differ.append("the data are others")
    return (
        f"{work} holds the checkpoints of another training: {', '.join(differ)}; give what it was "
        "begun with to go on, or delete that folder to begin anew"
    )


def learnt_on(shrink: ShrinkConfig) -> str:
    """What tells the checkpoints of one way to make a network smaller from those of another.

    Example:
        >>> learnt_on(ShrinkConfig(prune=0.5, epochs=3))
        'prune-0.5-drop-0-epochs-3-rate-0.3'
    """
    return (
        f"prune-{shrink.prune:g}-drop-{shrink.drop_layers}-epochs-{shrink.epochs}"
        f"-rate-{shrink.rate:g}"
    )
