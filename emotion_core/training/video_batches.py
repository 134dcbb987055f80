"""Batches of clips: changed at random to train on, one by one as they are served."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from ..face.clip import network_input
from .face_augment import erased, mixed, moved, relit
from .sampling import Draw
from .video_config import VideoConfig
from .video_data import StoredClips


class ClipBatch(NamedTuple):
    """What a training step reads."""

    clips: Tensor
    """(item, frame, channel, y, x) in [0, 1]"""
    targets: Tensor
    """(item, label), each row summing to 1"""


def _stacked(stored: StoredClips, rows: np.ndarray) -> Tensor:
    """Frames of some clips as they are kept, (clip, frame * channel, y, x) in [0, 1]."""
    frames = np.stack([stored.frames(int(i)) for i in rows])
    if frames.ndim == 5:
        frames = np.moveaxis(frames, 4, 2).reshape(len(rows), -1, *frames.shape[2:4])
    return torch.from_numpy(np.ascontiguousarray(frames, np.float32)) / 255


class TrainingClips(Dataset[ClipBatch]):
    """The batches of an epoch, changed at random; a resumed run meets the same ones.

    Every frame of a clip is changed alike, so that what moves is the face alone.

    Args:
        config: all settings
        stored: what is trained on
    """

    def __init__(self, config: VideoConfig, stored: StoredClips) -> None:
        self.config, self.stored, self.clip = config, stored, config.clip_config()
        self.draw = Draw(stored.targets, config.balance)
        self.set_epoch(0)

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch whose batches are given."""
        self.epoch = epoch
        rng = np.random.default_rng((self.config.seed, epoch))
        drawn = self.draw.rows(rng)
        order = drawn[rng.permutation(len(drawn))]
        self.batches = np.array_split(order, -(-len(order) // self.config.batch_size))

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, place: int) -> ClipBatch:
        rows, clip, settings = self.batches[place], self.clip, self.config.augmentation
        seed = np.random.default_rng((self.config.seed, self.epoch, place)).integers(2**31)
        source = torch.Generator().manual_seed(int(seed))
        frames = moved(_stacked(self.stored, rows), clip.size, settings, source)
        frames = erased(relit(frames, settings, source), settings.erasing, source)
        targets = torch.from_numpy(self.stored.targets[rows])
        frames, (targets,) = mixed(frames, [targets], settings.mixup, source)
        shape = (len(rows), clip.frames, clip.channels, clip.size, clip.size)
        return ClipBatch(frames.view(shape), targets)


class WholeClips(Dataset[ClipBatch]):
    """Each clip of a split by itself, as it is served.

    Args:
        config: all settings
        stored: what is answered
    """

    def __init__(self, config: VideoConfig, stored: StoredClips) -> None:
        self.clip, self.stored = config.clip_config(), stored

    def __len__(self) -> int:
        return len(self.stored)

    def __getitem__(self, place: int) -> ClipBatch:
        if place >= len(self):
            raise IndexError(place)
        images = network_input(np.asarray(self.stored.frames(place)), self.clip)
        targets = torch.from_numpy(self.stored.targets[[place]])
        return ClipBatch(torch.from_numpy(images[None]), targets)
