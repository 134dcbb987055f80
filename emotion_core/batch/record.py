"""`_run.json`: what a folder of answers was asked, so that a later run goes on with the same."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from ..errors import InvalidInput
from .storage import Place

NAME = "_run.json"
FORMAT = 1
MEANING = {
    "fingerprint": "input",
    "items": "number of items",
    "modality": "modality",
    "model": "model",
    "model_sha256": "version of the model",
    "labels": "label set",
    "aligned": "--aligned",
    "batch_size": "--batch-size",
}
"""what must be the same in a run that goes on -> how messages call it"""


@dataclass(frozen=True)
class RunRecord:
    """What was asked, and once it is done what came of it.

    Attributes:
        input: address of the items
        fingerprint: of the items
        items: how many there are
        modality: of the items
        model: id of the bundle, or name of a hub model
        model_sha256: of the bundle's manifest, which holds the checksums of its files
        labels: ordered, of the answers
        aligned: whether pictures are faces already
        batch_size: items of a part
        version: of this package
        started: date and time
        finished: date and time; empty until every part is there
        failed: items without an answer; None until every part is there
    """

    input: str
    fingerprint: str
    items: int
    modality: str
    model: str
    model_sha256: str
    labels: tuple[str, ...]
    aligned: bool
    batch_size: int
    version: str
    started: str
    finished: str = ""
    failed: int | None = None

    @property
    def parts(self) -> int:
        """How many parts the answers have."""
        return -(-self.items // self.batch_size)

    def items_of(self, part: int) -> int:
        """How many items a part has."""
        return min(self.batch_size, self.items - part * self.batch_size)

    def require_same(self, asked: "RunRecord", address: str) -> None:
        """Refuse a folder that holds answers to something else.

        Raises:
            InvalidInput: naming what differs
        """
        was, now = asdict(self), asdict(asked)
        differing = [
            f"{meaning} ({_shown(was[name])}, now {_shown(now[name])})"
            for name, meaning in MEANING.items()
            if was[name] != now[name]
        ]
        if differing:
            raise InvalidInput(
                f"{address} holds answers of another run: another {', another '.join(differing)}; "
                "give another --out, or --restart to throw these answers away"
            )


def _shown(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return text if len(text) <= 40 else f"{text[:12]}…"


def read_record(folder: Place) -> RunRecord | None:
    """The record of a folder of answers; None where there is none.

    Raises:
        InvalidInput: if it cannot be read
    """
    place = folder.below(NAME)
    if not place.is_file():
        return None
    try:
        content = json.loads(place.read())
        return _record(content)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInput(
            f"{place.address} cannot be read ({error!r}); give another --out, or --restart"
        ) from error


def _record(content: Mapping[str, Any]) -> RunRecord:
    if content["format"] != FORMAT:
        raise ValueError(f"format {content['format']}, expected {FORMAT}")
    known: dict[str, Any] = {field.name: content[field.name] for field in fields(RunRecord)}
    known["labels"] = tuple(known["labels"])
    return RunRecord(**known)


def write_record(folder: Place, record: RunRecord) -> None:
    """Write it, whole or not at all."""
    content = {"format": FORMAT, **asdict(record)}
    folder.below(NAME).write(json.dumps(content, indent=2, ensure_ascii=False).encode() + b"\n")
