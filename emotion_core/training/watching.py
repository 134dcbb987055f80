"""What a training leaves behind while it runs, for a terminal or a page to read.

Beside each network's checkpoints lie `progress.json` and `history.csv`, replaced in one step.
"""

import csv
import io
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning
from lightning.pytorch.callbacks import Callback

from ..folders import replace_file
from .runs import FINISHED

PROGRESS, HISTORY, PLAN = "progress.json", "history.csv", "plan.json"
EVERY_S = 0.5


class Watch(Callback):
    """Writes down how far one network is, and tells the loggers each finished epoch.

    Args:
        folder: of the network's checkpoints
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._written_s = 0.0
        self._rows = 0

    def on_train_start(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._rows = len(_history(pl_module))
        self._write(trainer)

    def on_train_batch_end(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, trainer: lightning.Trainer, *_: object
    ) -> None:
        if time.monotonic() - self._written_s > EVERY_S:
            self._write(trainer)

    def on_train_epoch_start(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        self._note(trainer, pl_module)

    def on_train_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        self._note(trainer, pl_module)
        self._write(trainer)

    def _note(self, trainer: lightning.Trainer, module: lightning.LightningModule) -> None:
        """Write the history, and tell the loggers what is new in it."""
        rows = _history(module)
        if not trainer.is_global_zero or len(rows) <= self._rows:
            return
        for row in rows[self._rows :]:
            for logger in trainer.loggers:
                logger.log_metrics(dict(row), step=int(row["epoch"]))
        self._rows = len(rows)
        replace_file(self.folder / HISTORY, _as_csv(rows))

    def _write(self, trainer: lightning.Trainer) -> None:
        if not trainer.is_global_zero:
            return
        self._written_s = time.monotonic()
        steps = trainer.estimated_stepping_batches
        progress = {
            "step": trainer.global_step,
            "steps": int(steps),
            "epoch": trainer.current_epoch,
            "epochs": trainer.max_epochs,
        }
        replace_file(self.folder / PROGRESS, json.dumps(progress))


def _history(module: lightning.LightningModule) -> Sequence[Mapping[str, float]]:
    return getattr(module, "history", [])


def _as_csv(rows: Sequence[Mapping[str, float]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(dict.fromkeys(key for row in rows for key in row)))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


@dataclass(frozen=True)
class Progress:
    """How far a training is.

    Attributes:
        networks: that it trains in all
        done: of these
        share: of all steps, in [0, 1]
        epoch: of the network that was last heard of
        epochs: of it
    """

    networks: int
    done: int
    share: float
    epoch: int
    epochs: int


def announce(work: Path, networks: int) -> None:
    """Say how many networks a training will train.

    Args:
        work: folder below which their checkpoints lie
        networks: in all
    """
    work.mkdir(parents=True, exist_ok=True)
    replace_file(work / PLAN, json.dumps({"networks": networks}))


def _read(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def read_progress(work: Path) -> Progress:
    """How far the networks below a folder are; nothing is done where there is none."""
    reports = {p.parent: _read(p) for p in sorted(work.rglob(PROGRESS), key=_age)}
    done = sum((folder / FINISHED).is_file() for folder in reports)
    shares = [
        1.0 if (folder / FINISHED).is_file() else r["step"] / max(1, r["steps"])
        for folder, r in reports.items()
        if r
    ]
    networks = max(_read(work / PLAN).get("networks", 1), len(reports))
    last = next(reversed(reports.values()), {})
    share = min(1.0, sum(shares) / networks)
    return Progress(networks, done, share, last.get("epoch", 0), last.get("epochs", 0))


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
