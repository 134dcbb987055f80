"""Whole recordings: what is answered, what is kept of a stopped run, and what may be missing."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from emotion_core.audio.pipeline import AudioModel
from emotion_core.errors import InvalidInput
from emotion_core.face.pipeline import FaceModel
from emotion_core.fusion.evidence import FUSED
from emotion_core.labels import EKMAN7
from emotion_core.recording.analysis import NOBODY, RecordingAnalysis
from emotion_core.recording.captions.reading import read_transcript
from emotion_core.recording.pipeline import RecordingModel, load_recording_model
from emotion_core.recording.stages import StageResults
from tests.audio.sounds import silence
from tests.recording.files import drawn_film, spoken_wav, without_sound

GRID = Path(os.environ.get("EMOTION_DATA", "../shared/data")) / "video" / "grid"
TEXT, AUDIO, FACE = range(len(FUSED))
SAID = read_transcript(
    b"""WEBVTT

00:00.500 --> 00:01.900
<v Ann>I am so happy to see you, what a wonderful surprise!
"""
)


@pytest.fixture(scope="module")
def model() -> RecordingModel:
    return load_recording_model()


@pytest.fixture(scope="module")
def clip() -> Path:
    """A person who says a sentence."""
    if not GRID.is_dir():
        pytest.skip("needs the data sets that $EMOTION_DATA names")
    return GRID / "sbwe5n.mpg"


@pytest.fixture(scope="module")
def whole(model: RecordingModel, clip: Path) -> RecordingAnalysis:
    return model.analyse(clip, transcript=SAID, window_s=1.0, hop_s=0.5)


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which tracks are decoded while a test runs."""
    found: list[str] = []
    hear, see = AudioModel.analyse, FaceModel.analyse

    def heard(*given: object, **named: object) -> object:
        found.append("voice")
        return hear(*given, **named)  # type: ignore[arg-type]

    def seen(*given: object, **named: object) -> object:
        found.append("faces")
        return see(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(AudioModel, "analyse", heard)
    monkeypatch.setattr(FaceModel, "analyse", seen)
    return found


def test_words_voice_and_face_take_part_where_they_are(whole: RecordingAnalysis):
    assert whole.labels == EKMAN7
    assert not whole.failures
    assert whole.voice
    assert whole.words
    assert whole.faces
    shares = whole.fused.contributions
    np.testing.assert_allclose(shares.sum(1), 1)
    middle = np.argmin(np.abs(whole.fused.timeline.spans_s.mean(1) - 1.4))
    assert (shares[middle] > 0).all()
    assert shares[-1, TEXT] == 0
    assert shares[-1, FACE] > 0


def test_the_fused_line_covers_the_recording(whole: RecordingAnalysis):
    spans = whole.fused.timeline.spans_s
    assert spans[0, 0] == 0
    assert spans[-1, 1] == pytest.approx(whole.duration_s)
    assert whole.duration_s == pytest.approx(3.0, abs=0.1)
    np.testing.assert_allclose(np.ptp(spans, axis=1), 1.0)


def test_the_person_whose_mouth_moves_says_the_words(whole: RecordingAnalysis):
    assert whole.words is not None
    assert whole.words.person.tolist() == [1]
    assert whole.words.transcript.cues[0].speaker == "Ann"


def test_other_words_are_fused_without_decoding(
    model: RecordingModel, whole: RecordingAnalysis, decoded: list[str]
):
    sad = read_transcript(b"1\n00:00:00,500 --> 00:00:01,900\nI miss her, I cried all night.\n")
    changed = model.with_transcript(whole, sad)
    without = model.with_transcript(whole, None)
    assert not decoded
    middle = np.argmin(np.abs(whole.fused.timeline.spans_s.mean(1) - 1.4))
    joy, sadness = EKMAN7.index("joy"), EKMAN7.index("sadness")
    before, after = (a.fused.timeline.probabilities[middle] for a in (whole, changed))
    assert after[sadness] > before[sadness]
    assert after[joy] < before[joy]
    assert without.words is None
    assert not without.fused.contributions[:, TEXT].any()
    again = model.with_transcript(without, SAID)
    np.testing.assert_allclose(
        again.fused.timeline.probabilities, whole.fused.timeline.probabilities
    )


def test_words_after_the_end_are_left_out_and_named(
    model: RecordingModel, whole: RecordingAnalysis
):
    late = read_transcript(
        b"1\n00:00:00,500 --> 00:00:02,000\nHello.\n\n2\n00:01:00,000 --> 00:01:02,000\nBye.\n"
    )
    found = model.with_transcript(whole, late)
    assert found.words is not None
    assert [c.text for c in found.words.transcript.cues] == ["Hello."]
    assert any("after the end" in notice for notice in found.notices)
    again = model.with_transcript(found, SAID)
    assert not any("after the end" in notice for notice in again.notices)


def test_plain_text_is_spread_over_the_speech(model: RecordingModel, whole: RecordingAnalysis):
    found = model.with_transcript(whole, read_transcript(b"Set white by e five now."))
    assert found.words is not None
    assert whole.voice is not None
    (cue,) = found.words.transcript.cues
    speech = whole.voice.speech_s
    assert cue.start_s == pytest.approx(speech[0, 0], abs=0.3)
    assert cue.end_s == pytest.approx(speech[-1, 1], abs=0.3)


def test_sound_alone(model: RecordingModel):
    found = model.analyse(spoken_wav())
    assert "faces" in found.failures
    assert found.faces is None
    assert len(found.fused.timeline)
    assert (found.fused.contributions[:, AUDIO] == 1).all()
    assert (found.fused.person == NOBODY).all()


def test_a_picture_without_sound(model: RecordingModel):
    found = model.analyse(without_sound(), transcript=SAID)
    assert "without an audio track" in found.failures["voice"]
    assert found.voice is None
    assert found.words is not None
    assert (found.fused.contributions[:, FACE] > 0).all()
    assert (found.fused.person == 1).all()


def test_neither_sound_nor_picture(model: RecordingModel):
    with pytest.raises(InvalidInput, match="interview: neither sound nor picture can be read"):
        model.analyse(np.random.default_rng(0).bytes(4000), name="interview")


def test_silence_without_a_face_has_no_answer(model: RecordingModel):
    found = model.analyse(spoken_wav(silence(2.0)))
    assert len(found.fused.timeline) == 0
    assert found.fused.timeline.labels == EKMAN7
    assert found.conflicts == ()


def test_what_is_finished_is_not_done_again(model: RecordingModel, clip: Path, decoded: list[str]):
    kept = StageResults()
    first = model.analyse(clip, kept=kept)
    assert sorted(decoded) == ["faces", "voice"]
    second = model.analyse(clip, kept=kept, transcript=SAID)
    assert sorted(decoded) == ["faces", "voice"]
    assert second.voice is first.voice
    assert second.faces is first.faces
    assert second.words is not None


def test_a_stopped_run_goes_on(model: RecordingModel):
    film, kept = drawn_film(seconds=8), StageResults()
    stopped = model.analyse(film, kept=kept, should_stop=lambda: True)
    assert stopped.stopped
    assert stopped.faces is not None
    assert stopped.faces.duration_s < 8
    assert not kept.done("faces")
    finished = model.analyse(film, kept=kept)
    assert not finished.stopped
    assert finished.duration_s == pytest.approx(8, abs=0.2)
    assert kept.done("faces")


def test_a_failed_stage_is_named_once_and_not_tried_again(
    model: RecordingModel, decoded: list[str]
):
    kept, sound = StageResults(), spoken_wav()
    first = model.analyse(sound, kept=kept)
    second = model.analyse(sound, kept=kept)
    assert decoded.count("faces") == 1
    assert second.failures == first.failures


def test_progress_of_every_stage_reaches_the_end(model: RecordingModel):
    told: dict[str, list[tuple[float, float | None]]] = {}
    model.analyse(
        drawn_film(seconds=4), on_stage=lambda stage, *s: told.setdefault(stage, []).append(s)
    )
    assert set(told) == {"voice", "faces", "fusion"}
    for stage, steps in told.items():
        done = [d for d, _ in steps]
        assert done == sorted(done), stage
        assert done[-1] == pytest.approx(4, abs=0.3), stage


def test_windows_that_do_not_fit_are_refused(model: RecordingModel):
    with pytest.raises(InvalidInput, match="hop"):
        model.analyse(spoken_wav(), window_s=1.0, hop_s=2.0)


def test_another_encoder_needs_a_late_fusion(model: RecordingModel, whole: RecordingAnalysis):
    late = load_recording_model(text="text-emotion6", fusion="fusion-late")
    found = late.with_transcript(replace(whole, words=None), SAID)
    assert found.words is not None
    assert (found.fused.contributions[:, TEXT] > 0).any()
    trained = RecordingModel(late.text, model.audio, model.face, model.fusion)
    unfused = trained.with_transcript(whole, SAID)
    assert "late fusion" in unfused.failures["fusion"]
    assert unfused.words is not None
    assert len(unfused.fused.timeline) == 0
    assert unfused.conflicts == ()
    assert "fusion" not in model.with_transcript(unfused, SAID).failures
