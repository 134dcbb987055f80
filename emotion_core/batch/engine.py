"""Ray Data as the engine: a reader, workers that hold a model each, and what they report.

On one machine Ray listens to this computer alone, and every connection needs a token that is made
for the run. Nothing is sent anywhere; its own logs go to a folder that is removed.
"""

import logging
import os
import secrets
import sys
from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory, gettempdir
from types import ModuleType
from typing import TYPE_CHECKING

from ..cores import available_cores
from ..errors import EmotionCoreError, MissingDependency
from .asked import Asked, ModelIdentity
from .source import Source
from .worker import ONE_THREAD, PartReport, Worker, portion_tables

if TYPE_CHECKING:
    import pyarrow as pa

EXTRA = "batch"
MODEL_FOLDERS = ("EMOTION_MODELS",)
LONGEST_SCRATCH = 30
"""characters; a socket's path has 107 at most"""
STORE_BYTES = 256 * 2**20
"""of the memory in which one process hands portions to another"""
QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_BACKEND_LOG_LEVEL": "fatal"}
HERE_ALONE = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "RAY_AUTH_MODE": "token",
    "RAY_AUTH_TOKEN": secrets.token_hex(32),
    "AUTOSCALER_METRIC_PORT": "0",
}
"""the first makes every part of Ray listen to 127.0.0.1, on Linux too"""


@contextmanager
def connected(address: str | None, workers: int | None) -> Generator[int]:
    """Ray, for the time; yields the number of workers. A Ray that runs already is used.

    Args:
        address: of a cluster; None starts Ray on this machine alone
        workers: how many; None takes every core

    Raises:
        MissingDependency: without Ray
        EmotionCoreError: if there is no cluster at the address
    """
    count = workers or available_cores()  # before this process is told to use one
    if "ray" not in sys.modules:  # it reads them when it is imported, and keeps them
        os.environ.update(QUIET if address else {**QUIET, **HERE_ALONE})
    ray = _imported()
    with ExitStack() as ending:
        ending.enter_context(_environment(ONE_THREAD))
        if not ray.is_initialized():
            short = None if len(gettempdir()) <= LONGEST_SCRATCH else "/tmp"  # noqa: S108
            scratch = TemporaryDirectory(prefix="ray-", dir=short, ignore_cleanup_errors=True)
            _start(ray, address, count, ending.enter_context(scratch))
            ending.callback(ray.shutdown)
        yield workers or max(1, int(ray.cluster_resources().get("CPU", 1)))


def _start(ray: ModuleType, address: str | None, count: int, scratch: str) -> None:
    quiet = {"logging_level": logging.ERROR, "log_to_driver": False}
    here = {
        "num_cpus": count,
        "include_dashboard": False,
        "object_store_memory": STORE_BYTES,
        "_temp_dir": scratch,
    }
    try:
        ray.init(address or "local", **quiet, **({} if address else here))
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        where = f"at {address}" if address else "on this machine"
        raise EmotionCoreError(f"Ray cannot be reached {where}: {error}") from error


@contextmanager
def _environment(settings: Mapping[str, str]) -> Generator[None]:
    """Variables of this process and those that it starts, for the time."""
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _imported() -> ModuleType:
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise MissingDependency("ray", EXTRA) from error
    for name in ("ray", "ray.data"):
        logging.getLogger(name).setLevel(logging.ERROR)
    return ray


@dataclass(frozen=True)
class Work:
    """What workers are told.

    Attributes:
        source: of the items
        asked: how they are answered
        model: the model that it has to be
        out: address of the folder of answers
        size: items of a portion
        finished: portions that are answered already
    """

    source: Source
    asked: Asked
    model: ModelIdentity
    out: str
    size: int
    finished: frozenset[int]

    @property
    def portions(self) -> int:
        """How many are left."""
        return -(-len(self.source) // self.size) - len(self.finished)

    def read(self, _: object) -> Iterator["pa.Table"]:
        """The portions that are left, in order; runs inside Ray, where the source lies."""
        yield from portion_tables(self.source, self.size, self.finished)


def answer(work: Work, workers: int) -> Iterator[PartReport]:
    """A report of each portion once its part is there; needs `connected`.

    Portions are read while others are answered, no faster than they are needed, so that memory
    does not grow with their number.

    Raises:
        EmotionCoreError: if a worker cannot go on
    """
    import ray
    from ray.data import ActorPoolStrategy, DataContext
    from ray.exceptions import RayError

    context = DataContext.get_current()
    context.enable_progress_bars = False
    context.target_max_block_size = 1  # a portion is a block, so that each worker takes one
    here = ray.get_runtime_context().get_node_id()
    environment = {name: os.environ[name] for name in MODEL_FOLDERS if name in os.environ}
    portions = ray.data.from_items([0]).map_batches(
        work.read, num_cpus=0, label_selector={"ray.io/node-id": here}
    )
    reports = portions.map_batches(
        Worker,
        fn_constructor_args=(work.asked, work.model, work.out, environment),
        compute=ActorPoolStrategy(size=min(workers, work.portions)),
        batch_size=1,
        batch_format="pyarrow",
        num_cpus=1,
    )
    try:
        for row in reports.iter_rows():
            yield PartReport(**row)
    except RayError as error:
        cause = getattr(error, "cause", None)
        if isinstance(cause, EmotionCoreError):
            raise cause from error
        raise EmotionCoreError(f"the workers cannot go on: {cause or error}") from error
