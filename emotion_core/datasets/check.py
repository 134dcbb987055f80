"""What a data set holds, and what is wrong with it, before anything is trained on it."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ..cores import available_cores
from ..errors import InvalidInput
from ..labels import label_of
from .labelled_items import labels_in
from .look import UNITS, Look, look_at
from .sources import SPLITS, require_one_spelling
from .table import DataModality, DataTable

MOST_NAMED = 20
FEW = 8
"""items of a class below which nothing is learnt of it"""
OnProgress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class DataReport:
    """What was found.

    Attributes:
        modality: of the items
        name: of the source
        items: how many there are
        left_out: how many rows or files of the source are no item
        notices: why they are not
        counts: label -> split -> items
        sizes: smallest, median, largest and sum, in `unit`; empty where none can be read
        unit: of the sizes
        groups: how many speakers or the like; 0 where nothing is known
        group_column: what they are
        groups_on_both: those that are in more than one split
        broken: item -> why it cannot be read
        odd: notice -> items
        copies: pairs of ids of items with the same content
        copies_across: how many of these pairs are in two splits
        faults: what keeps a training from starting
        warnings: what a person should know
    """

    modality: DataModality
    name: str
    items: int
    left_out: int
    notices: tuple[str, ...]
    counts: dict[str, dict[str, int]]
    sizes: dict[str, float]
    unit: str
    groups: int
    group_column: str
    groups_on_both: tuple[str, ...]
    broken: dict[str, str]
    odd: dict[str, int]
    copies: tuple[tuple[str, str], ...]
    copies_across: int
    faults: tuple[str, ...]
    warnings: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """All of it, ready for JSON; of long lists the first ones, with how many there are."""
        return {
            "modality": self.modality,
            "name": self.name,
            "items": self.items,
            "rows_left_out": self.left_out,
            "notices": list(self.notices),
            "classes": self.counts,
            "sizes": {"unit": self.unit, **self.sizes},
            "groups": {
                "kind": self.group_column,
                "count": self.groups,
                "on_both_sides": list(self.groups_on_both[:MOST_NAMED]),
                "on_both_sides_count": len(self.groups_on_both),
            },
            "broken": dict(list(self.broken.items())[:MOST_NAMED]),
            "broken_count": len(self.broken),
            "odd": self.odd,
            "duplicates": [list(pair) for pair in self.copies[:MOST_NAMED]],
            "duplicates_count": len(self.copies),
            "duplicates_across_splits": self.copies_across,
            "faults": list(self.faults),
            "warnings": list(self.warnings),
        }


def look_at_all(table: DataTable, on_progress: OnProgress | None = None) -> list[Look]:
    """Look at every item, several side by side; decoders leave the interpreter to others."""
    looks: list[Look] = []
    with ThreadPoolExecutor(available_cores(), "look") as pool:
        for found in pool.map(partial(look_at, table.modality), table.sources):
            looks.append(found)
            if on_progress:
                on_progress(len(looks), len(table))
    return looks


def check_data(table: DataTable, on_progress: OnProgress | None = None) -> DataReport:
    """Open every item and count what is there.

    Args:
        table: of the source
        on_progress: called with (items done, items)
    """
    looks = look_at_all(table, on_progress)
    counts = _counts(table)
    both = _on_both(table.groups, table.splits)
    copies = _copies(looks)
    across = copies_across(looks, table.splits)
    broken = {table.ids[i]: look.error for i, look in enumerate(looks) if look.error}
    return DataReport(
        modality=table.modality,
        name=table.name,
        items=len(table),
        left_out=table.left_out,
        notices=table.notices,
        counts=counts,
        sizes=_sizes([look.size for look in looks if not look.error]),
        unit=UNITS[table.modality],
        groups=len(set(table.groups) - {""}),
        group_column=table.group_column,
        groups_on_both=both,
        broken=broken,
        odd=dict(Counter(notice for look in looks for notice in look.notices).most_common()),
        copies=tuple((table.ids[a], table.ids[b]) for a, b in copies),
        copies_across=across,
        faults=(*table.faults, *_faults(table, counts, len(table) - len(broken))),
        warnings=tuple(_warnings(table, counts, both, copies, across, broken)),
    )


def _counts(table: DataTable) -> dict[str, dict[str, int]]:
    """Label -> split -> items, sorted."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for cell, split in zip(table.labels, table.splits, strict=True):
        for label in labels_in(cell) or ("",):
            found[label][split] += 1
    return {label: dict(sorted(found[label].items())) for label in sorted(found)}


def _sizes(sizes: Sequence[float]) -> dict[str, float]:
    if not sizes:
        return {}
    parts = {"min": min(sizes), "median": float(np.median(sizes)), "max": max(sizes)}
    return {name: round(value, 2) for name, value in (parts | {"sum": sum(sizes)}).items()}


def _on_both(groups: Sequence[str], splits: Sequence[str]) -> tuple[str, ...]:
    """Groups that are in more than one split."""
    sides: defaultdict[str, set[str]] = defaultdict(set)
    for group, split in zip(groups, splits, strict=True):
        if group:
            sides[group].add(split)
    return tuple(sorted(group for group, found in sides.items() if len(found) > 1))


def _copies(looks: Sequence[Look]) -> list[tuple[int, int]]:
    """Pairs of items with one content: the first, and each further one."""
    first: dict[str, int] = {}
    pairs = []
    for item, look in enumerate(looks):
        if look.digest and first.setdefault(look.digest, item) != item:
            pairs.append((first[look.digest], item))
    return pairs


def copies_across(looks: Sequence[Look], splits: Sequence[str]) -> int:
    """How many items are exact copies of one in another split."""
    return sum(splits[a] != splits[b] for a, b in _copies(looks))


def _faults(table: DataTable, counts: dict[str, dict[str, int]], readable: int) -> Iterable[str]:
    yield from split_faults(table)
    learnt = _learnt(table)
    try:
        require_one_spelling(learnt, table.name)
    except InvalidInput as error:
        yield str(error)
    if len(learnt) < 2:
        yield f"expected two classes or more, got {', '.join(learnt) or 'none'}"
    if not readable:
        yield "no item can be read"
    named = label_of if table.modality == "image" else str
    in_training = {named(label) for label, sides in counts.items() if sides.get("train")}
    for label, sides in counts.items():
        if set(sides) - {""} and named(label) not in in_training:
            others = ", ".join(side for side in sides if side)
            yield f"{label!r} has no item to learn from: it is in {others} alone"


def split_faults(table: DataTable) -> Iterable[str]:
    """Splits that trainings do not take."""
    splits = Counter(table.splits)
    remedy = "correct the table, or divide anew with `data split`"
    if (lacking := splits[""]) and len(splits) > 1:
        yield f"{lacking:,} items have no split while others have one; {remedy}"
    for split, items in sorted(splits.items()):
        if split and split not in SPLITS:
            yield (
                f"split {split!r} ({items:,} items): trainings know {', '.join(SPLITS)}; {remedy}"
            )


def _learnt(table: DataTable) -> set[str]:
    """Labels as trainings of the modality learn them."""
    cells = set(table.labels)
    if table.modality == "text":
        return {label for cell in cells for label in labels_in(cell)}
    return set(map(label_of, cells)) if table.modality == "image" else cells


def _warnings(
    table: DataTable,
    counts: dict[str, dict[str, int]],
    both: Sequence[str],
    copies: Sequence[tuple[int, int]],
    across: int,
    broken: dict[str, str],
) -> Iterable[str]:
    words: defaultdict[str, set[str]] = defaultdict(set)
    for label in counts:
        words[label_of(label)].add(label.strip().lower())
    for alike in words.values():
        if len(alike) > 1:
            yield f"several words for one label: {', '.join(sorted(alike))}"
    for label, sides in counts.items():
        if (total := sum(sides.values())) < FEW:
            yield f"{label!r} has {total} items; little can be learnt of it"
    if both:
        yield f"{len(both)} {table.group_column}s are in more than one split; scores will flatter"
    if not table.group_column:
        yield "no speakers or other groups are known: a random split may flatter"
    if across:
        yield f"{across} items have an exact copy in another split; scores will flatter"
    differing = sum(table.labels[a] != table.labels[b] for a, b in copies)
    if differing:
        yield f"{differing} exact copies have another label than their original"
    if broken:
        yield f"{len(broken)} items cannot be read; they will be left out"
