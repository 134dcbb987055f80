"""What is done to a text, a voice and a face to see how a fusion takes it."""

import numpy as np

BLUR_PX = 2.5
DARK_LEVEL, DARK_NOISE = 0.12, 6.0
"""share of the light that is left, and the noise of the sensor in grey levels"""
TYPING_ERRORS = 0.5
"""share of the words that get one"""


def shuffled(text: str, rng: np.random.Generator) -> str:
    """The words of a text in another order."""
    words = text.split()
    return " ".join(words[i] for i in rng.permutation(len(words)))


def _mistyped(word: str, rng: np.random.Generator) -> str:
    """A word with two neighbouring letters exchanged, one left out or one said twice."""
    place = int(rng.integers(0, len(word) - 1))
    kind = int(rng.integers(0, 3))
    if kind == 0:
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    if kind == 1:
        return word[:place] + word[place + 1 :]
    return word[: place + 1] + word[place:]


def mistyped(text: str, rng: np.random.Generator) -> str:
    """A text with typing errors in half of its words."""
    return " ".join(
        _mistyped(word, rng) if len(word) > 1 and rng.random() < TYPING_ERRORS else word
        for word in text.split()
    )


def noisy(samples: np.ndarray, snr_db: float, rng: np.random.Generator) -> np.ndarray:
    """Samples (time,) with white noise; scaled down where they would go beyond full scale."""
    power = float(np.mean(samples**2)) / 10 ** (snr_db / 10)
    mixed = samples + rng.normal(0, np.sqrt(power), samples.shape)
    return (mixed / max(1.0, float(np.abs(mixed).max()))).astype(np.float32)


def blurred(crops: np.ndarray) -> np.ndarray:
    """Faces (face, y, x) uint8 out of focus."""
    import cv2

    return np.stack([cv2.GaussianBlur(crop, (0, 0), BLUR_PX) for crop in crops])


def darkened(crops: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Faces (face, y, x) uint8 in little light, with the noise of a sensor."""
    dark = crops * DARK_LEVEL + rng.normal(0, DARK_NOISE, crops.shape)
    return dark.round().clip(0, 255).astype(np.uint8)
