"""Typed settings of fusion models."""

from dataclasses import dataclass, field
from typing import Annotated

from ..errors import InvalidInput
from ..fusion.evidence import FUSED
from .limits import (
    Count,
    Dropout,
    Filled,
    LabelSet,
    Precision,
    Seed,
    Share,
    one_of,
    some_of,
)
from .run_config import LossConfig, OptimiserConfig, RunConfig

COMPOSED = "composed"
KINDS = ("late", "concatenation", "attention", "translation")


@dataclass
class FusionMaterialConfig:
    """Which encoders are fused, and what they answer so that the fusion can learn."""

    text: str = "text-goemotions28"
    """bundle of the words"""
    audio: str = "audio-cnn-bigru"
    """bundle of the voice"""
    face: str = "face-cnn"
    """bundle of the face"""
    text_data: str = "text/goemotions"
    audio_data: str = "audio/ravdess"
    face_data: str = "face/fer2013"
    audio_folds: str = "build/models/audio-cnn-bigru.folds"
    """folder with `fold-<n>/bundle`, each the voice's bundle trained without fold n of its data;
    `train audio` with `keep_folds` leaves it beside its bundle"""
    cache: str = "build/fusion"
    """where the answers of the encoders are kept"""


@dataclass
class MomentsConfig:
    """How moments are composed of a text, a voice and a face of one label."""

    train: Count = 24000
    """moments of an epoch"""
    validation: Count = 6000
    test: Count = 14000
    """over all subsets of modalities alike"""
    dropped: Share = 0.35
    """share of the modalities that a training moment lacks; one is always left"""
    spoilt: Share = 0.1
    """share of the training items that are noisy, blurred, dark, shuffled or mistyped"""
    swapped: Share = 0.05
    """share of the training moments of which one modality is another label's"""


@dataclass
class FusionNetworkConfig:
    """Sizes of the trained fusions."""

    width: Count = 256
    """of a token"""
    heads: Count = 4
    dropout: Dropout = 0.3
    embedding: Annotated[str, some_of(*FUSED)] = "text, face"
    """modalities whose embedding is part of the token beside the log-probabilities"""
    embedding_dropout: Dropout = 0.5
    """share of an embedding's values that training hides"""


@dataclass
class FusionConfig:
    """All settings of one fusion model."""

    id: Filled = "fusion-model"
    kind: Annotated[str, one_of(*KINDS)] = "late"
    data: str = COMPOSED
    """`composed`: moments of one label from unpaired sets; else a folder or table of utterances
    that `read_paired` reads, such as IEMOCAP or MELD as downloaded"""
    label_set: LabelSet = "EKMAN7"
    pooling: Annotated[str, one_of("log-opinion", "mean")] = "log-opinion"
    """of `late`"""
    material: FusionMaterialConfig = field(default_factory=FusionMaterialConfig)
    moments: MomentsConfig = field(default_factory=MomentsConfig)
    network: FusionNetworkConfig = field(default_factory=FusionNetworkConfig)
    optimiser: OptimiserConfig = field(
        default_factory=lambda: OptimiserConfig(
            learning_rate=1e-3, weight_decay=0.05, warmup=0.1, schedule="one-cycle"
        )
    )
    loss: LossConfig = field(default_factory=LossConfig)
    cycle_weight: float = 0.5
    """of the cycle loss of `translation`"""
    batch_size: Count = 256
    epochs: Count = 12
    patience: int = 0
    monitor: Annotated[str, one_of("uar", "accuracy")] = "accuracy"
    precision: Precision = "32-true"
    seed: Seed = 42
    run: RunConfig = field(default_factory=RunConfig)
    licence: str = "unspecified"
    training_data: str = ""
    training_data_licence: str = "unspecified"

    def require_together(self) -> None:
        """Raise `InvalidInput` for settings that do not go together."""
        if self.kind == "attention" and self.network.width % self.network.heads:
            raise InvalidInput(
                f"network.heads: expected a divisor of {self.network.width}, got "
                f"{self.network.heads}"
            )
