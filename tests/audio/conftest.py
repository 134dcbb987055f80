"""Speech that is easy to make, whatever is loud; chapters that are soon full."""

import numpy as np
import pytest

from emotion_core.audio import chapters, vad


class LoudListener:
    """Takes a chunk for speech whose level reaches -40 dB; it never looks back."""

    method: vad.Method = "energy"

    def read(self, chunks: np.ndarray) -> np.ndarray:
        return (np.sqrt(np.square(chunks).mean(1)) >= 0.01).astype(np.float32)

    def probabilities(self, values: np.ndarray) -> np.ndarray:
        return values


@pytest.fixture
def loud_is_speech(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes tones and noise speech, and silence none."""
    monkeypatch.setattr(vad, "_open_network", lambda: None)
    monkeypatch.setattr(vad, "_EnergyListener", LoudListener)


@pytest.fixture
def short_chapters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts recordings every 15 s."""
    monkeypatch.setattr(chapters, "CHAPTER_S", 15.0)
