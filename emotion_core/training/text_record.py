"""Measure a text bundle on a split of its data and write what was found beside its weights."""

from pathlib import Path

import numpy as np

from ..datasets.sources import require_split
from ..errors import InvalidInput
from ..evaluation.card import text_card
from ..evaluation.language_card import language_card
from ..evaluation.text_report import LabelledTexts, evaluate_text
from ..text.pipeline import load_text_model
from .record import bundle_config, refuse_second_reading, write_record
from .text_config import TextConfig
from .text_data import TextDataset, data_path, read_dataset
from .text_language_report import with_languages


def _protocol(config: TextConfig, weights: str, split: str, dataset: TextDataset) -> str:
    sizes = ", ".join(f"{len(s)} {name}" for name, s in dataset.splits.items())
    epoch = "" if config.architecture == "naive-bayes" else "the epoch, "
    decided = epoch + ("thresholds, temperature" if config.multi_label else "temperature")
    return (
        f"{config.training_data or Path(config.data).name}, {split} split of its own split "
        f"({sizes}); {decided} and every setting were chosen on validation; the "
        f"bundle as served{weights} answered the split once. Intervals: 1,000 bootstrap "
        f"samples of items.{_told_of_languages(config)}"
    )


def _told_of_languages(config: TextConfig) -> str:
    """What the protocol adds for several languages."""
    told = ""
    if config.label_columns:
        told += " Labels that a text was not asked for take no part."
    if config.language_column:
        told += " `language_macro_f1` is the mean of the languages' macro F1"
        told += f" without {config.empty_label}." if config.empty_label else "."
    if config.borrowed_share:
        told += (
            f" Languages without training texts gave {config.borrowed_share:.0%} of their "
            "validation texts to training."
        )
    return told


def measure_text_bundle(
    model: str | Path, data: Path | None = None, split: str = "test", repeat: bool = False
) -> dict[str, float]:
    """Measure, and write `evaluation/`, `card.md` and the manifest's metrics.

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
    config = bundle_config(TextConfig, folder, data)
    if split == "test" and not repeat:
        refuse_second_reading(opened.spec)
    dataset = read_dataset(config)
    if dataset.labels != opened.labels:
        raise InvalidInput(f"{data_path(config.data)} has the labels {dataset.labels}")
    part = dataset.splits[split]
    require_split(config.data, split, len(part))
    precision = opened.spec.architecture.get("weights")
    runtime = "numpy" if config.architecture == "ngram-network" else "ONNX Runtime"
    weights = f" ({precision}, {runtime})" if precision else ""
    report = evaluate_text(
        opened,
        LabelledTexts(part.ids, part.texts, np.nan_to_num(part.targets)),
        dataset.splits["train"].texts,
        _protocol(config, weights, split, dataset),
        config.report_labels,
    )
    if len(part.languages):
        training = dataset.splits["train"].texts
        report = with_languages(report, opened.spec, part, training, config.empty_label)
        card = language_card
    else:
        card = text_card
    if split == "test":
        write_record(folder, report, card)
    return report.metrics
