"""A voice model that answers by the height of a sound, and a sound for each of its answers."""

from pathlib import Path

import numpy as np

from emotion_core.audio.features import mel_frequencies
from emotion_core.audio.pipeline import AudioModel, load_audio_model
from emotion_core.labels import EKMAN7
from tests.audio.rewriting import write_profile
from tests.audio.sounds import noise, tone
from tests.bundles import write_audio_bundle

BINS = 4 * len(EKMAN7)
TEMPERATURE = 10.0
CALIBRATION = {"temperature": TEMPERATURE, "uncertain_below": 0.4}


def height_model(folder: Path) -> AudioModel:
    """The model, in a new bundle; its average voice changes nothing."""
    write_audio_bundle(folder, calibration=CALIBRATION)
    zeros = np.zeros(BINS)
    write_profile(folder, mean=zeros, deviation=zeros + 1, ordinary=zeros)
    return load_audio_model(folder)


def sound_of(label: str, duration_s: float) -> np.ndarray:
    """A sound as high as the model answers with this label, (time,)."""
    hertz = mel_frequencies(BINS, 50, 8000).reshape(-1, 4).mean(1)
    return tone(hertz[EKMAN7.index(label)], duration_s) + noise(duration_s, 1e-3)


def mean_level(model: AudioModel, sound: np.ndarray) -> np.ndarray:
    """(bin,) of all frames."""
    return model.frame_classifier.levels(sound).mean(0, dtype=np.float64)
