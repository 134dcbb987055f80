"""What an item was: its text, picture or sound, where the data set is at hand."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from emotion_core.audio.decode import ENDINGS as SOUND_ENDINGS
from emotion_core.datasets.columns import column_names, read_columns
from emotion_core.datasets.faces import FER_SIDE
from emotion_core.datasets.labelled_files import GivenFiles
from emotion_core.datasets.sources import data_path
from emotion_core.datasets.text_corpora import read_texts
from emotion_core.errors import EmotionCoreError, InvalidInput
from emotion_core.face.answers import PICTURE_ENDINGS
from emotion_core.folders import list_files
from emotion_core.training.audio_config import AudioConfig
from emotion_core.training.face_config import FaceConfig
from emotion_core.training.record import bundle_config
from emotion_core.training.text_config import TextConfig
from emotion_core.types import ModelSpec

from .evaluation_stored import Evaluated

TEXT_COLUMN = "text"
FER_TABLE, FER_PICTURES = "fer2013_meta.csv", "fer2013_images*.zip"


@dataclass(frozen=True, eq=False)
class Contents:
    """What items were, by place; those that are not at hand are left out.

    Attributes:
        texts: place -> text
        pictures: place -> a picture as PNG or as its file holds it
        sounds: place -> where the recording lies
    """

    texts: Mapping[int, str]
    pictures: Mapping[int, bytes]
    sounds: Mapping[int, Path]


NOTHING = Contents({}, {}, {})


def _no_classes(root: Path) -> pd.DataFrame:
    raise InvalidInput(f"{root}: texts in a folder per class are not looked up")


@st.cache_data(show_spinner=False, max_entries=8)
def _texts(path: Path, column: str) -> pd.Series:
    """Row of a data set -> text, as training numbers the rows."""
    return read_texts(path, _no_classes)[column]


@st.cache_data(show_spinner=False, max_entries=8)
def _recordings(path: Path) -> dict[str, Path]:
    """Name without its ending -> where the recording lies."""
    folder = path if path.is_dir() else path.parent
    return {p.stem: p for p in list_files(folder) if p.suffix.lower() in SOUND_ENDINGS}


@st.cache_data(show_spinner=False, max_entries=4)
def _fer_tiles(path: Path) -> np.ndarray:
    """(row,) number of the tile that each row of FER-2013 shows."""
    return pd.read_csv(path / FER_TABLE, usecols=["image_id"])["image_id"].to_numpy()


def _fer_pictures(path: Path, rows: Sequence[int]) -> dict[int, bytes]:
    """Row -> picture as PNG; only the mosaics that hold them are read."""
    from PIL import Image

    tiles, found = _fer_tiles(path), {}
    with zipfile.ZipFile(next(path.glob(FER_PICTURES))) as archive:
        names = sorted(archive.namelist())
        with Image.open(io.BytesIO(archive.read(names[0]))) as first:
            across, per_mosaic = first.width // FER_SIDE, first.width * first.height // FER_SIDE**2
        by_mosaic: dict[int, list[int]] = {}
        for row in rows:
            by_mosaic.setdefault(int(tiles[row]) // per_mosaic, []).append(row)
        for mosaic, own in by_mosaic.items():
            with Image.open(io.BytesIO(archive.read(names[mosaic]))) as picture:
                for row in own:
                    down, right = divmod(int(tiles[row]) % per_mosaic, across)
                    corner = right * FER_SIDE, down * FER_SIDE
                    box = (*corner, corner[0] + FER_SIDE, corner[1] + FER_SIDE)
                    out = io.BytesIO()
                    picture.convert("L").crop(box).save(out, "PNG")
                    found[row] = out.getvalue()
    return found


def _of_files(paths: Mapping[int, Path]) -> Contents:
    """Sounds and pictures, by the endings of their files; those that are not there are left out."""
    there = {i: p for i, p in paths.items() if p.is_file()}
    sounds = {i: p for i, p in there.items() if p.suffix.lower() in SOUND_ENDINGS}
    pictures = {i: p for i, p in there.items() if p.suffix.lower() in PICTURE_ENDINGS}
    return Contents({}, {i: p.read_bytes() for i, p in pictures.items()}, sounds)


def _below(folder: Path, names: Mapping[int, str]) -> Contents:
    """Items whose names are those of sounds and pictures below a folder."""
    relative = {i: Path(n) for i, n in names.items()}
    inside = {i: p for i, p in relative.items() if not p.is_absolute() and ".." not in p.parts}
    return _of_files({i: folder / p for i, p in inside.items()})


def _of_text(spec: ModelSpec, names: Mapping[int, str]) -> Contents:
    config = bundle_config(TextConfig, spec.folder)
    path = data_path(config.data)
    if not path.exists():
        return NOTHING
    texts = _texts(path, config.text_column)
    rows = {i: int(n) for i, n in names.items() if n.isdigit() and int(n) in texts.index}
    return Contents({i: str(texts[row]) for i, row in rows.items()}, {}, {})


def _of_audio(spec: ModelSpec, names: Mapping[int, str]) -> Contents:
    path = data_path(bundle_config(AudioConfig, spec.folder).data.split(",")[0].strip())
    if not path.exists():
        return NOTHING
    known = _recordings(path)
    return Contents({}, {}, {i: known[n] for i, n in names.items() if n in known})


def _of_face(spec: ModelSpec, names: Mapping[int, str]) -> Contents:
    path = data_path(bundle_config(FaceConfig, spec.folder).data)
    if not path.is_dir():
        return NOTHING
    if not any(path.glob(FER_PICTURES)):
        return _below(path, names)
    rows = {i: int(n) for i, n in names.items() if n.isdigit()}
    pictures = _fer_pictures(path, list(rows.values()))
    return Contents({}, {i: pictures[row] for i, row in rows.items()}, {})


def _of_own(found: Evaluated, items: Sequence[int], names: Mapping[int, str]) -> Contents:
    """Of a person's file: its column of texts, and files given with it that its ids name."""
    texts, table = {}, found.table
    if table is not None and table.is_file() and TEXT_COLUMN in column_names(table):
        column = read_columns(table, [TEXT_COLUMN], []).words[TEXT_COLUMN]
        rows = found.report.predictions.rows
        texts = {i: column[int(rows[i])] for i in items}
    sources = {i: GivenFiles(found.files).source(n) for i, n in names.items()}
    media = _of_files({i: s for i, s in sources.items() if isinstance(s, Path)})
    return Contents(texts, media.pictures, media.sounds)


def contents(found: Evaluated, items: Sequence[int]) -> Contents:
    """What some items were, as far as the data set is at hand.

    Args:
        found: stored answers of a bundle, or a person's own
        items: places in its predictions
    """
    predictions = found.report.predictions
    names = {i: predictions.name_of(i) for i in items}
    readers = {"text": _of_text, "audio": _of_audio, "face": _of_face}
    try:
        if found.spec is None:
            return _of_own(found, items, names)
        reader = readers.get(found.spec.modality)
        return reader(found.spec, names) if reader and predictions.ids is not None else NOTHING
    except (EmotionCoreError, OSError, LookupError, zipfile.BadZipFile):
        return NOTHING  # data sets that are not at hand, or lie there in another form
