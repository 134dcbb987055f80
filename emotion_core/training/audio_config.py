"""Typed settings of voice models."""

from dataclasses import asdict, dataclass, field

from ..audio.features import FeatureConfig
from .config import DistillationConfig, LossConfig, OptimiserConfig
from .run_config import RunConfig, ShrinkConfig


@dataclass
class AudioFeatureSettings:
    """As `audio.features.FeatureConfig`; stands in the bundle's manifest."""

    kind: str = "log-mel"
    window: int = 512
    hop: int = 256
    bins: int = 64
    fmin: float = 50.0
    fmax: float = 8000.0


@dataclass
class AudioNetworkConfig:
    """Which network, and its sizes."""

    kind: str = "cnn-bigru"
    """`cnn-bigru`, `alexnet` or `resnet34`"""
    channels: str = "32,64,96,128"
    """of the convolutions of `cnn-bigru`, joined by commas"""
    hidden: int = 256
    """of the GRU, in each direction"""
    pooling: str = "attention"
    """over time, of `cnn-bigru`: `attention` or `max`"""
    dropout: float = 0.3
    convolution_dropout: float = 0.1
    pretrained: str = ""
    """hub name or folder of a ResNet in the format of transformers; empty: from scratch"""
    least_frames: int = 8
    """shorter windows are said again until they are as long"""
    unfreeze_every: int = 0
    """of `resnet34`: epochs after which one more stage, from the top, learns; 0: all learn"""


@dataclass
class AudioAugmentConfig:
    """What is done to the frames of a training clip; 0 leaves a part out."""

    time_scale: float = 0.16
    """natural logarithm of the largest change of tempo"""
    frequency_scale: float = 0.2
    """natural logarithm of the largest stretch of the frequency axis: pitch and vocal tract"""
    gain: float = 0.2
    """nepers of power (4.3 dB each) of the largest change of level; loudness tells emotions"""
    response: float = 0.1
    """nepers, standard deviation of a smooth random microphone response"""
    noise: float = 0.3
    """share of the clips that noise is added to"""
    masks: int = 2
    """SpecAugment's masks along each axis"""
    mixup: float = 0.0
    """parameter of mixup's beta distribution"""


@dataclass
class AudioConfig:
    """All settings of one voice model."""

    id: str = "audio-model"
    data: str = ""
    """folders or files of recordings, joined by commas; the first is the one that is reported"""
    label_set: str = ""
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
    report_labels: str = ""
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
    own_profile: float = 0.5
    """share of the clips that are normalised by their speaker's own profile"""
    loss: LossConfig = field(default_factory=lambda: LossConfig(label_smoothing=0.1))
    balance: float = 0.0
    """how far rare classes are drawn more often: 0 not at all, 1 until all are equally frequent"""
    distillation: DistillationConfig = field(default_factory=DistillationConfig)
    batch_size: int = 32
    epochs: int = 40
    pretrain_epochs: int = 0
    """first on the other sources alone, once for all folds; 0: on all sources together"""
    members: int = 1
    """networks whose logits are averaged"""
    patience: int = 0
    """epochs without a better validation score before training stops; 0: never"""
    monitor: str = "uar"
    """validation score that picks the epoch: `uar` or `accuracy`"""
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

    def feature_config(self) -> FeatureConfig:
        """What goes into the bundle's manifest."""
        return FeatureConfig(**asdict(self.features))
