"""Splits for a data set that has none, or better ones for one that has."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Literal, get_args

import numpy as np

from ..errors import InvalidInput
from .labelled_items import labels_in
from .look import Look
from .splits import linked, random_split, speaker_disjoint_split
from .table import DataTable

SplitBy = Literal["speaker", "dialogue", "random"]
SPLIT_BY: tuple[SplitBy, ...] = get_args(SplitBy)


def divided(
    table: DataTable,
    by: SplitBy,
    fractions: Mapping[str, float],
    *,
    stratify: bool = True,
    seed: int = 42,
    looks: list[Look] | None = None,
) -> DataTable:
    """A table in which every item has a split.

    Args:
        table: splits that it has are replaced
        by: `speaker` and `dialogue` keep the groups of the table whole; `random` draws items
        fractions: split -> share; the first is trained on
        stratify: whether the splits keep the shares of the classes
        seed: of the draw
        looks: of the items; exact copies then stay together, unless groups share so many that
            most items would belong together

    Raises:
        InvalidInput: if groups are asked for and are not known, or are too few
    """
    labels = [labels_in(cell)[0] if labels_in(cell) else "" for cell in table.labels]
    copies = [look.digest or f"item {i}" for i, look in enumerate(looks or [Look()] * len(table))]
    kinds = labels if stratify else ["any"] * len(table)
    if by == "random":
        splits = random_split(kinds, fractions, seed, copies)
    else:
        if not table.group_column:
            raise InvalidInput(
                f"{table.name}: expected a {by} for each item, got none; name the column with "
                "--group, or split at random, which flatters"
            )
        keys = [
            [("group", g), ("copy", c)] if g else [("copy", c)]
            for g, c in zip(table.groups, copies, strict=True)
        ]
        joined = linked(keys)
        if np.bincount(joined).max() > max(fractions.values()) * len(table):
            joined = linked([key[:1] for key in keys])
        splits = speaker_disjoint_split(joined, kinds, fractions, seed)
    first = next(iter(fractions))
    lacking = _labels(table.labels) - _labels(
        cell for cell, s in zip(table.labels, splits, strict=True) if s == first
    )
    if lacking:
        raise InvalidInput(f"no item of {', '.join(sorted(lacking))} fell into {first}; add some")
    return replace(table, splits=np.asarray(splits).tolist())


def _labels(cells: Iterable[str]) -> set[str]:
    return {label for cell in cells for label in labels_in(cell)}
