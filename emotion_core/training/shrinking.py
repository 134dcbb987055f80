"""Smaller and faster networks, and what that costs: pruning, and bundles compared side by side."""

import json
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Protocol

import lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback
from torch import Tensor, nn

from ..errors import InvalidInput
from ..folders import replace_file
from ..registry import SERVED
from .run_config import OptimiserConfig, ShrinkConfig

RECORD = "smaller.json"
TIMED = 50


def prunable(network: nn.Module) -> dict[str, Tensor]:
    """Weights of the linear and convolutional layers, by name; tables of words are none."""
    kinds = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
    return {
        f"{name}.weight": module.weight
        for name, module in network.named_modules()
        if isinstance(module, kinds)
    }


def smallest(network: nn.Module, share: float) -> dict[str, Tensor]:
    """Which weights stay, by name: all but a share of those nearest to zero, over all layers.

    Args:
        network: trained
        share: from 0 to below 1

    Raises:
        InvalidInput: for another share

    Source: Han et al., Learning both weights and connections, NeurIPS 2015.
    """
    if not 0 <= share < 1:
        raise InvalidInput(f"shrink.prune: expected a share from 0 to below 1, got {share}")
    weights = prunable(network)
    sizes = torch.cat([w.detach().abs().flatten() for w in weights.values()])
    count = int(share * len(sizes))
    level = sizes.kthvalue(count).values if count else torch.tensor(-1.0)
    return {name: w.detach().abs() > level for name, w in weights.items()}


class KeepPruned(Callback):
    """Sets the smallest weights to zero and keeps them there.

    Args:
        share: of the weights
    """

    def __init__(self, share: float) -> None:
        self.share = share
        self._kept: dict[str, Tensor] = {}

    def on_fit_start(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        del trainer
        self._kept = smallest(pl_module, self.share)
        self._apply(pl_module)

    def on_train_batch_end(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, _trainer: object, pl_module: lightning.LightningModule, *_: object
    ) -> None:
        self._apply(pl_module)

    def _apply(self, module: lightning.LightningModule) -> None:
        with torch.no_grad():
            for name, weight in prunable(module).items():
                weight.mul_(self._kept[name].to(weight.device))


@dataclass(frozen=True)
class Measured:
    """One bundle.

    Attributes:
        score: on the validation split
        megabytes: of the files that it answers with
        packed_megabytes: of the same, compressed, where zeros cost nothing
        median_ms: of one answer
    """

    score: float
    megabytes: float
    packed_megabytes: float
    median_ms: float


def measured(bundle: Path, score: float, answer: Callable[[], object]) -> Measured:
    """Size and time of a bundle whose score is known.

    Args:
        bundle: folder
        score: on the validation split
        answer: answers one item
    """
    files = [p.read_bytes() for p in bundle.iterdir() if p.suffix in SERVED]
    answer()
    times_ms = []
    for _ in range(TIMED):
        began = perf_counter()
        answer()
        times_ms.append(1000 * (perf_counter() - began))
    return Measured(
        score=round(score, 4),
        megabytes=round(sum(map(len, files)) / 1e6, 3),
        packed_megabytes=round(sum(len(zlib.compress(f)) for f in files) / 1e6, 3),
        median_ms=round(float(np.median(times_ms)), 3),
    )


def judge(config: ShrinkConfig, before: Measured, after: Measured, out: Path) -> None:
    """Write down what a smaller bundle costs, or refuse it.

    Args:
        config: what is allowed
        before: of the network as trained, in single precision
        after: of the smaller one
        out: folder of its bundle

    Raises:
        InvalidInput: if its score fell by more than is allowed
    """
    if (lost := before.score - after.score) > config.allowed_loss:
        raise InvalidInput(
            f"the validation score fell by {lost:.4f}, from {before.score:.4f} to "
            f"{after.score:.4f}, where shrink.allowed_loss is {config.allowed_loss}; it was not "
            "written. Prune less, keep more layers, or train on for more epochs"
        )
    record = {"settings": asdict(config), "before": asdict(before), "after": asdict(after)}
    (out / "training").mkdir(parents=True, exist_ok=True)
    replace_file(out / "training" / RECORD, json.dumps(record, indent=1))


class WriteBundle(Protocol):
    """Writes the network, or the smaller one, as a bundle that can be opened."""

    def __call__(self, folder: Path, small: bool, precision: str) -> None: ...


def compare_sizes(
    config: ShrinkConfig,
    out: Path,
    usual: str,
    write: WriteBundle,
    score: Callable[[Path], float],
    answer: Callable[[Path], Callable[[], object]],
) -> None:
    """Write a network as it was trained and smaller, beside the bundle, and measure both.

    Args:
        config: what is done and allowed
        out: folder of the bundle that will be written
        usual: precision of its kind
        write: writes a bundle
        score: of a bundle on the validation split
        answer: what answers one item by a bundle

    Raises:
        InvalidInput: if the score fell by more than is allowed
    """
    found = []
    for name, small, precision in (
        ("plain", False, "fp32"), ("smaller", True, config.precision or usual),
    ):  # fmt: skip
        folder = out.with_name(name)
        folder.mkdir(parents=True, exist_ok=True)
        write(folder, small, precision)
        found.append(measured(folder, score(folder), answer(folder)))
    judge(config, found[0], found[1], out)


def learning_on(config: ShrinkConfig, optimiser: OptimiserConfig) -> OptimiserConfig:
    """An optimiser's settings for what is left of a network."""
    return replace(
        optimiser,
        learning_rate=config.rate * optimiser.learning_rate,
        head_learning_rate=config.rate * optimiser.head_learning_rate,
    )
