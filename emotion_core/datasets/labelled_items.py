"""Labelled raw items as a person gave them: texts, sounds and pictures, none of them opened yet."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Protocol

import numpy as np

from .columns import WordColumn

LabelledModality = Literal["text", "audio", "face"]
SEVERAL = "|"
"""between the labels of one item"""
EVERY_SPLIT = "all"


class Stored(Protocol):
    """A file that is no file of its own on this computer, such as a member of a ZIP."""

    def read(self) -> bytes:
        """Its content; `InvalidInput` where there is none."""
        ...


Source = str | Path | np.ndarray | Stored
"""a text, a file, a picture (height, width) uint8, or something that is read when its turn comes"""


@dataclass(frozen=True)
class LabelledChoice:
    """What of a source is read, and which columns of its table mean what.

    Attributes:
        split: member of `SPLITS`, or `EVERY_SPLIT`; a source without splits is read whole
        column: of the texts or paths; "" takes `text`, or `path`, `file` or `filename`
        truth: column of the labels; "" takes `label`, `labels` or `emotion`
        group: column of speaker or dialogue; "" takes a known one
        slices: columns to compare scores by
    """

    split: str = "test"
    column: str = ""
    truth: str = ""
    group: str = ""
    slices: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class LabelledItems:
    """Items with the labels that their source gives them.

    Attributes:
        modality: of what they are
        name: of the source
        sources: (item,)
        truth: (item,) labels as written, several joined by `SEVERAL`
        ids: (item,) path, id or row; each once
        groups: (item,) speaker or the like; None where nothing is known
        group_column: what the groups are
        slices: column -> its values
        split: that was read; "" where the source has none
        splits: (item,) member of `SPLITS`, or a word of the source's own; None where it has none
        left_out: how many rows or files there are that are no item here
        by_folder: whether an item's label is the name of its folder
        notices: what a person should know
    """

    modality: LabelledModality
    name: str
    sources: Sequence[Source] | WordColumn
    truth: WordColumn
    ids: Sequence[str]
    groups: WordColumn | None = None
    group_column: str = ""
    slices: dict[str, WordColumn] | None = None
    split: str = ""
    splits: WordColumn | None = None
    left_out: int = 0
    by_folder: bool = False
    notices: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, items: np.ndarray) -> "LabelledItems":
        """Some items, by number, in that order."""
        sources = self.sources
        return replace(
            self,
            sources=sources.take(items)
            if isinstance(sources, WordColumn)
            else [sources[i] for i in items],
            truth=self.truth.take(items),
            ids=[self.ids[i] for i in items],
            groups=None if self.groups is None else self.groups.take(items),
            slices={n: c.take(items) for n, c in (self.slices or {}).items()},
            splits=None if self.splits is None else self.splits.take(items),
        )

    def label_counts(self) -> dict[str, int]:
        """Label as written -> items that have it, several of one item each."""
        items = np.bincount(self.truth.numbers, minlength=len(self.truth.words)).tolist()
        counts: Counter[str] = Counter()
        for cell, n in zip(self.truth.words, items, strict=True):
            if n:
                counts.update(dict.fromkeys(labels_in(cell), n))
        return dict(sorted(counts.items()))


def labels_in(cell: str) -> tuple[str, ...]:
    """The labels of a cell, each once.

    Example:
        >>> labels_in("joy|love|"), labels_in("")
        (('joy', 'love'), ())
    """
    return tuple(dict.fromkeys(part.strip() for part in cell.split(SEVERAL) if part.strip()))
