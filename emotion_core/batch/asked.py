"""What a run asks for: which model, of which items, in which labels."""

from dataclasses import dataclass
from typing import NamedTuple

from ..errors import InvalidInput
from ..hub import hub_name
from ..labels import label_set, mapping
from ..registry import MANIFEST, find, sha256_of
from ..rows import columns
from ..types import Modality, ModelSpec
from .source import BatchModality

MODEL_OF: dict[BatchModality, Modality] = {"text": "text", "audio": "audio", "image": "face"}
"""items -> what a model of them answers"""


class ModelIdentity(NamedTuple):
    """Which model answers, and in which columns.

    Attributes:
        id: of its bundle, or its hub name
        sha256: of its manifest, which holds the checksums of its files; empty for a hub model
        labels: ordered, of the answers
        multi_label: whether several labels may apply
    """

    id: str
    sha256: str
    labels: tuple[str, ...]
    multi_label: bool

    @property
    def names(self) -> list[str]:
        """Columns of the answers."""
        return columns(self.labels, self.multi_label)


@dataclass(frozen=True)
class Asked:
    """How items are answered.

    Attributes:
        modality: of the items
        model: bundle id or folder, or hub name
        labels: name of the label set to map to; empty for the model's own
        aligned: whether pictures are faces already
        root: address that paths are relative to; empty where the items are texts
        by_path: whether answers name the path of an item, or its row number
    """

    modality: BatchModality
    model: str
    labels: str = ""
    aligned: bool = False
    root: str = ""
    by_path: bool = False

    def identity(self, spec: ModelSpec) -> ModelIdentity:
        """What a model answers to this.

        Raises:
            InvalidInput: if there is no such label set, or the model answers another modality
            LabelMismatch: if its answers cannot be mapped to the label set
        """
        if spec.modality != MODEL_OF[self.modality]:
            raise InvalidInput(f"{spec.id} answers {spec.modality}, not {self.modality}")
        labels = label_set(self.labels) if self.labels else spec.labels
        mapping(spec.labels, labels)  # refuse before the first item
        manifest = spec.folder / MANIFEST
        checksum = sha256_of(manifest) if manifest.is_file() else ""
        return ModelIdentity(
            spec.id, checksum, labels, self.modality == "text" and spec.multi_label
        )


def identify(asked: Asked) -> ModelIdentity:
    """The model, its files checked; opened only if it is of the hub.

    Raises:
        ModelUnavailable: if there is none, or it is damaged
        InvalidInput: if it answers another modality, or there is no such label set
        LabelMismatch: if its answers cannot be mapped to the label set
    """
    if hub_name(asked.model):
        from ..loading import load

        return asked.identity(load(asked.model, MODEL_OF[asked.modality]).spec)
    return asked.identity(find(asked.model))
