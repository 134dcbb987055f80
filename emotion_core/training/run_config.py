"""How a training runs: the same settings for every kind of network."""

from dataclasses import dataclass
from typing import Annotated

from ..errors import InvalidInput
from .limits import Count, Limits, Positive, Share, one_of

SERVED_PRECISIONS = ("int8", "fp16", "fp32")


@dataclass
class RunConfig:
    """Devices, machines and logs."""

    devices: Count = 1
    """GPUs or, without one, processes; each takes its share of every epoch's batches"""
    machines: Count = 1
    """each started by the same command with its own NODE_RANK, from 0, and MASTER_ADDR and
    MASTER_PORT of the first, which writes the bundle"""
    accumulate: Count = 1
    """batches whose gradients make one step"""
    find_rate: bool = False
    """whether a short run with rising rates picks the learning rate"""
    tensorboard: str = ""
    """folder of TensorBoard's logs; empty: none"""
    mlflow: str = ""
    """address of an MLflow server, such as `http://localhost:5000`; empty: none"""

    @property
    def processes(self) -> int:
        """That train together."""
        return self.devices * self.machines


@dataclass
class ShrinkConfig:
    """What is done to a trained network to make it smaller and faster."""

    precision: Annotated[str, one_of(*SERVED_PRECISIONS, "")] = ""
    """of the served weights; empty: the usual one of its kind"""
    prune: Annotated[float, Limits(0, 1, below=True)] = 0.0
    """share of the weights, the smallest, that become zero"""
    drop_layers: int = 0
    """of a transformer's encoder, the top ones"""
    epochs: Count = 2
    """that what is left learns on"""
    rate: Positive = 0.3
    """of the learning rate then"""
    allowed_loss: Share = 0.02
    """of the validation score; a bundle that lost more is not written"""

    @property
    def asked(self) -> bool:
        """Whether anything is to be done."""
        return bool(self.precision or self.prune or self.drop_layers)


def require_no_layers(shrink: ShrinkConfig) -> None:
    """Raise `InvalidInput` if layers are to be dropped from a network that has none of such."""
    if shrink.drop_layers:
        raise InvalidInput("shrink.drop_layers: expected 0, since only a transformer has such")
