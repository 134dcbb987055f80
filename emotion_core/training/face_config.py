"""Typed settings of face models."""

from dataclasses import dataclass, field
from typing import Annotated

from ..errors import InvalidInput
from .limits import (
    Count,
    Dropout,
    Filled,
    LabelSetOrNone,
    Limits,
    LogFactor,
    Numbers,
    NumbersOrNone,
    Precision,
    Seed,
    Share,
    joined_numbers,
    one_of,
)
from .run_config import (
    DistillationConfig,
    LossConfig,
    OptimiserConfig,
    RunConfig,
    ShrinkConfig,
    require_no_layers,
)

SIZE_STEP = 4
"""px by which faces grow, so that few shapes occur"""


@dataclass
class FaceNetworkConfig:
    """Which network, and its sizes."""

    kind: Annotated[str, one_of("residual", "plain")] = "residual"
    """`plain`: convolution, normalisation, pooling and dropout in turn"""
    channels: Numbers = "32,64,128,256"
    """of the stages, joined by commas; each halves the picture but the first"""
    blocks: Numbers = "1,1,2,1"
    """residual blocks, or convolutions of a plain network, in each stage"""
    hidden: NumbersOrNone = ""
    """widths of the dense layers of a plain network, joined by commas"""
    dropout: Dropout = 0.4
    """before the heads; a plain network has half of it after each stage"""

    def require_together(self) -> None:
        """Raise `InvalidInput` for another number of channels than of blocks."""
        channels = joined_numbers(self.channels, "network.channels")
        if len(channels) != len(joined_numbers(self.blocks, "network.blocks")):
            raise InvalidInput(
                f"network: expected as many channels as blocks, got {self.channels!r} and "
                f"{self.blocks!r}"
            )

    def require_face(self, size: int) -> None:
        """Raise `InvalidInput` for more stages than a face of `size` px can be halved in."""
        stages = len(joined_numbers(self.channels, "network.channels"))
        if self.kind == "plain" and size < 2 ** (stages - 1):
            raise InvalidInput(f"network.channels: {stages} stages are too many for {size} px")


@dataclass
class FaceAugmentConfig:
    """What is done to a training face; 0 leaves a part out."""

    rotation: Annotated[float, Limits(0, 180)] = 12.0
    """degrees, largest"""
    scale: LogFactor = 0.12
    """natural logarithm of the largest change of size"""
    shift: Share = 0.08
    """of the picture's width, largest, along each axis"""
    contrast: LogFactor = 0.35
    """natural logarithm of the largest change"""
    gamma: LogFactor = 0.35
    """natural logarithm of the largest exponent of the grey levels"""
    erasing: Share = 0.3
    """share of the faces of which a rectangle is hidden"""
    mixup: float = 0.2
    """parameter of mixup's beta distribution"""


@dataclass
class FaceConfig:
    """All settings of one face model."""

    id: Filled = "face-model"
    data: str = ""
    """FER-2013 as it is known, a folder of splits or classes, or a table of pictures"""
    label_set: LabelSetOrNone = ""
    """name of a label set that the labels are mapped to; empty keeps the data's own"""
    aligned: bool = True
    """whether each picture is a face already; else the largest face in it is found and cut out"""
    size: Count = 48
    """px that a face is read at"""
    network: FaceNetworkConfig = field(default_factory=FaceNetworkConfig)
    augmentation: FaceAugmentConfig = field(default_factory=FaceAugmentConfig)
    optimiser: OptimiserConfig = field(
        default_factory=lambda: OptimiserConfig(
            learning_rate=2e-3,
            weight_decay=0.05,
            warmup=0.15,
            schedule="one-cycle",
            ema_decay=0.998,
            gradient_clip=2.0,
        )
    )
    votes_weight: float = 1.0
    """of the loss of the second head, where the data hold a crowd's votes"""
    loss: LossConfig = field(default_factory=lambda: LossConfig(label_smoothing=0.1))
    balance: Share = 0.0
    """how far rare classes are drawn more often: 0 not at all, 1 until all are equally frequent"""
    distillation: DistillationConfig = field(default_factory=DistillationConfig)
    batch_size: Count = 128
    epochs: Count = 60
    first_size: Annotated[int, Limits(SIZE_STEP, or_zero=True)] = 0
    """px of the faces in the first epochs; they grow to `size` by two thirds; 0: always `size`"""
    members: Count = 1
    """networks whose logits are averaged"""
    patience: int = 0
    """epochs without a better validation score before training stops; 0: never"""
    monitor: Annotated[str, one_of("uar", "accuracy")] = "accuracy"
    """validation score that picks the epoch"""
    precision: Precision = "bf16-mixed"
    seed: Seed = 42
    run: RunConfig = field(default_factory=RunConfig)
    shrink: ShrinkConfig = field(default_factory=ShrinkConfig)
    licence: str = "unspecified"
    """of the weights"""
    training_data: str = ""
    """names of the data sets, joined by semicolons"""
    training_data_licence: str = "unspecified"
    """theirs, in the same order"""

    def require_together(self) -> None:
        """Raise `InvalidInput` for settings that do not go together."""
        if self.first_size > self.size:
            raise InvalidInput(
                f"first_size: expected {self.size}, which is size, or less, got {self.first_size}"
            )
        self.network.require_face(self.first_size or self.size)
        require_no_layers(self.shrink)
