"""What every network of which one label applies shares: the rate follows the validation score."""

from pathlib import Path
from typing import NamedTuple

import lightning
import numpy as np
import pytest
import torch
from lightning.pytorch.callbacks import Callback
from torch import Tensor, nn
from torch.utils.data import Dataset

from emotion_core.errors import InvalidInput
from emotion_core.training.config import load_config
from emotion_core.training.face_config import FaceConfig
from emotion_core.training.single_label import SingleLabelModule, fit

RATE = 0.01


class Batch(NamedTuple):
    values: Tensor
    targets: Tensor


class Batches(Dataset[Batch]):
    def set_epoch(self, epoch: int) -> None: ...

    def __len__(self) -> int:
        return 2

    def __getitem__(self, place: int) -> Batch:
        if place >= len(self):
            raise IndexError(place)
        return Batch(torch.ones(2, 3), torch.eye(2))


class NoBetter(SingleLabelModule):
    """Answers the validation split always alike."""

    def training_step(self, batch: Batch, _index: int) -> Tensor:
        return self.label_loss(self.network(batch.values), batch.targets)

    def validation_step(self, batch: Batch, _index: int) -> dict[str, Tensor]:
        return {"logits": torch.zeros(2, 2), "targets": batch.targets}


class Rates(Callback):
    def __init__(self) -> None:
        self.seen: list[float] = []

    def on_train_epoch_start(self, trainer: lightning.Trainer, _: object) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        self.seen.append(trainer.optimizers[0].param_groups[0]["lr"])


def module(*settings: str) -> NoBetter:
    chosen = ["precision=32-true", "epochs=6", f"optimiser.learning_rate={RATE}", *settings]
    config = load_config(FaceConfig, None, ["optimiser.schedule=plateau", *chosen])
    return NoBetter(nn.Linear(3, 2), config, np.eye(2))


@pytest.mark.parametrize("ema_decay", [0.0, 0.9])
def test_the_rate_falls_where_the_score_stays(tmp_path: Path, ema_decay: float):
    rates = Rates()
    learnt = module(f"optimiser.ema_decay={ema_decay}")
    fit(learnt, Batches(), Batches(), tmp_path / "run", callbacks=[rates])
    np.testing.assert_allclose(rates.seen, [RATE] * 4 + [RATE / 5] * 2)


def test_without_a_validation_split_there_is_nothing_to_follow(tmp_path: Path):
    with pytest.raises(InvalidInput, match="plateau needs a validation split; take linear"):
        fit(module(), Batches(), None, tmp_path / "run")


def test_each_process_needs_a_batch(tmp_path: Path):
    with pytest.raises(InvalidInput, match="for each of 3 processes, got 2 in all; lower batch"):
        fit(module("run.devices=3"), Batches(), Batches(), tmp_path / "run")


def test_fewer_epochs_than_were_done_are_told(tmp_path: Path):
    fit(module(), Batches(), Batches(), tmp_path / "run")
    (tmp_path / "run" / "finished").unlink()
    with pytest.raises(InvalidInput, match="holds a training with other settings, or of another"):
        fit(module("epochs=2"), Batches(), Batches(), tmp_path / "run")


@pytest.mark.parametrize("content", [{}, {"odd": Path("x")}], ids=["empty", "pickled"])
def test_a_foreign_checkpoint_is_told(tmp_path: Path, content: dict[str, object]):
    (tmp_path / "run").mkdir()
    torch.save(
        {"state_dict": {}, "pytorch-lightning_version": "2.6.6", **content},
        tmp_path / "run" / "last.ckpt",
    )
    with pytest.raises(InvalidInput, match="holds a training with other settings, or of another"):
        fit(module(), Batches(), Batches(), tmp_path / "run")


def test_what_diverges_is_told_wherever_its_checkpoints_lie(tmp_path: Path):
    folder = tmp_path / "checkpoints"
    fit(module("epochs=1"), Batches(), Batches(), folder)
    (folder / "finished").unlink()
    lost = module()
    lost.label_loss = lambda *_: torch.tensor(float("nan"), requires_grad=True)  # type: ignore[method-assign]
    with pytest.raises(InvalidInput, match="epoch 2: the training diverged"):
        fit(lost, Batches(), Batches(), folder)
