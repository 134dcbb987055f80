"""Labelled faces: FER-2013 as it is known, folders and tables of pictures."""

import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import EmotionCoreError, InvalidInput
from ..face.align import CropConfig, crop_faces
from ..face.answers import PICTURE_ENDINGS
from ..face.detect import FaceDetector
from ..face.image import read_image
from ..labels import (
    ANGER,
    CONTEMPT,
    DISGUST,
    FEAR,
    FERPLUS8,
    JOY,
    NEUTRAL,
    SADNESS,
    SURPRISE,
    label_of,
    label_set,
    mapping,
    ordered,
)
from .columns import column_names
from .picture_corpora import is_ck_plus, read_ck_plus
from .sources import (
    GROUP_COLUMNS,
    class_files,
    data_path,
    given_splits,
    read_source,
    require_columns,
    require_one_label,
    require_one_spelling,
)

FER_LABELS = (ANGER, DISGUST, FEAR, JOY, SADNESS, SURPRISE, NEUTRAL)
"""FER-2013 (Goodfellow et al., ICONIP 2013), in the order of its codes"""
FER_USAGES = {"Training": "train", "PublicTest": "validation", "PrivateTest": "test"}
FER_SIDE = 48
UNKNOWN, NO_FACE = "unknown", "NF"
VOTE_COLUMNS: dict[str, str] = {
    "neutral": NEUTRAL, "happiness": JOY, "surprise": SURPRISE, "sadness": SADNESS,
    "anger": ANGER, "disgust": DISGUST, "fear": FEAR, "contempt": CONTEMPT,
}  # fmt: skip
"""column of FER+ -> label; `unknown` and `NF` (no face) stand beside them"""
MOST_NO_FACE = 5
"""votes for no face, of ten, with which a picture is still learnt from"""

OnProgress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class FaceSet:
    """Faces and what is known of them.

    Attributes:
        crops: (face, size, size) uint8 grey
        labels: ordered
        truth: (face,) number of the label
        ballots: (face, 10) how many of the crowd voted for each of `FERPLUS8`, for unknown and
            for no face; (face, 0) where the data hold no votes
        split: (face,) `train`, `validation`, `test` or empty
        group: (face,) what must not be on both sides: exact copies, or persons where known
        name: (face,) path or row
        soft: (face, label) targets that training takes in place of the labels; None: the labels
    """

    crops: np.ndarray
    labels: tuple[str, ...]
    truth: np.ndarray
    ballots: np.ndarray
    split: np.ndarray
    group: np.ndarray
    name: np.ndarray
    soft: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.truth)

    @property
    def votes(self) -> np.ndarray:
        """(face, vote) float32 share of the crowd that voted for each of `FERPLUS8`.

        The rest of a row said unknown or no face; (face, 0) where the data hold no votes.
        """
        counts = self.ballots.astype(np.float32)
        return counts[:, : len(FERPLUS8)] / np.maximum(counts.sum(1, keepdims=True), 1)

    @property
    def targets(self) -> np.ndarray:
        """(face, label) float32 that training takes, each row summing to 1."""
        if self.soft is not None:
            return self.soft
        return np.eye(len(self.labels), dtype=np.float32)[self.truth]

    def take(self, chosen: np.ndarray) -> "FaceSet":
        """Some of the faces, by number or by a bool for each."""
        return replace(
            self,
            soft=None if self.soft is None else self.soft[chosen],
            **{
                name: getattr(self, name)[chosen]
                for name in ("crops", "truth", "ballots", "split", "group", "name")
            },
        )


def _mosaics(path: Path) -> Iterator[np.ndarray]:
    """Tiles (tile, 48, 48) of each mosaic of an archive, in the order of their names."""
    from PIL import Image

    with zipfile.ZipFile(path) as archive:
        for name in sorted(archive.namelist()):
            picture = np.asarray(Image.open(io.BytesIO(archive.read(name))).convert("L"))
            rows, columns = (n // FER_SIDE for n in picture.shape)
            tiles = picture.reshape(rows, FER_SIDE, columns, FER_SIDE)
            yield tiles.transpose(0, 2, 1, 3).reshape(-1, FER_SIDE, FER_SIDE)


def fer_mosaics(folder: Path) -> tuple[np.ndarray, pd.DataFrame]:
    """Distinct pictures (picture, 48, 48) of FER-2013, and its rows, each naming its picture.

    Args:
        folder: with mosaics of the pictures in an archive, labels and FER+ votes in a table
    """
    tiles = np.concatenate(list(_mosaics(next(folder.glob("fer2013_images*.zip")))))
    return tiles, pd.read_csv(folder / "fer2013_meta.csv")


def _read_fer_mosaics(folder: Path) -> FaceSet:
    """FER-2013 as mosaics, its labels and the votes of FER+."""
    tiles, frame = fer_mosaics(folder)
    votes = frame.rename(columns={f"fp_{name}": name for name in (*VOTE_COLUMNS, UNKNOWN, NO_FACE)})
    # where it is not known which picture sits in which row, its votes may be another one's
    votes.loc[frame["row_known"] == 0, list(VOTE_COLUMNS)] = 0
    return _fer_set(tiles[frame["image_id"]], frame["label"].map(label_of), frame["usage"], votes)


def _read_fer_csv(path: Path) -> FaceSet:
    """`fer2013.csv` (emotion, pixels, Usage), with FER+'s `fer2013new.csv` where it lies beside."""
    frame = pd.read_csv(path)
    require_columns(frame, ("emotion", "pixels", "Usage"), path)
    if frame.empty:
        raise InvalidInput(f"{path}: expected a row for each picture, got none")
    try:
        crops = np.array([np.array(p.split(), np.uint8) for p in frame["pixels"]])
        crops = crops.reshape(-1, FER_SIDE, FER_SIDE)
    except ValueError as error:
        raise InvalidInput(f"{path}: expected 48 x 48 grey levels in each row: {error}") from error
    labels = frame["emotion"].map(dict(enumerate(FER_LABELS)))
    crowd = path.with_name("fer2013new.csv")
    votes = pd.read_csv(crowd) if crowd.is_file() else None
    if votes is not None and len(votes) != len(frame):
        raise InvalidInput(
            f"{crowd}: expected {len(frame)} rows as in {path.name}, got {len(votes)}"
        )
    return _fer_set(crops, labels, frame["Usage"], votes)


def _fer_set(
    crops: np.ndarray, labels: pd.Series, usage: pd.Series, crowd: pd.DataFrame | None
) -> FaceSet:
    """Pictures that the crowd called no face are left out of training alone."""
    if unknown := set(usage) - set(FER_USAGES):
        raise InvalidInput(f"FER-2013: unknown usage {sorted(map(str, unknown))}")
    names = ordered(FER_LABELS)
    ballots = np.zeros((len(crops), 0), np.int64)
    faces = np.ones(len(crops), bool)
    split = usage.map(FER_USAGES).to_numpy(str)
    if crowd is not None:
        by_label = {label: column for column, label in VOTE_COLUMNS.items()}
        columns = [*(by_label[x] for x in FERPLUS8), UNKNOWN, NO_FACE]
        ballots = crowd[columns].to_numpy(np.int64)
        faces = (crowd[NO_FACE] <= MOST_NO_FACE).to_numpy() | (split != "train")
    _, group = np.unique(crops.reshape(len(crops), -1), axis=0, return_inverse=True)
    whole = FaceSet(
        crops=np.ascontiguousarray(crops),
        labels=names,
        truth=labels.map(names.index).to_numpy(np.int64),
        ballots=ballots,
        split=split,
        group=group.reshape(-1).astype(str),
        name=np.arange(len(crops)).astype(str),
    )
    return whole.take(faces)


def _picture_folder(folder: Path) -> pd.DataFrame:
    """`path` and `label` of a folder per class, or of a known data set."""
    if is_ck_plus(folder):
        return read_ck_plus(folder)
    rows = [
        {"path": str(path), "label": label_of(label)}
        for label, path in class_files(folder, PICTURE_ENDINGS)
    ]
    if not rows:
        raise InvalidInput(f"{folder}: expected a folder per class with pictures in it")
    return pd.DataFrame(rows)


def largest_face(frame: np.ndarray, detector: FaceDetector, crop: CropConfig) -> np.ndarray:
    """The largest face of a picture, cut out; `InvalidInput` where there is none."""
    faces = detector.detect(frame)
    if not len(faces):
        raise InvalidInput("no face was found")
    sides = faces.boxes_xyxy[:, 2:] - faces.boxes_xyxy[:, :2]
    return crop_faces(frame, faces.take(np.array([sides.prod(1).argmax()])), crop)[0]


def _read_pictures(
    path: Path, crop: CropConfig, detector: FaceDetector | None, on_progress: OnProgress | None
) -> tuple[FaceSet, dict[str, str]]:
    """Pictures of a folder or table, and name -> why for those that cannot be used."""
    import cv2

    frame = read_source(path.absolute(), _picture_folder)
    require_columns(frame, ("path", "label"), path)
    root = (path if path.is_dir() else path.parent).absolute()
    crops, kept, broken = [], [], {}
    for row, name in enumerate(frame["path"]):
        try:
            if not frame["label"][row].strip():
                raise InvalidInput("it has no label")
            picture = read_image(root / name).frame
            if detector is not None:
                face = largest_face(picture, detector, crop)
            else:
                grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
                face = cv2.resize(grey, (crop.size, crop.size), interpolation=cv2.INTER_AREA)
            crops.append(face)
            kept.append(row)
        except EmotionCoreError as error:
            broken[str(name)] = str(error)
        if on_progress:
            on_progress(row + 1, len(frame))
    if not kept:
        raise InvalidInput(f"{path}: none of {len(frame)} pictures can be used: {broken}")
    return _picture_set(frame.iloc[kept], np.stack(crops), root), broken


def _picture_set(used: pd.DataFrame, crops: np.ndarray, root: Path) -> FaceSet:
    """Faces (face, size, size) and the rows that they come from, named relative to `root`."""
    labels = used["label"].map(label_of)
    require_one_label(labels.unique(), str(root))
    require_one_spelling(labels.unique(), str(root))
    names = ordered(labels)
    _, copies = np.unique(crops.reshape(len(used), -1), axis=0, return_inverse=True)
    column = next((c for c in GROUP_COLUMNS if c in used), "")
    persons = used[column] if column else [""] * len(used)
    keys = zip(copies.reshape(-1).tolist(), persons, strict=True)
    split = used["split"] if "split" in used else pd.Series("", used.index)
    return FaceSet(
        crops=crops,
        labels=names,
        truth=labels.map(names.index).to_numpy(np.int64),
        ballots=np.zeros((len(used), 0), np.int64),
        split=split.to_numpy(str),
        group=np.array([person or f"copy {copy}" for copy, person in keys]),
        name=np.array([name.removeprefix(f"{root}/") for name in used["path"]]),
    )


def read_faces(
    name: str,
    crop: CropConfig,
    detector: FaceDetector | None = None,
    on_progress: OnProgress | None = None,
) -> tuple[FaceSet, dict[str, str]]:
    """Everything of a data set.

    Args:
        name: folder or file, as given or below `$EMOTION_DATA`: FER-2013 as `fer2013.csv` or as
            mosaics, a folder of splits or classes, or a table with `path`, `label` and
            optionally `split` and `group`
        crop: how faces are cut
        detector: finds the face in each picture; None where a picture is a face already
        on_progress: called with (pictures done, pictures)

    Returns:
        the faces, and name -> why for pictures that cannot be used

    Raises:
        InvalidInput: if nothing can be used
    """
    path = data_path(name)
    if path.is_dir() and any(path.glob("fer2013_images*.zip")):
        return at_size(_read_fer_mosaics(path), crop.size), {}
    table = path / "fer2013.csv" if path.is_dir() else path
    is_csv = table.is_file() and table.suffix.lower() == ".csv"
    if is_csv and {"emotion", "pixels", "Usage"} <= set(column_names(table)):
        return at_size(_read_fer_csv(table), crop.size), {}
    return _read_pictures(path, crop, detector, on_progress)


def at_size(faces: FaceSet, size: int) -> FaceSet:
    """The faces at another size, in px."""
    import cv2

    if faces.crops.shape[1] == size:
        return faces
    resized = [cv2.resize(c, (size, size), interpolation=cv2.INTER_AREA) for c in faces.crops]
    return replace(faces, crops=np.stack(resized))


def map_face_labels(faces: FaceSet, target: tuple[str, ...]) -> FaceSet:
    """The faces whose label has a place in another label set, with their labels in it."""
    carry = mapping(faces.labels, target)
    numbers = np.array([target.index(carry.table[x]) if x in carry.table else -1
                        for x in faces.labels])  # fmt: skip
    kept = faces.take(numbers[faces.truth] >= 0)
    return replace(kept, labels=target, truth=numbers[kept.truth])


def with_splits(faces: FaceSet, seed: int) -> FaceSet:
    """Every face on a side: as told, or 80, 10 and 10 per cent of the groups of each label.

    Raises:
        InvalidInput: if splits are named and training is not among them, or partly missing
    """
    from sklearn.model_selection import StratifiedGroupKFold

    named = given_splits(faces.split.tolist(), "pictures")
    if {"train", "validation"} <= named:
        return faces
    if named and "train" not in named:
        raise InvalidInput(f"splits {sorted(named)}: no part of the data is named train")
    side = faces.split.astype("<U10")
    side[side == ""] = "train"
    parts = ("validation",) if "test" in named else ("validation", "test")
    rows = np.flatnonzero(side == "train")
    if len(set(faces.group[rows])) < 10:
        raise InvalidInput(
            f"expected 10 groups of faces or more to draw a validation split from, "
            f"got {len(set(faces.group[rows]))}; give a `split` column"
        )
    folds = StratifiedGroupKFold(10, shuffle=True, random_state=seed)
    drawn = folds.split(rows, faces.truth[rows], faces.group[rows])
    for part, (_, chosen) in zip(parts, drawn, strict=False):
        side[rows[chosen]] = part
    return replace(faces, split=side)


def wanted_labels(faces: FaceSet, name: str) -> FaceSet:
    """The faces in a label set by its name; empty keeps their own."""
    return map_face_labels(faces, label_set(name)) if name else faces
