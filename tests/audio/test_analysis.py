"""A recording along time."""

from pathlib import Path

import numpy as np
import pytest

from emotion_core.audio import chapters
from emotion_core.audio.pipeline import AudioModel
from emotion_core.audio.vad import SpeechDetector
from emotion_core.audio.windows import phrases
from emotion_core.errors import InvalidInput
from emotion_core.labels import EKMAN7
from emotion_core.scoring import softmax
from emotion_core.types import Waveform
from tests.audio.heights import CALIBRATION, TEMPERATURE, height_model, sound_of
from tests.audio.sounds import clips, sequence, silence


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> AudioModel:
    return height_model(tmp_path_factory.mktemp("bundles") / "voice")


@pytest.fixture(autouse=True)
def _loud(request, loud_is_speech):
    """Every sound of these tests is speech, but silence."""


def in_speech(spans_s: np.ndarray, speech_s: np.ndarray) -> bool:
    whole = phrases(speech_s)
    return all(((whole[:, 0] <= a + 1e-6) & (b <= whole[:, 1] + 1e-6)).any() for a, b in spans_s)


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


def test_an_absurdly_short_hop(model):
    with pytest.raises(InvalidInput, match=r"a hop of 0\.05 s or more, got 1e-06 s; choose"):
        model.analyse(Path("not even looked at"), hop_s=1e-6)


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
