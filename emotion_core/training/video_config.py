"""Typed settings of models that answer whole clips."""

from dataclasses import dataclass, field
from typing import Annotated

from ..errors import InvalidInput
from ..face.align import CropConfig
from ..face.clip import ClipConfig
from ..face.video_model import KIND
from .face_config import FaceAugmentConfig
from .limits import (
    Count,
    Dropout,
    Filled,
    LabelSetOrNone,
    Numbers,
    Precision,
    Seed,
    Share,
    joined_numbers,
    one_of,
)
from .run_config import DistillationConfig, LossConfig, OptimiserConfig, RunConfig


@dataclass
class ClipSettings:
    """What is read of a clip; stands in the bundle's manifest."""

    frames: Count = 30
    size: Count = 224
    """px that a frame is read at"""
    crop_size: int = 112
    """px at which the aligned face is cut out and kept, before it is enlarged to `size`; 0: whole
    frames are read"""
    crop_channels: Annotated[int, one_of(1, 3)] = 3
    """1: grey faces"""


@dataclass
class VideoNetworkConfig:
    """Sizes of the network."""

    kind: Annotated[str, one_of(KIND)] = KIND
    channels: Numbers = "32,64,128"
    """of the convolutions, joined by commas"""
    hidden: Count = 128
    """of the GRU, in each direction"""
    dropout: Dropout = 0.3
    convolution_dropout: Dropout = 0.1

    def require_frame(self, size: int) -> None:
        """Raise `InvalidInput` for more convolutions than a frame of `size` px can be halved."""
        count = len(joined_numbers(self.channels, "network.channels"))
        if size < 2 ** (count + 1):
            raise InvalidInput(f"network.channels: {count} convolutions are too many for {size} px")


@dataclass
class VideoConfig:
    """All settings of one clip model."""

    id: Filled = "video-model"
    data: str = ""
    """folder of splits or classes, a known data set as downloaded, or a table of clips"""
    label_set: LabelSetOrNone = ""
    """name of a label set that the labels are mapped to; empty keeps the data's own"""
    random_split: bool = False
    """whether a person may be on both sides; scores then flatter"""
    clip: ClipSettings = field(default_factory=ClipSettings)
    network: VideoNetworkConfig = field(default_factory=VideoNetworkConfig)
    augmentation: FaceAugmentConfig = field(
        default_factory=lambda: FaceAugmentConfig(erasing=0.0, mixup=0.0)
    )
    """every frame of a clip is changed alike"""
    optimiser: OptimiserConfig = field(
        default_factory=lambda: OptimiserConfig(
            learning_rate=1e-3, weight_decay=0.02, ema_decay=0.99, gradient_clip=2.0
        )
    )
    loss: LossConfig = field(default_factory=lambda: LossConfig(label_smoothing=0.1))
    balance: Share = 0.0
    """how far rare classes are drawn more often: 0 not at all, 1 until all are equally frequent"""
    distillation: DistillationConfig = field(default_factory=DistillationConfig)
    batch_size: Count = 8
    """clips; a step keeps about 170 MB for each at 30 frames of 224 px"""
    epochs: Count = 50
    patience: int = 10
    """epochs without a better validation score before training stops; 0: never"""
    monitor: Annotated[str, one_of("uar", "accuracy")] = "uar"
    """validation score that picks the epoch"""
    precision: Precision = "bf16-mixed"
    seed: Seed = 42
    run: RunConfig = field(default_factory=RunConfig)
    licence: str = "unspecified"
    """of the weights"""
    training_data: str = ""
    """name of the data set"""
    training_data_licence: str = "unspecified"

    def clip_config(self) -> ClipConfig:
        """What goes into the bundle's manifest.

        Raises:
            InvalidInput: for no frames or no pixels
        """
        settings = self.clip
        crop = None
        if settings.crop_size:
            crop = CropConfig(size=settings.crop_size, channels=settings.crop_channels)
        return ClipConfig(settings.frames, settings.size, crop)

    def require_together(self) -> None:
        """Raise `InvalidInput` for settings that do not go together."""
        self.network.require_frame(self.clip.size)
