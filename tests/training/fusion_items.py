"""Answers of encoders that do not exist, which lean towards the truth."""

from pathlib import Path

import numpy as np

from emotion_core.fusion.evidence import FUSED, FusedModality
from emotion_core.fusion.moments import Encoder
from emotion_core.labels import EKMAN7, GOEMOTIONS28, RAVDESS8
from emotion_core.training.fusion_answers import CLEAN, SPOILT, EncoderAnswers, Said
from emotion_core.training.fusion_config import FusionConfig
from emotion_core.training.fusion_moments import Material
from emotion_core.types import ModelSpec

LABELS = {"text": GOEMOTIONS28, "audio": RAVDESS8, "face": EKMAN7}
WIDTHS = {"text": 6, "audio": 0, "face": 5}
STRENGTH = {"text": 3.0, "audio": 2.0, "face": 2.5}
ITEMS = 70
"""of each modality and side"""


def answers(modality: FusedModality, seed: int = 0) -> EncoderAnswers:
    """Seven times ten items a side, each leaning towards its label; spoilt ones lean less."""
    rng = np.random.default_rng((seed, FUSED.index(modality)))
    labels = LABELS[modality]
    spec = ModelSpec(
        id=f"some-{modality}",
        modality=modality,
        labels=labels,
        architecture={"kind": "fake"},
        folder=Path(),
        files={},
    )
    truth = np.tile(np.repeat(np.arange(7), ITEMS // 7), 3)
    side = np.repeat(["train", "validation", "test"], ITEMS)
    places = np.array([labels.index(EKMAN7[k]) for k in truth])
    said = {}
    for name in (CLEAN, *SPOILT[modality]):
        strength = STRENGTH[modality] * (1 if name == CLEAN else 0.2)
        logits = rng.normal(0, 1, (len(truth), len(labels)))
        logits[np.arange(len(truth)), places] += strength
        if name == "white noise, 0 dB":
            logits[::10] = np.nan  # no speech is found in it
        said[name] = Said(logits, rng.normal(0, 1, (len(truth), WIDTHS[modality] or 3)))
    group = np.array([f"{s}-{i % 5}" for i, s in enumerate(side)])
    return EncoderAnswers(spec, truth, side, group, said)


def material(*, embedding: bool = True) -> Material:
    """All three modalities."""
    encoders: dict[FusedModality, Encoder] = {
        m: Encoder(f"some-{m}", LABELS[m], WIDTHS[m] if embedding else 0) for m in FUSED
    }
    return Material(EKMAN7, {m: answers(m) for m in FUSED}, encoders)


def small(kind: str) -> FusionConfig:
    """Settings of a fusion that is fitted in seconds."""
    config = FusionConfig(id=f"fusion-{kind}", kind=kind, epochs=8, batch_size=128)
    config.moments.train, config.moments.validation, config.moments.test = 2000, 700, 700
    config.network.width, config.network.heads, config.network.dropout = 16, 2, 0.1
    config.network.embedding_dropout = 0.1
    config.optimiser.learning_rate = 2e-2
    config.training_data, config.training_data_licence = "some", "none"
    return config
