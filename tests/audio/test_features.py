import librosa
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_core.audio.analysis import VoiceProfile
from emotion_core.audio.decode import read_audio
from emotion_core.audio.features import (
    FRAMES_AT_ONCE,
    LOG_OFFSET,
    FeatureConfig,
    FeatureExtractor,
    FrameStream,
    mel_filters,
    mel_frequencies,
)
from emotion_core.errors import InvalidInput, ModelUnavailable
from tests.audio.sounds import RATE, clips, melody, noise, tone

LOG_MEL = FeatureConfig()
MEL_DB = FeatureConfig(kind="mel-db", window=1024, hop=256, bins=128, fmin=0.0)
SPECTROGRAM = FeatureConfig(kind="log-spectrogram", window=640, hop=320, bins=321)
KINDS = [LOG_MEL, MEL_DB, SPECTROGRAM]
both_mels = pytest.mark.parametrize("config", [LOG_MEL, MEL_DB], ids=["64 bins", "128 bins"])
every_kind = pytest.mark.parametrize("config", KINDS, ids=[c.kind for c in KINDS])


def librosa_mel(samples: np.ndarray, config: FeatureConfig) -> np.ndarray:
    """Power (frame, bin)."""
    return librosa.feature.melspectrogram(
        y=samples, sr=RATE, n_fft=config.window, hop_length=config.hop, n_mels=config.bins,
        fmin=config.fmin, fmax=config.fmax, center=False, power=2.0,
    ).T  # fmt: skip


def decibels(power: np.ndarray) -> np.ndarray:
    """To 80 dB below the loudest cell; single precision does not reach much further."""
    return librosa.power_to_db(power)


def frames_of(config: FeatureConfig, samples: np.ndarray) -> np.ndarray:
    return FeatureExtractor(config).frames(samples)


def input_of(config: FeatureConfig, samples: np.ndarray, profile: VoiceProfile | None = None):
    extractor = FeatureExtractor(config)
    levels = extractor.levels(extractor.frames(samples))
    return extractor.network_input(levels, profile)


def profile(bins: int, mean: float = 0.0, deviation: float = 1.0) -> VoiceProfile:
    return VoiceProfile(np.full(bins, mean), np.full(bins, deviation))


@both_mels
@pytest.mark.parametrize("sound", [noise(2), melody(2) + noise(2, 1e-3)], ids=["noise", "music"])
def test_mel_power_as_librosa(config, sound):
    found, expected = frames_of(config, sound), librosa_mel(sound, config)
    assert found.shape == expected.shape
    assert found.dtype == np.float32
    np.testing.assert_allclose(decibels(found), decibels(expected), rtol=0, atol=1e-3)


@both_mels
@pytest.mark.data
def test_mel_power_of_a_real_clip_as_librosa(config):
    for path in clips(3):
        sound = read_audio(path)[0].mono()
        found, expected = frames_of(config, sound), librosa_mel(sound, config)
        np.testing.assert_allclose(decibels(found), decibels(expected), rtol=0, atol=1e-3)


@pytest.mark.parametrize(
    ("n_fft", "n_mels", "fmin", "fmax"),
    [(512, 64, 50.0, 8000.0), (1024, 128, 0.0, 8000.0), (400, 40, 300.0, 3400.0)],
)
def test_filters_as_librosa(n_fft, n_mels, fmin, fmax):
    expected = librosa.filters.mel(sr=RATE, n_fft=n_fft, n_mels=n_mels, fmin=fmin, fmax=fmax)
    np.testing.assert_allclose(mel_filters(RATE, n_fft, n_mels, fmin, fmax), expected, atol=1e-7)


def test_frequencies_as_librosa():
    expected = librosa.mel_frequencies(n_mels=66, fmin=50, fmax=8000)[1:-1]
    np.testing.assert_allclose(mel_frequencies(64, 50, 8000), expected, rtol=1e-9)
    np.testing.assert_allclose(FeatureExtractor(LOG_MEL).frequencies_hz, expected, rtol=1e-9)
    assert FeatureExtractor(SPECTROGRAM).frequencies_hz[[0, 1, -1]].tolist() == [0, 25, 8000]


@every_kind
@pytest.mark.parametrize("hz", [300.0, 1000.0, 4000.0])
def test_a_tone_is_loudest_where_its_frequency_is(config, hz):
    power = frames_of(config, tone(hz, 0.5)).mean(0)
    centres = FeatureExtractor(config).frequencies_hz
    assert abs(power.argmax() - np.abs(centres - hz).argmin()) <= 1


@every_kind
def test_log_levels(config):
    power = frames_of(config, noise(0.3))
    offset = LOG_OFFSET if config is LOG_MEL else 1e-10
    expected = np.log(power.astype(np.float64) + offset)
    np.testing.assert_allclose(FeatureExtractor(config).levels(power), expected, atol=1e-4)


@every_kind
@pytest.mark.parametrize("samples", [0, 1, 511, 512, 640, 767, 768, 1024, 5000])
def test_frames_are_those_that_are_whole(config, samples):
    expected = max(0, (samples - config.window) // config.hop + 1)
    assert frames_of(config, noise(samples / RATE)).shape == (expected, config.bins)


@every_kind
def test_a_frame_depends_on_its_own_samples_alone(config):
    sound = noise(1)
    whole = frames_of(config, sound)
    for i in (0, 7, len(whole) - 1):
        alone = frames_of(config, sound[i * config.hop : i * config.hop + config.window])
        np.testing.assert_allclose(alone, whole[i : i + 1], rtol=1e-4)


def test_more_frames_than_are_made_at_once():
    config = FeatureConfig(window=64, hop=1, bins=4)
    sound = noise((FRAMES_AT_ONCE + 100) / RATE)
    parts = [frames_of(config, sound[: 4000 + 63]), frames_of(config, sound[4000:])]
    np.testing.assert_allclose(frames_of(config, sound), np.concatenate(parts), rtol=1e-4)


@given(st.lists(st.integers(0, 3000), max_size=12), st.sampled_from(KINDS))
def test_blocks_change_nothing(sizes, config):
    sound = noise(0.8)
    stream = FrameStream(FeatureExtractor(config))
    found = [stream.push(block) for block in np.split(sound, np.cumsum(sizes))]
    whole = frames_of(config, sound)
    assert sum(map(len, found)) == len(whole)
    np.testing.assert_allclose(np.concatenate(found), whole, rtol=1e-4)


@given(st.floats(0, 3), st.floats(0, 3), st.sampled_from(KINDS))
def test_a_span_takes_the_frames_that_lie_wholly_in_it(start, length, config):
    end = start + length
    starts = np.arange(500) * config.hop
    inside = (starts >= round(start * RATE)) & (starts + config.window <= round(end * RATE))
    place = FeatureExtractor(config).place((start, end))
    assert list(range(500)[place]) == np.flatnonzero(inside).tolist()


def test_log_mel_is_normalised_by_the_voice():
    voice = VoiceProfile(np.linspace(-9, -3, 64), np.linspace(0.5, 2, 64))
    power = frames_of(LOG_MEL, noise(0.5)).astype(np.float64)
    expected = ((np.log(power + LOG_OFFSET) - voice.mean) / voice.deviation).T[None]
    found = input_of(LOG_MEL, noise(0.5), voice)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_mel_in_decibels_against_the_maximum():
    sound = np.concatenate([tone(440, 0.5), np.zeros(RATE // 2, np.float32)])
    found = input_of(MEL_DB, sound)
    expected = librosa.power_to_db(librosa_mel(sound, MEL_DB), ref=np.max, amin=1e-10, top_db=80)
    assert found.dtype == np.float32
    assert found.shape == (1, 128, len(expected))
    assert found.min() == 0
    assert found.max() == 1
    np.testing.assert_allclose(80 * found[0] - 80, expected.T, atol=1e-3)


@pytest.mark.parametrize("gain", [1.0, 0.01])
def test_mel_in_decibels_does_not_hear_loudness(gain):
    expected = input_of(MEL_DB, noise(0.5))
    np.testing.assert_allclose(input_of(MEL_DB, gain * noise(0.5)), expected, atol=1e-4)


def test_silence_in_decibels():
    assert (input_of(MEL_DB, np.zeros(RATE, np.float32)) == 1).all()


def test_the_three_channels_of_a_log_spectrogram():
    sound, voice = noise(0.5), profile(321, -2.0, 3.0)
    cut = np.lib.stride_tricks.sliding_window_view(sound, 640)[::320]
    power = np.abs(np.fft.rfft(cut * np.hanning(641)[:-1])) ** 2
    static = ((np.log(power + 1e-10) + 2) / 3).T
    found = input_of(SPECTROGRAM, sound, voice)
    assert found.shape == (3, 321, len(cut))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found[0], static, atol=1e-3)
    np.testing.assert_allclose(found[1, :, 1:], np.diff(static), atol=1e-3)
    np.testing.assert_allclose(found[2, :, 2:], np.diff(static, 2), atol=2e-3)
    assert (found[1:, :, 0] == 0).all()


@pytest.mark.parametrize("config", [LOG_MEL, SPECTROGRAM])
def test_a_voice_profile_is_needed(config):
    with pytest.raises(InvalidInput, match=f"{config.kind} features need a voice profile"):
        input_of(config, noise(0.5))
    with pytest.raises(InvalidInput, match=rf"profile of {config.bins} bins, got one of 7; make"):
        input_of(config, noise(0.5), profile(7))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kind": "mfcc"}, "unknown kind 'mfcc'"),
        ({"kind": "log-spectrogram"}, "of 512 samples has 257 bins, not 64"),
        ({"hop": 0}, "expected 0 < hop <= window and 0 <= fmin < fmax <= 8000, got 0, 512, 50.0"),
        ({"hop": 513}, "expected 0 < hop <= window"),
        ({"fmax": 8001.0}, "fmax <= 8000"),
        ({"fmin": 8000.0}, "fmin < fmax"),
    ],
)
def test_settings_that_make_no_sense(settings, message):
    with pytest.raises(InvalidInput, match=message):
        FeatureConfig(**settings)
    with pytest.raises(ModelUnavailable, match=f"features of the bundle: features: .*{message}"):
        FeatureConfig.from_dict(settings)


@pytest.mark.parametrize("content", [{"windows": 512}, {"hop": "256"}])
def test_settings_of_another_version(content):
    with pytest.raises(ModelUnavailable, match="features of the bundle: "):
        FeatureConfig.from_dict(content)


@every_kind
def test_settings_survive_the_manifest(config):
    assert FeatureConfig.from_dict(config.as_dict()) == config
    assert config.channels == (3 if config is SPECTROGRAM else 1)


@pytest.mark.parametrize(
    ("mean", "deviation", "message"),
    [
        (np.zeros(3), np.ones(2), r"a mean and a deviation per bin, got \(3,\), \(2,\) and"),
        (np.zeros((2, 2)), np.ones((2, 2)), "a mean and a deviation per bin"),
        (np.zeros(2), np.array([1, 0]), "positive deviations"),
        (np.zeros(2), np.array([1, np.nan]), "positive deviations"),
        (np.array([0, np.inf]), np.ones(2), "finite means"),
    ],
)
def test_profiles_are_checked(mean, deviation, message):
    with pytest.raises(InvalidInput, match=message):
        VoiceProfile(mean, deviation)


@pytest.mark.parametrize(
    ("ordinary", "message"),
    [(np.zeros(3), r"of ordinary speech, \(3,\)"), (np.array([0, np.nan]), "finite means")],
)
def test_ordinary_speech_is_checked(ordinary, message):
    with pytest.raises(InvalidInput, match=message):
        VoiceProfile(np.zeros(2), np.ones(2), ordinary)


def test_a_voice_is_moved_as_far_as_its_ordinary_speech():
    average = VoiceProfile(np.array([1, 2]), np.array([3, 4]), np.array([0, 5]))
    moved = average.shifted(np.array([-1, 7]))
    assert moved.mean.tolist() == [0, 4]
    assert moved.deviation.tolist() == [3, 4]
    assert moved.ordinary is not None
    assert moved.ordinary.tolist() == [-1, 7]
    with pytest.raises(InvalidInput, match="does not know how ordinary speech sounds"):
        VoiceProfile(np.zeros(2), np.ones(2)).shifted(np.zeros(2))
