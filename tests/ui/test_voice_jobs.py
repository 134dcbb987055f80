"""Recordings analysed in a thread."""

import threading
from pathlib import Path

import numpy as np
import pytest

from emotion_core.audio.analysis import VoiceAnalysis, VoiceProfile
from emotion_core.audio.pipeline import AudioModel, load_audio_model
from emotion_core.labels import EKMAN7, IEMOCAP4
from emotion_core.markup import clock
from emotion_core.rows import columns
from tests.bundles import write_audio_bundle
from ui.models import VoiceChoice
from ui.progress import time_left
from ui.uploads import Upload
from ui.voice_example import example_recording
from ui.voice_jobs import DURATION, FilesJob, Listening, RecordingJob

EXAMPLE = Upload("1", "example.wav", example_recording())
BROKEN = Upload("2", "brökèn.wav", b"RIFF, but no sound")
WAIT_S = 20


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_audio_bundle(tmp_path_factory.mktemp("bundles") / "voice")


@pytest.fixture
def model(bundle: Path) -> AudioModel:
    return load_audio_model(bundle)


@pytest.fixture
def choice(model: AudioModel) -> VoiceChoice:
    return VoiceChoice(model, EKMAN7, 0.4)


@pytest.fixture
def endless(model: AudioModel, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Makes an analysis wait until it is stopped; set once it has begun."""
    begun, analyse = threading.Event(), model.analyse

    def waiting(source, *, on_progress, should_stop, **settings) -> VoiceAnalysis:
        on_progress(30.0, 120.0)
        begun.set()
        while not should_stop():
            threading.Event().wait(0.01)
        return analyse(source, on_progress=on_progress, should_stop=should_stop, **settings)

    monkeypatch.setattr(model, "analyse", waiting)
    return begun


def test_a_recording_is_heard(model: AudioModel):
    job = RecordingJob(model, EXAMPLE, Listening(window_s=2.0, hop_s=0.5))
    job.wait(WAIT_S)
    assert job.heard is not None
    assert not job.error
    timeline = job.heard.analysis.timeline
    assert np.diff(timeline.spans_s, axis=1).max() == pytest.approx(2.0)
    assert job.share() == 1.0
    assert job.heard.medium is not None
    assert job.heard.spectrogram.startswith(b"\x89PNG")


def test_a_file_that_cannot_be_played_is_converted_once(model: AudioModel):
    job = RecordingJob(model, EXAMPLE, Listening())
    job.wait(WAIT_S)
    assert job.heard is not None
    assert job.heard.medium is not None
    assert job.heard.medium.content is EXAMPLE.content
    job.convert()
    made = job.heard.medium
    assert made.content is not EXAMPLE.content
    job.convert()
    assert job.heard.medium is made


def test_an_explanation_is_worked_out_once(model: AudioModel):
    job = RecordingJob(model, EXAMPLE, Listening())
    job.wait(WAIT_S)
    first = job.explanation(1)
    assert job.heard is not None
    assert first.span_s == tuple(job.heard.analysis.timeline.spans_s[1])
    assert job.explanation(1) is first
    assert job.explanation(0) is not first


def test_a_recording_that_cannot_be_read_gives_its_error(model: AudioModel):
    job = RecordingJob(model, BROKEN, Listening())
    job.wait(WAIT_S)
    assert job.heard is None
    assert "expected a recording" in job.error


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_fault_of_the_program_is_told_and_raised(
    model: AudioModel, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(model, "analyse", lambda *_, **__: 1 / 0)
    job = RecordingJob(model, EXAMPLE, Listening())
    job.wait(WAIT_S)
    assert job.error == "Stopped by an error of the program: division by zero"


def test_progress_and_cancel(model: AudioModel, endless: threading.Event):
    job = RecordingJob(model, EXAMPLE, Listening())
    assert endless.wait(WAIT_S)
    assert job.running
    assert job.share() == 0.25
    assert job.seconds_left() == pytest.approx(3 * job.elapsed_s, rel=0.5)
    assert "left" in time_left(job)
    job.cancel()
    assert time_left(job) == "stopping"
    job.wait(WAIT_S)
    assert not job.running
    assert job.cancelled
    assert job.heard is not None
    elapsed_s = job.elapsed_s
    assert job.elapsed_s == elapsed_s


def test_what_is_the_same_job(model: AudioModel, bundle: Path):
    profile = VoiceProfile(np.zeros(28), np.ones(28))
    job = RecordingJob(model, EXAMPLE, Listening(profile=profile))
    job.wait(WAIT_S)
    again = Upload(EXAMPLE.identity, EXAMPLE.name, bytes(EXAMPLE.content))
    assert job.same(model, again, Listening(profile=profile))
    assert not job.same(model, again, Listening())
    assert not job.same(model, again, Listening(hop_s=2.0, profile=profile))
    assert not job.same(model, BROKEN, Listening(profile=profile))
    assert not job.same(load_audio_model(bundle), again, Listening(profile=profile))


def test_a_broken_file_keeps_its_row(choice: VoiceChoice):
    silence = Upload("3", "silence.aiff", _wav_of_silence())
    job = FilesJob(choice, [EXAMPLE, BROKEN, silence])
    job.wait(WAIT_S)
    frame = job.frame()
    assert list(frame.columns) == [*columns(EKMAN7), DURATION]
    assert frame["source"].tolist() == ["example.wav", "brökèn.wav", "silence.aiff"]
    assert frame["label"][0] in EKMAN7
    assert frame[DURATION][0] == pytest.approx(8.51, abs=0.1)
    assert "expected a recording" in frame["error"][1]
    assert frame["error"][2] == ""
    assert "no speech was found" in frame["notice"][2]
    assert job.share() == 1.0


def _wav_of_silence() -> bytes:
    head = EXAMPLE.content[:44]
    return head + bytes(len(EXAMPLE.content) - 44)


def test_files_in_the_chosen_label_set(model: AudioModel):
    job = FilesJob(VoiceChoice(model, IEMOCAP4, 1.0), [EXAMPLE])
    job.wait(WAIT_S)
    frame = job.frame()
    assert frame["label"][0] in IEMOCAP4
    assert frame["uncertain"].all()
    assert frame[[f"p_{label}" for label in IEMOCAP4]].sum(axis=1)[0] == pytest.approx(1, abs=1e-5)


def test_stopped_files_have_no_row_for_a_part(choice: VoiceChoice, endless: threading.Event):
    job = FilesJob(choice, [EXAMPLE, EXAMPLE])
    assert endless.wait(WAIT_S)
    assert job.share() == pytest.approx(0.125)
    job.cancel()
    job.wait(WAIT_S)
    assert job.frame().empty


def test_time_in_words():
    assert [clock(s) for s in (0, 75.4, 3661)] == ["0:00", "1:15", "1:01:01"]
