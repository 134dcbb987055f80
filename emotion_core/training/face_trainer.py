"""Fit one face network with Lightning."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import Dataset

from ..datasets.faces import FaceSet
from .face_augment import augmented, mixed
from .face_config import SIZE_STEP, FaceConfig
from .face_network import FaceNetwork, MirroredEnsemble
from .limits import require_valid
from .loop import OnProgress
from .sampling import Draw
from .single_label import SingleLabelModule, fit

GROWN_BY = 2 / 3
"""share of the epochs by which faces have their full size"""
CHECKED_AT_ONCE = 256


class FaceBatch(NamedTuple):
    """Faces to learn from, or to check."""

    faces: Tensor
    """(face, 1, y, x) float grey in [0, 1]"""
    targets: Tensor
    """(face, label)"""
    votes: Tensor
    """(face, vote) shares of the crowd; rows of zeros count for nothing"""


@dataclass(frozen=True, eq=False)
class FittedFace:
    """A trained network and its history, one row per epoch."""

    network: FaceNetwork
    history: list[dict[str, float]]


def soft_cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Mean over faces of the cross-entropy with targets (face, label); zero rows add nothing."""
    return -(targets * F.log_softmax(logits.float(), -1)).sum(-1).mean()


def size_of(config: FaceConfig, epoch: int) -> int:
    """Side in px of the faces of an epoch: it grows in steps, and is whole for the last third.

    Source: Howard's progressive resizing; Touvron et al., FixRes, NeurIPS 2019, on why the last
    epochs need the size that is served.
    """
    if not config.first_size:
        return config.size
    grown = min(1.0, epoch / max(1, round(config.epochs * GROWN_BY)))
    if grown == 1:
        return config.size
    size = config.first_size + grown * (config.size - config.first_size)
    return int(size // SIZE_STEP) * SIZE_STEP


class TrainingFaces(Dataset[FaceBatch]):
    """The batches of an epoch, each drawn from a seed of its own, so that a resume repeats them.

    Args:
        config: sizes, augmentation and seed
        faces: the training split
        run: runs of one seed see other batches
    """

    def __init__(self, config: FaceConfig, faces: FaceSet, run: int) -> None:
        self.config, self.run = config, run
        self.crops = torch.from_numpy(faces.crops)
        self.targets = torch.from_numpy(faces.targets)
        self.draw = Draw(faces.targets, config.balance)
        self.votes = torch.from_numpy(faces.votes)
        self.votes = self.votes / self.votes.sum(1, keepdim=True).clamp_min(1e-6)
        self.set_epoch(0)

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch whose batches are given; what does not fill a batch is left out."""
        self.epoch, size = epoch, self.config.batch_size
        drawn = self.draw.rows(np.random.default_rng((self.config.seed, self.run, epoch)))
        shuffled = torch.randperm(len(drawn), generator=self._random(0))
        order = torch.from_numpy(drawn)[shuffled]
        self.batches = order.split(size)[: max(1, len(order) // size)]

    def _random(self, place: int) -> torch.Generator:
        state = np.random.SeedSequence((self.config.seed, self.run, self.epoch, place))
        return torch.Generator().manual_seed(int(state.generate_state(1)[0]))

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, place: int) -> FaceBatch:
        rows, config, source = self.batches[place], self.config, self._random(place + 1)
        size = size_of(config, self.epoch)
        faces = augmented(self.crops[rows], size, config.augmentation, source)
        targets = [self.targets[rows], self.votes[rows]]
        blended, (labels, votes) = mixed(faces, targets, config.augmentation.mixup, source)
        return FaceBatch(blended, labels, votes)


class FaceModule(SingleLabelModule):
    """The network and its two losses."""

    network: FaceNetwork

    def __init__(self, network: FaceNetwork, config: FaceConfig, targets: np.ndarray) -> None:
        super().__init__(network, config, targets)
        self.votes_weight = config.votes_weight

    def training_step(self, batch: FaceBatch, _index: int) -> Tensor:
        output = self.network(batch.faces.contiguous(memory_format=torch.channels_last))
        loss = self.label_loss(output.logits, batch.targets)
        if self.network.votes is None:
            return loss
        return loss + self.votes_weight * soft_cross_entropy(output.votes, batch.votes)

    def validation_step(self, batch: FaceBatch, _index: int) -> dict[str, Tensor]:
        faces = batch.faces.contiguous(memory_format=torch.channels_last)
        logits = MirroredEnsemble([self.network])(faces).logits.float()
        return {"logits": logits, "targets": batch.targets}

    def weight_groups(self) -> Any:
        """Scales and offsets do not decay."""
        parts = {True: [], False: []}
        for parameter in self.network.parameters():
            parts[parameter.dim() > 1].append(parameter)
        return [{"params": parts[True]}, {"params": parts[False], "weight_decay": 0.0}]


def checked_faces(faces: FaceSet) -> list[FaceBatch]:
    """Batches of faces as they are served."""
    targets = F.one_hot(torch.from_numpy(faces.truth), len(faces.labels)).float()
    whole = torch.from_numpy(faces.crops)[:, None].float() / 255
    votes = torch.from_numpy(faces.votes)
    parts = (values.split(CHECKED_AT_ONCE) for values in (whole, targets, votes))
    return [FaceBatch(*batch) for batch in zip(*parts, strict=True)]


def fit_face(
    config: FaceConfig,
    train: FaceSet,
    validation: FaceSet,
    folder: Path,
    run: int = 0,
    on_progress: OnProgress | None = None,
    *,
    start: FaceNetwork | None = None,
    callbacks: Sequence[Callback] = (),
) -> FittedFace:
    """Train one network and return it with the weights of its best epoch.

    An interrupted run in the same folder goes on from its last epoch; a finished one is read.

    Args:
        config: all settings
        train: faces to learn from
        validation: picks the epoch
        folder: where checkpoints go
        run: runs of one seed start from other weights and see other batches
        on_progress: called with (step, steps)
        start: trained network that goes on learning; None builds a new one
        callbacks: further ones of Lightning

    Raises:
        InvalidInput: for settings that cannot be
    """
    require_valid(config)
    lightning.seed_everything(config.seed + run, verbose=False)
    network = start or FaceNetwork(config.network, len(train.labels), train.votes.shape[1])
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    module = FaceModule(network, config, train.targets)
    batches = TrainingFaces(config, train, run)
    history = fit(module, batches, checked_faces(validation), folder, on_progress, callbacks)
    return FittedFace(module.network, history)
