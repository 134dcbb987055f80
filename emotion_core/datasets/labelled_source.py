"""Labelled items of a source: a table, a folder or ZIP of classes or splits, a known data set."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from ..audio.decode import ENDINGS as SOUND_ENDINGS
from ..errors import InvalidInput
from ..face.answers import PICTURE_ENDINGS
from .columns import WordColumn, column_names
from .labelled_files import GivenFiles, ItemFiles, files_below
from .labelled_items import EVERY_SPLIT, LabelledChoice, LabelledItems, LabelledModality
from .labelled_known import read_known
from .labelled_splits import chosen_split, splits_in_our_words
from .labelled_table import read_table_items, split_column
from .labelled_tables import read_split_tables
from .sources import TABLES, data_path, entries, index_of, split_of, split_of_path

MEDIA: Mapping[LabelledModality, tuple[str, ...]] = {
    "text": (".txt",),
    "audio": tuple(SOUND_ENDINGS),
    "face": tuple(PICTURE_ENDINGS),
}
THINGS: Mapping[LabelledModality, str] = {
    "text": "texts", "audio": "recordings", "face": "pictures",
}  # fmt: skip


def read_labelled(
    modality: LabelledModality,
    path: Path,
    choice: LabelledChoice = LabelledChoice(),
    files: Mapping[str, Path] | None = None,
) -> LabelledItems:
    """Labelled items of a source, whatever its layout; nothing of them is opened yet.

    Args:
        modality: of what is looked for
        path: as given or below `$EMOTION_DATA`: a table with `text` or `path`, and `label`; a
            folder or ZIP with a folder per class, or per split and class; a folder with a table
            per split or with `index.csv` or `index.parquet`; RAVDESS, CREMA-D, EMO-DB, TESS, SAVEE,
            IEMOCAP, MELD, GoEmotions or `emotion` as downloaded; FER-2013 as table or mosaics
        choice: split and columns
        files: name -> where it lies, of a table's files that were given apart; then it can name
            no others

    Raises:
        InvalidInput: if nothing of the kind can be read, or a column or split is not there
    """
    source = data_path(str(path))
    if not source.exists():
        raise InvalidInput(f"{path} does not exist; give a folder, a ZIP or a table")
    if found := read_known(modality, source, choice):
        return found
    if source.is_file() and source.suffix.lower() in TABLES:
        given = None if files is None else GivenFiles(files)
        return read_table_items(modality, source, choice, given)
    if source.is_file() and source.suffix.lower() != ".zip":
        raise InvalidInput(f"{source.name}: expected a folder, a ZIP or one of {', '.join(TABLES)}")
    if source.is_dir() and (index := index_of(source)):
        return replace(read_table_items(modality, index, choice), name=source.name)
    if source.is_dir() and (tables := _split_tables(source, choice.split)):
        return read_split_tables(modality, source, tables, choice)
    return _class_folders(modality, source, files_below(source), choice)


def names_splits(path: Path) -> bool:
    """Whether a table has a column of splits, or a ZIP a folder for each.

    Raises:
        InvalidInput: if it cannot be read
    """
    if path.suffix.lower() in TABLES:
        return bool(split_column(column_names(path)))
    return any(_place(name)[0] for name in files_below(path).names)


def _split_tables(folder: Path, split: str) -> list[tuple[str, Path]]:
    """Split and table of each that is named after the one asked for, also as the hub names them."""
    tables = [p for p in entries(folder) if p.suffix.lower() in TABLES and p.is_file()]
    named = [(found, p) for p in tables if (found := split_of_path(p))]
    chosen = [(found, p) for found, p in named if split in (found, EVERY_SPLIT)]
    if named and not chosen:
        known = sorted({found for found, _ in named})
        raise InvalidInput(
            f"{folder}: no table of the split {split!r}; it has {', '.join(known)}; choose with "
            "--split"
        )
    return chosen


def _class_folders(
    modality: LabelledModality, source: Path, files: ItemFiles, choice: LabelledChoice
) -> LabelledItems:
    """`<class>/**` or `<split>/<class>/**`; the class is a folder's name as it is spelt."""
    if asked := [f"--{n}" for n in ("column", "truth", "group") if getattr(choice, n)]:
        raise InvalidInput(f"{source.name} has no columns; {', '.join(asked)} is for tables")
    names = [n for n in files.names if PurePosixPath(n).suffix.lower() in MEDIA[modality]]
    placed = [_place(name) for name in names]
    kept = [i for i, (_, label) in enumerate(placed) if label]
    if not kept:
        raise InvalidInput(_nothing(modality, source, len(names)))
    notices = []
    if alone := len(names) - len(kept):
        notices.append(f"{alone:,} {THINGS[modality]} left out: they lie in no folder of a class")
    splits = WordColumn.of([placed[i][0] for i in kept])
    chosen, split, told = chosen_split(splits, choice.split, source.name)
    if choice.slices:
        raise InvalidInput(f"{source.name} has no columns; --slice is for tables")
    whole = LabelledItems(
        modality=modality,
        name=source.name,
        sources=[files.source(names[i]) for i in kept],
        truth=WordColumn.of([placed[i][1] for i in kept]),
        ids=[names[i] for i in kept],
        split=split,
        splits=splits_in_our_words(splits) if split else None,
        left_out=alone,
        by_folder=True,
        notices=(*notices, *told),
    )
    return whole.take(chosen) if len(chosen) < len(kept) else whole


def _place(name: str) -> tuple[str, str]:
    """Split and class of a file by its folders; "" where there is none."""
    folders: Sequence[str] = PurePosixPath(name).parts[:-1]
    split = split_of(folders[0]) if folders else ""
    rest = folders[1:] if split else folders
    return split, rest[0] if rest else ""


def _nothing(modality: LabelledModality, source: Path, seen: int) -> str:
    what, endings = THINGS[modality], " ".join(MEDIA[modality])
    found = f"{seen:,} that lie in no folder" if seen else "none"
    return (
        f"{source.name}: expected a folder per class with {what} ({endings}) in it, got {found}; "
        "name the folders after the labels, or give a table with the columns path and label"
    )
