"""Readings of a test split: every score that a bundle of one name has had on it."""

import json
from contextlib import suppress
from pathlib import Path

from ..evaluation.card import Reading
from ..evaluation.cards import RESULTS
from ..evaluation.findings import FOLDER
from ..registry import MANIFEST

READINGS = "readings.json"


def readings_of(folder: Path) -> list[Reading]:
    """Those of a bundle: of its record or, before it is measured, of the bundle it replaced."""
    for path in (folder / FOLDER / RESULTS, folder / "training" / READINGS):
        if path.is_file():
            content = json.loads(path.read_text(encoding="utf-8"))
            return content.get("readings", [])
    return []


def keep_readings(folder: Path, successor: Path) -> None:
    """Set a bundle's readings aside before its record goes; other data have none.

    Args:
        folder: of the bundle
        successor: folder of the one that will take its place
    """
    if not (folder / MANIFEST).is_file():  # none, or one whose readings were set aside before
        return
    kept, readings = folder / "training" / READINGS, []
    with suppress(OSError, ValueError, KeyError):  # a damaged bundle must not end a training
        readings = readings_of(folder) if _data(folder) == _data(successor) else []
    kept.unlink(missing_ok=True)
    if readings:
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(json.dumps({"readings": readings}, indent=1), encoding="utf-8")


def _data(folder: Path) -> object:
    """What a bundle was trained on."""
    return json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["training_data"]
