"""From a configuration to a bundle: read, train, export, calibrate, write."""

import dataclasses
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from tokenizers import Tokenizer

from ..errors import InvalidInput
from ..evaluation.calibration import fit_temperature, mapped_probabilities, uncertain_level
from ..evaluation.thresholds import fit_thresholds
from ..labels import label_set, mapping
from ..registry import read_spec
from ..text.model import TextClassifier, open_classifier
from .begun import begin, teachers
from .bundle import update_manifest, whole_bundle, write_manifest
from .limits import require_valid
from .naive_bayes import fit_naive_bayes
from .runs import require_place, work_of
from .selection import validation_scores
from .text_config import TRANSFORMER, TextConfig
from .text_data import TextDataset, TextSplit, read_dataset
from .text_labels import asked
from .text_languages import fit_common_thresholds, language_macro_f1

if TYPE_CHECKING:
    from .text_trainer import FittedText

log = logging.getLogger(__name__)

INT8, FP32 = "int8", "fp32"
LARGEST_LOSS = 0.005
"""macro F1 that int8 may cost on validation; beyond it the network is shipped in fp32"""
EXAMPLES = 8000
"""training texts, at most, that show the ranges of the activations"""
VALIDATION_PROTOCOL = "validation split, on which the epoch was picked; no test split was read"


def _logits(classifier: TextClassifier, split: TextSplit) -> np.ndarray:
    return np.stack([r.logits for r in classifier.read(split.texts)])


def _calibration(
    logits: np.ndarray, split: TextSplit, config: TextConfig, labels: tuple[str, ...]
) -> dict[str, Any]:
    """Temperature, level and thresholds, for the own labels and for `report_labels`."""
    targets, logits = asked(split.targets, logits)
    single = targets.sum(1) == 1
    truth = targets[single].argmax(1)
    temperature = fit_temperature(logits[single], truth)
    own = mapped_probabilities(logits, np.eye(len(labels)), temperature)
    calibration: dict[str, Any] = {
        "temperature": temperature,
        "uncertain_below": uncertain_level(own),
    }
    presence = 1 / (1 + np.exp(-logits))
    if config.multi_label:
        thresholds = fit_thresholds(targets > 0.5, presence)
        if len(split.languages):
            thresholds = fit_common_thresholds(split.targets, presence, split.languages)
        calibration["thresholds"] = thresholds.round(5).tolist()
    if config.report_labels:
        carry = mapping(labels, label_set(config.report_labels))
        mapped = mapped_probabilities(logits, carry.matrix, temperature)
        entry: dict[str, Any] = {
            "temperature": temperature,
            "uncertain_below": uncertain_level(mapped),
        }
        if config.multi_label:
            truth_mapped = targets @ carry.matrix > 0.5
            thresholds = fit_thresholds(truth_mapped, carry.noisy_or(presence))
            entry["thresholds"] = thresholds.round(5).tolist()
        calibration["mapped"] = {config.report_labels: entry}
    return calibration


def _examples(config: TextConfig, dataset: TextDataset, tokenizer: Tokenizer) -> list[list[int]]:
    """Token ids of training texts, drawn at random."""
    texts = dataset.splits["train"].texts
    drawn = np.random.default_rng(config.seed).permutation(len(texts))[:EXAMPLES]
    return [e.ids for e in tokenizer.encode_batch([texts[i] for i in drawn])]


def _lesson(config: TextConfig, dataset: TextDataset, work: Path) -> TextSplit:
    """The training split, with the targets that teachers give it."""
    from .distillation import taught
    from .text_distillation import soft_targets, student_split

    def on_teacher(done: int, total: int) -> None:
        log.info("teacher %d of %d is trained", done, total)

    train = dataset.splits["train"]
    if config.distillation.folds:
        return student_split(dataset, soft_targets(config, dataset, work, on_teacher)[0])
    if config.distillation.teacher:
        targets = taught(
            config.distillation, dataset.labels, train.targets,
            lambda teacher: _logits(open_classifier(teacher), train),
            multi_label=config.multi_label,
        )  # fmt: skip
        return student_split(dataset, targets)
    return train


def _train_network(
    config: TextConfig, dataset: TextDataset, out: Path, work: Path
) -> dict[str, Any]:
    """Fit a network, make it smaller where that is asked, and write it; what the manifest says."""
    from .running import require_one_network
    from .text_shrinking import made_smaller
    from .watching import announce

    networks = config.distillation.folds + config.distillation.students
    require_one_network(config.run, networks)
    announce(work, networks)
    validation, train = dataset.splits["validation"], _lesson(config, dataset, work)
    fitted, adjustment = _fitted(config, dataset, train, work)
    examples = _examples(config, dataset, fitted.tokenizer)
    if config.shrink.asked:
        fitted = made_smaller(
            config, train, validation, fitted, out,
            lambda folder: _write_draft(config, dataset, folder, {}), examples,
        )  # fmt: skip
    return {
        "encoder": config.encoder.name,
        "head": dataclasses.asdict(config.head),
        "logit_adjustment": adjustment,
        **_exported(config, dataset, fitted, out, examples),
    }


def _fitted(
    config: TextConfig, dataset: TextDataset, train: TextSplit, work: Path
) -> "tuple[FittedText, list[float]]":
    """The network, and by how much the logit of each label was shifted."""
    from .text_students import adjust_logits, fit_students

    def on_step(done: int, total: int) -> None:
        if done % 100 == 0 or done == total:
            log.info("step %d of %d", done, total)

    validation = dataset.splits["validation"]
    fitted = fit_students(config, train, validation, work, on_step)
    if not config.loss.logit_adjustment or config.multi_label:
        return fitted, []
    frequency = dataset.splits["train"].targets.mean(0)
    return fitted, adjust_logits(fitted, validation, frequency, config.monitor)


def _exported(
    config: TextConfig,
    dataset: TextDataset,
    fitted: "FittedText",
    out: Path,
    examples: list[list[int]],
) -> dict[str, Any]:
    """Write a network in the precision that is asked, or in the smallest that costs little."""
    from .text_export import export_text_network
    from .text_trainer import predict_logits

    validation = dataset.splits["validation"]
    fitted.tokenizer.save(str(out / "tokenizer.json"))
    pd.DataFrame(fitted.history).to_csv(out / "training" / "history.csv", index=False)
    full = validation_scores(
        *asked(validation.targets, predict_logits(fitted, validation)), config.multi_label
    )
    wanted = config.shrink.precision or INT8
    export_text_network(fitted.network, out, examples, wanted)
    _write_draft(config, dataset, out, {})
    precision, served = _as_served(config, validation, out, full["macro_f1"])
    if precision != wanted:
        export_text_network(fitted.network, out)
    scores = {precision: served, FP32: full["macro_f1"]}
    return {"weights": precision, "validation_macro_f1": scores}


def _as_served(
    config: TextConfig, validation: TextSplit, out: Path, full: float
) -> tuple[str, float]:
    """The precision to serve in, and the macro F1 of the network that was written, on validation.

    Args:
        config: may ask for a precision
        validation: texts that are answered
        out: bundle of the network in few bits
        full: macro F1 in single precision
    """
    served = validation_scores(
        *asked(validation.targets, _logits(open_classifier(read_spec(out)), validation)),
        config.multi_label,
    )["macro_f1"]
    log.info("macro F1 on validation: %.4f in fp32, %.4f as served", full, served)
    precision = config.shrink.precision or INT8
    if not config.shrink.asked and full - served > LARGEST_LOSS:
        precision = FP32
    return precision, served


def _write_draft(
    config: TextConfig, dataset: TextDataset, out: Path, architecture: dict[str, Any]
) -> None:
    write_manifest(
        out,
        {
            "id": config.id,
            "modality": "text",
            "labels": list(dataset.labels),
            "multi_label": config.multi_label,
            "architecture": {"kind": config.architecture, **architecture},
            "input": {"max_tokens": config.max_length},
            "calibration": {},
            "languages": [x for x in config.languages.split(",") if x],
            "licence": config.licence,
            "training_data": [
                {"name": config.training_data, "licence": config.training_data_licence}
            ],
            "command": "",
            "seed": config.seed,
            "metrics": {},
            "protocol": VALIDATION_PROTOCOL,
        },
    )


def _learnt_from(config: TextConfig, dataset: TextDataset) -> Iterator[object]:
    """What tells the data of one training from another's."""
    yield from (dataset.labels, teachers(config.distillation))
    for split in (dataset.splits[side] for side in ("train", "validation")):
        yield from (split.texts, split.targets, split.languages)


def _require_network(config: TextConfig) -> None:
    """Raise `InvalidInput` for settings that the encoder does not go with, before data are read."""
    from .text_network import build_network
    from .text_shrinking import without_top_layers

    network = build_network(config.encoder, config.head, 2)
    without_top_layers(network, config.shrink.drop_layers)
    places = getattr(network.encoder.config, "max_position_embeddings", config.max_length)
    if config.max_length > places:
        raise InvalidInput(
            f"max_length: expected {places} or less, which {config.encoder.name} has places for, "
            f"got {config.max_length}"
        )


def train_text(config: TextConfig, out: Path, command: str = "") -> None:
    """Train, export, calibrate and write a bundle.

    Interrupted training goes on where it stopped: its checkpoints lie in `<out>.work` until
    the bundle is written.

    Args:
        config: all settings
        out: folder of the bundle
        command: what to record as its origin

    Raises:
        InvalidInput: for data or settings that cannot be trained on
        LabelMismatch: if no label has a place among `report_labels`
    """
    require_valid(config)
    require_place(out)
    if config.architecture == TRANSFORMER:
        _require_network(config)
    dataset = read_dataset(config)
    if config.report_labels:
        mapping(dataset.labels, label_set(config.report_labels))
    begin(config, out, _learnt_from(config, dataset))
    with whole_bundle(out, config, command) as draft:
        if config.architecture == "naive-bayes":
            architecture = fit_naive_bayes(config, dataset, draft)
        elif config.architecture == "ngram-network":
            from .text_ngrams import train_ngrams

            architecture = train_ngrams(config, dataset, draft)
        else:
            architecture = _train_network(config, dataset, draft, work_of(out))
        _write_draft(config, dataset, draft, architecture)
        _finish(config, dataset, draft)


def _finish(config: TextConfig, dataset: TextDataset, out: Path) -> None:
    validation = dataset.splits["validation"]
    logits = _logits(open_classifier(read_spec(out)), validation)
    scores = validation_scores(*asked(validation.targets, logits), config.multi_label)
    if len(validation.languages):
        scores["language_macro_f1"] = language_macro_f1(
            validation, logits, dataset.labels, config.empty_label
        )
    update_manifest(
        out,
        calibration=_calibration(logits, validation, config, dataset.labels),
        metrics={f"validation_{k}": round(v, 4) for k, v in scores.items()},
    )
    log.info("validation: %s", json.dumps(scores))
