"""What the sides of a data set share: copies, near copies and groups."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .leak_items import LeakItems

CLEAN, LEAKS = "clean", "leaks"
TRAIN = "train"
NAMED = "held out against training"
FOLDS = "each side against the others"
NONE = "no sides"
MOST_EXAMPLES = 50
PROTOCOLS = {
    NAMED: "items outside training that have a copy in training",
    FOLDS: "items that have a copy on another side",
    NONE: "further copies of an item, which a random split would part",
}


@dataclass(frozen=True)
class Copy:
    """An item that another side has too.

    Attributes:
        item: path or row
        copy: of which it is a copy
        kind: `exact`, `normalised` or `near`
        similarity: 1 for exact and normalised copies
    """

    item: str
    copy: str
    kind: str
    similarity: float


@dataclass(frozen=True, eq=False)
class LeakReport:
    """What a check of a data set found.

    Attributes:
        items: what was checked
        protocol: `NAMED`, `FOLDS` or `NONE`
        exact: (item,) bool: has an exact copy on the other side
        normalised: (item,) bool: has a copy there that differs in case, punctuation or blanks
            only, exact ones among them; the same as `exact` for recordings and faces
        near: (item,) bool: has no exact copy there, but a near one, normalised ones among them
        groups: on both sides
        examples: some of the copies, of each kind
    """

    items: LeakItems
    protocol: str
    exact: np.ndarray
    normalised: np.ndarray
    near: np.ndarray
    groups: tuple[str, ...]
    examples: tuple[Copy, ...]

    @property
    def verdict(self) -> str:
        """`leaks` if anything is shared, else `clean`."""
        return LEAKS if self.exact.any() or self.near.any() or self.groups else CLEAN

    @property
    def held_out(self) -> np.ndarray:
        """(item,) bool: outside training; all where no side is named so."""
        sides = self.items.sides
        if self.protocol == NAMED:
            return (sides != TRAIN) & (sides != "")
        return np.ones(len(sides), bool)

    def as_dict(self) -> dict[str, Any]:
        """All of it, ready for JSON."""
        sides = self.items.sides
        held_out = int(self.held_out.sum())
        shared = int((self.exact | self.near).sum())
        return {
            "exact_duplicates": int(self.exact.sum()),
            "near_duplicates": int(self.near.sum()),
            "groups_on_both_sides": list(self.groups),
            "verdict": self.verdict,
            "kind": self.items.kind,
            "items": len(sides),
            "sides": dict(Counter(sides.tolist())),
            "counted": PROTOCOLS[self.protocol],
            "share": shared / held_out if held_out else 0.0,
            "normalised_duplicates": int(self.normalised.sum()),
            "by_side": {
                side: {
                    "items": int((sides == side).sum()),
                    "exact": int(self.exact[sides == side].sum()),
                    "normalised": int(self.normalised[sides == side].sum()),
                    "near": int(self.near[sides == side].sum()),
                }
                for side in sorted(set(sides[self.held_out].tolist()))
            },
            "groups": {
                "column": self.items.group_column,
                "count": len(set(self.items.groups.tolist()) - {""}),
                "items_without": int((self.items.groups == "").sum()),
            },
            "examples": [
                {"item": c.item, "copy": c.copy, "kind": c.kind, "similarity": c.similarity}
                for c in self.examples
            ],
            "left_out": {
                "count": len(self.items.left_out),
                "first": dict(list(self.items.left_out.items())[:5]),
            },
            "notices": self.notices(),
        }

    def notices(self) -> list[str]:
        """What a person should know of the check."""
        told = []
        if self.protocol == NONE:
            told.append(
                "no sides are named: copies are counted within the data, and groups not at all; "
                "name the column of the split"
            )
        if self.protocol == NAMED and (nowhere := int((self.items.sides == "").sum())):
            told.append(f"{nowhere:,} items are on no side and were not compared")
        if self.items.left_out:
            told.append(f"{len(self.items.left_out):,} items could not be read")
        if not self.items.group_column:
            told.append("no speakers, persons or dialogues are known; name their column as group")
        return told


def find_leaks(items: LeakItems) -> LeakReport:
    """Look for what the sides share; where there are no sides, for copies.

    Args:
        items: of a data set
    """
    named = set(items.sides.tolist()) - {""}
    protocol = NAMED if TRAIN in named and len(named) > 1 else FOLDS if len(named) > 1 else NONE
    exact, exact_of = _shared(items.exact, items.sides, protocol)
    loose, loose_of = _shared(items.loose, items.sides, protocol)
    by_comparison, near_of = _near(items, protocol)
    near = (loose | by_comparison) & ~exact
    normalised = loose | exact
    examples = [
        *_examples(items, exact, exact_of, "exact"),
        *_examples(items, loose & ~exact, loose_of, "normalised"),
        *_examples(items, by_comparison & ~normalised, near_of, "near"),
    ]
    return LeakReport(
        items, protocol, exact, normalised, near, _groups(items, protocol), tuple(examples)
    )


Found = dict[int, tuple[int, float]]
"""item -> the item that it is a copy of, and their similarity"""


def _sees(own: str, other: str, protocol: str) -> bool:
    """Whether an item of a side is spoilt by a copy on another."""
    if protocol == NONE:
        return True
    if not own or not other or own == other:
        return False
    return protocol == FOLDS or other == TRAIN


def _shared(keys: Sequence[str], sides: np.ndarray, protocol: str) -> tuple[np.ndarray, Found]:
    """(item,) bool: an item with the same key is where it spoils this one."""
    first: dict[str, dict[str, int]] = defaultdict(dict)
    for place, (key, side) in enumerate(zip(keys, sides.tolist(), strict=True)):
        first[key].setdefault(side, place)
    flags, found = np.zeros(len(keys), bool), {}
    for place, (key, side) in enumerate(zip(keys, sides.tolist(), strict=True)):
        for other, copy in first[key].items():
            if copy != place and _sees(side, other, protocol):
                flags[place], found[place] = True, (copy, 1.0)
                break
    if protocol == NONE:  # all but the first
        flags[[place for place in found if found[place][0] > place]] = False
    return flags, found


def _near(items: LeakItems, protocol: str) -> tuple[np.ndarray, Found]:
    """(item,) bool: an item that was compared and found alike spoils this one."""
    members: dict[str, list[int]] = defaultdict(list)
    for place, key in enumerate(items.loose):
        members[key].append(place)
    nodes = list(members)
    held_out = None
    if protocol == NAMED:
        sides = items.sides
        held_out = np.array([all(sides[i] != TRAIN for i in members[n]) for n in nodes])
    flags, found = np.zeros(len(items.loose), bool), {}
    for first, second, similarity in items.near_pairs(nodes, held_out):
        a, b = members[nodes[first]], members[nodes[second]]
        if protocol == NONE:  # counted once, for the later of the two
            place, copy = max(a[0], b[0]), min(a[0], b[0])
            flags[place], found[place] = True, (copy, similarity)
            continue
        for own, others in ((a, b), (b, a)):
            for place in own:
                side = str(items.sides[place])
                copies = (c for c in others if _sees(side, str(items.sides[c]), protocol))
                copy = next(copies, None)
                if copy is not None and similarity > found.get(place, (0, 0.0))[1]:
                    flags[place], found[place] = True, (copy, similarity)
    return flags, found


def _groups(items: LeakItems, protocol: str) -> tuple[str, ...]:
    """Groups that are on both sides."""
    if protocol == NONE:
        return ()
    sides: dict[str, set[str]] = defaultdict(set)
    for group, side in zip(items.groups.tolist(), items.sides.tolist(), strict=True):
        if group and side:
            sides[group].add(side)
    shared = (g for g, of in sides.items() if len(of) > 1 and (protocol == FOLDS or TRAIN in of))
    return tuple(sorted(shared))


def _examples(items: LeakItems, chosen: np.ndarray, found: Found, kind: str) -> list[Copy]:
    places = np.flatnonzero(chosen)[:MOST_EXAMPLES].tolist()
    return [
        Copy(items.names[p], items.names[found[p][0]], kind, round(found[p][1], 4)) for p in places
    ]
