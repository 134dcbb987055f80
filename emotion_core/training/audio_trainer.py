"""Fit one voice network with Lightning."""

import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback
from torch import Tensor, nn
from torch.utils.data import DataLoader

from ..audio.features import FeatureExtractor
from ..audio.model import repeated
from ..errors import InvalidInput
from .audio_batches import AudioBatch, AudioSplit, TrainingBatches
from .audio_config import AudioConfig
from .audio_material import AVERAGE, AudioMaterial
from .audio_network import ResNet34, build_audio_network, soft_cross_entropy
from .loop import BEST, LAST, EpochOrder, OnProgress, make_trainer, scheduled

MONITORS = ("uar", "accuracy")


@dataclass(frozen=True, eq=False)
class FittedAudio:
    """A trained network and its history, one row per epoch."""

    network: nn.Module
    history: list[dict[str, float]]


class AudioModule(lightning.LightningModule):
    """The network, its loss and its schedule."""

    def __init__(self, network: nn.Module, config: AudioConfig) -> None:
        super().__init__()
        self.network, self.config = network, config
        self.history: list[dict[str, float]] = []
        self._losses: list[float] = []
        self._started = time.monotonic()

    def training_step(self, batch: AudioBatch, _index: int) -> Tensor:
        images = batch.images.contiguous(memory_format=torch.channels_last)
        loss = soft_cross_entropy(self.network(images).logits, batch.targets, batch.allowed)
        self._losses.append(float(loss.detach()))
        return loss

    def validation_step(self, batch: AudioBatch, _index: int) -> dict[str, Tensor]:
        return {"logits": self.network(batch.images).logits.float(), "targets": batch.targets}

    def on_train_epoch_start(self) -> None:
        self._started = time.monotonic()
        self._losses.clear()
        if (every := self.config.network.unfreeze_every) and isinstance(self.network, ResNet34):
            self.network.unfreeze(self.current_epoch // every)

    def on_train_epoch_end(self) -> None:
        self.history.append(
            {
                "epoch": len(self.history) + 1,
                "train_loss": float(np.mean(self._losses)),
                **{k: float(v) for k, v in self.trainer.callback_metrics.items()},
                "seconds": round(time.monotonic() - self._started, 1),
            }
        )

    def configure_optimizers(self) -> Any:
        o = self.config.optimiser
        optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=o.learning_rate, weight_decay=o.weight_decay
        )
        steps = max(1, int(self.trainer.estimated_stepping_batches))
        return scheduled(optimiser, steps, o.warmup, o.schedule)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["history"] = self.history

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.history = checkpoint["history"]


class _ValidationScore(Callback):
    """Logs what the network with averaged weights answers for whole clips."""

    def __init__(self) -> None:
        self._answers: list[dict[str, Tensor]] = []

    def on_validation_batch_end(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, _trainer: object, _module: object, outputs: dict[str, Tensor], *_: object
    ) -> None:
        self._answers.append(outputs)

    def on_validation_epoch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        del trainer
        logits = torch.cat([a["logits"] for a in self._answers])
        targets = torch.cat([a["targets"] for a in self._answers])
        self._answers.clear()
        truth, prediction = targets.argmax(1).numpy(), logits.argmax(1).numpy()
        loss = soft_cross_entropy(logits, targets, torch.ones_like(logits))
        pl_module.log("validation_loss", loss)
        right = truth == prediction
        uar = float(np.mean([right[truth == k].mean() for k in set(truth)]))
        pl_module.log("validation_uar", uar)
        pl_module.log("validation_accuracy", float(right.mean()))


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


def _run(
    module: AudioModule,
    batches: TrainingBatches,
    checked: list[AudioBatch] | None,
    folder: Path,
    on_progress: OnProgress | None,
) -> None:
    """Train to the last epoch, from where an interrupted run stopped."""
    config, last = module.config, folder / f"{LAST}.ckpt"
    trainer = make_trainer(
        folder,
        epochs=config.epochs,
        precision=config.precision,
        ema_decay=config.optimiser.ema_decay,
        monitor=f"validation_{config.monitor}" if checked else "",
        patience=config.patience if checked else 0,
        gradient_clip=config.optimiser.gradient_clip,
        callbacks=[EpochOrder(batches, on_progress), _ValidationScore()],
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*does not have many workers.*")
        warnings.filterwarnings("ignore", message=".*but have no `val_dataloader`.*")
        warnings.filterwarnings("ignore", message=".*exists and is not empty.*")
        trainer.fit(
            module,
            DataLoader(batches, batch_size=None),
            DataLoader(checked, batch_size=None) if checked else None,  # type: ignore[arg-type]
            ckpt_path=str(last) if last.is_file() else None,
        )


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

    Raises:
        InvalidInput: for an unknown monitor, network or schedule
    """
    if config.monitor not in MONITORS:
        raise InvalidInput(
            f"monitor: expected one of {', '.join(MONITORS)}, got {config.monitor!r}"
        )
    lightning.seed_everything(config.seed + run, verbose=False)
    features = config.feature_config()
    network = build_audio_network(
        config.network, features.channels, features.bins, len(material.labels)
    )
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    module = AudioModule(network, config)
    if start is not None:
        module.load_state_dict(torch.load(start, weights_only=True)["state_dict"])
    batches = TrainingBatches(config, train, material.store, material.profiles, run)
    checked = whole_clips(config, validation, material) if validation else None
    finished = folder / "finished"
    if not finished.is_file():
        _run(module, batches, checked, folder, on_progress)
        finished.touch()
    best = folder / f"{BEST if validation else LAST}.ckpt"
    module.load_state_dict(torch.load(best, weights_only=True)["state_dict"])
    history = torch.load(folder / f"{LAST}.ckpt", weights_only=True)["history"]
    return FittedAudio(module.network.cpu().eval(), history)
