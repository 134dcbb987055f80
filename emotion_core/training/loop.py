"""What every training loop shares: Lightning's trainer, its checkpoints, the learning rate."""

import logging
import re
import warnings
import zipfile
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping, ModelCheckpoint
from lightning.pytorch.callbacks.weight_averaging import WeightAveraging
from lightning.pytorch.plugins.io import TorchCheckpointIO
from torch import Tensor

from ..errors import EmotionCoreError, InvalidInput
from .divergence import StopDiverged
from .run_config import RunConfig
from .running import name_in_logs, trainer_settings
from .watching import Watch

OnProgress = Callable[[int, int], None]
BEST, LAST = "best", "last"
NOT_OURS = re.compile("state[_ ]dict|checkpoint|history|weights_only")
"""in what torch and Lightning say of a checkpoint of another network, length or program"""
FALL, PLATEAU_EPOCHS = 0.2, 2
"""of the rate by `plateau`, and epochs without a better score before it"""
EMA_EVERY = 4
"""steps between two updates of the weights' average; each costs a copy of the network"""


class Epochs(Protocol):
    """What draws another order for each epoch."""

    def set_epoch(self, epoch: int) -> None: ...


class WholeCheckpoints(TorchCheckpointIO):
    """Writes a checkpoint whole or not at all: where it fails, the one before stays."""

    def save_checkpoint(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: object = None
    ) -> None:
        del storage_options
        target = Path(path)
        draft = target.with_name(f"{target.name}.new")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            torch.save(checkpoint, draft)
            draft.replace(target)
        except (OSError, RuntimeError) as error:  # a full disk is either
            draft.unlink(missing_ok=True)
            raise EmotionCoreError(
                f"{target} cannot be written; is the disk full? Make room and give the same "
                f"command again: it goes on from its last epoch ({error})"
            ) from error


@dataclass(frozen=True)
class MovingAverage:
    """Exponential moving average; unlike Lightning's, it can be sent to another process."""

    decay: float

    def __call__(self, average: Tensor, current: Tensor, _steps: Tensor | int) -> Tensor:
        """The next average."""
        return self.decay * average + (1 - self.decay) * current


class AveragedWeights(WeightAveraging):
    """Keeps a moving average of the weights, which validation reads and the checkpoints hold.

    Args:
        decay: per step
    """

    def __init__(self, decay: float) -> None:
        super().__init__(avg_fn=MovingAverage(decay**EMA_EVERY))

    def should_update(self, step_idx: int | None = None, epoch_idx: int | None = None) -> bool:
        """Every few steps."""
        del epoch_idx
        return step_idx is not None and step_idx % EMA_EVERY == 0


class EpochOrder(Callback):
    """Tells what draws at random which epoch it is, so that a resume repeats it; dropout too.

    Args:
        drawing: each draws the order, or changes the items
        on_progress: called with (step, steps)
    """

    def __init__(self, drawing: Sequence[Epochs], on_progress: OnProgress | None) -> None:
        self.drawing, self.on_progress = drawing, on_progress
        self.seed = torch.initial_seed()

    def __getstate__(self) -> dict[str, Any]:
        """For another process, which cannot call back."""
        return {**self.__dict__, "on_progress": None}

    def on_train_epoch_start(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        del pl_module
        for drawn in self.drawing:
            drawn.set_epoch(trainer.current_epoch)

    def on_train_batch_start(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, trainer: lightning.Trainer, _module: object, _batch: object, place: int
    ) -> None:
        where = (self.seed, trainer.current_epoch, place, trainer.global_rank)
        torch.manual_seed(int(np.random.SeedSequence(where).generate_state(1)[0]))

    def on_train_batch_end(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, trainer: lightning.Trainer, *_: object
    ) -> None:
        if self.on_progress:
            self.on_progress(trainer.global_step, int(trainer.estimated_stepping_batches))


def quiet_lightning() -> None:
    """Warnings and errors only."""
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.WARNING)


@contextmanager
def own_checkpoints(folder: Path) -> Generator[None]:
    """Says so where the checkpoints of a folder are not those of this training.

    Raises:
        InvalidInput: if they are damaged, of other settings or of another version
    """
    found = [path for name in (BEST, LAST) if (path := folder / f"{name}.ckpt").is_file()]
    for path in found:
        if not zipfile.is_zipfile(path):
            raise InvalidInput(f"{path} is damaged; remove {folder} to begin anew")
    try:
        yield
    except EmotionCoreError:
        raise
    except Exception as error:  # of many classes, some of which only pickle has
        if not found or not NOT_OURS.search(str(error)):
            raise
        raise InvalidInput(
            f"{folder} holds a training with other settings, or of another version; give the "
            f"settings that it was begun with, or remove it to begin anew"
        ) from error


@contextmanager
def usual_warnings_left_out() -> Generator[None]:
    """Without what Lightning says of every training here: it is meant so."""
    with warnings.catch_warnings():
        for message in (
            ".*does not have many workers.*",
            ".*but have no `val_dataloader`.*",
            ".*exists and is not empty.*",
            ".*treespec, LeafSpec.*",
        ):
            warnings.filterwarnings("ignore", message=message)
        yield


def make_trainer(
    folder: Path,
    *,
    epochs: int,
    precision: str,
    ema_decay: float = 0.0,
    monitor: str = "",
    patience: int = 0,
    gradient_clip: float | None = None,
    callbacks: Sequence[Callback] = (),
    run: RunConfig | None = None,
) -> lightning.Trainer:
    """Lightning's loop.

    Args:
        folder: where `last.ckpt` and, with a monitor, `best.ckpt` go
        epochs: at most
        precision: as Lightning names it, such as `bf16-mixed`
        ema_decay: of the weights' moving average per step; 0: none
        monitor: logged score that picks the best epoch; empty: the last one counts
        patience: epochs without a better score before training stops; 0: never
        gradient_clip: largest norm of the gradient; None: not clipped here
        callbacks: further ones
        run: devices and logs; None takes one device and none

    Raises:
        InvalidInput: for a run that cannot be
    """
    quiet_lightning()
    used: list[Callback] = [
        Watch(folder),
        StopDiverged(folder),
        ModelCheckpoint(folder, LAST, enable_version_counter=False),
    ]
    if monitor:
        used.insert(
            2,
            ModelCheckpoint(
                folder, BEST, enable_version_counter=False, monitor=monitor, mode="max"
            ),
        )
        if patience:
            used.append(EarlyStopping(monitor, mode="max", patience=patience))
    used += callbacks
    if ema_decay:
        used.append(AveragedWeights(ema_decay))
    return lightning.Trainer(
        **trainer_settings(run or RunConfig(), name_in_logs(folder)),
        precision=precision,  # type: ignore[arg-type]
        max_epochs=epochs,
        callbacks=used,
        plugins=[WholeCheckpoints()],
        gradient_clip_val=gradient_clip,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        default_root_dir=folder,
        use_distributed_sampler=False,
    )


def scheduled(
    optimiser: torch.optim.Optimizer, steps: int, warm_up: float, schedule: str, monitor: str = ""
) -> dict[str, Any]:
    """An optimiser and its learning rate over the steps, as Lightning takes them.

    Args:
        optimiser: its groups' rates are the highest ones
        steps: of the whole run
        warm_up: share of the steps in which the rate rises
        schedule: `linear`, up and down in straight lines; `one-cycle`, in cosines while the
            momentum goes the other way; or `plateau`, a fifth after two epochs without a better
            score
        monitor: logged score that `plateau` follows

    Raises:
        InvalidInput: for another schedule

    Source: Smith and Topin, Super-convergence, 2018 (one-cycle).
    """
    warm = max(1, round(steps * warm_up))

    def scale(step: int) -> float:
        return step / warm if step < warm else max(0.0, (steps - step) / max(1, steps - warm))

    if schedule == "linear":
        rate: Any = torch.optim.lr_scheduler.LambdaLR(optimiser, scale)
    elif schedule == "one-cycle":
        highest = [group["lr"] for group in optimiser.param_groups]
        rises = warm_up if warm_up * (steps + 1) != 1 else 0.0  # torch divides by the steps but one
        rate = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, highest, total_steps=steps + 1, pct_start=rises
        )
    elif schedule == "plateau" and monitor:
        rate = torch.optim.lr_scheduler.ReduceLROnPlateau(
            optimiser, "max", factor=FALL, patience=PLATEAU_EPOCHS
        )
        watched = {"scheduler": rate, "interval": "epoch", "monitor": monitor}
        return {"optimizer": optimiser, "lr_scheduler": watched}
    elif schedule == "plateau":
        raise InvalidInput("optimiser.schedule: plateau needs a validation split; take linear")
    else:
        raise InvalidInput(
            f"optimiser.schedule: expected linear, one-cycle or plateau, got {schedule!r}"
        )
    return {"optimizer": optimiser, "lr_scheduler": {"scheduler": rate, "interval": "step"}}
