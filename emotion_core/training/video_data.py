"""The frames of labelled clips on disk."""

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..datasets.clips import read_clips
from ..datasets.corpora import Recording
from ..datasets.recordings import map_labels, model_labels, with_splits
from ..datasets.sources import data_path
from ..errors import InvalidInput
from ..face.clip import ClipConfig, read_clip
from ..face.detect import FaceDetector, open_detector
from .loop import OnProgress
from .video_config import VideoConfig

log = logging.getLogger(__name__)


def labelled_clips(config: VideoConfig) -> tuple[list[Recording], tuple[str, ...]]:
    """The clips of a configuration, in the model's labels and with a split each; the labels.

    Raises:
        InvalidInput: if they cannot be read or divided, or are all of one class
        LabelMismatch: if their labels have no place in the label set
    """
    clips = read_clips(data_path(config.data))
    labels = model_labels(clips, config.label_set, config.data)
    mapped, _ = map_labels(clips, labels)
    return with_splits(mapped, config.seed, random=config.random_split), labels


@dataclass(frozen=True, eq=False)
class StoredClips:
    """Clips whose frames lie on disk, each in a file of its own.

    Attributes:
        files: (clip,) numpy arrays (frame, y, x) or (frame, y, x, 3) uint8
        recordings: (clip,)
        targets: (clip, label), each row summing to 1
    """

    files: list[Path]
    recordings: list[Recording]
    targets: np.ndarray

    def __len__(self) -> int:
        return len(self.files)

    def frames(self, clip: int) -> np.ndarray:
        """Of one clip, not read yet."""
        return np.load(self.files[clip], mmap_mode="r")

    def side(self, split: str) -> "StoredClips":
        """Those of one split.

        Raises:
            InvalidInput: if there are none
        """
        rows = [i for i, r in enumerate(self.recordings) if r.split == split]
        if not rows:
            raise InvalidInput(f"no readable clips in the {split} split; add some to it")
        return StoredClips(
            [self.files[i] for i in rows], [self.recordings[i] for i in rows], self.targets[rows]
        )


def _stored_at(folder: Path, clip: Recording, config: ClipConfig) -> Path:
    status = clip.path.stat()
    told = [str(clip.path.absolute()), status.st_size, status.st_mtime_ns, config.as_dict()]
    name = hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]
    return folder / f"{name}.npy"


def _store(frames: np.ndarray, path: Path) -> None:
    """Write in one step, so that an interrupted run leaves no half of a file."""
    draft = path.with_suffix(".new")
    with draft.open("wb") as file:
        np.save(file, frames)
    draft.replace(path)


def store_clips(
    clips: Sequence[Recording],
    labels: Sequence[str],
    config: ClipConfig,
    folder: Path,
    detector: FaceDetector | None = None,
    on_progress: OnProgress | None = None,
) -> StoredClips:
    """Read the frames of clips, or find what an earlier run read; broken clips are left out.

    Args:
        clips: labelled
        labels: ordered
        config: what is read of them
        folder: where the frames are kept
        detector: of faces, where they are cut out
        on_progress: called with (clips done, clips)

    Raises:
        InvalidInput: if none can be read
    """
    folder.mkdir(parents=True, exist_ok=True)
    files, kept = [], []
    for done, clip in enumerate(clips, 1):
        path = _stored_at(folder, clip, config)
        try:
            if not path.is_file():
                _store(read_clip(clip.path, config, detector), path)
        except InvalidInput as error:
            log.warning("left out: %s: %s", clip.path.name, error)
        else:
            files.append(path)
            kept.append(clip)
        if on_progress:
            on_progress(done, len(clips))
    if not kept:
        raise InvalidInput("none of the clips can be read; see the messages above")
    targets = np.array([[clip.label == label for label in labels] for clip in kept], np.float32)
    return StoredClips(files, kept, targets)


def read_material(
    config: VideoConfig, folder: Path, on_progress: OnProgress | None = None
) -> tuple[StoredClips, tuple[str, ...]]:
    """The clips that are trained and validated on, with their frames on disk, and the labels.

    Args:
        config: all settings
        folder: where the frames are kept
        on_progress: called with (clips done, clips)

    Raises:
        InvalidInput: if they cannot be read or divided
        LabelMismatch: if their labels have no place in the label set
        ModelUnavailable: if the detector of faces is not to be had
    """
    clips, labels = labelled_clips(config)
    used = [clip for clip in clips if clip.split in ("train", "validation")]
    wanted = config.clip_config()
    detector = open_detector() if wanted.crop else None
    return store_clips(used, labels, wanted, folder, detector, on_progress), labels
