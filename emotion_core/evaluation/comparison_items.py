"""The items that several files of answers share, in one order."""

from collections.abc import Iterable, Sequence
from typing import Protocol, Self, TypeVar

import numpy as np

from ..datasets.columns import WordColumn
from ..errors import InvalidInput

NAMED = 5


class Items(Protocol):
    """Answers to items that have ids or rows."""

    @property
    def name(self) -> str: ...
    @property
    def rows(self) -> np.ndarray: ...
    @property
    def ids(self) -> WordColumn | None: ...
    def take(self, items: np.ndarray) -> Self: ...


File = TypeVar("File", bound=Items)


def listed(items: Iterable[object]) -> str:
    """The first of some items, in words.

    Example:
        >>> listed(range(7))
        '0, 1, 2, 3, 4 …'
    """
    names = [str(item) for item in items]
    return ", ".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")


def _keys(items: Items) -> list[object]:
    """What an item is known by: its id, or its row where there are none."""
    if items.ids is None:
        return items.rows.tolist()
    return [items.ids.words[i] for i in items.ids.numbers]


def shared_items(files: Sequence[File]) -> tuple[list[File], list[str]]:
    """Every file with the items that all have, in the order of the first, and what is to be told.

    Raises:
        InvalidInput: if some have ids and others none, or they share no item
    """
    by_id = files[0].ids is not None
    if any((f.ids is not None) != by_id for f in files):
        raise InvalidInput("expected ids in both files or in none; name their column with --id")
    keys = [_keys(f) for f in files]
    places = [{key: i for i, key in enumerate(own)} for own in keys]
    common = set(keys[0]).intersection(*places[1:])
    if not common or (not by_id and len(common) < max(map(len, keys))):
        raise InvalidInput(_too_few(files, len(common), by_id))
    notices = []
    for file, own in zip(files, keys, strict=True):
        if missing := [key for key in own if key not in common]:
            only = f"only in {file.name}" if len(files) == 2 else f"in {file.name} but not in all"
            notices.append(f"{len(missing):,} items are {only} and left out ({listed(missing)})")
    order = [key for key in keys[0] if key in common]
    taken = [
        file.take(np.array([place[key] for key in order], np.int64))
        for file, place in zip(files, places, strict=True)
    ]
    return taken, notices


def _too_few(files: Sequence[Items], shared: int, by_id: bool) -> str:
    counted = [f"{f.name} ({len(f.rows):,} items)" for f in files]
    how = "id" if by_id else "row"
    remedy = "" if by_id else ", or a column of ids with --id"
    return (
        f"{', '.join(counted[:-1])} and {counted[-1]} share {shared:,} by {how}; expected the same "
        f"items{remedy}"
    )
