"""The student: one network, or the average of several, with its logits adjusted to rare classes."""

import copy
import dataclasses
import logging
from functools import partial
from pathlib import Path

import numpy as np
import torch

from .config import TextConfig
from .logit_adjustment import fit_logit_adjustment
from .loop import OnProgress
from .parallel import run_side_by_side
from .selection import validation_scores
from .text_data import TextSplit
from .text_labels import asked
from .text_network import TextNetwork
from .text_trainer import FittedText, fit_text, predict_logits

log = logging.getLogger(__name__)


def _train_student(
    config: TextConfig, train: TextSplit, validation: TextSplit, folder: Path, run: int
) -> None:
    fit_text(config, train, validation, folder, run=run)


def _average(networks: list[TextNetwork]) -> TextNetwork:
    """A network whose weights are the mean of others of the same shape."""
    states = [n.state_dict() for n in networks]
    average = copy.deepcopy(networks[0])
    average.load_state_dict(
        {
            name: torch.stack([s[name].float() for s in states]).mean(0).to(value.dtype)
            for name, value in states[0].items()
        }
    )
    return average


def fit_students(
    config: TextConfig,
    train: TextSplit,
    validation: TextSplit,
    folder: Path,
    on_progress: OnProgress | None = None,
) -> FittedText:
    """Train `distillation.students` networks from one start and average their weights.

    The average is one network that answers nearly as well as the ensemble of all. Where it
    does not score best on validation, the best of the single ones is returned.

    Source: Wortsman et al., Model soups, ICML 2022.

    Args:
        config: all settings
        train: targets may be soft
        validation: picks the epoch of each, and the average or one of them
        folder: where checkpoints go
        on_progress: called with (step, steps) of a single run, (runs done, runs) of several
    """
    runs = config.distillation.students
    homes = [folder / f"student-{k}" for k in range(runs)]
    if runs == 1:
        return fit_text(config, train, validation, homes[0], on_progress)
    run_side_by_side(
        [
            partial(_train_student, config, train, validation, home, k)
            for k, home in enumerate(homes)
        ],
        on_progress,
        config.run.processes,
    )
    fitted = [fit_text(config, train, validation, home, run=k) for k, home in enumerate(homes)]
    fitted.append(dataclasses.replace(fitted[0], network=_average([f.network for f in fitted])))
    scores = [
        validation_scores(
            *asked(validation.targets, predict_logits(f, validation)), config.multi_label
        )[config.monitor]
        for f in fitted
    ]
    log.info("students: %s; their average: %.4f", [round(s, 4) for s in scores[:-1]], scores[-1])
    return fitted[int(np.argmax(scores))]


def adjust_logits(
    fitted: FittedText, validation: TextSplit, frequency: np.ndarray, monitor: str
) -> list[float]:
    """Shift the head's bias towards rare classes as far as that scores best on validation.

    Args:
        fitted: its head is changed
        validation: picks the strength
        frequency: (label,) share of each label in training
        monitor: the score

    Returns:
        (label,), what was added to each logit
    """
    logits = predict_logits(fitted, validation)
    shift = fit_logit_adjustment(logits, validation.targets, frequency, monitor)
    with torch.no_grad():
        fitted.network.head.bias.add_(torch.from_numpy(shift.astype(np.float32)))
    return shift.round(5).tolist()
