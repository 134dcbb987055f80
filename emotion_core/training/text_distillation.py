"""Cross-fitted distillation: teachers label only texts that they were not trained on.

A teacher's answer for its own training text repeats the label; its answer for a held-out
text says how doubtful that label is. The student learns a mixture of both.
"""

import dataclasses
from functools import partial
from pathlib import Path

import numpy as np

from ..errors import InvalidInput
from .distillation import blended
from .logit_adjustment import fit_logit_adjustment
from .loop import OnProgress
from .parallel import run_side_by_side
from .text_config import TextConfig
from .text_data import TextDataset, TextSplit
from .text_trainer import fit_text, predict_logits

ANSWERS = "answers.npz"


def folds_by_text(texts: list[str], folds: int, seed: int) -> np.ndarray:
    """(item,) fold numbers; equal texts share one fold."""
    unique, inverse = np.unique([t.lower() for t in texts], return_inverse=True)
    fold_of = np.random.default_rng(seed).permutation(len(unique)) % folds
    return fold_of[inverse]


def teacher_config(config: TextConfig, fold: int) -> TextConfig:
    """A teacher's settings: the student's with its own head, epochs and seed."""
    d = config.distillation
    head = dataclasses.replace(
        config.head,
        lstm_layers=d.teacher_lstm_layers,
        attention_heads=d.teacher_attention_heads,
    )
    return dataclasses.replace(
        config, head=head, epochs=d.teacher_epochs, seed=config.seed + 1 + fold
    )


def _train_teacher(
    config: TextConfig, dataset: TextDataset, held_out: np.ndarray, folder: Path
) -> None:
    """Train one teacher without the items held out, and write down what it answers for them."""
    train, validation = dataset.splits["train"], dataset.splits["validation"]
    fitted = fit_text(config, train.take(np.flatnonzero(~held_out)), validation, folder)
    part = folder / f"part-{ANSWERS}"
    np.savez(
        part,
        held_out=predict_logits(fitted, train.take(np.flatnonzero(held_out))),
        validation=predict_logits(fitted, validation),
    )
    part.replace(folder / ANSWERS)


def soft_targets(
    config: TextConfig,
    dataset: TextDataset,
    folder: Path,
    on_progress: OnProgress | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Train the teachers, or read what they answered where an earlier run finished them.

    Args:
        config: all settings
        dataset: its training split is labelled
        folder: where checkpoints and answers go
        on_progress: called with (teachers done, teachers)

    Returns:
        the student's targets (item, label) for the training split, and the teachers' mean
        logits (item, label) for the validation split
    """
    d = config.distillation
    if d.folds < 2:
        raise InvalidInput(f"distillation.folds: expected 2 or more teachers, got {d.folds}")
    train, validation = dataset.splits["train"], dataset.splits["validation"]
    fold = folds_by_text(train.texts, d.folds, config.seed)
    jobs = [
        partial(_train_teacher, teacher_config(config, k), dataset, fold == k, home)
        for k in range(d.folds)
        if not ((home := folder / f"teacher-{k}") / ANSWERS).is_file()
    ]
    run_side_by_side(jobs, on_progress, config.run.processes)
    held_out = np.zeros_like(train.targets)
    ensemble = np.zeros_like(validation.targets)
    for k in range(d.folds):
        with np.load(folder / f"teacher-{k}" / ANSWERS, allow_pickle=False) as answers:
            held_out[fold == k] = answers["held_out"]
            ensemble += answers["validation"] / d.folds
    if d.logit_adjustment and not config.multi_label:
        frequency = train.targets.mean(0)
        held_out += fit_logit_adjustment(held_out, train.targets, frequency, config.monitor)
    return blended(d, train.targets, held_out, multi_label=config.multi_label), ensemble


def student_split(dataset: TextDataset, targets: np.ndarray) -> TextSplit:
    """The training split with the student's targets."""
    train = dataset.splits["train"]
    return TextSplit(train.ids, train.texts, targets, train.languages)
