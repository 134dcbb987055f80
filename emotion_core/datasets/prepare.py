"""Items decoded once and written as trainings read them, in parts that a further run skips.

A prepared data set is an ordinary one: `index.csv` (or `index.parquet` for texts) names the files
beside it with label, split and group, so every training, check and split takes it.
"""

import hashlib
import json
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..cores import available_cores
from ..errors import EmotionCoreError, InvalidInput
from ..folders import replace_file
from .labelled_files import ZipMember
from .labelled_items import Source
from .look import content_of
from .table import DataModality, DataTable, text_of

if TYPE_CHECKING:
    from ..face.detect import FaceDetector

ABOUT, PARTS = "prepared.json", "parts"
PART_ITEMS = 256
CLIP_FRAMES, CLIP_PX = 30, 320
OnProgress = Callable[[int, int], None]


@dataclass(frozen=True)
class Prepared:
    """What was written.

    Attributes:
        index: table to train on
        items: in it
        broken: id -> why an item was left out
    """

    index: Path
    items: int
    broken: dict[str, str]


def _text(source: Source, target: Path) -> str:
    """Cleaned as for serving; the table itself holds it."""
    from ..text.clean import clean

    del target
    text = clean(text_of(source)).text
    if not text:
        raise InvalidInput("the text is empty")
    return text


def _sound(source: Source, target: Path) -> str:
    """Mono at 16 kHz, FLAC."""
    import soundfile

    from ..audio.decode import read_audio

    wave, _ = read_audio(content_of(source))  # type: ignore[arg-type]
    path, content = target.with_suffix(".flac"), BytesIO()
    soundfile.write(content, wave.samples.T, wave.sample_rate, subtype="PCM_16", format="FLAC")
    path.write_bytes(content.getbuffer())
    return path.name


def _face(source: Source, target: Path, size: int, aligned: bool) -> str:
    """The largest face, aligned by its landmarks and box, grey, PNG."""
    from PIL import Image

    from ..face.align import CropConfig
    from ..face.image import read_image
    from .faces import largest_face

    frame = read_image(content_of(source)).frame  # type: ignore[arg-type]
    if aligned:
        crop = np.asarray(Image.fromarray(frame).convert("L").resize((size, size)))
    else:
        crop = largest_face(frame, _detector(), CropConfig(size=size))
    path = target.with_suffix(".png")
    Image.fromarray(crop).save(path)
    return path.name


def _clip(source: Source, target: Path) -> str:
    """Thirty frames, evenly spaced, at most 320 px, without loss."""
    import av

    from ..face.video import VideoStream

    content = content_of(source)
    with VideoStream(content, fps=10.0, longest_px=CLIP_PX) as stream:  # type: ignore[arg-type]
        frames = [sampled.frame for sampled in stream]
    chosen = np.unique(np.linspace(0, len(frames) - 1, CLIP_FRAMES).round().astype(int))
    path, stored = target.with_suffix(".mkv"), BytesIO()
    height, width = (n - n % 2 for n in frames[0].shape[:2])
    with av.open(stored, "w", format="matroska") as film:
        stream = film.add_stream("ffv1", rate=Fraction(10), width=width, height=height)
        stream.pix_fmt = "bgr0"
        for k in chosen:
            picture = av.VideoFrame.from_ndarray(
                np.ascontiguousarray(frames[k][:height, :width]), format="rgb24"
            )
            film.mux(stream.encode(picture.reformat(format="bgr0")))
        film.mux(stream.encode(None))
    path.write_bytes(stored.getbuffer())
    return path.name


@lru_cache(maxsize=1)
def _detector() -> "FaceDetector":
    from ..face.detect import open_detector

    return open_detector()


@dataclass(frozen=True)
class PrepareSettings:
    """How items are written.

    Attributes:
        size: px of a face
        aligned: whether each picture is a face already
    """

    size: int = 48
    aligned: bool = False


def _write(modality: DataModality, source: Source, target: Path, settings: PrepareSettings) -> str:
    if modality == "text":
        return _text(source, target)
    if modality == "audio":
        return _sound(source, target)
    if modality == "image":
        return _face(source, target, settings.size, settings.aligned)
    return _clip(source, target)


def _fingerprint(table: DataTable, settings: PrepareSettings) -> str:
    """The same for the same items, labels, splits, groups and settings."""
    digest = hashlib.sha256(
        json.dumps([table.modality, settings.size, settings.aligned, table.group_column]).encode()
    )
    columns = (table.ids, table.labels, table.splits, table.groups, table.sources)
    for *told, source in zip(*columns, strict=True):
        digest.update(json.dumps([*told, *_version_of(source)]).encode())
    return digest.hexdigest()


def _version_of(source: Source) -> tuple[str | int, ...]:
    """What changes with an item's content; no large file is read for it."""
    if isinstance(source, str):
        return ("text", source)
    if isinstance(source, np.ndarray):
        return ("picture", *source.shape, hashlib.sha256(source.tobytes()).hexdigest())
    if isinstance(source, ZipMember):
        return ("member", source.info.filename, source.info.file_size, source.info.CRC)
    try:
        if isinstance(source, Path):
            status = source.stat()
            return ("file", str(source.absolute()), status.st_size, status.st_mtime_ns)
        return ("stored", hashlib.sha256(source.read()).hexdigest())
    except (OSError, InvalidInput):
        return ("missing", str(source))


def _claim(table: DataTable, out: Path, settings: PrepareSettings) -> None:
    """Take a folder for this data set; one that holds another is refused."""
    out.mkdir(parents=True, exist_ok=True)
    about = out / ABOUT
    found = _fingerprint(table, settings)
    if about.is_file():
        if _claimed_by(about) != found:
            raise InvalidInput(
                f"{out} holds other items or settings; give another folder, or delete it"
            )
        return
    content = {"fingerprint": found, "source": table.name, "modality": table.modality}
    replace_file(about, json.dumps(content, indent=1))


def _claimed_by(about: Path) -> str:
    """The fingerprint of the data set that a folder holds; "" where that cannot be read."""
    try:
        return str(json.loads(about.read_text(encoding="utf-8"))["fingerprint"])
    except (ValueError, KeyError, TypeError):
        return ""


@contextmanager
def _written(out: Path) -> Generator[None]:
    """What goes wrong while writing, told in the project's words."""
    try:
        yield
    except OSError as error:
        raise EmotionCoreError(
            f"{out} cannot be written: {error}; if the disk is full, make room and give the same "
            "command again, which goes on"
        ) from error


def _write_part(
    table: DataTable, rows: np.ndarray, number: int, out: Path, settings: PrepareSettings
) -> None:
    """Some items and their table, which comes last."""
    folder = out / PARTS / f"{number:05d}"
    folder.mkdir(parents=True, exist_ok=True)

    def one(row: int) -> tuple[str, str]:
        try:
            name = _write(table.modality, table.sources[row], folder / f"{row:07d}", settings)
        except EmotionCoreError as error:
            return "", str(error)
        return (name if table.modality == "text" else f"{PARTS}/{folder.name}/{name}"), ""

    with ThreadPoolExecutor(available_cores(), "prepare") as pool:
        written = list(pool.map(one, rows.tolist()))
    frame = pd.DataFrame(
        {
            "id": [table.ids[i] for i in rows],
            "text" if table.modality == "text" else "path": [name for name, _ in written],
            "label": [table.labels[i] for i in rows],
            "split": [table.splits[i] for i in rows],
            "group": [table.groups[i] for i in rows],
            "error": [error for _, error in written],
        }
    )
    draft = out / PARTS / f"{folder.name}.new"
    frame.to_parquet(draft, index=False)
    draft.replace(out / PARTS / f"{folder.name}.parquet")


def prepare(
    table: DataTable,
    out: Path,
    settings: PrepareSettings = PrepareSettings(),
    on_progress: OnProgress | None = None,
) -> Prepared:
    """Write a data set as trainings read it; an interrupted run goes on where it stopped.

    Texts are cleaned; recordings become 16 kHz mono FLAC; pictures the largest face, aligned,
    grey PNG; clips thirty frames without loss.

    Args:
        table: of the source
        out: folder of the prepared data set
        settings: size and alignment of faces
        on_progress: called with (items done, items)

    Raises:
        InvalidInput: if the folder holds another data set, or no item can be read
        EmotionCoreError: if the folder cannot be written
    """
    with _written(out):
        return _prepared(table, out, settings, on_progress)


def _prepared(
    table: DataTable, out: Path, settings: PrepareSettings, on_progress: OnProgress | None
) -> Prepared:
    _claim(table, out, settings)
    parts = np.array_split(np.arange(len(table)), max(1, -(-len(table) // PART_ITEMS)))
    done = 0
    for number, rows in enumerate(parts):
        if not (out / PARTS / f"{number:05d}.parquet").is_file():
            _write_part(table, rows, number, out, settings)
        done += len(rows)
        if on_progress:
            on_progress(done, len(table))
    return _indexed(out, table.modality, len(parts))


def _indexed(out: Path, modality: DataModality, parts: int) -> Prepared:
    """One table over all parts."""
    frames = [pd.read_parquet(out / PARTS / f"{k:05d}.parquet") for k in range(parts)]
    whole = pd.concat(frames, ignore_index=True)
    broken = whole[whole["error"] != ""]
    kept = whole[whole["error"] == ""].drop(columns="error")
    if kept.empty:
        raise InvalidInput(f"no item can be read: {broken['error'].iloc[0]}")
    kept = kept.drop(columns=[c for c in ("split", "group") if (kept[c] == "").all()])
    index = out / ("index.parquet" if modality == "text" else "index.csv")
    draft = out / f"{index.name}.new"
    (kept.to_parquet if modality == "text" else kept.to_csv)(draft, index=False)
    draft.replace(index)
    return Prepared(index, len(kept), dict(zip(broken["id"], broken["error"], strict=True)))
