"""Fit one clip network with Lightning."""

from dataclasses import dataclass
from pathlib import Path

import lightning
from torch import Tensor

from .limits import require_valid
from .loop import OnProgress
from .single_label import SingleLabelModule, fit
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
    """The network and its answers."""

    network: VideoCnnBiGru

    def training_step(self, batch: ClipBatch, _index: int) -> Tensor:
        return self.label_loss(self.network(batch.clips).logits, batch.targets)

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
        InvalidInput: for settings that cannot be
    """
    require_valid(config)
    lightning.seed_everything(config.seed, verbose=False)
    labels = train.targets.shape[1]
    network = VideoCnnBiGru(config.network, config.clip_config(), labels)
    module = VideoModule(network, config, train.targets)
    batches, checked = TrainingClips(config, train), WholeClips(config, validation)
    return FittedVideo(module.network, fit(module, batches, checked, folder, on_progress))
