"""Fit one face network with Lightning."""

import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

from ..errors import InvalidInput
from .face_augment import augmented, mixed
from .face_config import FaceConfig
from .face_data import FaceSet
from .face_network import FaceNetwork, MirroredEnsemble
from .loop import BEST, LAST, EpochOrder, OnProgress, make_trainer, scheduled

MONITORS = ("accuracy", "uar")
GROWN_BY = 2 / 3
"""share of the epochs by which faces have their full size"""
SIZE_STEP = 4
"""px by which faces grow, so that few shapes occur"""
CHECKED_AT_ONCE = 256


class FaceBatch(NamedTuple):
    """Faces to learn from, or to check."""

    faces: Tensor
    """(face, 1, y, x) float grey in [0, 1]"""
    targets: Tensor
    """(face, label)"""
    votes: Tensor
    """(face, vote) shares of the crowd; rows of zeros count for nothing"""


@dataclass(frozen=True, eq=False)
class FittedFace:
    """A trained network and its history, one row per epoch."""

    network: FaceNetwork
    history: list[dict[str, float]]


def soft_cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Mean over faces of the cross-entropy with targets (face, label); zero rows add nothing."""
    return -(targets * F.log_softmax(logits.float(), -1)).sum(-1).mean()


def size_of(config: FaceConfig, epoch: int) -> int:
    """Side in px of the faces of an epoch: it grows in steps, and is whole for the last third.

    Source: Howard's progressive resizing; Touvron et al., FixRes, NeurIPS 2019, on why the last
    epochs need the size that is served.
    """
    if not config.first_size:
        return config.size
    grown = min(1.0, epoch / max(1, round(config.epochs * GROWN_BY)))
    size = config.first_size + grown * (config.size - config.first_size)
    return min(config.size, int(size // SIZE_STEP) * SIZE_STEP)


class TrainingFaces(Dataset[FaceBatch]):
    """The batches of an epoch, each drawn from a seed of its own, so that a resume repeats them.

    Args:
        config: sizes, augmentation and seed
        faces: the training split
        run: runs of one seed see other batches
    """

    def __init__(self, config: FaceConfig, faces: FaceSet, run: int) -> None:
        self.config, self.run = config, run
        smoothing, labels = config.label_smoothing, len(faces.labels)
        self.crops = torch.from_numpy(faces.crops)
        self.targets = F.one_hot(torch.from_numpy(faces.truth), labels).float()
        self.targets = self.targets * (1 - smoothing) + smoothing / labels
        self.votes = torch.from_numpy(faces.votes)
        self.votes = self.votes / self.votes.sum(1, keepdim=True).clamp_min(1e-6)
        self.set_epoch(0)

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch whose batches are given; what does not fill a batch is left out."""
        self.epoch, size = epoch, self.config.batch_size
        order = torch.randperm(len(self.crops), generator=self._random(0))
        self.batches = order.split(size)[: max(1, len(order) // size)]

    def _random(self, place: int) -> torch.Generator:
        state = np.random.SeedSequence((self.config.seed, self.run, self.epoch, place))
        return torch.Generator().manual_seed(int(state.generate_state(1)[0]))

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, place: int) -> FaceBatch:
        rows, config, source = self.batches[place], self.config, self._random(place + 1)
        size = size_of(config, self.epoch)
        faces = augmented(self.crops[rows], size, config.augmentation, source)
        targets = [self.targets[rows], self.votes[rows]]
        blended, (labels, votes) = mixed(faces, targets, config.augmentation.mixup, source)
        return FaceBatch(blended, labels, votes)


class FaceModule(lightning.LightningModule):
    """The network, its loss and its schedule."""

    def __init__(self, network: FaceNetwork, config: FaceConfig) -> None:
        super().__init__()
        self.network, self.config = network, config
        self.history: list[dict[str, float]] = []
        self._losses: list[float] = []
        self._started = time.monotonic()

    def training_step(self, batch: FaceBatch, _index: int) -> Tensor:
        output = self.network(batch.faces.contiguous(memory_format=torch.channels_last))
        loss = soft_cross_entropy(output.logits, batch.targets)
        self._losses.append(float(loss.detach()))
        if self.network.votes is not None:
            loss = loss + self.config.votes_weight * soft_cross_entropy(output.votes, batch.votes)
        return loss

    def validation_step(self, batch: FaceBatch, _index: int) -> dict[str, Tensor]:
        faces = batch.faces.contiguous(memory_format=torch.channels_last)
        logits = MirroredEnsemble([self.network])(faces).logits.float()
        return {"logits": logits, "targets": batch.targets}

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
        o = self.config.optimiser
        matrices = [p for p in self.network.parameters() if p.dim() > 1]
        vectors = [p for p in self.network.parameters() if p.dim() <= 1]
        optimiser = torch.optim.AdamW(
            [
                {"params": matrices, "weight_decay": o.weight_decay},
                {"params": vectors, "weight_decay": 0.0},
            ],
            lr=o.learning_rate,
        )
        steps = max(1, int(self.trainer.estimated_stepping_batches))
        return scheduled(optimiser, steps, o.warmup, o.schedule)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["history"] = self.history

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.history = checkpoint["history"]


class _ValidationScore(Callback):
    """Logs what the network with averaged weights answers for faces and their mirror images."""

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
        truth = targets.argmax(1).numpy()
        right = truth == logits.argmax(1).numpy()
        pl_module.log("validation_loss", soft_cross_entropy(logits, targets))
        pl_module.log("validation_accuracy", float(right.mean()))
        uar = float(np.mean([right[truth == k].mean() for k in set(truth)]))
        pl_module.log("validation_uar", uar)


def checked_faces(faces: FaceSet) -> list[FaceBatch]:
    """Batches of faces as they are served."""
    targets = F.one_hot(torch.from_numpy(faces.truth), len(faces.labels)).float()
    whole = torch.from_numpy(faces.crops)[:, None].float() / 255
    votes = torch.from_numpy(faces.votes)
    parts = (values.split(CHECKED_AT_ONCE) for values in (whole, targets, votes))
    return [FaceBatch(*batch) for batch in zip(*parts, strict=True)]


def _run(
    module: FaceModule,
    batches: TrainingFaces,
    checked: list[FaceBatch],
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
        monitor=f"validation_{config.monitor}",
        patience=config.patience,
        gradient_clip=config.optimiser.gradient_clip,
        callbacks=[EpochOrder(batches, on_progress), _ValidationScore()],
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*does not have many workers.*")
        warnings.filterwarnings("ignore", message=".*exists and is not empty.*")
        trainer.fit(
            module,
            DataLoader(batches, batch_size=None),
            DataLoader(checked, batch_size=None),  # type: ignore[arg-type]
            ckpt_path=str(last) if last.is_file() else None,
        )


def fit_face(
    config: FaceConfig,
    train: FaceSet,
    validation: FaceSet,
    folder: Path,
    run: int = 0,
    on_progress: OnProgress | None = None,
) -> FittedFace:
    """Train one network and return it with the weights of its best epoch.

    An interrupted run in the same folder goes on from its last epoch; a finished one is read.

    Args:
        config: all settings
        train: faces to learn from
        validation: picks the epoch
        folder: where checkpoints go
        run: runs of one seed start from other weights and see other batches
        on_progress: called with (step, steps)

    Raises:
        InvalidInput: for an unknown monitor, network or schedule
    """
    if config.monitor not in MONITORS:
        raise InvalidInput(
            f"monitor: expected one of {', '.join(MONITORS)}, got {config.monitor!r}"
        )
    lightning.seed_everything(config.seed + run, verbose=False)
    network = FaceNetwork(config.network, len(train.labels), train.votes.shape[1])
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    module = FaceModule(network, config)
    finished = folder / "finished"
    if not finished.is_file():
        batches = TrainingFaces(config, train, run)
        _run(module, batches, checked_faces(validation), folder, on_progress)
        finished.touch()
    best = torch.load(folder / f"{BEST}.ckpt", weights_only=True)
    module.load_state_dict(best["state_dict"])
    history = torch.load(folder / f"{LAST}.ckpt", weights_only=True)["history"]
    return FittedFace(module.network.cpu().eval(), history)
