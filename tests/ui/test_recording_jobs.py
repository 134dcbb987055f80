"""A recording analysed in a thread, and what is kept of it."""

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from emotion_core.audio.pipeline import AudioModel
from emotion_core.face.pipeline import FaceModel
from emotion_core.loading import (
    DEFAULT_AUDIO_MODEL,
    DEFAULT_FACE_MODEL,
    DEFAULT_FUSION_MODEL,
    DEFAULT_TEXT_MODEL,
)
from emotion_core.recording.analysis import Looking
from emotion_core.recording.pipeline import RecordingModel, load_recording_model
from emotion_core.recording.stages import StageResults
from emotion_core.recording.transcript import Cue, Transcript
from tests.ui.films import film
from tests.ui.recordings import write_models
from ui.recording_example import WORDS, example
from ui.recording_jobs import AnalysisJob, Task
from ui.recording_open import OpenRecording
from ui.uploads import Upload

WAIT_S = 60
OTHER_WORDS = Transcript((Cue(1, 2, "anger today"),), "SRT")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> RecordingModel:
    folder = write_models(tmp_path_factory.mktemp("models"))
    names = (DEFAULT_TEXT_MODEL, DEFAULT_AUDIO_MODEL, DEFAULT_FACE_MODEL, DEFAULT_FUSION_MODEL)
    return load_recording_model(*(folder / name for name in names))


@pytest.fixture(scope="module")
def done(model: RecordingModel) -> OpenRecording:
    return finished(OpenRecording(Task(example(), model, transcript=WORDS)))


def finished(recording: OpenRecording) -> OpenRecording:
    recording.job.wait(WAIT_S)
    assert not recording.job.running
    return recording


class Counter:
    """How many times a model looked or listened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.looked = self.listened = 0
        look, listen = FaceModel.analyse, AudioModel.analyse

        def looking(*given, **settings):
            self.looked += 1
            return look(*given, **settings)

        def listening(*given, **settings):
            self.listened += 1
            return listen(*given, **settings)

        monkeypatch.setattr(FaceModel, "analyse", looking)
        monkeypatch.setattr(AudioModel, "analyse", listening)


def test_the_example_has_words_a_voice_and_two_faces(done: OpenRecording):
    analysis = done.analysis
    assert done.job.error == ""
    assert analysis is not None
    assert analysis.voice is not None
    assert analysis.faces is not None
    assert analysis.words is not None
    assert len(analysis.faces.people) == 2
    assert [cue.text for cue in analysis.words.transcript.cues] == [c.text for c in WORDS.cues]
    assert (analysis.fused.contributions > 0).all(axis=1).any()
    medium = done.medium()
    assert medium is not None
    assert (medium.kind, medium.mimetype) == ("video", "video/mp4")


def test_stages_tell_how_far_they_are(done: OpenRecording):
    job = done.job
    assert isinstance(job, AnalysisJob)
    assert job.stage_s("faces")[0] == pytest.approx(10, abs=0.3)
    assert job.stage_s("fusion")[0] > 0
    assert job.stage_share("voice") == 1


def test_findings_are_worked_out_once(done: OpenRecording):
    found = done.findings()
    assert found is not None
    assert done.findings() is found
    assert set(found.models) == {"text", "audio", "face", "fusion"}
    assert found.judged.voice is not None
    assert found.judged.voice.timeline.labels == found.judged.labels


def test_other_words_are_read_without_looking_or_listening(
    model: RecordingModel, monkeypatch: pytest.MonkeyPatch
):
    recording = finished(OpenRecording(Task(example(), model, transcript=WORDS)))
    before, counter = recording.analysis, Counter(monkeypatch)
    recording.read_words(OTHER_WORDS)
    finished(recording)
    after = recording.analysis
    assert before is not None
    assert after is not None
    assert after.words is not None
    assert after.words.transcript.cues == OTHER_WORDS.cues
    assert after.voice is before.voice
    assert after.faces is before.faces
    recording.read_words(None)
    finished(recording)
    assert recording.analysis is not None
    assert recording.analysis.words is None
    assert (counter.looked, counter.listened) == (0, 0)


@pytest.mark.parametrize(
    ("looking", "again"), [(Looking(fps=2.0), (1, 0)), (Looking(window_s=2.0), (0, 1))]
)
def test_only_what_is_asked_for_in_another_way_is_done_anew(
    model: RecordingModel,
    monkeypatch: pytest.MonkeyPatch,
    looking: Looking,
    again: tuple[int, int],
):
    recording = finished(OpenRecording(Task(example(), model, transcript=WORDS)))
    counter = Counter(monkeypatch)
    recording.again(Task(example(), model, looking, transcript=WORDS))
    finished(recording)
    assert recording.analysis is not None
    assert recording.analysis.looking == looking
    assert (counter.looked, counter.listened) == again


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Nobody sees anything before the event, or before the work is cancelled."""
    gate = threading.Event()
    look = FaceModel.analyse

    def waiting(self, source, *, should_stop, **settings):
        while not should_stop() and not gate.wait(0.01):
            pass
        return look(self, source, should_stop=should_stop, **settings)

    monkeypatch.setattr(FaceModel, "analyse", waiting)
    yield gate
    gate.set()


def test_a_cancelled_recording_goes_on_with_what_it_has(
    model: RecordingModel, held: threading.Event, monkeypatch: pytest.MonkeyPatch
):
    recording = OpenRecording(Task(example(), model, transcript=WORDS))
    heard = threading.Event()
    while not recording.kept.done("voice"):
        assert not heard.wait(0.02)
    recording.cancel()
    finished(recording)
    assert recording.analysis is not None
    assert recording.analysis.stopped
    voice = recording.kept.voice
    assert voice is not None
    assert not recording.kept.done("faces")
    held.set()
    counter = Counter(monkeypatch)
    recording.go_on()
    finished(recording)
    assert recording.analysis.stopped is False
    assert recording.analysis.voice is voice
    assert (counter.looked, counter.listened) == (1, 0)


def test_time_left_is_that_of_the_slowest_stage(model: RecordingModel, held: threading.Event):
    job = AnalysisJob(Task(example(), model), StageResults())
    assert job.seconds_left() is None
    job._on_stage("faces", 1.0, 10.0)
    left_s = job.seconds_left()
    assert left_s is not None
    assert left_s == pytest.approx(9 * job.elapsed_s, rel=0.2)
    held.set()
    job.wait(WAIT_S)
    assert job.stage_share("faces") == 1


def test_sound_alone_is_played_as_sound(model: RecordingModel):
    from ui.voice_example import EXAMPLE_NAME, example_recording

    upload = Upload("1", EXAMPLE_NAME, example_recording())
    recording = finished(OpenRecording(Task(upload, model)))
    assert recording.analysis is not None
    assert recording.analysis.faces is None
    assert "faces" in recording.analysis.failures
    medium = recording.medium()
    assert medium is not None
    assert (medium.kind, medium.content) == ("audio", upload.content)
    recording.give_up_playing()
    converted = recording.medium()
    assert converted is not None
    assert converted.mimetype == "audio/wav"
    assert converted.content is not upload.content


def test_a_video_that_browsers_do_not_play_is_annotated(model: RecordingModel):
    silent = Upload("1", "film.avi", film("avi", "mpeg4"))
    recording = finished(OpenRecording(Task(silent, model)))
    assert recording.medium() is None
    findings = recording.findings()
    assert findings is not None
    assert findings.judged.faces is not None
    recording.annotate(findings.judged, blur=True)
    assert recording.film is not None
    recording.film.wait(WAIT_S)
    medium = recording.medium()
    assert medium is recording.film.film
    assert medium is not None
    assert medium.kind == "video"


def test_a_file_that_cannot_be_read_has_a_reason_and_no_findings(model: RecordingModel):
    broken = Upload("1", "broken.mp4", b"no video at all")
    recording = finished(OpenRecording(Task(broken, model)))
    assert "neither sound nor picture" in recording.job.error
    assert recording.findings() is None


def test_the_voice_of_the_example_is_there_from_the_start(done: OpenRecording):
    analysis = done.analysis
    assert analysis is not None
    assert analysis.voice is not None
    peaks = np.abs(analysis.voice.picture.peaks).max(1)
    assert peaks[: len(peaks) // 20].max() < 0.2 * peaks.max()
    assert analysis.duration_s == pytest.approx(10, abs=0.3)
