"""Typed settings of voice models."""

import typing
from dataclasses import asdict, dataclass, field
from typing import Annotated

from ..audio.features import FeatureConfig, Kind
from ..errors import InvalidInput
from .limits import (
    Count,
    Dropout,
    Filled,
    LabelSetOrNone,
    LogFactor,
    Numbers,
    Positive,
    Precision,
    Seed,
    Share,
    joined_numbers,
    one_of,
    require_usual,
)
from .run_config import (
    DistillationConfig,
    LossConfig,
    OptimiserConfig,
    RunConfig,
    ShrinkConfig,
    require_no_layers,
)

CNN_BIGRU, ALEXNET, RESNET34 = "cnn-bigru", "alexnet", "resnet34"
LEAST_ALEXNET = 63
"""bins and frames, of which AlexNet's strides leave one"""
HALVED_FRAMES = 2
"""blocks of `cnn-bigru`, the first, that halve the frames; all halve the bins"""


@dataclass
class AudioFeatureSettings:
    """As `audio.features.FeatureConfig`; stands in the bundle's manifest."""

    kind: Annotated[str, one_of(*typing.get_args(Kind))] = "log-mel"
    window: Count = 512
    hop: Count = 256
    bins: Count = 64
    fmin: float = 50.0
    fmax: Positive = 8000.0


@dataclass
class AudioNetworkConfig:
    """Which network, and its sizes."""

    kind: Annotated[str, one_of(CNN_BIGRU, ALEXNET, RESNET34)] = CNN_BIGRU
    channels: Numbers = "32,64,96,128"
    """of the convolutions of `cnn-bigru`, joined by commas"""
    hidden: Count = 256
    """of the GRU, in each direction"""
    pooling: Annotated[str, one_of("attention", "max")] = "attention"
    """over time, of `cnn-bigru`"""
    dropout: Dropout = 0.3
    convolution_dropout: Dropout = 0.1
    pretrained: str = ""
    """hub name or folder of a ResNet in the format of transformers; empty: from scratch"""
    least_frames: Count = 8
    """shorter windows are said again until they are as long"""
    unfreeze_every: int = 0
    """of `resnet34`: epochs after which one more stage, from the top, learns; 0: all learn"""

    def require_image(self, channels: int, bins: int) -> None:
        """Raise `InvalidInput` for an image of features that is too small, or of another depth."""
        if self.kind == ALEXNET and min(bins, self.least_frames) < LEAST_ALEXNET:
            raise InvalidInput(
                f"network: alexnet needs {LEAST_ALEXNET} bins and least_frames or more, got "
                f"{bins} and {self.least_frames}"
            )
        if self.kind != CNN_BIGRU:
            return
        if channels != 1:
            raise InvalidInput(
                f"features.kind: cnn-bigru reads one channel, got {channels}; take log-mel or "
                "mel-db"
            )
        blocks = len(joined_numbers(self.channels, "network.channels"))
        if bins < 2**blocks:
            raise InvalidInput(f"network.channels: {blocks} blocks are too many for {bins} bins")
        if self.least_frames < (least := 2 ** min(blocks, HALVED_FRAMES)):
            raise InvalidInput(
                f"network.least_frames: expected {least} or more, got {self.least_frames}"
            )


@dataclass
class AudioAugmentConfig:
    """What is done to the frames of a training clip; 0 leaves a part out."""

    time_scale: LogFactor = 0.16
    """natural logarithm of the largest change of tempo"""
    frequency_scale: LogFactor = 0.2
    """natural logarithm of the largest stretch of the frequency axis: pitch and vocal tract"""
    gain: float = 0.2
    """nepers of power (4.3 dB each) of the largest change of level; loudness tells emotions"""
    response: float = 0.1
    """nepers, standard deviation of a smooth random microphone response"""
    noise: Share = 0.3
    """share of the clips that noise is added to"""
    masks: int = 2
    """SpecAugment's masks along each axis"""
    mixup: float = 0.0
    """parameter of mixup's beta distribution"""


@dataclass
class AudioConfig:
    """All settings of one voice model."""

    id: Filled = "audio-model"
    data: str = ""
    """folders or files of recordings, joined by commas; the first is the one that is reported"""
    label_set: LabelSetOrNone = ""
    """name of a label set that the labels are mapped to; empty keeps the first source's own"""
    cross_validation: bool = False
    """whether the folds of the first source are each held out once, to measure the procedure"""
    keep_folds: bool = False
    """whether the bundles of the folds stay in `<out>.folds`; a fusion is trained on what each of
    them answers to the fold that it has not heard"""
    test_fold: int = 0
    """without cross-validation: the fold that is the test split; 0: what `split` says"""
    validation_fold: int = 0
    """beside a test fold: the one that picks the epoch; 0: speakers set aside"""
    report_labels: LabelSetOrNone = ""
    """name of a label set that the results are also reported in"""
    random_split: bool = False
    """whether speakers may be on both sides; scores then flatter"""
    chosen_on: str = ""
    """what the settings were chosen on, for the protocol"""
    features: AudioFeatureSettings = field(default_factory=AudioFeatureSettings)
    network: AudioNetworkConfig = field(default_factory=AudioNetworkConfig)
    augmentation: AudioAugmentConfig = field(default_factory=AudioAugmentConfig)
    optimiser: OptimiserConfig = field(
        default_factory=lambda: OptimiserConfig(
            learning_rate=2e-3, weight_decay=0.02, warmup=0.15, ema_decay=0.99, gradient_clip=2.0
        )
    )
    own_profile: Share = 0.5
    """share of the clips that are normalised by their speaker's own profile"""
    loss: LossConfig = field(default_factory=lambda: LossConfig(label_smoothing=0.1))
    balance: Share = 0.0
    """how far rare classes are drawn more often: 0 not at all, 1 until all are equally frequent"""
    distillation: DistillationConfig = field(default_factory=DistillationConfig)
    batch_size: Count = 32
    epochs: Count = 40
    pretrain_epochs: int = 0
    """first on the other sources alone, once for all folds; 0: on all sources together"""
    members: Count = 1
    """networks whose logits are averaged"""
    patience: int = 0
    """epochs without a better validation score before training stops; 0: never"""
    monitor: Annotated[str, one_of("uar", "accuracy")] = "uar"
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

    def feature_config(self) -> FeatureConfig:
        """What goes into the bundle's manifest."""
        return FeatureConfig(**asdict(self.features))

    def require_together(self) -> None:
        """Raise `InvalidInput` for settings that do not go together."""
        features = self.feature_config()
        self.network.require_image(features.channels, features.bins)
        if self.network.kind != RESNET34:
            names = ["pretrained", "unfreeze_every"]
            require_usual(self.network, names, self.network.kind, "network")
        require_no_layers(self.shrink)
        self._require_schedule()
        if self.cross_validation:
            self._require_folds()
        elif self.keep_folds:
            raise InvalidInput("keep_folds: there are none without cross_validation; leave it out")
        elif self.validation_fold and self.validation_fold == self.test_fold:
            raise InvalidInput(
                f"validation_fold: expected another than test_fold, got {self.test_fold} for both"
            )
        elif self.validation_fold and not self.test_fold:
            raise InvalidInput("validation_fold: give test_fold, too")

    def _require_schedule(self) -> None:
        pretrained = self.pretrain_epochs and "," in self.data
        if self.optimiser.schedule == "plateau" and (self.cross_validation or pretrained):
            raise InvalidInput(
                "optimiser.schedule: plateau needs a validation split, which cross_validation and "
                "pretrain_epochs do without; take linear"
            )

    def _require_folds(self) -> None:
        if self.shrink.asked:
            raise InvalidInput("shrink needs a validation split; leave cross_validation out")
        if self.distillation.teacher:
            raise InvalidInput(
                "distillation.teacher has heard the folds that cross_validation holds out; drop one"
            )
        if self.test_fold or self.validation_fold:
            raise InvalidInput(
                "test_fold: cross_validation holds every fold out; leave one of the two out"
            )
