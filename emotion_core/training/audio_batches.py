"""Batches of clips of similar length, cut to one length, so that no frame is padding."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from ..audio.analysis import VoiceProfile
from ..audio.features import FeatureExtractor
from ..audio.model import repeated
from .audio_augment import Augmentation
from .audio_config import AudioConfig
from .audio_frames import FrameStore
from .sampling import Draw

LENGTH_STEP = 8
"""frames; few different lengths let the convolutions reuse their plans"""
LENGTH_NOISE = 0.15
"""natural logarithm; how far clips of another length may share a batch"""
SHORTEST_CUT = 0.8
"""of the shortest clip of a batch"""


class AudioBatch(NamedTuple):
    """What a training step reads."""

    images: Tensor
    """(item, channel, bin, frame)"""
    targets: Tensor
    """(item, label), each row summing to 1"""
    allowed: Tensor
    """(item, label) of 0 and 1: the labels of the item's own data set"""


@dataclass(frozen=True, eq=False)
class AudioSplit:
    """Clips to train on or to answer.

    Attributes:
        items: (item,) places in the store
        targets: (item, label), each row summing to 1
        allowed: (item, label) of 0 and 1
        voices: whose profile each clip may be normalised by
    """

    items: np.ndarray
    targets: np.ndarray
    allowed: np.ndarray
    voices: list[str]

    def __len__(self) -> int:
        return len(self.items)

    def take(self, rows: np.ndarray) -> "AudioSplit":
        """Some of them."""
        voices = [self.voices[i] for i in rows]
        return AudioSplit(self.items[rows], self.targets[rows], self.allowed[rows], voices)


class TrainingBatches(Dataset[AudioBatch]):
    """The batches of an epoch, each drawn from a seed of its own, so that a resume repeats them.

    Args:
        config: all settings
        split: what is trained on
        store: its frames
        profiles: by voice; the empty name is the average one
        run: runs of one seed draw other batches
    """

    def __init__(
        self,
        config: AudioConfig,
        split: AudioSplit,
        store: FrameStore,
        profiles: dict[str, VoiceProfile],
        run: int = 0,
    ) -> None:
        self.config, self.split, self.store, self.profiles = config, split, store, profiles
        self.extractor = FeatureExtractor(config.feature_config())
        self.seed = (config.seed, run)
        self.least = config.network.least_frames
        self.lengths = np.maximum(store.lengths()[split.items], self.least)
        self.draw = Draw(split.targets, config.balance)
        self.set_epoch(0)

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch whose batches are given."""
        self.epoch = epoch
        rng = np.random.default_rng((*self.seed, epoch))
        drawn = self.draw.rows(rng)
        noise = np.exp(rng.uniform(-LENGTH_NOISE, LENGTH_NOISE, len(drawn)))
        order = drawn[np.argsort(self.lengths[drawn] * noise)]
        size = self.config.batch_size
        whole = [order[i : i + size] for i in range(0, len(order), size)]
        if len(whole) > 1 and len(whole[-1]) < size // 2:
            whole[-2:] = [np.concatenate(whole[-2:])]
        self.batches = [whole[i] for i in rng.permutation(len(whole))]

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, place: int) -> AudioBatch:
        rows = self.batches[place]
        rng = np.random.default_rng((*self.seed, self.epoch, place))
        augmentation = Augmentation(self.config.augmentation, self.extractor.frequencies_hz, rng)
        frames = self._frames(rows, rng)
        clips = [repeated(self.store.clip(int(self.split.items[i])), self.least) for i in rows]
        levels = augmentation.colour(augmentation.warp(clips, frames))
        voices = [self.split.voices[i] for i in rows]
        own = rng.random(len(rows)) < self.config.own_profile
        images = np.stack(
            [
                self.extractor.network_input(level.T, self.profiles[voice if o else ""])
                for level, voice, o in zip(levels, voices, own, strict=True)
            ]
        )
        images = augmentation.mask(images)
        targets, allowed = self.split.targets[rows], self.split.allowed[rows]
        if self.config.augmentation.mixup:
            share, partner = augmentation.mix(len(rows))
            images = share * images + (1 - share) * images[partner]
            targets = share * targets + (1 - share) * targets[partner]
            allowed = np.maximum(allowed, allowed[partner])
        return AudioBatch(
            *(torch.from_numpy(x.astype(np.float32)) for x in (images, targets, allowed))
        )

    def _frames(self, rows: np.ndarray, rng: np.random.Generator) -> int:
        shortest = int(self.lengths[rows].min())
        cut = int(shortest * rng.uniform(SHORTEST_CUT, 1)) // LENGTH_STEP * LENGTH_STEP
        return max(cut, self.least)
