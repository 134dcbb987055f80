"""Deletion and insertion curves: does the answer rest on what an explanation marks?

An item has parts: words, or patches of a spectrogram or a face. They are taken away from the
whole (deletion) or put into nothing (insertion), the most marked first, and the probability of
the answer is followed. A good explanation makes it fall early and rise early, so the area between
its curve and that of parts in random order tells how good it is.

Source: Petsiuk, Das and Saenko, RISE, BMVC 2018; Samek et al., IEEE TNNLS 2017.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import InvalidInput
from .metrics import BOOTSTRAP_SAMPLES, PERCENTILES, resample

STEPS = 11
"""shares of the parts that are looked at, from none to all"""
DRAWS = 5
"""random orders of the parts of an item, averaged"""
CURVES = ("deletion", "insertion")
DIGITS = 5


@dataclass(frozen=True, eq=False)
class ExplainedItem:
    """What an explanation says of the parts of one item, and how to ask the model without some.

    Attributes:
        weights: (part,) the larger, the more the part is marked
        answer: (variant, part) bool, which parts are there, to (variant,) the probability of the
            label that the model answers for the whole
    """

    weights: np.ndarray
    answer: Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class ItemCurves:
    """The probability of one item's answer along the shares.

    Attributes:
        marked: (2, step) deletion and insertion, the most marked parts first
        random: (2, step) the same in random order, mean over orders
    """

    marked: np.ndarray
    random: np.ndarray


def shares() -> np.ndarray:
    """(step,) from 0 to 1."""
    return np.linspace(0, 1, STEPS)


def parts_there(order: np.ndarray) -> np.ndarray:
    """(2, step, part) bool: which parts are there along deletion and along insertion.

    Args:
        order: (part,) numbers of the parts, those that go or come first first

    Example:
        >>> parts_there(np.array([1, 0]))[0, [0, 5, 10]].tolist()
        [[True, True], [True, False], [False, False]]
    """
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    moved = rank < np.round(shares() * len(order))[:, None]
    return np.stack([~moved, moved])


def item_curves(item: ExplainedItem, rng: np.random.Generator, draws: int = DRAWS) -> ItemCurves:
    """The curves of one item; the model is asked once for each set of parts.

    Args:
        item: with two parts or more
        rng: of the random orders
        draws: how many random orders
    """
    count = len(item.weights)
    orders = [np.argsort(-item.weights, kind="stable")]
    orders += [rng.permutation(count) for _ in range(draws)]
    there = np.stack([parts_there(order) for order in orders])
    asked, place = np.unique(there.reshape(-1, count), axis=0, return_inverse=True)
    values = item.answer(asked)[place.reshape(-1)].reshape(there.shape[:-1])
    return ItemCurves(values[0], values[1:].mean(0))


def curves_record(
    curves: Sequence[ItemCurves],
    groups: np.ndarray | None = None,
    samples: int = BOOTSTRAP_SAMPLES,
    seed: int = 0,
) -> dict[str, Any]:
    """Mean curves over items, their areas, and the intervals of both, ready for JSON.

    Args:
        curves: of two items or more
        groups: (item,) speaker or the like, drawn whole
        samples: of the bootstrap
        seed: of the bootstrap

    Returns:
        `items`, and for `deletion` and `insertion`: `marked` and `random`, each with `mean`,
        `low` and `high` (step,), `area` and `area_interval`; and `gain` with `gain_interval`,
        the area between the two curves, positive where the explanation is better than chance

    Raises:
        InvalidInput: for fewer than two items
    """
    if len(curves) < 2:
        raise InvalidInput(f"expected two items or more with an explanation, got {len(curves)}")
    values = np.stack([np.stack([c.marked, c.random]) for c in curves])
    flat = np.column_stack([values.reshape(len(curves), -1), np.ones(len(curves))])
    drawn = resample(flat, groups, samples, seed)
    sampled = (drawn[:, :-1] / drawn[:, -1:]).reshape(-1, *values.shape[1:])
    mean = values.mean(0)
    record: dict[str, Any] = {"items": len(curves)}
    for place, name in enumerate(CURVES):
        sign = -1 if name == "deletion" else 1
        apart = sign * (sampled[:, 0, place] - sampled[:, 1, place])
        record[name] = {
            "marked": _curve(mean[0, place], sampled[:, 0, place]),
            "random": _curve(mean[1, place], sampled[:, 1, place]),
            "gain": _rounded(_area(sign * (mean[0, place] - mean[1, place]))),
            "gain_interval": _rounded(np.percentile(_area(apart), PERCENTILES)),
        }
    return record


def _area(curve: np.ndarray) -> np.ndarray:
    """Under curves (..., step) over shares from 0 to 1."""
    return np.trapezoid(curve, shares(), axis=-1)


def _curve(mean: np.ndarray, sampled: np.ndarray) -> dict[str, Any]:
    low, high = np.percentile(sampled, PERCENTILES, axis=0)
    return {
        "mean": _rounded(mean),
        "low": _rounded(low),
        "high": _rounded(high),
        "area": _rounded(_area(mean)),
        "area_interval": _rounded(np.percentile(_area(sampled), PERCENTILES)),
    }


def _rounded(values: np.ndarray) -> Any:
    return np.round(values, DIGITS).tolist()
