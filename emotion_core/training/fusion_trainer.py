"""Fit one fusion network with Lightning on moments that are composed anew for each epoch."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import lightning
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import Dataset

from ..fusion.evidence import FUSED
from .fusion_config import FusionConfig
from .fusion_moments import Composed, Material
from .fusion_network import Features, FusionNetwork, Translation, build_network
from .limits import require_valid
from .loop import OnProgress
from .single_label import SingleLabelModule, fit

LEAST_DEVIATION = 1e-3
CODE_WEIGHT = 0.5
"""of the distance of a code from what the others lead to expect, beside the features' own"""


class FusionBatch(NamedTuple):
    """Moments to learn from, or to check."""

    reliability: Tensor
    """(moment, modality)"""
    features: tuple[Tensor, ...]
    """(moment, width) of each modality"""
    targets: Tensor
    """(moment, label)"""
    agreeing: Tensor
    """(moment,) whether no modality is of another label"""


@dataclass(frozen=True, eq=False)
class FittedFusion:
    """A trained network and its history, one row per epoch."""

    network: FusionNetwork
    history: list[dict[str, float]]


def batches_of(moments: Composed, size: int) -> list[FusionBatch]:
    """Moments in order, a part at a time."""
    reliability = torch.from_numpy(moments.arrays.reliability).float()
    features = [torch.from_numpy(moments.arrays.features[m]) for m in FUSED]
    labels = len(moments.arrays.labels)
    targets = F.one_hot(torch.from_numpy(moments.truth), labels).float()
    agreeing = torch.from_numpy(moments.swapped < 0)
    places = torch.arange(len(moments)).split(size)
    return [
        FusionBatch(reliability[p], tuple(f[p] for f in features), targets[p], agreeing[p])
        for p in places
    ]


class TrainingMoments(Dataset[FusionBatch]):
    """The batches of an epoch, each epoch drawn from a seed of its own."""

    def __init__(self, config: FusionConfig, material: Material) -> None:
        self.config, self.material = config, material
        self.set_epoch(0)

    def set_epoch(self, epoch: int) -> None:
        """Compose the moments of an epoch."""
        rng = np.random.default_rng((self.config.seed, epoch))
        moments = self.material.training(self.config.moments, rng)
        self.batches = batches_of(moments, self.config.batch_size)

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, place: int) -> FusionBatch:
        if place >= len(self.batches):
            raise IndexError(place)
        return self.batches[place]


def translation_loss(network: Translation, batch: FusionBatch) -> Tensor:
    """How far features are from what the others lead to expect, and from their own way back.

    The way back is the cycle: features to code to the other modality's features, to the code of
    those, to the features that they lead to expect of the first.
    """
    read = [r(v) for r, v in zip(network.read, batch.features, strict=True)]
    codes = network.codes(read)
    present = (batch.reliability > 0) & batch.agreeing[:, None]
    expected = network.expectations(codes, batch.reliability)
    again = network.codes(expected)
    total = codes.new_zeros(())
    for place, decode in enumerate(network.decoders):
        there = present[:, place]
        others = there & (present.sum(1) > 1)
        if not there.any():
            continue
        real = read[place].detach()
        total = total + F.mse_loss(decode(codes[there, place]), real[there])
        if others.any():
            total = total + F.mse_loss(expected[place][others], real[others])
            apart = F.mse_loss(again[others, place], codes[others, place].detach())
            total = total + CODE_WEIGHT * apart
        for other in range(len(network.decoders)):
            if other != place:
                carried = network.decoders[other](codes[there, place])
                back = decode(network.encoders[other](carried))
                total = total + F.mse_loss(back, real[there]) / 2
    return total / len(network.decoders)


class FusionModule(SingleLabelModule):
    """The network and its losses; moments are composed with all labels equally frequent."""

    network: FusionNetwork

    def __init__(self, network: FusionNetwork, config: FusionConfig, labels: int) -> None:
        super().__init__(network, config, np.eye(labels))
        self.cycle_weight = config.cycle_weight

    def training_step(self, batch: FusionBatch, _index: int) -> Tensor:
        output = self.network(batch.reliability, *batch.features)
        loss = self.label_loss(output.logits, batch.targets)
        if not isinstance(self.network, Translation):
            return loss
        guessed = output.expected.clamp_min(1e-6).log()
        known = (batch.reliability.sum(1, keepdim=True) - batch.reliability > 0) & (
            batch.agreeing[:, None]
        )
        cycle = translation_loss(self.network, batch)
        if known.any():  # a small batch may hold moments of one modality alone
            loss = loss - 0.5 * (guessed * batch.targets[:, None]).sum(-1)[known].mean()
        return loss + self.cycle_weight * cycle

    def validation_step(self, batch: FusionBatch, _index: int) -> dict[str, Tensor]:
        output = self.network(batch.reliability, *batch.features)
        return {"logits": output.logits, "targets": batch.targets}


def features_of(material: Material) -> list[Features]:
    """Mean and deviation of the features of each modality over clean items."""
    found = []
    for place, m in enumerate(FUSED):
        count = len(material.answers[m])
        items = np.zeros((count, len(FUSED)), int)
        items[:, place] = np.arange(count)
        present = np.zeros(items.shape, bool)
        present[:, place] = True
        values = material.arrays(items, present, np.zeros(items.shape, int)).features[m]
        mean, deviation = values.mean(0), values.std(0)
        found.append(
            Features(
                torch.from_numpy(mean),
                torch.from_numpy(np.maximum(deviation, LEAST_DEVIATION)),
                len(material.encoders[m].labels),
            )
        )
    return found


def fit_fusion(
    config: FusionConfig,
    train: Material,
    validation: Composed,
    folder: Path,
    on_progress: OnProgress | None = None,
) -> FittedFusion:
    """Train one network and return it with the weights of its best epoch.

    An interrupted run in the same folder goes on from its last epoch; a finished one is read.

    Args:
        config: all settings
        train: items that moments are composed of
        validation: moments that pick the epoch
        folder: where checkpoints go
        on_progress: called with (step, steps)

    Raises:
        InvalidInput: for settings that cannot be
    """
    require_valid(config)
    lightning.seed_everything(config.seed, verbose=False)
    network = build_network(config.kind, features_of(train), len(train.labels), config.network)
    module = FusionModule(network, config, len(train.labels))
    checked = batches_of(validation, 4 * config.batch_size)
    history = fit(module, TrainingMoments(config, train), checked, folder, on_progress)
    return FittedFusion(module.network, history)
