"""Typed settings of face models."""

from dataclasses import dataclass, field

from .config import DistillationConfig, LossConfig, OptimiserConfig
from .run_config import RunConfig, ShrinkConfig


@dataclass
class FaceNetworkConfig:
    """Which network, and its sizes."""

    kind: str = "residual"
    """`residual` or `plain` (convolution, normalisation, pooling and dropout in turn)"""
    channels: str = "32,64,128,256"
    """of the stages, joined by commas; each halves the picture but the first"""
    blocks: str = "1,1,2,1"
    """residual blocks, or convolutions of a plain network, in each stage"""
    hidden: str = ""
    """widths of the dense layers of a plain network, joined by commas"""
    dropout: float = 0.4
    """before the heads; a plain network has half of it after each stage"""


@dataclass
class FaceAugmentConfig:
    """What is done to a training face; 0 leaves a part out."""

    rotation: float = 12.0
    """degrees, largest"""
    scale: float = 0.12
    """natural logarithm of the largest change of size"""
    shift: float = 0.08
    """of the picture's width, largest, along each axis"""
    contrast: float = 0.35
    """natural logarithm of the largest change"""
    gamma: float = 0.35
    """natural logarithm of the largest exponent of the grey levels"""
    erasing: float = 0.3
    """share of the faces of which a rectangle is hidden"""
    mixup: float = 0.2
    """parameter of mixup's beta distribution"""


@dataclass
class FaceConfig:
    """All settings of one face model."""

    id: str = "face-model"
    data: str = ""
    """FER-2013 as it is known, a folder of splits or classes, or a table of pictures"""
    label_set: str = ""
    """name of a label set that the labels are mapped to; empty keeps the data's own"""
    aligned: bool = True
    """whether each picture is a face already; else the largest face in it is found and cut out"""
    size: int = 48
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
    balance: float = 0.0
    """how far rare classes are drawn more often: 0 not at all, 1 until all are equally frequent"""
    distillation: DistillationConfig = field(default_factory=DistillationConfig)
    batch_size: int = 128
    epochs: int = 60
    first_size: int = 0
    """px of the faces in the first epochs; they grow to `size` by two thirds; 0: always `size`"""
    members: int = 1
    """networks whose logits are averaged"""
    patience: int = 0
    """epochs without a better validation score before training stops; 0: never"""
    monitor: str = "accuracy"
    """validation score that picks the epoch: `accuracy` or `uar`"""
    precision: str = "bf16-mixed"
    seed: int = 42
    run: RunConfig = field(default_factory=RunConfig)
    shrink: ShrinkConfig = field(default_factory=ShrinkConfig)
    licence: str = "unspecified"
    """of the weights"""
    training_data: str = ""
    """names of the data sets, joined by semicolons"""
    training_data_licence: str = "unspecified"
    """theirs, in the same order"""
