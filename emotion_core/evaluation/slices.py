"""Scores per slice of a column, and whether the data can tell their largest gap from chance."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.stats import random_table

from ..datasets.columns import WordColumn
from ..errors import InvalidInput
from .bootstrap import BLOCK_VALUES, group_counts, kinds_of_groups
from .metrics import ClassificationScores, classification_scores, confusion_cells, confusion_metrics
from .predictions import Predictions
from .several_tests import holm

FEWEST = 20
"""items of a slice that is judged"""
MOST_SLICES = 100
PERMUTATIONS, FEWEST_PERMUTATIONS = 999, 99
SHUFFLED_ITEMS = 20_000_000
"""over all permutations, where items have to be shuffled one by one"""
COMPARED = ("accuracy", "uar")
EMPTY = "(empty)"


@dataclass(frozen=True)
class Gap:
    """The largest difference of a score between two slices.

    Attributes:
        lowest: slice
        highest: slice
        difference: of their scores
        p_value: share of permutations with a gap as large, the given order among them
        corrected: for the number of columns, by Holm
    """

    lowest: str
    highest: str
    difference: float
    p_value: float
    corrected: float


@dataclass(frozen=True, eq=False)
class SlicedScores:
    """Scores per slice of one column.

    Attributes:
        column: its name
        slices: value -> scores, the largest first
        judged: slices with enough items
        gaps: score -> its largest gap; empty where fewer than two slices are judged
        permuted: `items`, `groups`, or `items within groups`
        permutations: how many
    """

    column: str
    slices: dict[str, ClassificationScores]
    judged: tuple[str, ...]
    gaps: dict[str, Gap]
    permuted: str
    permutations: int


def sliced_scores(predictions: Predictions, samples: int, seed: int = 0) -> list[SlicedScores]:
    """Scores per slice of each column that was asked for.

    Args:
        predictions: with slices
        samples: of the bootstrap
        seed: of bootstrap and permutations

    Raises:
        InvalidInput: if a column has too many values to be slices
    """
    found = [_sliced(predictions, name, samples, seed) for name in predictions.slices]
    corrected = {
        metric: holm([s.gaps[metric].p_value if metric in s.gaps else 1.0 for s in found])
        for metric in COMPARED
    }
    for metric, values in corrected.items():
        for sliced, value in zip(found, values, strict=True):
            if metric in sliced.gaps:
                gap = sliced.gaps[metric]
                sliced.gaps[metric] = Gap(
                    gap.lowest, gap.highest, gap.difference, gap.p_value, value
                )
    return found


def _numbered(column: WordColumn, name: str) -> tuple[list[str], np.ndarray]:
    """Slices, the largest first, and (item,) number of each item's slice."""
    counts = np.bincount(column.numbers, minlength=len(column.words))
    order = np.argsort(-counts, kind="stable")[: int((counts > 0).sum())]
    if len(order) > MOST_SLICES:
        raise InvalidInput(
            f"expected at most {MOST_SLICES} slices, got {len(order):,} values in the column "
            f"{name!r}; join them to bands first"
        )
    place = np.zeros(len(column.words), int)
    place[order] = np.arange(len(order))
    return [column.words[i] or EMPTY for i in order], place[column.numbers]


def _sliced(predictions: Predictions, name: str, samples: int, seed: int) -> SlicedScores:
    values, number = _numbered(predictions.slices[name], name)
    slices = {}
    for place, value in enumerate(values):
        own = number == place
        groups = None if predictions.groups is None else predictions.groups[own]
        slices[value] = classification_scores(
            predictions.truth[own],
            predictions.prediction[own],
            predictions.labels,
            groups,
            samples,
            seed,
        )
    judged = tuple(v for v in values if slices[v].n >= FEWEST)
    gaps: dict[str, Gap] = {}
    permuted, permutations = "", 0
    if len(judged) > 1:
        # the largest come first, so the judged ones have the first numbers
        kept = number < len(judged)
        k = len(predictions.labels)
        cells = confusion_cells(predictions.truth[kept], predictions.prediction[kept], k)
        groups = None if predictions.groups is None else predictions.groups[kept]
        given = number[kept]
        permuted, blocks = _permuted_counts(cells, (k, k + 1), given, groups, seed)
        gaps, permutations = _gaps(judged, {v: slices[v] for v in judged}, blocks)
    return SlicedScores(name, slices, judged, gaps, permuted, permutations)


def _gaps(
    judged: tuple[str, ...],
    slices: dict[str, ClassificationScores],
    blocks: Iterator[np.ndarray],
) -> tuple[dict[str, Gap], int]:
    drawn: dict[str, list[np.ndarray]] = {metric: [] for metric in COMPARED}
    for block in blocks:
        scores = confusion_metrics(block)
        for metric, spans in drawn.items():
            spans.append(np.ptp(scores[metric], axis=1))
    gaps, permutations = {}, 0
    for metric, spans in drawn.items():
        values = np.array([slices[v].metrics[metric] for v in judged])
        span, by_chance = float(np.ptp(values)), np.concatenate(spans)
        permutations = len(by_chance)
        p_value = (1 + int((by_chance >= span - 1e-12).sum())) / (1 + permutations)
        lowest, highest = judged[int(values.argmin())], judged[int(values.argmax())]
        gaps[metric] = Gap(lowest, highest, span, p_value, p_value)
    return gaps, permutations


def _permuted_counts(
    cells: np.ndarray,
    shape: tuple[int, int],
    slices: np.ndarray,
    groups: np.ndarray | None,
    seed: int,
) -> tuple[str, Iterator[np.ndarray]]:
    """What changes slices, and confusion counts (permutation, slice, *shape) in blocks."""
    rng = np.random.default_rng(seed)
    size = shape[0] * shape[1]
    if groups is None:
        counts = np.bincount(cells, minlength=size)
        tables = _tables(np.bincount(slices), counts, size, rng)
        return "items", (t.reshape(*t.shape[:2], *shape) for t in tables)
    first, number = np.unique(groups, return_index=True, return_inverse=True)[1:]
    number = number.reshape(-1)
    if (slices == slices[first][number]).all():
        profiles, kinds, _ = kinds_of_groups(group_counts(cells, size, number))
        tables = _tables(np.bincount(slices[first]), kinds, size, rng)
        counted = (profiles.T @ t.reshape(-1, len(kinds)).T for t in tables)
        slice_count = int(slices.max()) + 1
        return "groups", (c.T.reshape(-1, slice_count, *shape) for c in counted)
    return "items within groups", _shuffled(cells, shape, slices, number, rng)


def _tables(
    rows: np.ndarray, columns: np.ndarray, size: int, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """Random tables (permutation, row, column) with these sums: what shuffling units gives."""
    taken = np.flatnonzero(columns)
    draw = random_table(rows, columns[taken])
    block = max(1, BLOCK_VALUES // (len(rows) * max(size, len(columns))))
    for start in range(0, PERMUTATIONS, block):
        count = min(block, PERMUTATIONS - start)
        tables = np.zeros((count, len(rows), len(columns)))
        tables[..., taken] = draw.rvs(count, random_state=rng)
        yield tables


def _shuffled(
    cells: np.ndarray,
    shape: tuple[int, int],
    slices: np.ndarray,
    groups: np.ndarray,
    rng: np.random.Generator,
) -> Iterator[np.ndarray]:
    size, slice_count = shape[0] * shape[1], int(slices.max()) + 1
    rounds = int(np.clip(SHUFFLED_ITEMS // len(cells), FEWEST_PERMUTATIONS, PERMUTATIONS))
    order = np.argsort(groups, kind="stable")
    ordered_cells = cells[order]
    for _ in range(rounds):
        drawn = slices[np.argsort(groups + rng.random(len(cells)))]
        counts = np.bincount(drawn * size + ordered_cells, minlength=slice_count * size)
        yield counts.reshape(1, slice_count, *shape)
