"""Changes of a clip's logarithmic frames that leave its emotion as it was.

Everything is done on the logarithm of power, so a clip is decoded and transformed once: a
change of level is an addition, a microphone's response a curve along frequency, added noise a
logarithm of a sum of exponentials, pitch and vocal-tract length a stretch of frequency.
"""

from collections.abc import Sequence

import numpy as np

from .audio_config import AudioAugmentConfig

RESPONSE_POINTS = 5
"""of a microphone's response, joined by lines"""
LOUDEST_NOISE, FAINTEST_NOISE = -6.0, -15.0
"""nepers of power against the clip's loudest cell"""
WIDEST_MASK = 1 / 7
"""of the axis"""


def _between(clip: np.ndarray, times: np.ndarray, bins: np.ndarray) -> np.ndarray:
    """A clip (frame, bin) read at fractional places, bilinear: (bin, frame)."""
    t, f = (
        np.minimum(times.astype(int), len(clip) - 2),
        np.minimum(bins.astype(int), clip.shape[1] - 2),
    )
    wt, wf = (times - t)[:, None].astype(np.float32), (bins - f).astype(np.float32)
    rows = clip[t] * (1 - wt) + clip[t + 1] * wt
    return (rows[:, f] * (1 - wf) + rows[:, f + 1] * wf).T


class Augmentation:
    """Random changes, drawn from one generator.

    Args:
        config: how strong each is
        hertz: (bin,) centres of the frames' bins
        rng: a further one of the same seed draws the same
    """

    def __init__(
        self, config: AudioAugmentConfig, hertz: np.ndarray, rng: np.random.Generator
    ) -> None:
        self.config, self.hertz, self.rng = config, hertz, rng

    def warp(self, clips: Sequence[np.ndarray], frames: int) -> np.ndarray:
        """Cut `frames` out of each clip, at another tempo and another voice.

        Args:
            clips: (frame, bin) each, two frames or more
            frames: of the cut

        Returns:
            (item, bin, frame)
        """
        return np.stack([self._warp_one(clip, frames) for clip in clips])

    def _warp_one(self, clip: np.ndarray, frames: int) -> np.ndarray:
        c, last = self.config, len(clip) - 1
        length = min(last, (frames - 1) * np.exp(self.rng.uniform(-c.time_scale, c.time_scale)))
        times = self.rng.uniform(0, last - length) + np.linspace(0, length, frames)
        stretch = np.exp(self.rng.uniform(-c.frequency_scale, c.frequency_scale))
        places = np.interp(self.hertz * stretch, self.hertz, np.arange(len(self.hertz)))
        return _between(clip, np.clip(times, 0, last), places)

    def colour(self, images: np.ndarray) -> np.ndarray:
        """Change level, microphone and background of images (item, bin, frame)."""
        c, items, bins = self.config, len(images), images.shape[1]
        images = images + self.rng.uniform(-c.gain, c.gain, (items, 1, 1))
        points = self.rng.normal(0, 1, (items, RESPONSE_POINTS)) * c.response
        at = np.linspace(0, RESPONSE_POINTS - 1, bins)
        response = np.stack([np.interp(at, np.arange(RESPONSE_POINTS), p) for p in points])
        images = images + response[:, :, None]
        noisy = self.rng.random(items) < c.noise
        images[noisy] = np.logaddexp(images[noisy], self._noise(images[noisy]))
        return images.astype(np.float32)

    def _noise(self, images: np.ndarray) -> np.ndarray:
        """Stationary noise of a random spectrum, as faint as a room or as loud as a street."""
        items, bins, _ = images.shape
        loudest = images.max((1, 2), keepdims=True, initial=-np.inf)
        level = loudest + self.rng.uniform(FAINTEST_NOISE, LOUDEST_NOISE, (items, 1, 1))
        spectrum = self.rng.normal(0, 1, (items, bins, 1))
        return level + spectrum + 0.5 * self.rng.gumbel(size=images.shape)

    def mask(self, images: np.ndarray) -> np.ndarray:
        """Blank bands and stretches of normalised images (item, channel, bin, frame), in place.

        Source: Park et al., SpecAugment, Interspeech 2019.
        """
        bins, frames = images.shape[2:]
        for image in images:
            for _ in range(self.config.masks):
                width = int(self.rng.integers(0, round(bins * WIDEST_MASK) + 1))
                start = int(self.rng.integers(0, bins - width + 1))
                image[:, start : start + width] = 0
                width = int(self.rng.integers(0, round(frames * WIDEST_MASK) + 1))
                start = int(self.rng.integers(0, frames - width + 1))
                image[..., start : start + width] = 0
        return images

    def mix(self, items: int) -> tuple[float, np.ndarray]:
        """Mixup's share of the own item, and the partner (item,) of each.

        Source: Zhang et al., mixup, ICLR 2018.
        """
        share = float(self.rng.beta(self.config.mixup, self.config.mixup))
        return share, self.rng.permutation(items)
