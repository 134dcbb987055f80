"""What classifiers of the Hugging Face hub share, whatever they read."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from .errors import MissingDependency, ModelUnavailable
from .registry import MANIFEST, is_file
from .types import Modality, ModelSpec

HUB_PREFIX = "hub:"


class Checkpoint(NamedTuple):
    """A classifier and what turns its input into tensors."""

    model: Any
    reader: Any


def hub_name(model: str | Path) -> str | None:
    """Name or folder of a hub model (`hub:owner/name`, or a folder in its format); None for others.

    Example:
        >>> hub_name("hub:owner/name"), hub_name("text-emotion6")
        ('owner/name', None)
    """
    if str(model).startswith(HUB_PREFIX):
        return str(model).removeprefix(HUB_PREFIX)
    in_its_format = is_file(Path(model) / "config.json") and not is_file(Path(model) / MANIFEST)
    return str(model) if in_its_format else None


class CheckpointKind(NamedTuple):
    """Which of transformers' classes open a checkpoint, and what they are called."""

    model: str
    """such as `AutoModelForAudioClassification`"""
    reader: str
    """of what turns the input into tensors, such as `AutoTokenizer`"""
    head: str
    """of the model, in words"""
    reader_name: str
    """in words"""


def load_checkpoint(name: str, kind: CheckpointKind, **options: Any) -> Checkpoint:
    """A checkpoint by name or folder; only safetensors weights are read, no code is run.

    Args:
        name: of the hub, or a folder
        kind: what it should be
        options: of the reader

    Raises:
        MissingDependency: without torch and transformers
        ModelUnavailable: if neither the hub nor the folder has it, or a part of it is missing
    """
    try:
        import torch  # noqa: F401
        import transformers
    except ImportError as error:
        raise MissingDependency("transformers", "hub") from error
    try:
        model, found = getattr(transformers, kind.model).from_pretrained(
            name, use_safetensors=True, trust_remote_code=False, output_loading_info=True
        )
        reader = getattr(transformers, kind.reader).from_pretrained(
            name, trust_remote_code=False, **options
        )
    except Exception as error:  # transformers and its parsers raise classes of their own
        raise ModelUnavailable(
            f"the hub model {name!r} cannot be loaded: {error}. Check the name, the connection, "
            f"and that it has safetensors weights, {kind.head} head and {kind.reader_name}"
        ) from error
    if found["missing_keys"]:
        raise ModelUnavailable(
            f"the hub model {name!r} has no {kind.head.partition(' ')[2]} head: "
            f"{', '.join(sorted(found['missing_keys']))} would be random"
        )
    return Checkpoint(model.eval(), reader)


def hub_labels(config: Any) -> tuple[str, ...]:
    """The labels of a checkpoint as its configuration names them, in order."""
    return tuple(str(config.id2label[i]) for i in range(config.num_labels))


def hub_spec(
    name: str, modality: Modality, config: Any, labels: tuple[str, ...], **more: Any
) -> ModelSpec:
    """The spec of a hub model, which was not measured here.

    Args:
        name: of the hub, or a folder
        modality: what it reads
        config: of the checkpoint
        labels: ordered
        more: further attributes of the spec
    """
    return ModelSpec(
        id=f"{HUB_PREFIX}{Path(name).name if Path(name).is_dir() else name}",
        modality=modality,
        labels=labels,
        architecture={"kind": "hub", "name": name, "type": config.model_type},
        folder=Path(name),
        files={},
        licence="see the model's page on the hub",
        protocol="not measured here",
        **more,
    )


@contextmanager
def required_to_fit(name: str, asked: str, part: str) -> Generator[None]:
    """Raise `ModelUnavailable` where a first question fails: a model's parts come from two files.

    Args:
        name: of the hub, or a folder
        asked: what it is asked, in words
        part: what prepares that for the network
    """
    try:
        yield
    except Exception as error:  # as many kinds as there are networks and what prepares for them
        raise ModelUnavailable(
            f"the hub model {name!r} cannot answer {asked}: its {part} and its network do not fit "
            f"({error})"
        ) from error
