"""Fit a network of which one label applies: history, validation scores, resuming; for any input."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

from .divergence import require_finite
from .loop import (
    BEST,
    LAST,
    EpochOrder,
    OnProgress,
    make_trainer,
    own_checkpoints,
    scheduled,
    usual_warnings_left_out,
)
from .losses import class_weights, softmax_focal
from .run_config import LossConfig, OptimiserConfig, RunConfig
from .running import (
    Places,
    RankShare,
    ends_told,
    found_rate,
    leave_to_first_machine,
    require_batch_each,
)
from .watching import FINISHED


class FitConfig(Protocol):
    """Settings that every such network has."""

    optimiser: OptimiserConfig
    epochs: int
    precision: str
    monitor: str
    """validation score that picks the epoch: `uar` or `accuracy`"""
    patience: int
    loss: LossConfig
    run: RunConfig


class SingleLabelModule(lightning.LightningModule):
    """A network, its loss, its optimiser and its history; a subclass computes logits.

    `validation_step` answers with `logits` and `targets`, (item, label) each.

    Args:
        network: what learns
        config: all settings
        targets: (item, label) of the training split, by which classes are weighted

    Attributes:
        followed: logged score of the validation split; empty where there is none
    """

    def __init__(self, network: nn.Module, config: FitConfig, targets: np.ndarray) -> None:
        super().__init__()
        self.network, self.settings = network, config
        self.weights: Tensor
        power = config.loss.class_weight_power
        weights = class_weights(torch.from_numpy(targets), power)
        self.register_buffer("weights", weights, persistent=False)
        self.followed = ""
        self.history: list[dict[str, float]] = []
        self._losses: list[float] = []
        self._started = time.monotonic()

    def label_loss(self, logits: Tensor, targets: Tensor, allowed: Tensor | None = None) -> Tensor:
        """The loss of a step, noted for the history; arguments as of `softmax_focal`."""
        loss = softmax_focal(logits, targets, self.weights, self.settings.loss, allowed)
        self._losses.append(float(loss.detach()))
        return loss

    def on_train_epoch_start(self) -> None:
        self._started = time.monotonic()
        self._losses.clear()

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
        o = self.settings.optimiser
        optimiser = torch.optim.AdamW(
            self.weight_groups(), lr=o.learning_rate, weight_decay=o.weight_decay
        )
        steps = max(1, int(self.trainer.estimated_stepping_batches))
        return scheduled(optimiser, steps, o.warmup, o.schedule, self.followed)

    def weight_groups(self) -> Any:
        """What the optimiser moves, as it takes it."""
        return self.network.parameters()

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["history"] = self.history

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.history = checkpoint["history"]


class ValidationScore(Callback):
    """Logs what the network with averaged weights answers for the validation split."""

    def __init__(self) -> None:
        self._answers: list[dict[str, Tensor]] = []

    def on_validation_batch_end(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, _trainer: object, _module: object, outputs: dict[str, Tensor], *_: object
    ) -> None:
        self._answers.append(outputs)

    def on_validation_epoch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        logits = torch.cat([a["logits"] for a in self._answers]).cpu()
        targets = torch.cat([a["targets"] for a in self._answers]).cpu()
        self._answers.clear()
        require_finite(logits, trainer)
        truth = targets.argmax(1).numpy()
        right = truth == logits.argmax(1).numpy()
        loss = -(targets * F.log_softmax(logits.float(), 1)).sum(1).mean()
        pl_module.log("validation_loss", loss)
        uar = float(np.mean([right[truth == k].mean() for k in set(truth)]))
        pl_module.log("validation_uar", uar)
        pl_module.log("validation_accuracy", float(right.mean()))


def fit(
    module: SingleLabelModule,
    batches: Any,
    checked: Any | None,
    folder: Path,
    on_progress: OnProgress | None = None,
    callbacks: Sequence[Callback] = (),
) -> list[dict[str, float]]:
    """Train a module, and leave it with the weights of its best, or last, epoch.

    An interrupted run in the same folder goes on from its last epoch; a finished one is read.

    Args:
        module: on the CPU
        batches: a data set of batches with `set_epoch`
        checked: a list or data set of batches of the validation split, which picks the epoch;
            without it the last one counts
        folder: where checkpoints go
        on_progress: called with (step, steps)
        callbacks: further ones of Lightning

    Returns:
        the history, one row per epoch

    Raises:
        InvalidInput: if the folder holds a training of another network
        PartDone: on every machine but the first
    """
    finished = folder / FINISHED
    best = folder / f"{LAST if checked is None else BEST}.ckpt"
    with own_checkpoints(folder):
        if not finished.is_file():
            _run(module, batches, checked, folder, on_progress, callbacks)
            leave_to_first_machine(module.settings.run)
            finished.touch()
        module.load_state_dict(torch.load(best, "cpu", weights_only=True)["state_dict"])
        module.cpu().eval()
        return torch.load(folder / f"{LAST}.ckpt", "cpu", weights_only=True)["history"]


def _run(
    module: SingleLabelModule,
    batches: Any,
    checked: Any | None,
    folder: Path,
    on_progress: OnProgress | None,
    callbacks: Sequence[Callback],
) -> None:
    """Train to the last epoch, from where an interrupted run stopped."""
    config, last = module.settings, folder / f"{LAST}.ckpt"
    require_batch_each(config.run, len(batches))
    module.followed = "" if checked is None else f"validation_{config.monitor}"
    trainer = make_trainer(
        folder,
        epochs=config.epochs,
        precision=config.precision,
        ema_decay=config.optimiser.ema_decay,
        monitor=module.followed,
        patience=0 if checked is None else config.patience,
        gradient_clip=config.optimiser.gradient_clip,
        callbacks=[EpochOrder([batches], on_progress), ValidationScore(), *callbacks],
        run=config.run,
    )
    module.train()  # a network that goes on learning was left in evaluation mode
    loader = DataLoader(batches, batch_size=None, sampler=RankShare(Places(batches)))
    with usual_warnings_left_out(), ends_told():
        if config.run.find_rate:
            rate = found_rate(module, loader, config.precision, folder)
            config.optimiser.learning_rate = rate or config.optimiser.learning_rate
        trainer.fit(
            module,
            loader,
            None if checked is None else DataLoader(checked, batch_size=None),  # type: ignore[arg-type]
            ckpt_path=str(last) if last.is_file() else None,
        )
