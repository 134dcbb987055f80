"""What a voice model is trained on: labelled clips as frames, their voices, their sides."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..audio.analysis import VoiceProfile
from ..audio.features import FeatureExtractor
from ..datasets.recordings import (
    Recording,
    map_labels,
    model_labels,
    read_recordings,
    with_folds,
    with_splits,
)
from ..datasets.sources import data_path, require_split
from ..errors import InvalidInput
from ..labels import CALM, NEUTRAL
from .audio_batches import AudioSplit
from .audio_config import AudioConfig
from .audio_frames import FrameStore, store_frames
from .flattery import measure_flattery
from .loop import OnProgress

log = logging.getLogger(__name__)

AVERAGE = ""
"""name of the average voice among the profiles"""
ORDINARY = (NEUTRAL, CALM)
"""labels of ordinary speech"""
FOLDS = 5
"""of data without folds of their own"""


@dataclass(frozen=True, eq=False)
class AudioMaterial:
    """Everything that networks are trained on and measured with.

    Attributes:
        recordings: (item,) the reported source's first, then the others'
        reported: (item,) bool, of the first source
        store: frames of every item
        profiles: of each voice, by its name
        labels: ordered
        whole: targets and allowed labels of every item
        taught: (item, label) targets that training takes in place of the labels; None: the labels
    """

    recordings: list[Recording]
    reported: np.ndarray
    store: FrameStore
    profiles: dict[str, VoiceProfile]
    labels: tuple[str, ...]
    whole: AudioSplit
    taught: np.ndarray | None = None

    def lesson(self, chosen: np.ndarray) -> AudioSplit:
        """The items of a mask (item,) to learn from."""
        if self.taught is None:
            return self.split(chosen)
        return replace(self.whole, targets=self.taught).take(np.flatnonzero(chosen))

    def split(self, chosen: np.ndarray) -> AudioSplit:
        """The items of a mask (item,)."""
        return self.whole.take(np.flatnonzero(chosen))

    def heard(self, chosen: np.ndarray) -> "AudioMaterial":
        """The same with the average voice of the items of a mask (item,)."""
        average = self.store.profile(np.flatnonzero(chosen))
        ordinary = [
            self.store.profile(np.flatnonzero(clips)).mean
            for voice in sorted(set(self.voices[chosen]))
            if (clips := chosen & self.ordinary & (self.voices == voice)).any()
        ]
        if ordinary:
            average = replace(average, ordinary=np.mean(ordinary, 0))
        return replace(self, profiles={**self.profiles, AVERAGE: average})

    @property
    def ordinary(self) -> np.ndarray:
        """(item,) whether a clip is labelled as ordinary speech."""
        return np.array([r.label in ORDINARY for r in self.recordings])

    @property
    def folds(self) -> np.ndarray:
        """(item,) fold of each reported item; 0 of the others."""
        return np.array([r.fold or 0 for r in self.recordings]) * self.reported

    @property
    def sides(self) -> np.ndarray:
        """(item,) name of the split of each reported item; empty for the others."""
        return np.where(self.reported, [r.split for r in self.recordings], "")

    @property
    def voices(self) -> np.ndarray:
        """(item,) name of the speaker of each item."""
        return np.array(self.whole.voices)


def _divided(config: AudioConfig, recordings: list[Recording]) -> list[Recording]:
    """The reported recordings with folds, or with splits."""
    random = config.random_split
    if config.cross_validation:
        return with_folds(recordings, FOLDS, config.seed, random=random)
    if config.test_fold:
        names = {config.test_fold: "test", config.validation_fold: "validation"}
        recordings = with_folds(recordings, FOLDS, config.seed, random=random)
        folds = {r.fold or 0 for r in recordings}
        if absent := set(names) - folds - {0}:
            raise InvalidInput(f"no fold {sorted(absent)}; the data have the folds {sorted(folds)}")
        recordings = [replace(r, split=names.get(r.fold or 0, "train")) for r in recordings]
    split = with_splits(recordings, config.seed, random=random)
    return [replace(r, fold=None) for r in split]


def _allowed(recordings: Sequence[Recording], labels: tuple[str, ...]) -> np.ndarray:
    """(item, label) of 0 and 1: what occurs in the item's own data set."""
    known = {(r.corpus, r.label) for r in recordings}
    return np.array([[(r.corpus, x) in known for x in labels] for r in recordings], np.float32)


def _read_sources(config: AudioConfig) -> tuple[list[list[Recording]], tuple[str, ...]]:
    """The recordings of every source in the model's labels, the reported ones divided."""
    sources = [read_recordings(data_path(name.strip())) for name in config.data.split(",")]
    labels = model_labels(sources[0], config.label_set, config.data)
    mapped = [map_labels(source, labels)[0] for source in sources]
    mapped[0] = _divided(config, mapped[0])
    return mapped, labels


def read_reported(config: AudioConfig) -> list[Recording]:
    """The recordings of the reported source, with their folds or splits.

    Raises:
        InvalidInput: if a source cannot be read or divided
        LabelMismatch: if its labels have no place in the label set
    """
    return _read_sources(config)[0][0]


def read_material(
    config: AudioConfig, folder: Path, on_progress: OnProgress | None = None, side: str = ""
) -> AudioMaterial:
    """Read every source of a configuration and compute its frames.

    Args:
        config: all settings
        folder: where the frames are kept
        on_progress: called with (recordings done, recordings)
        side: read only the reported recordings of this split

    Raises:
        InvalidInput: if a source cannot be read or divided
        LabelMismatch: if its labels have no place in the label set
    """
    extractor = FeatureExtractor(config.feature_config())
    mapped, labels = _read_sources(config)
    if side:
        mapped = [[r for r in mapped[0] if r.split == side]]
        require_split(config.data, side, len(mapped[0]))
    recordings = [r for source in mapped for r in source]
    reported = {id(r) for r in mapped[0]}
    store, kept = store_frames(recordings, extractor, folder, on_progress)
    if not any(id(r) in reported for r in kept):
        raise InvalidInput(f"{config.data}: none of the reported recordings can be read")
    voices = [f"{r.corpus}/{r.speaker or r.path.stem}" for r in kept]
    targets = np.array([[r.label == x for x in labels] for r in kept], np.float32)
    whole = AudioSplit(np.arange(len(kept)), targets, _allowed(kept, labels), voices)
    names = np.array(voices)
    profiles = {v: store.profile(np.flatnonzero(names == v)) for v in sorted(set(voices))}
    is_reported = np.array([id(r) in reported for r in kept])
    if config.random_split:
        items = np.flatnonzero(is_reported)
        words = np.array([kept[i].label for i in items])
        log.warning("%s", measure_flattery(store, items, words, names[items], config.seed))
    return AudioMaterial(kept, is_reported, store, profiles, labels, whole)
