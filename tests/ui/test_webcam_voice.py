"""The microphone that runs along."""

import gc

import numpy as np
import pytest

from emotion_core.audio.decode import read_audio
from emotion_core.audio.pipeline import AudioModel, load_audio_model
from emotion_core.errors import ModelUnavailable
from emotion_core.types import EmotionScores, Waveform
from tests.bundles import write_audio_bundle
from tests.ui.webcam_frames import audio_frame, eventually, threads
from ui.voice_example import example_recording
from ui.webcam_voice import Listener, RecentSound

FRAME = 960
"""samples of 20 ms at 48 kHz"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> AudioModel:
    return load_audio_model(write_audio_bundle(tmp_path_factory.mktemp("bundles") / "voice"))


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    """Three seconds that hold speech, (time,) at 16 kHz."""
    return read_audio(example_recording())[0].mono()[16_000 : 4 * 16_000]


def hear(listener: Listener, sound: np.ndarray) -> None:
    for start in range(0, len(sound), 320):
        listener.hear(audio_frame(sound[None, start : start + 320], 16_000))


def test_only_the_last_seconds_are_kept():
    sound, ramp = RecentSound(longest_s=1.5), np.linspace(-1, 1, 100 * FRAME)
    for start in range(0, len(ramp), FRAME):
        sound.add(audio_frame(ramp[None, start : start + FRAME]))
    kept = sound.waveform()
    assert kept is not None
    assert kept.sample_rate == 48_000
    assert kept.duration_s == pytest.approx(1.5, abs=0.02)
    np.testing.assert_allclose(kept.samples[0], ramp[-kept.samples.shape[1] :], atol=1e-4)


def test_less_than_a_second_is_too_little():
    sound = RecentSound()
    assert sound.waveform() is None
    for _ in range(49):
        sound.add(audio_frame(np.ones((1, FRAME))))
    assert sound.waveform() is None
    sound.add(audio_frame(np.ones((1, FRAME))))
    assert sound.waveform() is not None


def test_channels_are_averaged():
    sound = RecentSound()
    for _ in range(60):
        sound.add(audio_frame(np.stack([np.full(FRAME, 0.5), np.full(FRAME, 0.1)])))
    kept = sound.waveform()
    assert kept is not None
    assert kept.samples.shape == (1, 60 * FRAME)
    np.testing.assert_allclose(kept.samples, 0.3, atol=1e-4)


def test_another_sample_rate_begins_anew():
    sound = RecentSound()
    for _ in range(60):
        sound.add(audio_frame(np.ones((1, FRAME))))
    sound.add(audio_frame(np.zeros((1, FRAME)), 44_100))
    assert sound.waveform() is None


def test_speech_is_answered_as_the_model_does(model: AudioModel, speech: np.ndarray):
    listener = Listener(model, every_s=0.05)
    hear(listener, speech)
    assert eventually(lambda: listener.scores is not None)
    found, expected = listener.scores, model.predict(Waveform(speech[None], 16_000))
    assert isinstance(found, EmotionScores)
    np.testing.assert_allclose(found.probabilities, expected.probabilities, atol=1e-3)
    hear(listener, np.zeros(3 * 16_000))
    assert eventually(lambda: listener.scores is None)
    assert not listener.error
    listener.close()


def test_the_thread_ends_with_close_or_with_the_last_holder(model: AudioModel):
    before = threads()
    listener = Listener(model)
    (started,) = threads() - before
    listener.close()
    assert not started.is_alive()
    forgotten = Listener(model)
    (started,) = threads() - before
    del forgotten
    gc.collect()
    assert eventually(lambda: not started.is_alive())


def test_an_error_of_the_model_is_told(
    model: AudioModel, speech: np.ndarray, monkeypatch: pytest.MonkeyPatch
):
    def broken(_: Waveform) -> EmotionScores:
        raise ModelUnavailable("the file is gone")

    monkeypatch.setattr(model, "predict", broken)
    listener = Listener(model, every_s=0.02)
    hear(listener, speech)
    assert eventually(lambda: listener.error == "the file is gone")
    assert listener.scores is None
    listener.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_fault_of_the_program_is_told_and_raised(
    model: AudioModel, speech: np.ndarray, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(model, "predict", lambda _: 1 / 0)
    listener = Listener(model, every_s=0.02)
    hear(listener, speech)
    assert eventually(lambda: "error of the program: division by zero" in listener.error)
    assert eventually(lambda: not listener._thread.is_alive())
