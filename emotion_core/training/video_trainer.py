"""Fit one clip network with Lightning."""

from dataclasses import dataclass
from pathlib import Path

import lightning
import torch
from torch import Tensor

from .config import LossConfig
from .loop import OnProgress
from .losses import class_weights, softmax_focal
from .single_label import SingleLabelModule, fit, require_monitor
from .video_batches import ClipBatch, TrainingClips, WholeClips
from .video_config import VideoConfig
from .video_data import StoredClips
from .video_network import VideoCnnBiGru


@dataclass(frozen=True, eq=False)
class FittedVideo:
    """A trained network and its history, one row per epoch."""

    network: VideoCnnBiGru
    history: list[dict[str, float]]


class VideoModule(SingleLabelModule):
    """The network and its loss."""

    network: VideoCnnBiGru

    def __init__(self, network: VideoCnnBiGru, config: VideoConfig, weights: Tensor) -> None:
        super().__init__(network, config)
        self.weights: Tensor
        self.register_buffer("weights", weights)
        self.loss = LossConfig(label_smoothing=config.label_smoothing)

    def training_step(self, batch: ClipBatch, _index: int) -> Tensor:
        logits = self.network(batch.clips).logits
        return self.counted(softmax_focal(logits, batch.targets, self.weights, self.loss))

    def validation_step(self, batch: ClipBatch, _index: int) -> dict[str, Tensor]:
        return {"logits": self.network(batch.clips).logits.float(), "targets": batch.targets}


def fit_video(
    config: VideoConfig,
    train: StoredClips,
    validation: StoredClips,
    folder: Path,
    on_progress: OnProgress | None = None,
) -> FittedVideo:
    """Train one network and return it with the weights of its best epoch.

    An interrupted run in the same folder goes on from its last epoch; a finished one is read.

    Args:
        config: all settings
        train: clips to learn from
        validation: picks the epoch
        folder: where checkpoints go
        on_progress: called with (step, steps)

    Raises:
        InvalidInput: for an unknown monitor, network or schedule
    """
    require_monitor(config)
    lightning.seed_everything(config.seed, verbose=False)
    labels = train.targets.shape[1]
    network = VideoCnnBiGru(config.network, config.clip_config(), labels)
    weights = class_weights(torch.from_numpy(train.targets), config.class_weight_power)
    module = VideoModule(network, config, weights)
    batches, checked = TrainingClips(config, train), WholeClips(config, validation)
    return FittedVideo(module.network, fit(module, batches, checked, folder, on_progress))
