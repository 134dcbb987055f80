"""The student: one network, or the average of several, with its logits adjusted to rare classes."""

import copy
import dataclasses
import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch

from .logit_adjustment import fit_logit_adjustment
from .loop import OnProgress
from .parallel import run_side_by_side
from .selection import validation_scores
from .text_config import TextConfig
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

    The average is one network that answers nearly as well as the ensemble of all. It starts with
    the best of them on validation, and takes up each next one that does not make it worse there.

    Source: Wortsman et al., Model soups, ICML 2022 (the greedy soup).

    Args:
        config: all settings
        train: targets may be soft
        validation: picks the epoch of each, and which of them are averaged
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

    def score(network: TextNetwork) -> float:
        logits = predict_logits(dataclasses.replace(fitted[0], network=network), validation)
        found = validation_scores(*asked(validation.targets, logits), config.multi_label)
        return found[config.monitor]

    best, network = greedy_soup([f.network for f in fitted], score)
    return dataclasses.replace(fitted[best], network=network)


def greedy_soup(
    networks: list[TextNetwork], score: Callable[[TextNetwork], float]
) -> tuple[int, TextNetwork]:
    """The best network, averaged with each next best one that does not make it worse.

    Args:
        networks: of the same shape, trained from the same start
        score: on validation; more is better

    Returns:
        place of the best one, and the average
    """
    scores = [score(n) for n in networks]
    order = sorted(range(len(networks)), key=lambda k: -scores[k])
    chosen, soup, best = order[:1], networks[order[0]], scores[order[0]]
    for k in order[1:]:
        candidate = _average([networks[c] for c in (*chosen, k)])
        if (found := score(candidate)) >= best:
            chosen, soup, best = [*chosen, k], candidate, found
    log.info(
        "students: %s; the average of %s: %.4f",
        [round(s, 4) for s in scores], [k + 1 for k in chosen], best,
    )  # fmt: skip
    return order[0], soup


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
