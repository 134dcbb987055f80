"""Measure a text bundle on a split of its data and write what was found beside its weights."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

from ..errors import InvalidInput
from ..evaluation.card import Reading, text_card
from ..evaluation.text_report import LabelledTexts, TextReport, evaluate_text
from ..registry import available, read_spec
from ..text.pipeline import load_text_model
from ..types import ModelSpec
from .bundle import update_manifest
from .config import TextConfig, load_config
from .text_data import TextDataset, data_path, read_dataset

RESULTS = "results.json"


def _bundle_config(folder: Path, data: Path | None) -> TextConfig:
    path = folder / "training" / "config.yaml"
    if not path.is_file():
        raise InvalidInput(f"{folder.name} has no training/config.yaml; its data are unknown")
    config = load_config(TextConfig, path)
    if data is not None:
        config.data = str(data)
    return config


def _protocol(config: TextConfig, weights: str, split: str, dataset: TextDataset) -> str:
    sizes = ", ".join(f"{len(s)} {name}" for name, s in dataset.splits.items())
    epoch = "" if config.architecture == "naive-bayes" else "the epoch, "
    decided = epoch + ("thresholds, temperature" if config.multi_label else "temperature")
    return (
        f"{config.training_data or Path(config.data).name}, {split} split of its own split "
        f"({sizes}); {decided} and every setting were chosen on validation; the "
        f"bundle as served{weights} answered the split once. Intervals: 1,000 bootstrap "
        "samples of items."
    )


def measure_text_bundle(
    model: str | Path, data: Path | None = None, split: str = "test", repeat: bool = False
) -> dict[str, float]:
    """Measure, and write `evaluation/`, `card.md` and the manifest's metrics.

    The record names every reading of the test split: those of this folder before, or, for a
    bundle measured for the first time, those of the installed bundle that it is to replace.

    Args:
        model: bundle id or folder
        data: as for training; None takes what the bundle was trained on
        split: `validation` is printed only; `test` is written
        repeat: allow a second reading of the test split

    Raises:
        InvalidInput: if the test split of this bundle has been read before, or is empty

    Returns:
        metric name -> value
    """
    opened = load_text_model(model)
    folder = opened.spec.folder
    config = _bundle_config(folder, data)
    results = folder / "evaluation" / RESULTS
    if split == "test" and results.is_file() and not repeat:
        raise InvalidInput(
            f"{opened.spec.id}: its test split has been read; the record is {results}. Choose "
            "settings on validation, or give --repeat to write the record again"
        )
    dataset = read_dataset(config)
    if dataset.labels != opened.labels:
        raise InvalidInput(f"{data_path(config.data)} has the labels {dataset.labels}")
    part = dataset.splits[split]
    precision = opened.spec.architecture.get("weights")
    weights = f" ({precision}, ONNX Runtime)" if precision else ""
    report = evaluate_text(
        opened,
        LabelledTexts(part.ids, part.texts, part.targets),
        dataset.splits["train"].texts,
        _protocol(config, weights, split, dataset),
        config.report_labels,
    )
    if split == "test":
        write_record(folder, report)
    return report.metrics


def _earlier_readings(spec: ModelSpec) -> list[Reading]:
    """Readings of the test split by this bundle, or by the one of its id and data."""
    same = [s for s in available() if (s.id, s.training_data) == (spec.id, spec.training_data)]
    for folder in (spec.folder, *(s.folder for s in same)):
        record = folder / "evaluation" / RESULTS
        if record.is_file():
            return json.loads(record.read_text(encoding="utf-8"))["readings"]
    return []


def _reading(spec: ModelSpec, report: TextReport) -> Reading:
    listed = "".join(f"{digest}  {name}\n" for name, digest in sorted(spec.files.items()))
    return Reading(
        date=datetime.now(UTC).date().isoformat(),
        accuracy=report.metrics["accuracy"],
        macro_f1=report.metrics["macro_f1"],
        weighted_f1=report.metrics["weighted_f1"],
        files=hashlib.sha256(listed.encode()).hexdigest(),
    )


def write_record(folder: Path, report: TextReport) -> None:
    """Write predictions, results, metrics and card into a bundle."""
    target = folder / "evaluation"
    target.mkdir(exist_ok=True)
    spec = read_spec(folder)
    results = report.as_dict() | {"readings": [*_earlier_readings(spec), _reading(spec, report)]}
    report.predictions.to_parquet(target / "test.parquet", index=False)
    (target / RESULTS).write_text(json.dumps(results, indent=1), encoding="utf-8")
    update_manifest(folder, metrics=report.metrics, protocol=report.protocol)
    (folder / "card.md").write_text(text_card(read_spec(folder), results), encoding="utf-8")
