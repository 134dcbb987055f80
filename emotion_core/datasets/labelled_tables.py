"""Tables of a folder, each named after a split, as one source."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from .columns import WordColumn
from .labelled_items import LabelledChoice, LabelledItems, LabelledModality
from .labelled_splits import chosen_split
from .labelled_table import read_table_items


def read_split_tables(
    modality: LabelledModality,
    folder: Path,
    tables: Sequence[tuple[str, Path]],
    choice: LabelledChoice,
) -> LabelledItems:
    """The items of tables, one after the other.

    Args:
        modality: of the items
        folder: that the tables lie in
        tables: split and table, one or more: all of the split asked for, or all that there are
        choice: split and columns

    Raises:
        InvalidInput: as for `read_table_items`
    """
    parts = [read_table_items(modality, t, choice, named_after=split) for split, t in tables]
    if len(parts) == 1:
        return replace(parts[0], name=folder.name)
    _, split, told = chosen_split(WordColumn.of([s for s, _ in tables]), choice.split, folder.name)
    ids = [name for part in parts for name in part.ids]
    if len(set(ids)) < len(ids):
        ids = [f"{part.name}/{name}" for part in parts for name in part.ids]
    grouped = [part for part in parts if part.groups is not None]
    lost = [f"{p.name}: {notice}" for p in parts for notice in p.notices if notice not in told]
    return LabelledItems(
        modality=modality,
        name=folder.name,
        sources=[source for part in parts for source in part.sources],
        truth=_one([part.truth for part in parts]),
        ids=ids,
        groups=_one([p.groups or _blank(p) for p in parts]) if grouped else None,
        group_column=grouped[0].group_column if grouped else "",
        slices={s: _one([(p.slices or {})[s] for p in parts]) for s in choice.slices},
        split=split,
        splits=_one([p.splits or _blank(p) for p in parts]),
        left_out=sum(part.left_out for part in parts),
        notices=(*told, *lost),
    )


def _one(columns: Sequence[WordColumn]) -> WordColumn:
    return WordColumn.of([word for column in columns for word in column])


def _blank(items: LabelledItems) -> WordColumn:
    """Of items of which nothing is known."""
    return WordColumn.of([""] * len(items))
