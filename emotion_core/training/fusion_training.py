"""From a configuration to a fusion bundle: read, fit, export, calibrate, write."""

import dataclasses
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..errors import InvalidInput
from ..evaluation.calibration import fit_temperature, uncertain_level
from ..fusion.evidence import FUSED, FusedModality
from ..fusion.model import open_fuser
from ..fusion.moments import Encoder, feature_width
from ..fusion.network import distances
from ..fusion.pipeline import calibrated
from ..labels import label_set
from ..registry import read_spec
from .begun import begin
from .bundle import data_sets, update_manifest, whole_bundle, write_manifest
from .fusion_answers import EncoderAnswers, encoder_answers
from .fusion_config import COMPOSED, FusionConfig
from .fusion_export import export_fusion_network, write_surprise_table
from .fusion_late import fit_late, write_late
from .fusion_levels import fit_levels
from .fusion_moments import SUBSETS, Composed, Material
from .fusion_trainer import fit_fusion
from .limits import require_valid
from .runs import require_place, work_of

log = logging.getLogger(__name__)

VALIDATION_PROTOCOL = "validation items, on which the epoch was picked; no test item was read"
SHARES = {
    "late": "fitted weight times reliability times certainty, as shares",
    "concatenation": "how far the answer moves without the modality, as shares",
    "attention": "how far the answer moves without the modality, as shares",
    "translation": "how far the answer moves without the modality, as shares",
}
"""kind -> what its contributions are"""
SEVERAL = tuple(s for s in SUBSETS if len(s) > 1)


def read_by_embedding(config: FusionConfig) -> set[str]:
    """The modalities whose embedding is read."""
    return {x.strip() for x in config.network.embedding.split(",") if x.strip()}


def read_material(config: FusionConfig) -> Material:
    """What the encoders say of every item, on its side.

    Raises:
        InvalidInput: for data or settings that cannot be used
    """
    require_valid(config)
    if config.data != COMPOSED:
        from .paired_fusion import read_paired_material

        return read_paired_material(config)
    labels, read = label_set(config.label_set), read_by_embedding(config)
    answers: dict[FusedModality, EncoderAnswers] = {
        m: encoder_answers(m, config.material, labels, config.seed) for m in FUSED
    }
    encoders: dict[FusedModality, Encoder] = {}
    for m, a in answers.items():
        width = a.said["clean"].embedding.shape[1] if m in read else 0
        encoders[m] = Encoder(a.spec.id, a.spec.labels, width)
    return Material(labels, answers, encoders)


def _manifest(config: FusionConfig, material: Material) -> dict[str, Any]:
    sizes = (
        {"pooling": config.pooling} if config.kind == "late" else dataclasses.asdict(config.network)
    )
    listed = {m: dataclasses.asdict(e) for m, e in material.encoders.items()}
    return {
        "id": config.id,
        "modality": "fusion",
        "labels": list(material.labels),
        "architecture": {"kind": config.kind, **sizes, "contributions": SHARES[config.kind]},
        "input": {} if config.kind == "late" else {"encoders": listed},
        "calibration": {},
        "licence": config.licence,
        "training_data": data_sets(config),
        "command": "",
        "seed": config.seed,
        "metrics": {},
        "protocol": VALIDATION_PROTOCOL,
    }


def _fit(
    config: FusionConfig, train: Material, validation: Composed, out: Path, work: Path
) -> list[dict[str, float]]:
    """Fit, and write what is served; returns the history."""
    if config.kind == "late":
        fitted = fit_late(config.pooling, train.each_subset(config.moments.train, config.seed))
        write_late(fitted.fuser, out)
        return fitted.history
    trained = fit_fusion(config, train, validation, work)
    widths = [feature_width(train.encoders[m]) for m in FUSED]
    export_fusion_network(trained.network, widths, out)
    if config.kind == "translation":  # a table must be there before the bundle can be opened
        write_surprise_table(np.tile([[0.0], [1.0]], (1, len(FUSED))), out)
    return trained.history


def _write_surprise(out: Path, agreeing: Composed) -> None:
    """The distances of held-out agreeing moments, of modalities that do not stand alone."""
    expected = open_fuser(read_spec(out)).fuse(agreeing.arrays).expected
    if expected is None:
        raise InvalidInput(f"{out}: expected a fusion that translates")
    distance = distances(agreeing.arrays, expected)
    write_surprise_table(np.where(agreeing.arrays.present, distance, np.nan), out)


def _calibrate(out: Path, config: FusionConfig, validation: Material, moments: Composed) -> None:
    """Fit temperature, level of uncertainty and levels of disagreement on validation items."""
    agreeing = validation.each_subset(config.moments.validation, config.seed + 1, SEVERAL)
    content = read_spec(out)
    if config.kind == "translation":
        _write_surprise(out, agreeing)
    fuser = open_fuser(content)
    fused = fuser.fuse(moments.arrays)
    logs = np.log(np.maximum(fused.probabilities, 1e-12))
    # a late fusion of equal answers is that answer: it is not made surer than they are
    temperature = 1.0 if config.kind == "late" else fit_temperature(logs, moments.truth)
    probabilities = calibrated(fused.probabilities, temperature)
    accuracy = float((probabilities.argmax(1) == moments.truth).mean())
    levels = fit_levels(agreeing.arrays, fuser.fuse(agreeing.arrays).surprise)
    update_manifest(
        out,
        architecture={**content.architecture, "disagreement": levels.as_dict()},
        calibration={
            "temperature": temperature,
            "uncertain_below": uncertain_level(probabilities),
        },
        metrics={"validation_accuracy": round(accuracy, 4)},
    )
    log.info("validation accuracy: %.4f, temperature %.3f", accuracy, temperature)


def _learnt_from(config: FusionConfig, material: Material) -> Iterator[object]:
    """What tells the data of one training from another's."""
    yield from (config.data, material.labels)
    for answers in material.answers.values():
        yield dict(answers.spec.files)
        yield from (answers.truth, answers.side, answers.group)


def train_fusion(config: FusionConfig, out: Path, command: str = "") -> None:
    """Fit, export, calibrate and write a bundle.

    Interrupted training goes on where it stopped: its checkpoints lie in `<out>.work` until
    the bundle is written.

    Args:
        config: all settings
        out: folder of the bundle
        command: what to record as its origin

    Raises:
        InvalidInput: for data or settings that cannot be trained on
    """
    require_valid(config)
    require_place(out)
    data_sets(config)
    material = read_material(config)
    begin(config, out, _learnt_from(config, material))
    train, validation = material.side("train"), material.side("validation")
    for m, answers in train.answers.items():
        log.info(
            "%s: %d items to train on, %d to check", m, len(answers), len(validation.answers[m])
        )
    moments = validation.each_subset(config.moments.validation, config.seed)
    with whole_bundle(out, config, command) as draft:
        history = _fit(config, train, moments, draft, work_of(out))
        write_manifest(draft, _manifest(config, material))
        pd.DataFrame(history).to_csv(draft / "training" / "history.csv", index=False)
        _calibrate(draft, config, validation, moments)
