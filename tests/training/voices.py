"""Voices to train on, made on the spot: angry ones are high, neutral ones low."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from emotion_core.labels import ANGER, NEUTRAL
from emotion_core.training.audio_config import AudioConfig
from emotion_core.training.audio_frames import FrameStore
from emotion_core.training.config import load_config
from tests.audio.sounds import noise, syllables, wav_bytes

PITCH_HZ = {ANGER: 200.0, NEUTRAL: 100.0}
SPLITS = ("train", "train", "train", "train", "validation", "test")
"""of the first speakers; further ones are trained on"""
TINY = (
    "features.bins=16", "network.channels=4,8", "network.hidden=8", "network.dropout=0.0",
    "network.convolution_dropout=0.0", "batch_size=6", "epochs=8", "precision=32-true",
    "optimiser.learning_rate=0.02", "optimiser.ema_decay=0.0",
)  # fmt: skip
"""settings of a network that learns the two in a second"""


def tiny_config(data: object, *more: str) -> AudioConfig:
    """Those settings with others on top."""
    return load_config(AudioConfig, None, [*TINY, f"data={data}", *more])


def spoken(pitch_hz: float, count: int = 4, seed: int = 0) -> np.ndarray:
    """Syllables between two short silences, (time,)."""
    rest = np.zeros(3200, np.float32)
    sound = np.concatenate([rest, syllables(count, pitch_hz=pitch_hz), rest])
    return sound + noise(len(sound) / 16_000, level=1e-3, seed=seed)


def write_voices(folder: Path, speakers: int = 6, takes: int = 2) -> Path:
    """Recordings of speakers in both emotions, and an index with two folds and three splits."""
    folder.mkdir(parents=True)
    rows = []
    for speaker in range(speakers):
        for label, pitch_hz in PITCH_HZ.items():
            for take in range(takes):
                path = folder / f"{speaker}-{label}-{take}.wav"
                own_hz = pitch_hz * (0.9 + 0.04 * speaker)
                path.write_bytes(wav_bytes(spoken(own_hz, 4 + take, seed=len(rows))))
                split = SPLITS[speaker] if speaker < len(SPLITS) else "train"
                rows.append(
                    {"path": path.name, "label": label, "speaker": f"s{speaker}", "split": split}
                    | {"fold": speaker % 2 + 1}
                )
    pd.DataFrame(rows).to_csv(folder / "index.csv", index=False)
    return folder


def frame_store(path: Path, clips: Sequence[np.ndarray]) -> FrameStore:
    """Clips (frame, bin) as they lie on disk, without a recording behind them."""
    np.concatenate(clips).astype(np.float16).tofile(path)
    return FrameStore(path, clips[0].shape[1], np.cumsum([len(c) for c in clips]))


def write_resnet(folder: Path) -> Path:
    """A small random ResNet in the format of transformers."""
    import torch
    from transformers import ResNetConfig, ResNetModel

    torch.manual_seed(3)
    config = ResNetConfig(
        layer_type="basic", embedding_size=8, hidden_sizes=[8, 8, 16, 24], depths=[1, 1, 1, 1]
    )
    ResNetModel(config).save_pretrained(folder)
    return folder
