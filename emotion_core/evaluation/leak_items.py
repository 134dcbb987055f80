"""A data set, whatever its layout, as items with a side, groups, and a print to compare by."""

import hashlib
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from ..audio.decode import ENDINGS as SOUND_ENDINGS
from ..audio.decode import read_audio
from ..errors import EmotionCoreError, InvalidInput
from ..face.answers import PICTURE_ENDINGS
from ..face.image import read_image
from ..folders import list_files
from ..training.corpora import known_speaker, read_original
from ..training.face_data import FER_SIDE, FER_USAGES, _mosaics
from ..training.sources import TABLES, data_path, read_source
from .duplicates import normalised
from .face_hashes import near_faces, thumbnails
from .near_texts import near_texts
from .sound_prints import SoundPrint, near_sounds, sound_print

TEXTS, RECORDINGS, FACES = "texts", "recordings", "faces"
SIDES = {
    "training": "train", "val": "validation", "valid": "validation", "dev": "validation",
    "eval": "validation", "validate": "validation", "testing": "test",
}  # fmt: skip
GROUP_COLUMNS = ("group", "speaker", "person", "subject")
"""the first that a table has is looked at where none is named"""
OTHER_NAMES = {"file": "path", "filename": "path"}
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
    frame = frame.rename(columns={k: v for k, v in OTHER_NAMES.items() if v not in frame})
    sides = _sides(frame, split_column, source)
    column, groups = _groups(frame, group, source)
    if "path" in frame:
        paths = [Path(p) if Path(p).is_absolute() else root / p for p in frame["path"]]
        return _file_items(paths, frame["path"].tolist(), sides, groups, column, on_progress)
    if "text" not in frame:
        raise InvalidInput(
            f"{source}: expected a column text or path; it has {', '.join(frame.columns)}"
        )
    return _text_items(frame["text"], sides, groups, column)


def _words(column: pd.Series) -> np.ndarray:
    """(row,) texts; empty where there is nothing."""
    return column.astype(object).where(column.notna(), "").astype(str).to_numpy(str)


def _read_frame(source: Path) -> tuple[pd.DataFrame, Path]:
    """Every item of a source as a row, and what its paths are relative to."""
    if source.is_file():
        return read_source(source, _files_of, as_written=True), source.parent
    index = source / "index.csv"
    if index.is_file():
        return read_source(index, _files_of, as_written=True), source
    if recordings := read_original(source):
        rows = [
            {"path": str(r.path.absolute()), "split": r.split, "group": r.group} for r in recordings
        ]
        return pd.DataFrame(rows), source
    frame = read_source(source, _files_of, as_written=True)
    return frame, source


def _files_of(folder: Path) -> pd.DataFrame:
    """Files of one kind below a folder: recordings, pictures or texts."""
    files = list_files(folder)
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
    words = [w.strip().lower() for w in _words(frame[name])]
    return np.array([SIDES.get(w, w) for w in words], str)


def _groups(frame: pd.DataFrame, column: str | None, source: Path) -> tuple[str, np.ndarray]:
    if column and column not in frame:
        raise InvalidInput(
            f"{source}: no column {column!r} for the groups; it has {', '.join(frame.columns)}"
        )
    name = column or next((c for c in GROUP_COLUMNS if c in frame), "")
    return name, _words(frame[name]) if name else np.full(len(frame), "", object).astype(str)


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def _text_items(
    column: pd.Series, sides: np.ndarray, groups: np.ndarray, group_column: str
) -> LeakItems:
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


def _file_items(
    paths: list[Path],
    names: list[str],
    sides: np.ndarray,
    groups: np.ndarray,
    group_column: str,
    on_progress: OnProgress | None,
) -> LeakItems:
    """Items of files; one that cannot be read is left out, and that is told."""
    kind = _kind(paths)
    if kind == TEXTS:
        texts = pd.Series([p.read_text(errors="replace") if p.is_file() else "" for p in paths])
        return _text_items(texts, sides, groups, group_column)
    read = _read_sound if kind == RECORDINGS else _read_face
    keys, prints, kept, left_out = [], {}, [], {}
    for place, path in enumerate(paths):
        try:
            key, print_of = read(path)
            keys.append(key)
            kept.append(place)
            if key not in prints:
                prints[key] = print_of()
        except (EmotionCoreError, OSError) as error:
            left_out[names[place]] = str(error)
        if on_progress:
            on_progress(place + 1, len(paths))
    if not kept:
        first = next(iter(left_out.values()), "there are none")
        raise InvalidInput(f"expected files that can be read, got none of {len(paths)}: {first}")
    return LeakItems(
        kind,
        tuple(names[i] for i in kept),
        sides[kept],
        groups[kept],
        group_column,
        tuple(keys),
        tuple(keys),
        prints,
        left_out,
    )


def _kind(paths: Sequence[Path]) -> str:
    endings = {p.suffix.lower() for p in paths}
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


def _read_sound(path: Path) -> tuple[str, Callable[[], SoundPrint]]:
    samples = read_audio(path)[0].samples[0]
    whole = np.round(samples * 32767).astype(np.int16)
    return _digest(whole.tobytes()), lambda: sound_print(samples)


def _read_face(path: Path) -> tuple[str, Callable[[], np.ndarray]]:
    frame = read_image(path, PICTURE_PX).frame
    return _digest(str(frame.shape).encode() + frame.tobytes()), lambda: thumbnails([frame])[0]


def _fer_mosaics(folder: Path) -> LeakItems:
    """FER-2013 as mosaics: every row, also those that are no faces."""
    tiles = np.concatenate(list(_mosaics(next(folder.glob("fer2013_images*.zip")))))
    frame = pd.read_csv(folder / "fer2013_meta.csv")
    return _fer_items(tiles[frame["image_id"]], frame["usage"])


def _fer_table(frame: pd.DataFrame, source: Path) -> LeakItems:
    """FER-2013 as the table that it was published in."""
    try:
        rows = [np.array(pixels.split(), np.uint8) for pixels in frame["pixels"]]
        frames = np.stack(rows).reshape(-1, FER_SIDE, FER_SIDE)
    except ValueError as error:
        raise InvalidInput(f"{source}: expected 48 x 48 grey levels a row: {error}") from error
    return _fer_items(frames, frame["Usage"])


def _fer_items(frames: np.ndarray, usage: pd.Series) -> LeakItems:
    keys = [_digest(frame.tobytes()) for frame in frames]
    first: dict[str, int] = {}
    for place, key in enumerate(keys):
        first.setdefault(key, place)
    small = thumbnails(frames[list(first.values())])
    return LeakItems(
        FACES,
        tuple(str(i) for i in range(len(frames))),
        np.array([FER_USAGES.get(u, u) for u in usage]),
        np.full(len(frames), ""),
        "",
        tuple(keys),
        tuple(keys),
        dict(zip(first, small, strict=True)),
        {},
    )
