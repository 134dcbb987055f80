"""A training on several processes, its logs, and the rate that it learns at."""

import json
import logging
import os
import re
import signal
import threading
from collections.abc import Generator, Iterable, Iterator, Sized
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol, TypeVar

import lightning
import torch
from torch.multiprocessing.spawn import ProcessRaisedException
from torch.utils.data import Sampler

from ..errors import EmotionCoreError, InvalidInput, MissingDependency
from ..folders import replace_file
from .limits import require_valid
from .run_config import RunConfig
from .runs import RATE, WORK

log = logging.getLogger(__name__)

Item = TypeVar("Item", covariant=True)
RATE_STEPS, LEAST_RATE_STEPS = 100, 20
FEW_TRIES = ("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
"""of MLflow's to reach its server; by itself it tries for minutes"""
LOWEST_RATE, HIGHEST_RATE = 1e-6, 0.1
RAISED = re.compile(r"^emotion_core\.errors\.(\w+): (.+)", re.MULTILINE | re.DOTALL)
"""what is left of an error of ours that another process raised"""
MACHINE = "NODE_RANK"
"""environment variable: the number of this machine, from 0"""


class PartDone(Exception):
    """This machine has done its part of a training; the first one writes the bundle."""


class Batches(Sized, Iterable[Item], Protocol[Item]):
    """What is drawn from, in order."""


class RankShare(Sampler[Any]):
    """Every nth batch for one of n processes, the same number for each; all of them for one.

    Args:
        batches: what a single process would draw, in its order
    """

    def __init__(self, batches: Batches[Any]) -> None:
        self.batches = batches

    def __iter__(self) -> Iterator[Any]:
        rank, count = _place()
        return islice(iter(self.batches), rank, len(self) * count, count)

    def __len__(self) -> int:
        return max(1, len(self.batches) // _place()[1])


class Places:
    """Indexes of a data set whose length may change from epoch to epoch."""

    def __init__(self, items: Sized) -> None:
        self.items = items

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.items)))

    def __len__(self) -> int:
        return len(self.items)


def _place() -> tuple[int, int]:
    """This process among how many."""
    if not torch.distributed.is_available() or not torch.distributed.is_initialized():
        return 0, 1
    return torch.distributed.get_rank(), torch.distributed.get_world_size()


def require_one_network(run: RunConfig, networks: int) -> None:
    """Raise `InvalidInput` where several machines would train several networks in turn."""
    if run.machines > 1 and networks > 1:
        raise InvalidInput(
            f"run.machines: several machines train one network together, got {networks}; "
            "train with a single member, student and fold"
        )


def require_one_process(run: RunConfig, setting: str) -> None:
    """Raise `InvalidInput` where a setting changes what learns, which processes agree on once."""
    if run.processes > 1:
        raise InvalidInput(f"{setting}: expected 0 with several processes, got {run.processes}")


def require_batch_each(run: RunConfig, batches: int) -> None:
    """Raise `InvalidInput` where an epoch has fewer batches than processes that share them."""
    if batches < run.processes:
        raise InvalidInput(
            f"run.devices: expected a batch or more for each of {run.processes} processes, got "
            f"{batches} in all; lower batch_size or run.devices"
        )


@contextmanager
def ends_told() -> Generator[None]:
    """Ctrl+C stays what it is, which Lightning turns into the end of this process.

    What another process raised on purpose is raised here, without its trace.
    """
    handler = signal.getsignal(signal.SIGINT)
    try:
        yield
    except SystemExit as end:
        if not isinstance(end.__context__, KeyboardInterrupt):
            raise
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, handler)  # Lightning leaves it deaf
        raise KeyboardInterrupt from end
    except ProcessRaisedException as error:
        if (told := RAISED.search(str(error))) is None:
            raise
        kind = InvalidInput if told[1] == InvalidInput.__name__ else EmotionCoreError
        raise kind(told[2].strip()) from error


def leave_to_first_machine(run: RunConfig) -> None:
    """End here, by `PartDone`, on every machine but the first, which has the checkpoints."""
    if run.machines > 1 and os.environ.get(MACHINE, "0") != "0":
        raise PartDone


def trainer_settings(run: RunConfig, name: str) -> dict[str, Any]:
    """What Lightning's trainer is told of a run.

    Args:
        run: devices and logs
        name: of the network in the logs

    Raises:
        InvalidInput: if a number is not positive, there are fewer GPUs, or MLflow's server does
            not answer
        MissingDependency: if MLflow is asked for and is not installed
    """
    require_valid(run, "run")
    if torch.cuda.is_available() and run.devices > torch.cuda.device_count():
        raise InvalidInput(
            f"run.devices: expected {torch.cuda.device_count()} or less, the GPUs that are there, "
            f"got {run.devices}"
        )
    return {
        "accelerator": "auto",
        "devices": run.devices,
        "num_nodes": run.machines,
        "strategy": "ddp_spawn" if run.processes > 1 else "auto",
        "accumulate_grad_batches": run.accumulate,
        "logger": _loggers(run, name) or False,
    }


def name_in_logs(folder: Path) -> str:
    """What a network is called in logs: its bundle, and where its checkpoints lie.

    Example:
        >>> name_in_logs(Path("models/mine.work/fold-1/member-0"))
        'mine-fold-1-member-0'
    """
    if (work := work_above(folder)) == folder:
        return folder.name
    return "-".join([work.stem, *folder.relative_to(work).parts])


def work_above(folder: Path) -> Path:
    """`<out>.work`, in which a folder of checkpoints lies; the folder itself outside of one."""
    return next((p for p in folder.parents if p.suffix == WORK), folder)


def _loggers(run: RunConfig, name: str) -> list[Any]:
    from lightning.pytorch.loggers import MLFlowLogger, TensorBoardLogger

    found: list[Any] = []
    if run.tensorboard:
        found.append(TensorBoardLogger(run.tensorboard, name=name, version=""))
    if run.mlflow:
        os.environ.setdefault(*FEW_TRIES)
        try:
            logger = MLFlowLogger(experiment_name=name, tracking_uri=run.mlflow)  # pyright: ignore[reportCallIssue]
            _ = logger.experiment  # asks the server, before the first epoch
        except ModuleNotFoundError as error:
            raise MissingDependency("mlflow", "mlflow") from error
        except Exception as error:  # mlflow raises classes of its own, which may not be installed
            raise InvalidInput(f"run.mlflow: {run.mlflow} does not answer: {error}") from error
        found.append(logger)
    return found


def find_rate(module: lightning.LightningModule, loader: Any, precision: str) -> float | None:
    """The learning rate at which a short run with rising rates learns fastest.

    Args:
        module: is left as it was
        loader: of training batches
        precision: as the training's

    Returns:
        the rate, or None where there are too few batches to tell

    Source: Smith, Cyclical learning rates for training neural networks, WACV 2017.
    """
    from lightning.pytorch.tuner.tuning import Tuner

    if (steps := min(RATE_STEPS, len(loader))) < LEAST_RATE_STEPS:
        return None
    with TemporaryDirectory() as folder:
        trainer = lightning.Trainer(
            accelerator="auto",
            devices=1,
            precision=precision,  # type: ignore[arg-type]
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            default_root_dir=folder,
        )
        with ends_told():
            found = Tuner(trainer).lr_find(
                module,  # type: ignore[arg-type]
                loader,
                min_lr=LOWEST_RATE,
                max_lr=HIGHEST_RATE,
                num_training=steps,
                update_attr=False,
            )
    return None if found is None else found.suggestion(skip_begin=steps // 10)


def found_rate(
    module: lightning.LightningModule, loader: Any, precision: str, folder: Path
) -> float | None:
    """`find_rate`, remembered in a folder, so that a training that goes on keeps its rate."""
    memory = folder / RATE
    if memory.is_file():
        return json.loads(memory.read_text(encoding="utf-8"))["learning_rate"]
    rate = find_rate(module, loader, precision)
    folder.mkdir(parents=True, exist_ok=True)
    replace_file(memory, json.dumps({"learning_rate": rate}))
    log.info("learning rate: %s", "too few batches to find one" if rate is None else f"{rate:.2e}")
    return rate
