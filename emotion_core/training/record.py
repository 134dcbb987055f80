"""What the records of all modalities share: settings of a bundle, readings of its test split."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pandas as pd

from ..errors import InvalidInput
from ..evaluation.card import Reading
from ..evaluation.cards import CARD, RESULTS
from ..evaluation.findings import FOLDER, served_digest
from ..registry import available, read_spec
from ..types import ModelSpec
from .bundle import SETTINGS, update_manifest
from .config import load_config
from .readings import readings_of


class DataConfig(Protocol):
    """Settings that name their data."""

    data: str


class Report(Protocol):
    """What was measured."""

    @property
    def protocol(self) -> str: ...
    @property
    def metrics(self) -> dict[str, float]: ...
    @property
    def predictions(self) -> pd.DataFrame: ...
    def as_dict(self) -> dict[str, Any]: ...


Config = TypeVar("Config", bound=DataConfig)


def bundle_config(kind: type[Config], folder: Path, data: Path | None = None) -> Config:
    """The settings that a bundle was trained with.

    Args:
        kind: dataclass of the settings
        folder: of the bundle
        data: takes the place of the data that it was trained on

    Raises:
        InvalidInput: if the bundle does not say
    """
    path = folder / "training" / SETTINGS
    if not path.is_file():
        raise InvalidInput(f"{folder.name} has no training/config.yaml; its data are unknown")
    config = load_config(kind, path)
    if data is not None:
        config.data = str(data)
    return config


def refuse_second_reading(spec: ModelSpec) -> None:
    """Raise `InvalidInput` if the test split of this bundle has been read before."""
    results = spec.folder / FOLDER / RESULTS
    if results.is_file():
        raise InvalidInput(
            f"{spec.id}: its test split has been read; the record is {results}. Choose "
            "settings on validation, or give --repeat to write the record again"
        )


def _earlier_readings(spec: ModelSpec) -> list[Reading]:
    """Readings of the test split by this bundle, or by the installed one of its id and data."""
    same = [s for s in available() if (s.id, s.training_data) == (spec.id, spec.training_data)]
    for folder in (spec.folder, *(s.folder for s in same)):
        if found := readings_of(folder):
            return found
    return []


def _reading(spec: ModelSpec, metrics: Mapping[str, float]) -> Reading:
    return Reading(
        date=datetime.now(UTC).date().isoformat(),
        accuracy=metrics["accuracy"],
        uar=metrics["uar"],
        macro_f1=metrics["macro_f1"],
        weighted_f1=metrics["weighted_f1"],
        files=served_digest(spec),
    )


def write_record(
    folder: Path,
    report: Report,
    card: Callable[[ModelSpec, Mapping[str, Any]], str],
    *,
    test_split: bool = True,
) -> None:
    """Write predictions, results, metrics and card into a bundle.

    The record names every reading of the test split: those of this folder before, or, for a
    bundle measured for the first time, those of the installed bundle that it is to replace.

    Args:
        folder: of the bundle
        report: what was measured
        card: makes the card of a spec and its results
        test_split: whether a test split was read; folds that are each held out once are none
    """
    spec = read_spec(folder)
    readings = [*_earlier_readings(spec), _reading(spec, report.metrics)] if test_split else []
    results = report.as_dict() | {"readings": readings}
    content = json.dumps(results, indent=1, allow_nan=False)
    target = folder / FOLDER
    target.mkdir(exist_ok=True)
    report.predictions.to_parquet(target / "test.parquet", index=False)
    (target / RESULTS).write_text(content, encoding="utf-8")
    update_manifest(folder, metrics=report.metrics, protocol=report.protocol)
    (folder / CARD).write_text(card(read_spec(folder), results), encoding="utf-8")
