"""Each change of a clip by itself, all others switched off."""

import numpy as np
import pytest

from emotion_core.audio.features import mel_frequencies
from emotion_core.training.audio_augment import RESPONSE_POINTS, Augmentation
from emotion_core.training.audio_config import AudioAugmentConfig

HERTZ = mel_frequencies(40, 50, 8000)
NOTHING = {
    "time_scale": 0.0, "frequency_scale": 0.0, "gain": 0.0, "response": 0.0, "noise": 0.0,
    "masks": 0, "mixup": 0.0,
}  # fmt: skip


def only(seed: int = 0, /, **strengths: float) -> Augmentation:
    config = AudioAugmentConfig(**{**NOTHING, **strengths})  # type: ignore[arg-type]
    return Augmentation(config, HERTZ, np.random.default_rng(seed))


class Extreme:
    """A generator that draws one end of each range."""

    def __init__(self, largest: bool) -> None:
        self.largest = largest

    def uniform(self, low: float, high: float) -> float:
        return high if self.largest else low


def extreme(largest: bool, **strengths: float) -> Augmentation:
    augmentation = only(**strengths)
    augmentation.rng = Extreme(largest)  # type: ignore[assignment]
    return augmentation


def clip(frames: int = 60, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(-5, 2, (frames, len(HERTZ))).astype(np.float32)


def images(items: int = 8, frames: int = 50) -> np.ndarray:
    return np.stack([clip(frames, seed).T for seed in range(items)])


def test_nothing_is_changed_where_every_strength_is_0() -> None:
    augmentation, whole = only(), clip()
    warped = augmentation.warp([whole, 2 * whole], len(whole))
    np.testing.assert_allclose(warped, np.stack([whole.T, 2 * whole.T]), atol=1e-5)
    np.testing.assert_array_equal(augmentation.colour(warped), warped)
    channels = np.repeat(warped[:, None], 3, 1)
    np.testing.assert_array_equal(augmentation.mask(channels.copy()), channels)


def test_a_cut_is_a_stretch_of_the_clip() -> None:
    times = np.repeat(np.arange(60, dtype=np.float32)[:, None], len(HERTZ), 1)
    starts = set()
    for seed in range(20):
        (cut,) = only(seed).warp([times], 20)
        np.testing.assert_allclose(cut, cut[:1].repeat(len(HERTZ), 0))
        np.testing.assert_allclose(np.diff(cut[0]), 1, atol=1e-4)
        assert 0 <= cut[0, 0] <= cut[0, -1] <= 59
        starts.add(round(float(cut[0, 0])))
    assert len(starts) > 10


@pytest.mark.parametrize(("faster", "step"), [(True, 2.0), (False, 0.5)])
def test_tempo(faster: bool, step: float) -> None:
    times = np.repeat(np.arange(60, dtype=np.float32)[:, None], len(HERTZ), 1)
    (cut,) = extreme(faster, time_scale=np.log(2)).warp([times], 20)
    np.testing.assert_allclose(np.diff(cut[0]), step, atol=1e-4)


def test_a_clip_is_not_read_beyond_its_end() -> None:
    times = np.repeat(np.arange(30, dtype=np.float32)[:, None], len(HERTZ), 1)
    (cut,) = extreme(True, time_scale=np.log(2)).warp([times], 20)
    np.testing.assert_allclose(cut[0], np.linspace(0, 29, 20), atol=1e-4)


@pytest.mark.parametrize(("largest", "factor"), [(True, 1 / 1.25), (False, 1.25)])
def test_a_peak_moves_along_frequency(largest: bool, factor: float) -> None:
    """Every frequency is divided by the stretch, as in a longer or shorter vocal tract."""
    for hertz in (600.0, 1500.0, 3000.0):
        peak = -np.abs(np.log(HERTZ / hertz)) * 10
        levels = np.repeat(peak[None].astype(np.float32), 30, 0)
        (moved,) = extreme(largest, frequency_scale=np.log(1.25)).warp([levels], 30)
        place = int(moved[:, 0].argmax())
        nearest = int(np.abs(np.log(HERTZ / (hertz * factor))).argmin())
        assert abs(place - nearest) <= 1
        np.testing.assert_allclose(moved, moved[:, :1].repeat(30, 1), atol=1e-4)


def test_a_change_of_level_is_one_addition_for_each_clip() -> None:
    before = images()
    change = only(gain=0.5).colour(before) - before
    level = change.mean((1, 2))
    np.testing.assert_allclose(change, level[:, None, None].repeat(40, 1).repeat(50, 2), atol=1e-5)
    assert np.abs(level).max() <= 0.5
    assert len(set(level.round(4))) == len(level)


def test_a_microphone_is_a_smooth_curve_along_frequency() -> None:
    before = images(200)
    change = only(response=0.3).colour(before) - before
    curve = change[:, :, 0]
    np.testing.assert_allclose(change, curve[:, :, None].repeat(50, 2), atol=1e-5)
    bends = np.abs(np.diff(curve, 2)).max(0) > 1e-3
    assert 0 < bends.sum() <= 2 * (RESPONSE_POINTS - 2)
    assert curve[:, 0].std() == pytest.approx(0.3, rel=0.2)


def test_noise_only_raises_levels_and_hardly_the_loudest() -> None:
    before = images()
    change = only(noise=1.0).colour(before) - before
    assert (change >= 0).all()
    loud, faint = before > np.quantile(before, 0.99), before < np.quantile(before, 0.01)
    assert change[loud].mean() < 0.3
    assert change[faint].mean() > 1


def test_noise_is_added_to_its_share_of_the_clips() -> None:
    before = images(400, frames=4)
    changed = (only(noise=0.3).colour(before) != before).any((1, 2))
    assert changed.mean() == pytest.approx(0.3, abs=0.08)


def test_masks_are_bands_and_stretches_of_every_channel() -> None:
    blank = only(masks=2).mask(np.ones((300, 3, 40, 50), np.float32)) == 0
    assert (blank == blank[:, :1]).all()
    rows, columns = blank[:, 0].all(2), blank[:, 0].all(1)
    np.testing.assert_array_equal(blank[:, 0], rows[:, :, None] | columns[:, None, :])
    assert rows.sum(1).max() <= 2 * round(40 / 7)
    assert columns.sum(1).max() <= 2 * round(50 / 7)
    for axis in (rows, columns):
        edges = np.abs(np.diff(axis.astype(int), prepend=0, append=0)).sum(1)
        assert edges.max() <= 4
        assert axis.any(0).all()
    assert 0.1 < blank.mean() < 0.3


def test_the_share_of_mixup_and_the_partners() -> None:
    shares = []
    for seed in range(300):
        share, partner = only(seed, mixup=0.4).mix(8)
        assert sorted(partner) == list(range(8))
        shares.append(share)
    assert np.mean(shares) == pytest.approx(0.5, abs=0.06)
    assert np.var(shares) == pytest.approx(0.25 / (2 * 0.4 + 1), rel=0.2)  # of beta(0.4, 0.4)


def test_one_seed_draws_the_same_and_another_does_not() -> None:
    def drawn(seed: int) -> np.ndarray:
        augmentation = Augmentation(
            AudioAugmentConfig(noise=0.5), HERTZ, np.random.default_rng(seed)
        )
        coloured = augmentation.colour(augmentation.warp([clip(60), clip(70)], 48))
        return augmentation.mask(coloured[:, None])

    np.testing.assert_array_equal(drawn(1), drawn(1))
    assert drawn(1).shape == (2, 1, 40, 48)
    assert (drawn(1) != drawn(2)).mean() > 0.5
