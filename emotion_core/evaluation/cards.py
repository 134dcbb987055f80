"""The card of any bundle, written again from what lies in it."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..errors import InvalidInput
from ..registry import find, read_spec
from ..types import ModelSpec
from .audio_card import audio_card
from .card import text_card
from .face_card import face_card
from .findings import FOLDER, read_finding, write_finding
from .fusion_card import fusion_card
from .language_card import language_card

RESULTS, PAIRED = "results.json", "ravdess-paired.json"
CARD = "card.md"


def _text_card(spec: ModelSpec, results: Mapping[str, Any]) -> str:
    """One that speaks of languages where they were measured one by one."""
    if "languages" in results:
        return language_card(spec, results)
    return text_card(spec, results)


def _fusion_card(spec: ModelSpec, results: Mapping[str, Any]) -> str:
    return fusion_card(spec, results, read_finding(spec.folder, PAIRED) or None)


CARDS: Mapping[str, Callable[[ModelSpec, Mapping[str, Any]], str]] = {
    "text": _text_card,
    "audio": audio_card,
    "face": face_card,
    "fusion": _fusion_card,
}


def rewrite_card(folder: Path) -> None:
    """Write `card.md` again from what was measured, such as when something was found out later.

    Raises:
        InvalidInput: if the bundle has not been measured
    """
    spec, record = read_spec(folder), folder / FOLDER / RESULTS
    if not record.is_file():
        raise InvalidInput(f"{folder.name} has no {record.name}; measure it first")
    results = json.loads(record.read_text(encoding="utf-8"))
    (folder / CARD).write_text(CARDS[spec.modality](spec, results), encoding="utf-8")


def keep_finding(model: str | Path, name: str, content: Mapping[str, Any]) -> Path:
    """Write a finding into a bundle, and its card anew; returns the finding's file.

    Args:
        model: bundle id or folder, measured
        name: of the file, as `findings` has it
        content: ready for JSON
    """
    spec = find(model)
    path = write_finding(spec, name, content)
    rewrite_card(spec.folder)
    return path
