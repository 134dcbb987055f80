from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from emotion_core import load
from emotion_core.audio import chapters
from emotion_core.audio.analysis import VoiceProfile
from emotion_core.audio.features import mel_frequencies
from emotion_core.audio.model import AudioReading
from emotion_core.audio.pipeline import AudioModel, load_audio_model
from emotion_core.audio.vad import SpeechDetector
from emotion_core.audio.windows import phrases
from emotion_core.errors import InvalidInput, ModelUnavailable
from emotion_core.labels import EKMAN7
from emotion_core.registry import read_spec
from emotion_core.scoring import softmax
from emotion_core.types import EmotionScores, ModelSpec, Waveform
from tests.audio.rewriting import change_manifest, write_profile
from tests.audio.sounds import RATE, clips, noise, tone, wav_bytes, write_sound
from tests.bundles import write_audio_bundle, write_naive_bayes_bundle

BINS = 4 * len(EKMAN7)
TEMPERATURE = 10.0
CALIBRATION = {"temperature": TEMPERATURE, "uncertain_below": 0.4}


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> AudioModel:
    folder = tmp_path_factory.mktemp("bundles") / "voice"
    write_audio_bundle(folder, calibration=CALIBRATION)
    zeros = np.zeros(BINS)
    write_profile(folder, mean=zeros, deviation=zeros + 1, ordinary=zeros)
    return load_audio_model(folder)


@pytest.fixture(autouse=True)
def _loud(request, loud_is_speech):
    """Every sound of these tests is speech, but silence."""


def sound_of(label: str, duration_s: float) -> np.ndarray:
    """A sound as high as the bundles answer with this label."""
    hertz = mel_frequencies(BINS, 50, 8000).reshape(-1, 4).mean(1)
    return tone(hertz[EKMAN7.index(label)], duration_s) + noise(duration_s, 1e-3)


def silence(duration_s: float) -> np.ndarray:
    return np.zeros(round(duration_s * RATE), np.float32)


def sequence(*parts: np.ndarray) -> Waveform:
    return Waveform(np.concatenate(parts), RATE)


def in_speech(spans_s: np.ndarray, speech_s: np.ndarray) -> bool:
    whole = phrases(speech_s)
    return all(((whole[:, 0] <= a + 1e-6) & (b <= whole[:, 1] + 1e-6)).any() for a, b in spans_s)


def mean_level(model: AudioModel, sound: np.ndarray) -> np.ndarray:
    """(bin,) of all frames."""
    return model.frame_classifier.levels(sound).mean(0, dtype=np.float64)


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


def test_a_recording_along_time(model):
    sound = sequence(silence(1.2), sound_of("anger", 5), silence(2), sound_of("surprise", 2.5))
    analysis = model.analyse(sound, window_s=2, hop_s=0.5)
    line = analysis.timeline
    np.testing.assert_allclose(analysis.speech_s, [[1.1, 6.3], [8.1, 10.7]], atol=0.07)
    np.testing.assert_allclose(np.ptp(line.spans_s, axis=1), 2)
    assert in_speech(line.spans_s, analysis.speech_s)
    for (start, _), probabilities in zip(line.spans_s, line.probabilities, strict=True):
        assert EKMAN7[probabilities.argmax()] == ("anger" if start < 7 else "surprise")
    unsure = line.probabilities.max(1) < CALIBRATION["uncertain_below"]
    np.testing.assert_array_equal(analysis.uncertain, unsure)
    assert analysis.notices == ()
    assert analysis.duration_s == pytest.approx(10.7)
    assert len(analysis.prosody.pitch_hz) == len(analysis.prosody.energy_db) == 536
    assert analysis.scores is not None
    assert analysis.scores.as_dict() == pytest.approx(model.predict(sound).as_dict(), abs=1e-6)


def test_windows_are_answered_as_if_they_were_alone(model):
    sound = sequence(sound_of("anger", 3), sound_of("joy", 3), sound_of("fear", 3))
    line = model.analyse(sound, window_s=2, hop_s=1).timeline
    for (start, end), probabilities in zip(line.spans_s, line.probabilities, strict=True):
        reading = model.classifier.read(sound.mono(), np.array([[start, end]]))[0]
        expected = softmax(reading.logits.astype(np.float64) / TEMPERATURE)
        np.testing.assert_allclose(probabilities, expected, atol=1e-6)


@pytest.fixture(scope="module")
def long() -> Waveform:
    """A minute and a half, in phrases of 2 to 11 s."""
    rng, parts = np.random.default_rng(0), []
    for label in EKMAN7 * 2:
        parts += [sound_of(label, float(rng.uniform(1, 5))), silence(float(rng.uniform(0.4, 0.8)))]
        parts += [sound_of("joy", float(rng.uniform(1, 5))), silence(float(rng.uniform(1.5, 2.5)))]
    return sequence(*parts)


@pytest.fixture
def short_chapters(monkeypatch):
    monkeypatch.setattr(chapters, "CHAPTER_S", 15.0)


def test_a_long_recording_in_chapters_is_answered_as_in_one(model, long, monkeypatch):
    monkeypatch.setattr(chapters, "CHAPTER_S", 1000.0)
    whole = model.analyse(long)
    monkeypatch.setattr(chapters, "CHAPTER_S", 15.0)
    parted = model.analyse(long)
    np.testing.assert_allclose(parted.timeline.spans_s, whole.timeline.spans_s)
    np.testing.assert_allclose(
        parted.timeline.probabilities, whole.timeline.probabilities, atol=0.02
    )
    np.testing.assert_array_equal(parted.speech_s, whole.speech_s)
    assert parted.scores is not None
    assert whole.scores is not None
    assert parted.scores.as_dict() == pytest.approx(whole.scores.as_dict(), abs=1e-3)


@pytest.mark.usefixtures("short_chapters")
def test_progress_goes_forward_to_the_end(model, long):
    told = []
    model.analyse(long, on_progress=lambda done, expected: told.append((done, expected)))
    done = [d for d, _ in told]
    assert len(done) >= 4
    assert done == sorted(done)
    assert done[-1] == pytest.approx(long.duration_s)
    assert {expected for _, expected in told} == {long.duration_s}


@pytest.mark.usefixtures("short_chapters")
def test_stopped_with_what_was_done_so_far(model, long):
    asked = []

    def should_stop() -> bool:
        asked.append(True)
        return len(asked) == 4

    analysis = model.analyse(long, should_stop=should_stop)
    whole = model.analyse(long)
    assert analysis.notices == ("stopped at 40 s; the rest was not analysed",)
    assert analysis.duration_s == 40
    assert 30 < analysis.timeline.spans_s.max() <= 40
    before = whole.timeline.spans_s[:, 1] < 30
    kept = slice(0, np.count_nonzero(before))
    np.testing.assert_allclose(analysis.timeline.spans_s[kept], whole.timeline.spans_s[before])
    assert analysis.scores is not None


def test_stopped_at_once(model):
    analysis = model.analyse(sequence(silence(15)), should_stop=lambda: True)
    assert analysis.scores is None
    assert analysis.notices[1] == "stopped at 10 s; the rest was not analysed"


@pytest.mark.parametrize(("window_s", "hop_s"), [(1, 2), (0, 0), (3, 0), (-1, -2), (np.nan, 1)])
def test_window_and_hop_must_fit(model, window_s, hop_s):
    with pytest.raises(InvalidInput, match="expected 0 < hop <= window, got a hop of"):
        model.analyse(Path("not even looked at"), window_s=window_s, hop_s=hop_s)


def test_windows_shorter_than_a_frame(model):
    with pytest.raises(InvalidInput, match="expected windows of one frame or more"):
        model.analyse(sequence(noise(1)), window_s=0.02, hop_s=0.02)


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


@pytest.mark.data
def test_real_clips(model, monkeypatch):
    monkeypatch.undo()  # of what makes every sound speech
    assert SpeechDetector().method == "silero"
    for path in clips(3):
        analysis = model.analyse(path)
        assert 0.5 < np.ptp(analysis.speech_s, axis=1).sum() < analysis.duration_s
        assert in_speech(analysis.timeline.spans_s, analysis.speech_s)
        assert analysis.scores is not None
        assert analysis.scores.as_dict() == pytest.approx(model.predict(path).as_dict(), abs=1e-6)
