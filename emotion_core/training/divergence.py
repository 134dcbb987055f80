"""A training whose numbers run away ends at once, and says what to change."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import lightning
import torch
from lightning.pytorch.callbacks import Callback
from torch import Tensor

from ..errors import InvalidInput
from .running import work_above

RATE = "optimiser.learning_rate"


def diverged(epoch: int, folder: Path, setting: str = RATE) -> InvalidInput:
    """The error of a training whose numbers are no longer finite.

    Args:
        epoch: of the training, from 1
        folder: of its checkpoints
        setting: what to lower
    """
    return InvalidInput(
        f"epoch {epoch}: the training diverged, its loss or its weights are no longer finite "
        f"numbers; lower {setting} and delete {work_above(folder)} to begin anew"
    )


def _all_finite(values: Iterable[Tensor]) -> bool:
    return all(bool(torch.isfinite(v).all()) for v in values if v.is_floating_point())


class StopDiverged(Callback):
    """Ends a training whose loss, weights or answers are not finite, before they are kept.

    Args:
        folder: of its checkpoints
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def on_train_batch_end(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, outputs: object,
        *_: object,
    ) -> None:  # fmt: skip
        loss = outputs.get("loss") if isinstance(outputs, Mapping) else outputs
        found = [loss] if isinstance(loss, Tensor) else []
        if trainer.is_last_batch:
            found += pl_module.state_dict().values()
        if not _all_finite(found):
            raise diverged(trainer.current_epoch + 1, self.folder)


def require_finite(answers: Tensor, trainer: lightning.Trainer) -> None:
    """Raise `InvalidInput` where a network's answers for the validation split are not finite."""
    if not _all_finite([answers]):
        raise diverged(trainer.current_epoch + 1, Path(trainer.default_root_dir))
