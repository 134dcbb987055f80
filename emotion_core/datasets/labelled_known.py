"""Data sets as they are downloaded, read by the loaders of training."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from ..audio.decode import ENDINGS as SOUND_ENDINGS
from .columns import WordColumn, column_names
from .corpora import Recording, named_as_published, read_named_files, read_original
from .labelled_files import ZipFiles
from .labelled_items import LabelledChoice, LabelledItems, LabelledModality
from .labelled_splits import chosen_split, splits_in_our_words
from .text_corpora import read_original_texts

if TYPE_CHECKING:
    import pandas as pd

SPEAKER, COPIES = "speaker", "copies of a picture"
FER_MOSAICS, FER_TABLE, FER_COLUMNS = "fer2013_images*.zip", "fer2013.csv", {"pixels", "Usage"}


def read_known(
    modality: LabelledModality, source: Path, choice: LabelledChoice
) -> LabelledItems | None:
    """The items of a data set that is recognised by its files; None for another source.

    Labels are in the words of `labels.py`. A split is read where the data set has its own.
    """
    if modality == "audio":
        return _recordings(source, choice)
    if modality == "face" and (fer := _fer(source)):
        return _faces(fer, source.name, choice)
    if modality == "text" and (frame := read_original_texts(source)) is not None:
        return _texts(frame, source.name, choice)
    return None


def _texts(frame: "pd.DataFrame", name: str, choice: LabelledChoice) -> LabelledItems:
    whole = LabelledItems(
        modality="text",
        name=name,
        sources=WordColumn.of(frame["text"].tolist()),
        truth=WordColumn.of(frame["label"].tolist()),
        ids=[str(row) for row in frame.index],
    )
    return _of_split(whole, WordColumn.of(frame["split"].tolist()), choice)


def _recordings(source: Path, choice: LabelledChoice) -> LabelledItems | None:
    if source.is_dir() and not (source / "index.csv").is_file():
        recordings = read_original(source)
        return _of_recordings(recordings, source.name, None, choice) if recordings else None
    if source.suffix.lower() != ".zip":
        return None
    files = ZipFiles(source)
    sounds = [p for n in files.names if (p := Path("/", n)).suffix.lower() in SOUND_ENDINGS]
    if not named_as_published(sounds):
        return None
    return _of_recordings(read_named_files(Path("/"), sounds), source.name, files, choice)


def _of_recordings(
    recordings: Sequence[Recording], name: str, archive: ZipFiles | None, choice: LabelledChoice
) -> LabelledItems:
    """Recordings as items; the intervals draw whole groups where they are known."""
    whole = LabelledItems(
        modality="audio",
        name=name,
        sources=[
            r.path if archive is None else archive.source(r.path.relative_to("/").as_posix())
            for r in recordings
        ],
        truth=WordColumn.of([r.label for r in recordings]),
        ids=_called([r.path for r in recordings]),
        groups=WordColumn.of([r.group for r in recordings]),
        group_column=SPEAKER,
    )
    return _of_split(whole, WordColumn.of([r.split for r in recordings]), choice)


def _called(paths: Sequence[Path]) -> list[str]:
    """File names, or whole paths where two files have one name."""
    names = [PurePosixPath(p).name for p in paths]
    return names if len(set(names)) == len(names) else [p.as_posix() for p in paths]


def _fer(source: Path) -> Path | None:
    """The table or the folder of FER-2013, or None."""
    if source.is_dir() and any(source.glob(FER_MOSAICS)):
        return source
    table = source / FER_TABLE if source.is_dir() else source
    if (
        table.is_file()
        and table.suffix.lower() == ".csv"
        and set(column_names(table)) > FER_COLUMNS
    ):
        return table
    return None


def _faces(fer: Path, name: str, choice: LabelledChoice) -> LabelledItems:
    from ..face.align import CropConfig
    from .faces import read_faces

    faces, _ = read_faces(str(fer.absolute()), CropConfig())
    whole = LabelledItems(
        modality="face",
        name=name,
        sources=list(faces.crops),
        truth=WordColumn.of([faces.labels[i] for i in faces.truth]),
        ids=faces.name.tolist(),
        groups=WordColumn.of(faces.group.tolist()),
        group_column=COPIES,
    )
    return _of_split(whole, WordColumn.of(faces.split.tolist()), choice)


def _of_split(whole: LabelledItems, splits: WordColumn, choice: LabelledChoice) -> LabelledItems:
    rows, split, told = chosen_split(splits, choice.split, whole.name)
    known = replace(whole, splits=splits_in_our_words(splits) if split else None)
    kept = known.take(rows) if len(rows) < len(whole) else known
    return replace(kept, split=split, notices=told)
