"""From a configuration to a voice bundle: read, train, export, calibrate, write."""

import dataclasses
import json
import logging
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import InvalidInput
from ..evaluation.audio_answers import AVERAGE_VOICE, logits_of
from ..types import ModelSpec
from .audio_config import AudioConfig
from .audio_material import AudioMaterial, read_material
from .audio_served import served_answers, told, write_network
from .audio_shrinking import made_smaller
from .audio_trainer import FittedAudio, fit_audio
from .begun import begin, teachers
from .bundle import calibrate_bundle, data_sets, whole_bundle
from .distillation import taught
from .limits import require_valid
from .loop import LAST
from .parallel import run_side_by_side
from .running import require_one_network
from .runs import require_place, work_of
from .watching import announce

log = logging.getLogger(__name__)

ANSWERS = "answers.parquet"
FOLDS, CROSS_CORPUS, RANDOM_FOLDS = "folds", "cross-corpus", "random-folds"
"""answers that training leaves in the bundle"""


def _member(
    config: AudioConfig,
    material: AudioMaterial,
    chosen: np.ndarray,
    folder: Path,
    start: Path | None,
    run: int,
    validation: np.ndarray | None = None,
) -> FittedAudio:
    """One network; a finished one is read."""
    return fit_audio(
        config,
        material.lesson(chosen),
        material.heard(chosen),
        folder / f"member-{run}",
        validation=None if validation is None else material.split(validation),
        start=start,
        run=run,
    )


def _taught(config: AudioConfig, material: AudioMaterial) -> AudioMaterial:
    """The material, with the targets that the teacher gives the clips to learn from."""
    if not config.distillation.teacher:
        return material
    targets, rows = material.whole.targets.copy(), np.isin(material.sides, ("train", ""))

    def answer(teacher: ModelSpec) -> np.ndarray:
        answers = served_answers(teacher.folder, material, rows)
        logits = answers[[f"{AVERAGE_VOICE}_{x}" for x in teacher.labels]]
        return logits.where(answers["error"] == "").to_numpy(np.float64)

    soft = taught(config.distillation, material.labels, targets[rows], answer)
    soft *= material.whole.allowed[rows]  # a clip cannot have a label that its data set lacks
    targets[rows] = soft / soft.sum(1, keepdims=True)
    return dataclasses.replace(material, taught=targets)


def _pretrain(config: AudioConfig, material: AudioMaterial, folder: Path) -> None:
    """Train on the other sources alone; every other network starts from there."""
    first = dataclasses.replace(config, epochs=config.pretrain_epochs)
    _member(first, material, ~material.reported, folder, None, 0)


def _fold(config: AudioConfig, material: AudioMaterial, fold: int, work: Path) -> None:
    """Train without one fold and write down what the bundle answers for it."""
    held_out = material.folds == fold
    chosen = material.reported & ~held_out
    folder, start = work / f"fold-{fold}", _start(work)
    members = [_member(config, material, chosen, folder, start, m) for m in range(config.members)]
    write_network(config, material, chosen, members, folder / "bundle")
    answers = served_answers(folder / "bundle", material, held_out)
    answers.to_parquet(folder / ANSWERS, index=False)


def _start(work: Path) -> Path | None:
    path = work / "pretrained" / "member-0" / f"{LAST}.ckpt"
    return path if path.is_file() else None


def _final_member(config: AudioConfig, material: AudioMaterial, run: int, work: Path) -> None:
    _member(config, material, material.reported, work / "final", _start(work), run)


def _cross_validate(config: AudioConfig, material: AudioMaterial, out: Path, work: Path) -> None:
    """Hold each fold out once, then train on everybody by the same procedure."""
    folds = sorted(set(material.folds[material.reported].tolist()))
    if _start(work):
        others = work / "pretrained"
        if not (others / ANSWERS).is_file():
            fitted = [_member(config, material, ~material.reported, others, None, 0)]
            write_network(config, material, ~material.reported, fitted, others / "bundle")
            answers = served_answers(others / "bundle", material, material.reported)
            answers.to_parquet(others / ANSWERS, index=False)
    jobs = [
        partial(_fold, config, material, fold, work)
        for fold in folds
        if not (work / f"fold-{fold}" / ANSWERS).is_file()
    ]
    jobs += [partial(_final_member, config, material, m, work) for m in range(config.members)]
    run_side_by_side(
        jobs,
        lambda done, total: log.info("network %d of %d is ready", done, total),
        config.run.processes,
    )
    members = [
        _member(config, material, material.reported, work / "final", _start(work), m)
        for m in range(config.members)
    ]
    write_network(config, material, material.reported, members, out)
    answers = pd.concat([pd.read_parquet(work / f"fold-{f}" / ANSWERS) for f in folds])
    _write_answers(material, answers, out, RANDOM_FOLDS if config.random_split else FOLDS)
    if _start(work):
        _write_answers(material, pd.read_parquet(work / "pretrained" / ANSWERS), out, CROSS_CORPUS)
    _write_history(members, out)
    _calibrate(out, material, answers)


def _train_once(config: AudioConfig, material: AudioMaterial, out: Path, work: Path) -> None:
    """Train on one split, pick the epoch and calibrate on its validation part."""
    train, validation = (material.sides == side for side in ("train", "validation"))
    chosen = train if _start(work) else train | ~material.reported
    members = [
        _member(config, material, chosen, work, _start(work), m, validation)
        for m in range(config.members)
    ]
    if config.shrink.asked:
        members = made_smaller(config, material, (chosen, validation), members, out)
    write_network(config, material, chosen, members, out, config.shrink.precision)
    _write_history(members, out)
    _calibrate(out, material, served_answers(out, material, validation))


def _write_answers(material: AudioMaterial, answers: pd.DataFrame, out: Path, name: str) -> None:
    """Keep answers in the bundle; no sound."""
    told(material, answers).to_parquet(out / "training" / f"{name}.parquet", index=False)


def _write_history(members: list[FittedAudio], out: Path) -> None:
    frames = [pd.DataFrame(m.history).assign(member=k) for k, m in enumerate(members)]
    pd.concat(frames).to_csv(out / "training" / "history.csv", index=False)


def _calibrate(out: Path, material: AudioMaterial, answers: pd.DataFrame) -> None:
    """Fit temperature and level on answers for items that were not trained on."""
    heard = told(material, answers[answers["error"] == ""])
    if heard.empty:
        raise InvalidInput(f"none of the {len(answers)} recordings held out has an answer")
    logits = logits_of(heard, material.labels)
    truth = heard["truth"].map(material.labels.index).to_numpy()
    calibrate_bundle(out, logits, truth, "held_out_accuracy")


def _learnt_from(config: AudioConfig, material: AudioMaterial) -> Iterator[object]:
    """What tells the data of one training from another's."""
    yield from (material.labels, material.reported, material.store.lengths())
    yield [
        (r.path.name, r.path.stat().st_size, r.label, r.speaker, r.corpus, r.split, r.fold)
        for r in material.recordings
    ]
    yield teachers(config.distillation)


def _networks(config: AudioConfig, material: AudioMaterial) -> int:
    """How many will be trained."""
    folds = len(set(material.folds[material.reported].tolist())) if config.cross_validation else 0
    pretrained = bool(config.pretrain_epochs and not material.reported.all())
    return config.members * (folds + 1) + pretrained


def train_audio(config: AudioConfig, out: Path, command: str = "") -> None:
    """Train, export, calibrate and write a bundle.

    Interrupted training goes on where it stopped: its checkpoints lie in `<out>.work` until
    the bundle is written.

    Args:
        config: all settings
        out: folder of the bundle
        command: what to record as its origin

    Raises:
        InvalidInput: for data or settings that cannot be trained on
    """

    def on_frames(done: int, total: int) -> None:
        if done % 500 == 0 or done == total:
            log.info("%d of %d recordings are read", done, total)

    require_valid(config)
    require_place(out)
    data_sets(config)  # what is wrong with them should not be told after hours of training
    work = work_of(out)
    read = read_material(config, work, on_frames)
    require_one_network(config.run, _networks(config, read))
    begin(config, out, _learnt_from(config, read))
    material = _taught(config, read)
    log.info(
        "%d recordings of %d voices: %s",
        len(material.recordings),
        len(material.profiles),
        json.dumps(
            dict(zip(material.labels, map(int, material.whole.targets.sum(0)), strict=True))
        ),
    )
    announce(work, _networks(config, material))
    if config.pretrain_epochs and not material.reported.all():
        first = [partial(_pretrain, config, material, work / "pretrained")]
        run_side_by_side(first, processes=config.run.processes)
    with whole_bundle(out, config, command) as draft:
        if config.cross_validation:
            _cross_validate(config, material, draft, work)
        else:
            _train_once(config, material, draft, work)
        if config.keep_folds:
            _keep_folds(work, out.with_name(f"{out.name}.folds"))


def _keep_folds(work: Path, target: Path) -> None:
    """Move the bundles that were each trained without one fold to a folder of their own."""
    for bundle in sorted(work.glob("fold-*/bundle")):
        kept = target / bundle.parent.name / bundle.name
        shutil.rmtree(kept, ignore_errors=True)
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(bundle, kept)
