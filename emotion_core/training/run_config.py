"""How any network runs, learns, is taught and made smaller: settings that all kinds share."""

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


@dataclass
class LossConfig:
    """Cross-entropy (or binary cross-entropy for multi-label data) and its variants."""

    alpha: Positive = 1.0
    """focal weight of the positive class"""
    gamma: float = 0.0
    """focal exponent; 0 is plain cross-entropy"""
    label_smoothing: Annotated[float, Limits(0, 1, below=True)] = 0.0
    class_weight_power: float = 0.0
    """classes are weighted by (1 / frequency) ** power; 0 weights all alike"""


@dataclass
class OptimiserConfig:
    """AdamW, and how its learning rate rises and falls."""

    learning_rate: Positive = 1e-4
    """of the encoder's top layer"""
    head_learning_rate: Positive = 1e-3
    layer_decay: Share = 0.9
    """each layer below learns slower by this factor"""
    weight_decay: float = 0.01
    warmup: Share = 0.1
    """share of all steps"""
    schedule: Annotated[str, one_of("linear", "one-cycle", "plateau")] = "linear"
    gradient_clip: float = 1.0
    """largest norm of the gradient"""
    ema_decay: Annotated[float, Limits(0, 1, below=True)] = 0.0
    """exponential moving average of the weights; 0: none"""


@dataclass
class DistillationConfig:
    """A trained bundle, larger as a rule, whose answers the network learns beside the labels."""

    teacher: str = ""
    """id or folder of a bundle with the same labels, or several joined by commas, whose logits
    are averaged; empty: none"""
    hard_weight: Share = 0.5
    """share of the given labels in the student's targets"""
    temperature: Positive = 1.0
    """that the teacher's logits are divided by"""


def require_no_layers(shrink: ShrinkConfig) -> None:
    """Raise `InvalidInput` if layers are to be dropped from a network that has none of such."""
    if shrink.drop_layers:
        raise InvalidInput("shrink.drop_layers: expected 0, since only a transformer has such")
