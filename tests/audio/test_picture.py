import numpy as np
import pytest

from emotion_core.audio.features import mel_filters
from emotion_core.audio.picture import COLUMNS, PictureMaker
from tests.audio.sounds import RATE, noise, tone


def picture_of(samples, block=10 * RATE):
    maker = PictureMaker()
    for start in range(0, len(samples), block):
        maker.push(samples[start : start + block])
    return maker.finish()


@pytest.mark.parametrize(
    ("samples", "columns"),
    [
        (0, 0), (1, 1), (128, 1), (129, 2), (RATE, 125), (16 * RATE, 2000), (16 * RATE + 1, 1001),
        (100 * RATE, 1563),
    ],
)  # fmt: skip
def test_columns(samples, columns):
    picture = picture_of(noise(samples / RATE))
    assert picture.duration_s == samples / RATE
    assert picture.peaks.shape == (columns, 2)
    assert picture.spectrogram_db.shape == (64, columns)
    assert picture.frequencies_hz.shape == (64,)
    assert columns <= COLUMNS


def test_peaks_are_the_extremes_of_each_column():
    sound = noise(40)
    merged = 4 * 128  # 5,000 steps of 8 ms in 1,250 columns
    columns = sound[: len(sound) // merged * merged].reshape(-1, merged)
    expected = np.stack([columns.min(1), columns.max(1)], axis=1)
    np.testing.assert_array_equal(picture_of(sound).peaks, expected)


def test_power_is_the_mean_of_each_column():
    sound = noise(40)
    padded = np.pad(sound, 192)
    frames = np.lib.stride_tricks.sliding_window_view(padded, 512)[::128] * np.hanning(513)[:-1]
    power = np.abs(np.fft.rfft(frames)) ** 2 @ mel_filters(RATE, 512, 64, 0, 8000).T
    expected = 10 * np.log10(power.reshape(-1, 4, 64).mean(1))
    np.testing.assert_allclose(
        picture_of(sound).spectrogram_db, (expected - expected.max()).T, atol=1e-3
    )


@pytest.mark.parametrize("block", [1, 100, 777, 5 * RATE, 10**9])
def test_blocks_change_nothing(block):
    sound = noise(0.3 if block == 1 else 33.3)
    found, expected = picture_of(sound, block), picture_of(sound)
    np.testing.assert_array_equal(found.peaks, expected.peaks)
    np.testing.assert_allclose(found.spectrogram_db, expected.spectrogram_db, atol=1e-4)


@pytest.mark.parametrize("hz", [200, 1000, 5000])
def test_a_tone_lies_at_its_frequency(hz):
    sound = np.concatenate([np.zeros(RATE, np.float32), tone(hz, 1)])
    picture = picture_of(sound)
    silent, heard = np.split(picture.spectrogram_db, [125], axis=1)
    assert silent[:, :-2].max() == -80
    nearest = np.abs(picture.frequencies_hz - hz).argmin()
    assert set(heard[:, 2:-2].argmax(0)) == {nearest}
    assert picture.spectrogram_db.max() == 0


def test_silence_has_the_lowest_level():
    picture = picture_of(np.zeros(RATE, np.float32))
    assert (picture.spectrogram_db == -80).all()
    assert not picture.peaks.any()


def test_memory_does_not_grow_with_the_length():
    maker = PictureMaker()
    block = noise(60)
    sizes = set()
    for _ in range(5):
        maker.push(block)
        held = [maker._power, maker._lowest, maker._highest]
        sizes.add(sum(part._values.nbytes for part in held) + maker._rest.nbytes)
    assert sizes == {COLUMNS * 66 * 4}
