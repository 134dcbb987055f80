"""Typed settings of any training, read from YAML and from `key=value` overrides."""

import contextlib
import dataclasses
import difflib
import math
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml

from ..errors import InvalidInput
from .limits import require_allowed, require_valid, type_of

NOT_YAML = (yaml.YAMLError, ValueError, RecursionError)
"""what reading YAML raises; a ValueError for a date that there is not, or bytes that are no text"""


def _as_wanted(value: Any, wanted: type) -> Any:
    """Numbers where YAML read a text (1e-4) or a text was meant (`finetune: 2`)."""
    if isinstance(value, bool):
        return value
    if wanted is float and isinstance(value, int | str):
        try:
            return float(value)
        except ValueError:
            return value
        except OverflowError:
            return math.inf
    return str(value) if wanted is str and isinstance(value, int) else value


def _set(config: Any, path: str, value: Any, parents: tuple[str, ...] = ()) -> None:
    """Set what a path such as `head.dropout` names, or several settings below it."""
    name, _, rest = path.partition(".")
    called = ".".join((*parents, name))
    fields = [f.name for f in dataclasses.fields(config)]
    if name not in fields:
        near = difflib.get_close_matches(name, fields, n=1, cutoff=0.0)
        nearest = ".".join((*parents, *near))
        raise InvalidInput(f"unknown setting {called!r}; the nearest valid one is {nearest!r}")
    current = getattr(config, name)
    if not dataclasses.is_dataclass(current):
        if rest:
            raise InvalidInput(f"{called!r} is one setting, got {called}.{rest}")
        wanted = _as_wanted(value, type_of(config, name))
        require_allowed(config, name, wanted, called)
        setattr(config, name, wanted)
    elif rest:
        _set(current, rest, value, (*parents, name))
    elif not isinstance(value, dict):
        raise InvalidInput(f"{called!r} holds several settings, got {value!r}")
    else:
        for key, inner in value.items():
            _set(current, str(key), inner, (*parents, name))


@contextlib.contextmanager
def _told_of(where: str) -> Generator[None]:
    """Put where a setting stands before what is wrong with it."""
    try:
        yield
    except InvalidInput as error:
        raise InvalidInput(f"{where}: {error}") from error


def _read_file(path: Path) -> dict[Any, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, *NOT_YAML) as error:
        told = " ".join(str(error).split())
        raise InvalidInput(f"{path} is not a readable YAML file: {told}") from error
    if not isinstance(content, dict):
        raise InvalidInput(f"{path}: expected settings by name, got {type(content).__name__}")
    return content


def _read_override(override: str) -> tuple[str, Any]:
    key, sign, value = override.partition("=")
    if not sign:
        raise InvalidInput(f"--set {override!r}: expected key=value")
    try:
        return key.strip(), yaml.safe_load(value)
    except NOT_YAML as error:
        raise InvalidInput(
            f"--set {override}: {key.strip()!r} expects a value in YAML, got {value!r}; put a "
            "text in quotes"
        ) from error


Config = TypeVar("Config")


def load_config(
    kind: type[Config], path: Path | None = None, overrides: Sequence[str] = ()
) -> Config:
    """Defaults, then the file, then the overrides (`head.dropout=0.2`).

    Args:
        kind: dataclass of the settings, such as `TextConfig`
        path: YAML file
        overrides: each `key=value`

    Raises:
        InvalidInput: for a file that is not YAML, an unknown setting, or a value that it may not
            have, alone or beside the others

    Example:
        >>> from emotion_core.training.text_config import TextConfig
        >>> load_config(TextConfig, None, ["head.dropout=0.2"]).head.dropout
        0.2
    """
    config = kind()
    if path is not None:
        for key, value in _read_file(path).items():
            with _told_of(str(path)):
                _set(config, str(key), value)
    for override in overrides:
        key, value = _read_override(override)
        with _told_of(f"--set {override}"):
            _set(config, key, value)
    require_valid(config)
    return config
