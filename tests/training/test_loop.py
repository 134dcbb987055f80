"""The learning rate over a run, and which epochs a trainer keeps."""

from pathlib import Path
from typing import Any

import lightning
import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from emotion_core.errors import EmotionCoreError, InvalidInput
from emotion_core.training.loop import WholeCheckpoints, make_trainer, scheduled

STEPS = 100
HIGHEST = (0.1, 0.01)


def optimiser() -> torch.optim.Optimizer:
    groups: list[dict[str, Any]] = [{"params": [nn.Parameter(torch.zeros(1))]} for _ in HIGHEST]
    for group, rate in zip(groups, HIGHEST, strict=True):
        group["lr"] = rate
    return torch.optim.AdamW(groups)


def course(schedule: str, warm_up: float) -> tuple[np.ndarray, np.ndarray]:
    """Rates (step, group) and first beta (step,) from before the first step to after the last."""
    adam = optimiser()
    told = scheduled(adam, STEPS, warm_up, schedule)["lr_scheduler"]
    assert told["interval"] == "step"
    rates, betas = [], []
    for step in range(STEPS + 1):
        rates.append([group["lr"] for group in adam.param_groups])
        betas.append(adam.param_groups[0]["betas"][0])
        if step < STEPS:
            adam.step()
            told["scheduler"].step()
    return np.array(rates), np.array(betas)


@pytest.mark.parametrize("warm_up", [0.2, 0.01])
def test_linear_is_two_straight_lines(warm_up: float) -> None:
    rates, _ = course("linear", warm_up)
    shape = np.interp(np.arange(STEPS + 1), [0, STEPS * warm_up, STEPS], [0, 1, 0])
    np.testing.assert_allclose(rates, shape[:, None] * HIGHEST, atol=1e-12)


def test_one_cycle_is_two_cosines_and_the_momentum_goes_the_other_way() -> None:
    rates, betas = course("one-cycle", 0.2)
    top = 0.2 * (STEPS + 1) - 1
    phase = np.interp(np.arange(STEPS + 1), [0, top, STEPS], [0, 1, 2])
    rise = (1 - np.cos(np.pi * phase)) / 2
    lowest = np.where(phase < 1, 1 / 25, 1 / 25 / 1e4)
    np.testing.assert_allclose(rates, (lowest + (1 - lowest) * rise)[:, None] * HIGHEST, rtol=1e-6)
    np.testing.assert_allclose(betas, 0.95 - 0.1 * rise, atol=1e-9)


def test_another_schedule_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"optimiser\.schedule: .* got 'cosine'"):
        scheduled(optimiser(), STEPS, 0.1, "cosine")


class Counting(lightning.LightningModule):
    """Its weight is the number of epochs done; its validation scores are given."""

    def __init__(self, scores: tuple[float, ...]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.scores = scores

    def training_step(self, _batch: Tensor, _index: int) -> Tensor:
        return -self.weight.sum()

    def validation_step(self, _batch: Tensor, _index: int) -> None:
        self.log("score", self.scores[self.current_epoch])

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=1.0)


@pytest.mark.filterwarnings("ignore:.*does not have many workers")
@pytest.mark.parametrize(("patience", "last"), [(0, 5), (2, 4)])
def test_the_best_epoch_and_the_last_are_kept(tmp_path: Path, patience: int, last: int) -> None:
    folder = tmp_path / "run"
    trainer = make_trainer(
        folder, epochs=5, precision="32-true", monitor="score", patience=patience
    )
    loader = DataLoader(torch.zeros(1, 1))  # type: ignore[arg-type]
    trainer.fit(Counting((0.1, 0.7, 0.3, 0.5, 0.6)), loader, loader)

    def epochs(name: str) -> float:
        return float(torch.load(folder / name, weights_only=True)["state_dict"]["weight"])

    assert epochs("best.ckpt") == 2
    assert epochs("last.ckpt") == last
    assert {p.name for p in folder.iterdir()} == {"best.ckpt", "last.ckpt", "progress.json"}


def test_a_checkpoint_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "last.ckpt"
    WholeCheckpoints().save_checkpoint({"epoch": 1}, path)

    def full(_checkpoint: object, draft: Path) -> None:
        draft.write_bytes(b"the beginning")
        raise RuntimeError("unexpected pos 64 vs 0")

    with monkeypatch.context() as patch:
        patch.setattr(torch, "save", full)
        with pytest.raises(EmotionCoreError, match="is the disk full"):
            WholeCheckpoints().save_checkpoint({"epoch": 2}, path)
    assert torch.load(path, weights_only=True) == {"epoch": 1}
    assert [p.name for p in tmp_path.iterdir()] == ["last.ckpt"]
