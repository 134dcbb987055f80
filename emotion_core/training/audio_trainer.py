"""Fit one voice network with Lightning."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback
from torch import Tensor, nn

from ..audio.features import FeatureExtractor
from ..audio.model import repeated
from .audio_batches import AudioBatch, AudioSplit, TrainingBatches
from .audio_config import AudioConfig
from .audio_material import AVERAGE, AudioMaterial
from .audio_network import ResNet34, build_audio_network
from .limits import require_valid
from .loop import OnProgress
from .running import require_one_process
from .single_label import SingleLabelModule, fit


@dataclass(frozen=True, eq=False)
class FittedAudio:
    """A trained network and its history, one row per epoch."""

    network: nn.Module
    history: list[dict[str, float]]


class AudioModule(SingleLabelModule):
    """The network and its loss."""

    def __init__(self, network: nn.Module, config: AudioConfig, targets: np.ndarray) -> None:
        super().__init__(network, config, targets)
        self.unfreeze_every = config.network.unfreeze_every

    def training_step(self, batch: AudioBatch, _index: int) -> Tensor:
        images = batch.images.contiguous(memory_format=torch.channels_last)
        return self.label_loss(self.network(images).logits, batch.targets, batch.allowed)

    def validation_step(self, batch: AudioBatch, _index: int) -> dict[str, Tensor]:
        return {"logits": self.network(batch.images).logits.float(), "targets": batch.targets}

    def on_train_epoch_start(self) -> None:
        super().on_train_epoch_start()
        if self.unfreeze_every and isinstance(self.network, ResNet34):
            self.network.unfreeze(self.current_epoch // self.unfreeze_every)


def whole_clips(
    config: AudioConfig, split: AudioSplit, material: AudioMaterial
) -> list[AudioBatch]:
    """Each clip of a split as it is served: whole, alone, by the average profile."""
    extractor = FeatureExtractor(config.feature_config())
    profile = material.profiles[AVERAGE]
    return [
        AudioBatch(
            torch.from_numpy(
                extractor.network_input(
                    repeated(material.store.clip(int(item)), config.network.least_frames), profile
                )[None]
            ),
            torch.from_numpy(split.targets[[row]].astype(np.float32)),
            torch.from_numpy(split.allowed[[row]].astype(np.float32)),
        )
        for row, item in enumerate(split.items)
    ]


def fit_audio(
    config: AudioConfig,
    train: AudioSplit,
    material: AudioMaterial,
    folder: Path,
    *,
    validation: AudioSplit | None = None,
    start: Path | None = None,
    on_progress: OnProgress | None = None,
    run: int = 0,
    trained: nn.Module | None = None,
    callbacks: Sequence[Callback] = (),
) -> FittedAudio:
    """Train one network and return it with the weights of its best, or last, epoch.

    An interrupted run in the same folder goes on from its last epoch; a finished one is read.

    Args:
        config: all settings
        train: targets may be soft
        material: frames, profiles with the average one, and labels
        folder: where checkpoints go
        validation: picks the epoch; without it the last one counts
        start: checkpoint of another run whose weights this one starts from
        on_progress: called with (step, steps)
        run: runs of one seed start from other weights and see other batches
        trained: network that goes on learning; None builds a new one
        callbacks: further ones of Lightning

    Raises:
        InvalidInput: for settings that cannot be
    """
    require_valid(config)
    if config.network.unfreeze_every:
        require_one_process(config.run, "network.unfreeze_every")
    lightning.seed_everything(config.seed + run, verbose=False)
    features = config.feature_config()
    network = trained or build_audio_network(
        config.network, features.channels, features.bins, len(material.labels)
    )
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    module = AudioModule(network, config, train.targets)
    if start is not None:
        module.load_state_dict(torch.load(start, "cpu", weights_only=True)["state_dict"])
    batches = TrainingBatches(config, train, material.store, material.profiles, run)
    checked = whole_clips(config, validation, material) if validation else None
    history = fit(module, batches, checked, folder, on_progress, callbacks)
    return FittedAudio(module.network, history)
