import numpy as np
import pytest

from emotion_core.audio.analysis import SpectrogramWeights
from emotion_core.audio.explain import (
    BANDS,
    MOST_STEPS,
    PATCH_FRAMES,
    blank_level,
    occlusion_weights,
)
from emotion_core.audio.pipeline import AudioModel, load_audio_model
from emotion_core.errors import InvalidInput
from emotion_core.labels import EKMAN7
from emotion_core.types import Waveform
from tests.audio.sounds import RATE, noise, tone
from tests.bundles import write_audio_bundle


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> AudioModel:
    folder = tmp_path_factory.mktemp("bundles") / "voice"
    return load_audio_model(write_audio_bundle(folder, calibration={"temperature": 10.0}))


def a_call(hertz: float, from_s: float, to_s: float) -> Waveform:
    """Four seconds of faint noise with a tone in them."""
    sound = noise(4, 0.01)
    sound[round(from_s * RATE) : round(to_s * RATE)] += tone(hertz, to_s - from_s)
    return Waveform(sound, RATE)


def test_occlusion_is_the_fall_of_the_probability():
    levels = np.random.default_rng(0).random((40, 16)).astype(np.float32)
    share = np.random.default_rng(1).standard_normal((40, 16)) / 1000
    found = occlusion_weights(
        levels, np.full(16, 0.25), lambda windows: np.array([(w * share).sum() for w in windows])
    )
    assert found.shape == levels.shape
    fall = (levels - 0.25) * share
    expected = fall.reshape(5, 8, 8, 2).sum((1, 3))
    np.testing.assert_allclose(found[::8, ::2], expected, atol=1e-7)
    patches = found.reshape(5, 8, 8, 2)
    assert (patches == patches[:, :1, :, :1]).all()


@pytest.mark.parametrize(
    ("frames", "bins", "patches"),
    [(1, 3, 3), (7, 28, BANDS), (80, 64, 10 * BANDS), (5000, 8, MOST_STEPS * BANDS)],
)
def test_a_patch_for_every_cell(frames, bins, patches):
    asked = 0

    def probability(windows) -> np.ndarray:
        nonlocal asked
        asked += len(windows)
        return 1 / np.arange(asked, asked + len(windows))

    levels = np.ones((frames, bins), np.float32)
    found = occlusion_weights(levels, np.zeros(bins), probability)
    assert asked == patches + 1
    assert len(np.unique(found)) == patches
    assert (found != 0).all()
    assert frames / PATCH_FRAMES > MOST_STEPS or patches >= frames / PATCH_FRAMES
    assert (levels == 1).all()


def test_a_blank_is_the_median_of_each_bin():
    levels = np.array([[0, 1], [5, 2], [9, 90]], np.float32)
    assert blank_level(levels).tolist() == [5, 2]


@pytest.mark.parametrize("place", [0, 2, 3, 6])
def test_the_band_and_the_moment_that_carry_the_answer(model, place):
    centres = model.frame_classifier.extractor.frequencies_hz
    found = model.explain(a_call(centres[4 * place + 2], 1.2, 2.2), (0.5, 3.5))
    assert found.label == EKMAN7[place]
    assert found.method == "occlusion"
    assert found.span_s == (0.5, 3.5)
    assert found.weights.shape == found.spectrogram_db.shape == (28, 187 - 1)
    np.testing.assert_array_equal(found.frequencies_hz, centres)
    assert (np.abs(found.weights) <= 1).all()
    bin_, frame = np.unravel_index(found.weights.argmax(), found.weights.shape)
    assert abs(bin_ - (4 * place + 2)) <= 3
    assert 0.6 < frame * 256 / RATE < 1.8
    calm = found.weights[:, round(2.2 * RATE / 256) :]
    assert np.abs(calm).max() < found.weights.max() / 4


def test_the_spectrogram_is_what_the_model_heard(model):
    sound = a_call(1000, 1, 2)
    found = model.explain(sound, (1, 2))
    levels = model.frame_classifier.levels(sound.mono()[RATE : 2 * RATE])
    np.testing.assert_allclose(
        found.spectrogram_db.T, (levels - levels.max()) * 10 / np.log(10), atol=1e-3
    )
    assert found.spectrogram_db.max() == 0


def test_a_short_span(model):
    found = model.explain(a_call(1000, 1, 2), (1.0, 1.04))
    assert found.weights.shape == (28, 1)


def test_a_span_that_reaches_beyond_the_end(model):
    sound = a_call(1000, 1, 2)
    np.testing.assert_array_equal(
        model.explain(sound, (3, 9)).weights, model.explain(sound, (3, 4)).weights
    )


def test_the_longest_span(model):
    sound = Waveform(np.tile(a_call(1000, 1, 2).mono(), 9), RATE)
    start = 0.7  # whose end, half a minute later, is no binary fraction
    assert model.explain(sound, (start, start + 30)).weights.shape == (28, 1874)


@pytest.mark.parametrize(
    "span",
    [(2, 1), (1, 1), (-1, 1), (0, 30.1), (np.nan, 1), (0, np.nan), (0, np.inf), (-np.inf, 1)],
)
def test_spans_that_make_no_sense(model, span):
    with pytest.raises(InvalidInput, match="expected a span of at most 30 s, got"):
        model.explain(a_call(1000, 1, 2), span)


@pytest.mark.parametrize("span", [(4, 5), (99, 100), (1, 1.02)])
def test_nothing_to_explain(model, span):
    with pytest.raises(InvalidInput, match=rf"nothing to explain between {span[0]}\.00 and"):
        model.explain(a_call(1000, 1, 2), span)


def test_weights_are_checked():
    with pytest.raises(InvalidInput, match=r"a weight per cell, got \(2, 3\) for \(3, 2\)"):
        SpectrogramWeights((0, 1), np.zeros((3, 2)), np.zeros(3), np.zeros((2, 3)), "joy", "o")
