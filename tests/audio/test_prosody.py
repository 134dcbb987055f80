import numpy as np
import pytest

from emotion_core.audio.decode import read_audio
from emotion_core.audio.prosody import STEP, WINDOW, ProsodyMeter
from emotion_core.audio.vad import speech_spans
from tests.audio.sounds import RATE, clips, melody, noise, syllables, tone, voice


def prosody_of(samples, speech_s=None, block=10 * RATE):
    meter = ProsodyMeter()
    for start in range(0, len(samples), block):
        meter.push(samples[start : start + block])
    whole = np.array([[0, len(samples) / RATE]])
    return meter.finish(whole if speech_s is None else np.array(speech_s).reshape(-1, 2))


def test_points_lie_every_20_ms():
    prosody = prosody_of(noise(1))
    assert prosody.step_s == 0.02
    assert prosody.pitch_hz.shape == prosody.energy_db.shape == (51,)
    assert len(prosody_of(noise(0.999)).pitch_hz) == 50


@pytest.mark.parametrize("hz", [65, 100, 220, 350, 480])
@pytest.mark.parametrize("kind", [tone, lambda hz, s: voice(np.full(round(s * RATE), hz))])
def test_the_pitch_of_a_steady_sound(hz, kind):
    prosody = prosody_of(kind(float(hz), 1.0))
    np.testing.assert_allclose(prosody.pitch_hz[2:-2], hz, rtol=0.005)
    assert prosody.pitch_median_hz == pytest.approx(hz, rel=0.003)
    assert prosody.pitch_range_st == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize(("low", "high"), [(100, 200), (180, 400), (250, 120)])
def test_the_pitch_of_a_glide(low, high):
    contour = np.geomspace(low, high, 2 * RATE)
    prosody = prosody_of(voice(contour) + noise(2, 0.003))
    np.testing.assert_allclose(prosody.pitch_hz[2:-3], contour[::STEP][2:-2], rtol=0.01)
    octaves = abs(np.log2(high / low))
    assert prosody.pitch_range_st == pytest.approx(12 * octaves * 0.8, abs=0.3)


@pytest.mark.parametrize(
    "sound", [noise(2), np.zeros(2 * RATE, np.float32), tone(30, 2), np.full(2 * RATE, 0.2)]
)
def test_no_pitch_where_there_is_no_voice(sound):
    prosody = prosody_of(sound.astype(np.float32))
    assert np.isnan(prosody.pitch_hz[2:-2]).all()
    assert np.isnan(prosody.pitch_median_hz)
    assert np.isnan(prosody.pitch_range_st)
    assert prosody.syllables_per_s == 0


def test_pitch_stands_only_within_speech():
    prosody = prosody_of(tone(200, 3), [[0.5, 1], [2, 2.5]])
    times = np.arange(len(prosody.pitch_hz)) * prosody.step_s
    spoken = (times >= 0.5) & (times < 1) | (times >= 2) & (times < 2.5)
    np.testing.assert_array_equal(np.isfinite(prosody.pitch_hz), spoken)
    assert prosody.pause_share == pytest.approx(0.5)


@pytest.mark.parametrize("level", [1.0, 0.5, 0.01])
def test_energy_against_full_scale(level):
    energy = prosody_of(tone(1000, 1, level=level)).energy_db[2:-2]
    np.testing.assert_allclose(energy, 20 * np.log10(level / np.sqrt(2)), atol=0.05)
    square = prosody_of(np.sign(tone(100.1, 1)))
    assert square.energy_db.max() <= 0
    assert square.energy_db.max() == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize(("count", "each_s"), [(5, 0.2), (10, 0.2), (6, 0.3), (12, 0.15)])
def test_syllables(count, each_s):
    prosody = prosody_of(syllables(count, each_s) + noise(count * each_s, 0.001))
    assert prosody.syllables_per_s * count * each_s == pytest.approx(count)


def test_what_is_not_sung_is_no_syllable():
    bursts = noise(2) * (np.sin(np.pi * 5 * np.arange(2 * RATE) / RATE) ** 2).astype(np.float32)
    assert prosody_of(bursts).syllables_per_s == 0


def test_no_speech():
    prosody = prosody_of(melody(1), [])
    assert np.isnan(prosody.pitch_hz).all()
    assert np.isnan(prosody.mfcc).all()
    assert prosody.mfcc.shape == (13,)
    assert prosody.syllables_per_s == prosody.pause_share == 0
    assert np.isfinite(prosody.energy_db).all()


def test_nothing_at_all():
    prosody = ProsodyMeter().finish(np.zeros((0, 2)))
    assert prosody.pitch_hz.shape == (1,)


@pytest.mark.parametrize("block", [1, 300, 777, RATE, 10**9])
def test_blocks_change_nothing(block):
    sound = syllables(3 if block == 1 else 30) + noise(0.6 if block == 1 else 6, 0.01)
    found, expected = prosody_of(sound, block=block), prosody_of(sound)
    np.testing.assert_allclose(found.pitch_hz, expected.pitch_hz, rtol=1e-4)
    np.testing.assert_allclose(found.energy_db, expected.energy_db, atol=1e-4)
    np.testing.assert_allclose(found.mfcc, expected.mfcc, atol=1e-3)
    assert found.syllables_per_s == expected.syllables_per_s


def test_mfcc_are_those_of_librosa():
    import librosa

    sound = np.concatenate([syllables(10), noise(1), melody(1)])
    expected = librosa.feature.mfcc(
        S=librosa.power_to_db(
            librosa.feature.melspectrogram(
                y=sound, sr=RATE, n_fft=WINDOW, hop_length=STEP, n_mels=40, pad_mode="constant"
            ),
            top_db=None,
        ),
        n_mfcc=13,
    )
    mfcc = prosody_of(sound, [[0, 5]]).mfcc
    np.testing.assert_allclose(mfcc, expected[:, : len(sound) // STEP + 1].mean(1), atol=1e-3)


@pytest.mark.data
@pytest.mark.slow
def test_the_pitch_of_real_clips_as_librosa_hears_it():
    import librosa

    ratios, both = [], []
    for path in clips(6):
        sound = read_audio(path)[0].mono()
        pitch = prosody_of(sound, speech_spans(sound)).pitch_hz
        expected, _, _ = librosa.pyin(
            sound, fmin=60, fmax=500, sr=RATE, frame_length=WINDOW, hop_length=STEP
        )
        known = np.isfinite(pitch) & np.isfinite(expected)
        ratios.append(pitch[known] / expected[known])
        both.append(known.sum() / np.isfinite(pitch).sum())
    deviation = np.abs(np.concatenate(ratios) - 1)
    assert np.mean(deviation > 0.2) < 0.02
    assert np.median(deviation) < 0.006
    assert np.mean(both) > 0.8


@pytest.mark.data
def test_real_clips_have_about_seven_syllables():
    """Both sentences of the set have seven."""
    counts = []
    for path in clips(24):
        sound = read_audio(path)[0].mono()
        spans = speech_spans(sound)
        counts.append(prosody_of(sound, spans).syllables_per_s * np.ptp(spans, axis=1).sum())
    assert np.mean(counts) == pytest.approx(7, abs=1)
