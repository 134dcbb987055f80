"""What a user asks of a voice model: sources, batches, broken files, loading."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from emotion_core import load
from emotion_core.audio.model import AudioReading
from emotion_core.audio.pipeline import AudioModel, load_audio_model
from emotion_core.errors import InvalidInput, ModelUnavailable
from emotion_core.labels import EKMAN7
from emotion_core.scoring import softmax
from emotion_core.types import EmotionScores, ModelSpec, Waveform
from tests.audio.heights import CALIBRATION, TEMPERATURE, height_model, mean_level, sound_of
from tests.audio.sounds import RATE, noise, sequence, silence, tone, wav_bytes, write_sound
from tests.bundles import write_audio_bundle, write_naive_bayes_bundle


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> AudioModel:
    return height_model(tmp_path_factory.mktemp("bundles") / "voice")


@pytest.fixture(autouse=True)
def _loud(request, loud_is_speech):
    """Every sound of these tests is speech, but silence."""


@pytest.mark.parametrize("label", EKMAN7)
def test_every_kind_of_source(model, tmp_path, label):
    sound = sound_of(label, 2)
    path = tmp_path / "größe 声.wav"
    path.write_bytes(wav_bytes(sound, subtype="FLOAT"))
    waveform = Waveform(np.stack([sound, sound]), RATE)
    answers = [model.predict(x) for x in (waveform, path, str(path), path.read_bytes())]
    for answer in (*answers, *model.predict([path, waveform])):
        assert answer.label == label
        assert answer.labels == model.labels == EKMAN7
        assert answer.probabilities.sum() == pytest.approx(1)
        np.testing.assert_allclose(answer.probabilities, answers[0].probabilities, atol=1e-5)


def test_no_recordings(model):
    assert model.predict([]) == []
    assert model.predict_each([]) == []


def test_logits_are_those_of_the_whole(model):
    sound = sound_of("fear", 2)
    expected = mean_level(model, sound).reshape(7, 4).mean(1)
    found = model.logits(Waveform(sound, RATE))
    np.testing.assert_allclose(found, expected, atol=1e-4)
    answer = model.predict(Waveform(sound, RATE))
    np.testing.assert_allclose(answer.probabilities, softmax(found / TEMPERATURE), atol=1e-6)


def test_phrases_count_by_their_length(model):
    low, high, pause = sound_of("anger", 0.96), sound_of("surprise", 2.88), silence(1.6)
    alone = [model.logits(sequence(pause, sound, pause)) for sound in (low, high)]
    together = model.logits(sequence(pause, low, pause, high, pause))
    np.testing.assert_allclose(together, np.average(alone, 0, [1.16, 3.08]), atol=1e-4)
    assert np.abs(alone[0] - alone[1]).max() > 5


def test_temperature_softens(model, tmp_path):
    plain = load_audio_model(write_audio_bundle(tmp_path / "plain", calibration={}))
    sound = Waveform(sound_of("joy", 2), RATE)
    assert plain.predict(sound).label == model.predict(sound).label == "joy"
    assert plain.predict(sound).probability > model.predict(sound).probability


@pytest.mark.parametrize(("level", "expected"), [(0.0, False), (1.0, True)])
def test_uncertain_below_the_level(tmp_path, level, expected):
    calibration = CALIBRATION | {"uncertain_below": level}
    model = load_audio_model(write_audio_bundle(tmp_path / "voice", calibration=calibration))
    sound = sequence(sound_of("joy", 4), silence(2), sound_of("fear", 4))
    analysis = model.analyse(sound)
    assert model.predict(sound).uncertain is expected
    assert analysis.scores is not None
    assert analysis.scores.uncertain is expected
    assert analysis.uncertain.tolist() == [expected] * len(analysis.timeline)


@pytest.mark.parametrize("sound", [silence(2), noise(2, 1e-4)])
def test_no_speech(model, tmp_path, sound):
    path = tmp_path / "a room.wav"
    path.write_bytes(wav_bytes(sound, subtype="FLOAT"))
    message = r"a room\.wav: the recording is silent.*; no speech was found.*choose a recording in"
    for ask in (model.predict, model.logits, lambda p: model.embed([p])):
        with pytest.raises(InvalidInput, match=message):
            ask(path)
    analysis = model.analyse(path)
    assert analysis.scores is None
    assert len(analysis.timeline) == len(analysis.uncertain) == len(analysis.speech_s) == 0
    assert analysis.duration_s == 2
    assert "the recording is silent" in analysis.notices[0]
    assert "no speech was found" in analysis.notices[-1]


BROKEN = {
    "empty.wav": (b"", "is empty"),
    "random.wav": (b"RIFF\x00\x10\x00\x00WAVE" + noise(0.5).tobytes(), "expected a recording"),
    "text.mp3": (b"not a sound " * 99, "expected a recording"),
    "short.wav": (wav_bytes(tone(200, 0.2)), "expected 0.3 s of sound or more, got 0.20 s"),
    "silent.wav": (wav_bytes(silence(1)), "no speech was found"),
}


def test_nothing_is_lost_from_a_batch_with_broken_files(model, tmp_path):
    paths = []
    for label, (name, (content, _)) in zip(EKMAN7, BROKEN.items(), strict=False):
        paths += [tmp_path / f"{label}.wav", tmp_path / name]
        paths[-2].write_bytes(wav_bytes(sound_of(label, 1)))
        paths[-1].write_bytes(content)
    paths += [write_sound(tmp_path / "v.mp4", None, tone(200, 1), video=True), tmp_path / "gone"]
    answers = model.predict_each(paths)
    there = sorted(path.name for path in tmp_path.iterdir())
    assert there == sorted(path.name for path in paths[:-1])
    labels = [a.label for a in answers if isinstance(a, EmotionScores)]
    assert labels == list(EKMAN7[: len(BROKEN)])
    messages = [str(a) for a in answers if isinstance(a, InvalidInput)]
    expected = [said for _, said in BROKEN.values()]
    for path, message, said in zip(
        [*BROKEN, "v.mp4", "gone"], messages, [*expected, "without an audio", "a file"], strict=True
    ):
        assert path in message
        assert said in message
    with pytest.raises(InvalidInput, match=r"empty\.wav is empty"):
        model.predict(paths)


@pytest.mark.parametrize("content", [b"", wav_bytes(silence(1)), wav_bytes(tone(200, 0.2))])
def test_uploads_are_called_by_their_name(model, content):
    asked = [lambda **more: model.predict(content, **more)]
    asked += [lambda **more: model.profile(content, **more)]
    if content != wav_bytes(silence(1)):  # whose analysis is no error
        asked += [lambda **more: model.analyse(content, **more)]
    for ask in asked:
        with pytest.raises(InvalidInput, match=r"^größe 声\.wav"):
            ask(name="größe 声.wav")
        with pytest.raises(InvalidInput, match=r"^the recording"):
            ask()


def with_header_of_ten_hours(content: bytes) -> bytes:
    size = (36_000 * 2 * RATE).to_bytes(4, "little")
    return content[:4] + size + content[8:40] + size + content[44:]


def with_three_samples(value: float) -> bytes:
    sound = sound_of("joy", 2).astype(np.float64)
    sound[100:103] = value
    return wav_bytes(sound, subtype="DOUBLE")


@pytest.mark.parametrize(
    ("content", "notice"),
    [
        (wav_bytes(sound_of("joy", 2), subtype="PCM_U8"), ""),
        (wav_bytes(sound_of("joy", 2), subtype="PCM_24"), ""),
        (wav_bytes(sound_of("joy", 2), subtype="FLOAT"), ""),
        (wav_bytes(np.repeat(sound_of("joy", 2), 12), 192_000), ""),
        (wav_bytes(np.stack([sound_of("joy", 2)] * 8)), ""),
        (wav_bytes(sound_of("joy", 2) + 0.2), "a constant offset of 0.20 was taken out"),
        (with_header_of_ten_hours(wav_bytes(sound_of("joy", 2))), "the sound breaks off at 2.0 s"),
        (with_three_samples(np.nan), "3 samples were no numbers"),
        (with_three_samples(np.inf), "3 samples were no numbers"),
    ],
    ids="8-bit 24-bit float 192-kHz 8-channels offset ten-hours nan inf".split(),
)
def test_odd_recordings_are_answered_and_named(model, content, notice):
    for found in (model.predict(content), model.analyse(content)):
        assert notice in "".join(found.notices)
        assert bool(notice) == bool(found.notices)
    assert model.predict(content).label == "joy"


def test_what_is_no_source(model):
    with pytest.raises(InvalidInput, match="expected a path, bytes or a Waveform, got int"):
        model.predict(3)
    (answer,) = model.predict_each([None])
    assert isinstance(answer, InvalidInput)


def test_embedding(model):
    sounds = [sound_of(label, 2) for label in ("joy", "fear")]
    found = model.embed([Waveform(sound, RATE) for sound in sounds])
    np.testing.assert_allclose(found, [mean_level(model, x) for x in sounds], atol=1e-4)


def test_threads_share_a_model(model):
    sounds = [sequence(sound_of(label, 1)) for label in EKMAN7] * 3
    with ThreadPoolExecutor(4) as pool:
        labels = [a.label for a in pool.map(model.predict, sounds)]
    assert labels == list(EKMAN7) * 3


class _Samples:
    """Reads samples and not frames, as hub models do."""

    labels = EKMAN7

    def read(self, samples, spans_s, profile=None) -> list[AudioReading]:
        return [AudioReading(np.arange(7.0) * (end - start), np.ones(3)) for start, end in spans_s]


def test_a_classifier_without_frames():
    spec = ModelSpec("hub:x", "audio", EKMAN7, {}, Path(), {})
    model = AudioModel(spec, _Samples())
    sound = sequence(noise(8))
    assert model.predict(sound).label == EKMAN7[-1]
    assert len(model.analyse(sound).timeline) == 6
    np.testing.assert_array_equal(model.embed([sound]), [[1, 1, 1]])
    for ask in (model.profile, lambda s: model.explain(s, (0, 1))):
        with pytest.raises(InvalidInput, match="hub:x reads samples and not frames"):
            ask(sound)


def test_opened_by_id_and_by_folder(own_models):
    folder = write_audio_bundle(own_models / "voice-mine")
    for name in ("voice-mine", folder, str(folder)):
        opened = load(name)
        assert isinstance(opened, AudioModel)
        assert opened.spec.id == "voice-mine"
    assert isinstance(load("voice-mine", "audio"), AudioModel)


def test_models_of_another_modality(tmp_path):
    text = write_naive_bayes_bundle(tmp_path / "words")
    voice = write_audio_bundle(tmp_path / "voice")
    with pytest.raises(InvalidInput, match="words answers text, not audio"):
        load(text, "audio")
    with pytest.raises(InvalidInput, match="voice answers audio, not text"):
        load(voice, "text")


@pytest.mark.parametrize("name", ["nobody", "missing/folder", "I am happy " * 300])
def test_no_such_model(name):
    with pytest.raises(ModelUnavailable, match="no model "):
        load(name, "audio")
