"""Profiles of a person's ordinary speech."""

import numpy as np
import pytest

from emotion_core.audio.analysis import VoiceProfile
from emotion_core.audio.pipeline import AudioModel, load_audio_model
from emotion_core.errors import InvalidInput
from emotion_core.registry import read_spec
from emotion_core.types import Waveform
from tests.audio.heights import BINS, height_model, mean_level, sound_of
from tests.audio.rewriting import change_manifest, write_profile
from tests.audio.sounds import RATE, noise, sequence, silence
from tests.bundles import write_audio_bundle


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> AudioModel:
    return height_model(tmp_path_factory.mktemp("bundles") / "voice")


@pytest.fixture(autouse=True)
def _loud(request, loud_is_speech):
    """Every sound of these tests is speech, but silence."""


def test_a_profile_is_the_average_voice_moved_to_the_persons(tmp_path):
    mean, deviation, ordinary = np.linspace(-9, 3, BINS), np.linspace(1, 2, BINS), np.ones(BINS)
    folder = write_profile(
        write_audio_bundle(tmp_path / "voice"), mean=mean, deviation=deviation, ordinary=ordinary
    )
    model, spoken = load_audio_model(folder), noise(8)
    profile = model.profile(Waveform(spoken, RATE))
    own = mean_level(model, spoken)
    np.testing.assert_allclose(profile.mean, mean + own - ordinary, atol=0.02)
    np.testing.assert_allclose(profile.deviation, deviation)
    sound = sound_of("joy", 2)
    expected = (mean_level(model, sound) - profile.mean) / profile.deviation
    found = model.logits(Waveform(sound, RATE), profile)
    np.testing.assert_allclose(found, expected.reshape(7, 4).mean(1), atol=1e-3)


def test_silence_is_no_part_of_a_voice(model):
    spoken = np.concatenate([sound_of("fear", 4), sound_of("joy", 4)])
    whole = np.concatenate([silence(4), spoken, silence(4)])
    profile = model.profile(Waveform(whole, RATE))
    near = np.abs(profile.mean - mean_level(model, spoken))
    far = np.abs(mean_level(model, whole) - mean_level(model, spoken))
    assert (near < 0.1 * far).all()


def test_a_profile_takes_the_usual_out_of_the_answer(model):
    usual, raised = sound_of("fear", 8), np.concatenate([sound_of("fear", 8), sound_of("joy", 3)])
    profile = model.profile(sequence(usual))
    flat = model.predict(sequence(usual), profile)
    np.testing.assert_allclose(flat.probabilities, 1 / 7, atol=0.01)
    assert model.predict(sequence(usual)).label == "fear"
    assert model.predict(sequence(raised)).label == "fear"
    assert model.predict(sequence(raised), profile).label == "joy"
    assert model.predict_each([sequence(raised)], profile)[0].label == "joy"
    assert model.analyse(sequence(raised), profile=profile).scores.label == "joy"


def test_bundles_that_take_no_profile(tmp_path):
    zeros = np.zeros(BINS)
    plain = write_profile(write_audio_bundle(tmp_path / "a"), mean=zeros, deviation=zeros + 1)
    with pytest.raises(InvalidInput, match="does not know how ordinary speech sounds"):
        load_audio_model(plain).profile(sequence(noise(8)))
    (plain / "profile.safetensors").unlink()
    change_manifest(plain, files={"model.onnx": read_spec(plain).files["model.onnx"]})
    with pytest.raises(InvalidInput, match="takes no voice profile"):
        load_audio_model(plain).profile(sequence(noise(8)))


@pytest.mark.parametrize(("spoken_s", "heard"), [(0.0, "0.0"), (4.0, "4.2")])
def test_too_little_speech_for_a_profile(model, spoken_s, heard):
    sound = sequence(silence(3), sound_of("fear", spoken_s), silence(3))
    message = f"expected 5 s of speech or more to know a voice by, got {heard} s; about a minute"
    with pytest.raises(InvalidInput, match=message):
        model.profile(sound)


@pytest.mark.usefixtures("short_chapters")
@pytest.mark.parametrize("until_s", [8.0, 13.0, 18.0, 27.0])
def test_a_profile_of_the_first_part(model, until_s):
    parts = [silence(1.5), sound_of("fear", 9), silence(1.5), sound_of("joy", 13)]
    sound = np.concatenate([*parts, silence(2), sound_of("anger", 9)])
    found = model.profile(Waveform(sound, RATE), until_s=until_s)
    expected = model.profile(Waveform(sound[: round(until_s * RATE)], RATE))
    np.testing.assert_allclose(found.mean, expected.mean, atol=0.05)


@pytest.mark.parametrize("until_s", [0.0, 4.0])
def test_a_first_part_that_is_too_short(model, until_s):
    with pytest.raises(InvalidInput, match="expected 5 s of speech or more"):
        model.profile(sequence(sound_of("fear", 9)), until_s=until_s)


def test_a_profile_of_another_model(model):
    other = VoiceProfile(np.zeros(64), np.ones(64))
    for ask in (model.predict, lambda s, profile: model.analyse(s, profile=profile)):
        with pytest.raises(InvalidInput, match="a voice profile of 28 bins, got one of 64; make"):
            ask(sequence(noise(1)), profile=other)
