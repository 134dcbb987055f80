"""A data set, whatever its layout, as items with a side, groups, and a print to compare by."""

import hashlib
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from ..audio.decode import ENDINGS as SOUND_ENDINGS
from ..audio.decode import read_audio
from ..datasets.corpora import known_speaker, read_original
from ..datasets.faces import FER_SIDE, FER_USAGES, fer_mosaics
from ..datasets.labelled_items import Stored
from ..datasets.sources import (
    GROUP_COLUMNS,
    TABLES,
    data_files,
    data_path,
    index_of,
    read_source,
    split_of,
)
from ..errors import EmotionCoreError, InvalidInput
from ..face.answers import PICTURE_ENDINGS
from ..face.image import read_image
from .duplicates import normalised
from .face_hashes import near_faces, thumbnails
from .near_texts import near_texts
from .sound_prints import SoundPrint, near_sounds, sound_print

TEXTS, RECORDINGS, FACES = "texts", "recordings", "faces"
PICTURE_PX = 1024

OnProgress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class LeakItems:
    """Items to be compared.

    Attributes:
        kind: `texts`, `recordings` or `faces`
        names: (item,) path or row
        sides: (item,) `train`, `validation`, `test`, another word, or empty
        groups: (item,) speaker or the like; empty where unknown
        group_column: what the groups are, empty where nothing is known
        exact: (item,) equal for exact copies
        loose: (item,) equal for copies that are called near without a comparison
        prints: of the first item of each `loose`, by its value: text, fingerprint or thumbnail
        left_out: name -> why
    """

    kind: str
    names: tuple[str, ...]
    sides: np.ndarray
    groups: np.ndarray
    group_column: str
    exact: tuple[str, ...]
    loose: tuple[str, ...]
    prints: dict[str, str | SoundPrint | np.ndarray] = field(repr=False)
    left_out: dict[str, str]

    def near_pairs(
        self, nodes: Sequence[str], held_out: np.ndarray | None
    ) -> Iterator[tuple[int, int, float]]:
        """Pairs of nearly the same (first, second, similarity in [0, 1]).

        Args:
            nodes: distinct values of `loose`
            held_out: (node,) bool: only pairs across; None takes all
        """
        if self.kind == RECORDINGS:
            prints = [p for n in nodes if isinstance(p := self.prints[n], SoundPrint)]
            for match in near_sounds(prints):
                if held_out is None or held_out[match.first] != held_out[match.second]:
                    yield match.first, match.second, 1 - match.different
            return
        if self.kind == TEXTS:
            pairs, index = near_texts([str(self.prints[n]) for n in nodes], held_out)
        else:
            small = np.stack([np.asarray(self.prints[n]) for n in nodes])
            pairs, index = near_faces(small, held_out)
        for (first, second), value in zip(pairs.tolist(), index.tolist(), strict=True):
            yield first, second, value


def read_leak_items(
    path: str,
    split_column: str | None = None,
    group: str | None = None,
    on_progress: OnProgress | None = None,
) -> LeakItems:
    """Read a data set.

    Args:
        path: as given or below `$EMOTION_DATA`: a table with `text` or `path`; a folder of
            splits, of classes, or of split tables; a data set as downloaded; FER-2013
        split_column: which tells the side; None takes `split`
        group: column of what must not be on both sides; None takes a known one
        on_progress: called with (items done, items)

    Raises:
        InvalidInput: if nothing can be read, or a column is missing
    """
    source = data_path(path)
    if not source.exists():
        raise InvalidInput(f"{path} does not exist; give a data set's folder or table")
    if source.is_dir() and any(source.glob("fer2013_images*.zip")):
        return _fer_mosaics(source)
    frame, root = _read_frame(source)
    if {"pixels", "Usage"} <= set(frame):
        return _fer_table(frame, source)
    sides = _sides(frame, split_column, source)
    column, groups = _groups(frame, group, source)
    if "path" in frame:
        paths = [Path(p) if Path(p).is_absolute() else root / p for p in frame["path"]]
        return file_items(paths, frame["path"].tolist(), sides, groups, column, on_progress)
    if "text" not in frame:
        raise InvalidInput(
            f"{source}: expected a column text or path; it has {', '.join(frame.columns)}"
        )
    return text_items(frame["text"], sides, groups, column)


def side_of(word: str) -> str:
    """The side that a word means: `train`, `validation`, `test`, or the word itself.

    Example:
        >>> side_of(" Dev "), side_of("fold 3")
        ('validation', 'fold 3')
    """
    return split_of(word) or word.strip().lower()


def _words(column: pd.Series) -> np.ndarray:
    """(row,) texts; empty where there is nothing."""
    return column.astype(object).where(column.notna(), "").astype(str).to_numpy(str)


def _read_frame(source: Path) -> tuple[pd.DataFrame, Path]:
    """Every item of a source as a row, and what its paths are relative to."""
    if source.is_file():
        return read_source(source, _files_of), source.parent
    if index_of(source) is None and (recordings := read_original(source)):
        rows = [
            {"path": str(r.path.absolute()), "split": r.split, "group": r.group} for r in recordings
        ]
        return pd.DataFrame(rows), source
    return read_source(source, _files_of), source


def _files_of(folder: Path) -> pd.DataFrame:
    """Files of one kind below a folder: recordings, pictures or texts."""
    files = data_files(folder)
    for endings in (SOUND_ENDINGS, tuple(PICTURE_ENDINGS), (".txt",)):
        if found := [p for p in files if p.suffix.lower() in endings]:
            speakers = [known_speaker(p) for p in found]
            rows = {"path": [str(p.absolute()) for p in found]}
            return pd.DataFrame(rows | ({"speaker": speakers} if any(speakers) else {}))
    raise InvalidInput(
        f"{folder}: expected recordings, pictures or texts ({', '.join(TABLES)} or files)"
    )


def _sides(frame: pd.DataFrame, column: str | None, source: Path) -> np.ndarray:
    if column and column not in frame:
        raise InvalidInput(
            f"{source}: no column {column!r} for the sides; it has {', '.join(frame.columns)}"
        )
    name = column or "split"
    if name not in frame:
        return np.full(len(frame), "", object).astype(str)
    return np.array([side_of(w) for w in _words(frame[name])], str)


def _groups(frame: pd.DataFrame, column: str | None, source: Path) -> tuple[str, np.ndarray]:
    if column and column not in frame:
        raise InvalidInput(
            f"{source}: no column {column!r} for the groups; it has {', '.join(frame.columns)}"
        )
    name = column or next((c for c in GROUP_COLUMNS if c in frame), "")
    return name, _words(frame[name]) if name else np.full(len(frame), "", object).astype(str)


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def text_items(
    column: pd.Series, sides: np.ndarray, groups: np.ndarray, group_column: str
) -> LeakItems:
    """Items of texts, named by their rows; empty ones are left out.

    Args:
        column: (row,) texts
        sides: (row,) words
        groups: (row,) words, empty where unknown
        group_column: what the groups are
    """
    texts = _words(column).tolist()
    kept = [i for i, text in enumerate(texts) if text.strip()]
    # what normalisation leaves nothing of, such as a lone emoji, is compared as it is
    loose = [normalised(texts[i]) or unicodedata.normalize("NFKC", texts[i]) for i in kept]
    empty = {str(i): "no text" for i, text in enumerate(texts) if not text.strip()}
    return LeakItems(
        TEXTS,
        tuple(str(i) for i in kept),
        sides[kept],
        groups[kept],
        group_column,
        tuple(texts[i] for i in kept),
        tuple(loose),
        dict(zip(loose, loose, strict=True)),
        empty,
    )


def file_items(
    paths: Sequence[Path | Stored],
    names: list[str],
    sides: np.ndarray,
    groups: np.ndarray,
    group_column: str,
    on_progress: OnProgress | None,
) -> LeakItems:
    """Items of recordings, pictures or text files; one that cannot be read is left out and told.

    Args:
        paths: (item,) files of one kind, or what is read when its turn comes
        names: (item,) what they are called
        sides: (item,) words
        groups: (item,) words, empty where unknown
        group_column: what the groups are
        on_progress: called with (files done, files)

    Raises:
        InvalidInput: if none can be read, or they are of several kinds
    """
    kind = _kind(names)
    if kind == TEXTS:
        items = text_items(pd.Series(map(_text_of, paths)), sides, groups, group_column)
        empty = {names[int(row)]: why for row, why in items.left_out.items()}
        return replace(items, names=tuple(names[int(r)] for r in items.names), left_out=empty)
    keys, prints, left_out = _read_each(paths, names, kind, on_progress)
    kept = [place for place, key in enumerate(keys) if key]
    if not kept:
        first = next(iter(left_out.values()), "there are none")
        raise InvalidInput(f"expected files that can be read, got none of {len(paths)}: {first}")
    known = tuple(keys[i] for i in kept)
    return LeakItems(
        kind,
        tuple(names[i] for i in kept),
        sides[kept],
        groups[kept],
        group_column,
        known,
        known,
        prints,
        left_out,
    )


def _read_each(
    paths: Sequence[Path | Stored], names: Sequence[str], kind: str, on_progress: OnProgress | None
) -> tuple[list[str], dict[str, str | SoundPrint | np.ndarray], dict[str, str]]:
    """A digest for each file, empty for one that cannot be read; prints by digest; name -> why."""
    read = _read_sound if kind == RECORDINGS else _read_face
    keys: list[str] = []
    prints: dict[str, str | SoundPrint | np.ndarray] = {}
    left_out: dict[str, str] = {}
    for place, path in enumerate(paths):
        key = ""
        try:
            key, print_of = read(path if isinstance(path, Path) else path.read())
            if key not in prints:
                prints[key] = print_of()
        except (EmotionCoreError, OSError) as error:
            key, left_out[names[place]] = "", str(error)
        keys.append(key)
        if on_progress:
            on_progress(place + 1, len(paths))
    return keys, prints, left_out


def _text_of(path: Path | Stored) -> str:
    if isinstance(path, Path):
        return path.read_text(errors="replace") if path.is_file() else ""
    return path.read().decode(errors="replace")


def _kind(names: Sequence[str]) -> str:
    endings = {Path(name).suffix.lower() for name in names}
    for kind, known in (
        (RECORDINGS, set(SOUND_ENDINGS)),
        (FACES, set(PICTURE_ENDINGS)),
        (TEXTS, {".txt"}),
    ):
        if endings & known and endings <= known:
            return kind
    raise InvalidInput(
        f"expected paths of recordings, of pictures or of texts, got {', '.join(sorted(endings))}"
    )


def _read_sound(source: Path | bytes) -> tuple[str, Callable[[], SoundPrint]]:
    samples = read_audio(source)[0].samples[0]
    whole = np.round(samples * 32767).astype(np.int16)
    return _digest(whole.tobytes()), lambda: sound_print(samples)


def _read_face(source: Path | bytes) -> tuple[str, Callable[[], np.ndarray]]:
    frame = read_image(source, PICTURE_PX).frame
    return _digest(str(frame.shape).encode() + frame.tobytes()), lambda: thumbnails([frame])[0]


def _fer_mosaics(folder: Path) -> LeakItems:
    """FER-2013 as mosaics: every row, also those that are no faces."""
    tiles, frame = fer_mosaics(folder)
    return face_items(tiles[frame["image_id"]], _usages(frame["usage"]))


def _fer_table(frame: pd.DataFrame, source: Path) -> LeakItems:
    """FER-2013 as the table that it was published in."""
    try:
        rows = [np.array(pixels.split(), np.uint8) for pixels in frame["pixels"]]
        frames = np.stack(rows).reshape(-1, FER_SIDE, FER_SIDE)
    except ValueError as error:
        raise InvalidInput(f"{source}: expected 48 x 48 grey levels a row: {error}") from error
    return face_items(frames, _usages(frame["Usage"]))


def _usages(column: pd.Series) -> np.ndarray:
    return np.array([FER_USAGES.get(u, u) for u in column])


def face_items(frames: np.ndarray, sides: np.ndarray) -> LeakItems:
    """Items of faces that are cut out, named by their rows.

    Args:
        frames: (row, y, x) grey uint8
        sides: (row,) words
    """
    keys = [_digest(frame.tobytes()) for frame in frames]
    first: dict[str, int] = {}
    for place, key in enumerate(keys):
        first.setdefault(key, place)
    small = thumbnails(frames[list(first.values())])
    return LeakItems(
        FACES,
        tuple(str(i) for i in range(len(frames))),
        sides,
        np.full(len(frames), ""),
        "",
        tuple(keys),
        tuple(keys),
        dict(zip(first, small, strict=True)),
        {},
    )
