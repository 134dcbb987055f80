"""Readings of a test split: every score that a bundle of one name has had on it."""

import json
from pathlib import Path

from ..evaluation.card import Reading
from ..registry import MANIFEST

RECORDS, RECORD = "evaluation", "results.json"
"""folder of what was measured of a bundle, and the file with its scores"""
READINGS = "readings.json"


def readings_of(folder: Path) -> list[Reading]:
    """Those of a bundle: of its record or, before it is measured, of the bundle it replaced."""
    for path in (folder / RECORDS / RECORD, folder / "training" / READINGS):
        if path.is_file():
            content = json.loads(path.read_text(encoding="utf-8"))
            return content.get("readings", [])
    return []


def keep_readings(before: Path, after: Path) -> None:
    """Write those of a bundle into the one of the same data that replaces it."""
    if (readings := readings_of(before)) and _data(before) == _data(after):
        text = json.dumps({"readings": readings}, indent=1)
        (after / "training" / READINGS).write_text(text, encoding="utf-8")


def _data(folder: Path) -> object:
    """What a bundle was trained on."""
    return json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["training_data"]
