"""What adaptation gains: each example is answered by a head that has not seen it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..errors import InvalidInput
from ..scoring import softmax
from .head import STRENGTHS, Head, Seen, fit_head

FOLDS = 5
INNER_FOLDS = 4
LEAST_PER_CLASS, LEAST_GROUPS = 4, 2
"""so that each fold, and each fold within the others, has some of every class to learn from"""


@dataclass(frozen=True, eq=False)
class CrossValidated:
    """Answers of heads that had not seen the examples.

    Attributes:
        logits: (item, label)
        fold: (item,) in which each was held out
    """

    logits: np.ndarray
    fold: np.ndarray


def _fewest(truth: np.ndarray, groups: np.ndarray | None) -> int:
    """Examples, or groups, of the class that has the fewest."""
    units = np.arange(len(truth)) if groups is None else groups
    return min(len(np.unique(units[truth == k])) for k in np.unique(truth))


def require_enough(truth: np.ndarray, groups: np.ndarray | None) -> None:
    """Refuse examples that are too few to tell what adaptation gains.

    Raises:
        InvalidInput: naming how many there are
    """
    if (fewest := _fewest(truth, None)) < LEAST_PER_CLASS:
        raise InvalidInput(
            f"expected {LEAST_PER_CLASS} examples of each class or more, got {fewest} of one; add "
            "some, or leave the class out"
        )
    if groups is not None and (fewest := _fewest(truth, groups)) < LEAST_GROUPS:
        raise InvalidInput(
            f"expected each class from {LEAST_GROUPS} groups (speakers) or more, got one from "
            f"{fewest}; add another, or leave the column of groups out, which flatters"
        )


def folds_of(truth: np.ndarray, groups: np.ndarray | None, most: int, seed: int = 0) -> np.ndarray:
    """(item,) fold from 0; the classes spread evenly, a group in one only.

    Args:
        truth: (item,) places of the labels
        groups: (item,) speaker or the like; None where each example stands for itself
        most: folds at most; fewer where a class has fewer examples or groups
        seed: decides which go together
    """
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    kind = StratifiedKFold if groups is None else StratifiedGroupKFold
    cut = kind(min(most, _fewest(truth, groups)), shuffle=True, random_state=seed)
    fold = np.zeros(len(truth), int)
    for number, (_, held_out) in enumerate(cut.split(truth, truth, groups)):
        fold[held_out] = number
    return fold


def _held_out(seen: Seen, truth: np.ndarray, fold: np.ndarray, strength: float) -> np.ndarray:
    """(item, label) logits of heads that have not seen the items."""
    logits = np.zeros(seen.prior.shape)
    for number in np.unique(fold):
        out = fold == number
        head = fit_head(seen.take(~out), truth[~out], strength)
        logits[out] = head.logits(seen.take(out))
    return logits


def _log_loss(logits: np.ndarray, truth: np.ndarray) -> float:
    right = softmax(logits)[np.arange(len(truth)), truth]
    return -float(np.log(np.clip(right, 1e-12, 1)).mean())


def choose_strength(seen: Seen, truth: np.ndarray, groups: np.ndarray | None) -> float:
    """The strength whose held-out answers make the truth most likely."""
    if groups is not None and _fewest(truth, groups) < LEAST_GROUPS:
        groups = None  # one speaker is left: their examples must do
    fold = folds_of(truth, groups, INNER_FOLDS, seed=1)
    losses = [_log_loss(_held_out(seen, truth, fold, s), truth) for s in STRENGTHS]
    return STRENGTHS[int(np.argmin(losses))]


def best_head(seen: Seen, truth: np.ndarray, groups: np.ndarray | None) -> tuple[Head, float]:
    """The head of all examples, and its strength, which is chosen among them."""
    strength = choose_strength(seen, truth, groups)
    return fit_head(seen, truth, strength), strength


def cross_validated(
    seen: Seen,
    truth: np.ndarray,
    groups: np.ndarray | None,
    on_progress: Callable[[int, int], None] | None = None,
) -> CrossValidated:
    """Hold each fold out once; everything, the strength too, is chosen without it.

    Args:
        seen: all examples
        truth: (item,) places of the labels
        groups: (item,) what must not be on both sides; None where there is nothing
        on_progress: called with (folds done, folds)

    Raises:
        InvalidInput: if a class has too few examples or groups
    """
    require_enough(truth, groups)
    fold = folds_of(truth, groups, FOLDS)
    logits = np.zeros(seen.prior.shape)
    numbers = np.unique(fold)
    for done, number in enumerate(numbers, 1):
        out = fold == number
        within = None if groups is None else groups[~out]
        head, _ = best_head(seen.take(~out), truth[~out], within)
        logits[out] = head.logits(seen.take(out))
        if on_progress:
            on_progress(done, len(numbers))
    return CrossValidated(logits, fold)
