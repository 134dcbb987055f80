"""The camera of one browser, without a browser."""

import gc
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import ui.webcam_stream
from emotion_core.audio.pipeline import load_audio_model
from emotion_core.errors import InvalidInput
from emotion_core.labels import EKMAN7, IEMOCAP4
from emotion_core.rows import columns as table_columns
from emotion_core.types import EmotionScores
from tests.bundles import write_audio_bundle, write_face_bundle
from tests.ui.webcam_frames import (
    BOX,
    astronaut,
    audio_frame,
    choice_of,
    eventually,
    play,
    threads,
    video_frame,
)
from ui.models import FaceChoice, VoiceChoice
from ui.palette import rgb_colours
from ui.webcam_picture import View
from ui.webcam_record import recorded_rows
from ui.webcam_stream import Settings, WebcamStream, answered

PICTURE = astronaut()
DARK = np.zeros_like(PICTURE)
PLAIN = Settings(View(mirror=False), smoothing_s=0.0)


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("faces")
    write_face_bundle(folder / "seven")
    write_face_bundle(folder / "four", IEMOCAP4)
    write_audio_bundle(folder / "voice")
    return folder


@pytest.fixture
def choice(bundles: Path) -> FaceChoice:
    return choice_of(bundles / "seven")


@pytest.fixture
def stream(choice: FaceChoice):
    stream = WebcamStream(choice)
    stream.apply(choice, PLAIN)
    before = threads()
    yield stream
    stream.end()
    assert eventually(lambda: threads() <= before)


@pytest.fixture
def voice(bundles: Path) -> VoiceChoice:
    model = load_audio_model(bundles / "voice")
    return VoiceChoice(model, model.labels, 0.0)


def test_a_frame_is_answered_and_the_next_one_shows_it(stream: WebcamStream):
    first, second = play(stream, PICTURE, 2)
    assert np.abs(first.astype(int) - PICTURE).mean() < 3
    (scores,) = answered(stream.state(), stream.choice)[1]
    colour = rgb_colours(EKMAN7)[scores.label]
    left, top, right, bottom = BOX.astype(int)
    for edge in (second[top : top + 6, left + 30], second[bottom - 6 : bottom, left + 30]):
        assert (np.abs(edge.astype(int) - colour).max(-1) < 8).any()
    inside = np.s_[top + 12 : bottom - 12, left + 12 : right - 12]
    assert (second[inside] == first[inside]).all()


def test_the_newest_frame_is_answered_and_those_between_are_dropped(
    stream: WebcamStream, monkeypatch: pytest.MonkeyPatch
):
    model, go_on, asked = stream.choice.model, threading.Event(), []

    def slow(frame, faces):
        asked.append(frame.mean())
        go_on.wait(10)
        return [EmotionScores(EKMAN7, np.full(7, 1 / 7))] * len(faces)

    monkeypatch.setattr(model, "answer", slow)
    for number in range(10):
        stream.answer(video_frame(np.full_like(PICTURE, 20 * number + 20), number))
        assert eventually(lambda: len(asked) == 1)
    go_on.set()
    assert eventually(lambda: len(asked) == 2)
    assert asked == [pytest.approx(20, abs=2), pytest.approx(200, abs=2)]
    assert stream.state().dropped == 8


def test_dark_frames_show_nobody(stream: WebcamStream):
    *_, last = play(stream, DARK, 3)
    assert last.max() <= 2
    assert len(stream.state().faces) == 0


def test_answers_follow_label_set_and_level(bundles: Path, stream: WebcamStream):
    play(stream, PICTURE)
    stream.apply(choice_of(bundles / "seven", level=1.0, labels=IEMOCAP4), PLAIN)
    play(stream, PICTURE, first=1)
    faces, (scores,) = answered(stream.state(), stream.choice)
    assert len(faces) == 1
    assert scores.labels == IEMOCAP4
    assert scores.uncertain


def test_another_model_takes_over_while_the_camera_runs(bundles: Path, stream: WebcamStream):
    play(stream, PICTURE, 2)
    stream.apply(choice_of(bundles / "four"), PLAIN)
    assert answered(stream.state(), stream.choice)[1] == []
    play(stream, PICTURE, 1, first=2)
    assert stream.state().labels == IEMOCAP4
    assert stream.history().labels == IEMOCAP4


def test_a_recording_keeps_its_labels(bundles: Path, stream: WebcamStream, choice: FaceChoice):
    play(stream, PICTURE)
    stream.start_recording()
    with pytest.raises(InvalidInput, match="stop it before you choose this model"):
        stream.apply(choice_of(bundles / "four"), PLAIN)
    assert stream.choice is choice


def test_a_recording_has_rows_also_after_the_end(stream: WebcamStream):
    play(stream, PICTURE)
    assert stream.recorded_s() is None
    stream.start_recording()
    assert stream.recorded_s() == pytest.approx(0, abs=5)
    play(stream, PICTURE, 30, first=10)
    play(stream, DARK, 15, first=40)
    stream.end()
    assert stream.recorded_s() is None
    assert stream.recording is not None
    rows = recorded_rows(stream.recording)
    assert list(rows.columns) == table_columns(EKMAN7)
    assert set(rows["source"]) == {"webcam"}
    assert set(rows["person"]) == {1}
    assert rows["start_s"].tolist() == sorted(rows["start_s"])
    assert 0.8 <= rows["end_s"].max() <= 1.2
    assert rows[[f"p_{label}" for label in EKMAN7]].sum(axis=1).to_numpy() == pytest.approx(1)
    kept = stream.recording
    play(stream, PICTURE, first=60)
    assert stream.recording is kept


def test_without_a_camera_there_is_nothing_to_record(stream: WebcamStream):
    stream.start_recording()
    stream.stop_recording()
    assert stream.recording is None
    assert stream.recorded_s() is None


def test_the_threads_end_with_the_stream_and_start_with_the_next(stream: WebcamStream):
    before = threads()
    play(stream, PICTURE)
    assert stream.running
    assert len(threads() - before) == 1
    stream.end()
    stream.end()
    assert not stream.running
    assert eventually(lambda: threads() <= before)
    assert len(stream.history()) == 1
    play(stream, PICTURE, 2, first=9)
    assert stream.running
    assert len(stream.history()) == 1  # the second came within a tenth of a second


def test_a_stream_that_nobody_holds_leaves_nothing_behind(choice: FaceChoice):
    before = threads()
    forgotten = WebcamStream(choice)
    play(forgotten, PICTURE)
    assert threads() - before
    del forgotten
    gc.collect()
    assert eventually(lambda: threads() <= before)


def test_the_microphone_runs_along(stream: WebcamStream, voice: VoiceChoice):
    stream.hear(audio_frame(np.zeros((2, 960))))
    assert stream.heard() == ""
    stream.apply(stream.choice, replace_voice(voice))
    assert stream.heard() == ""
    play(stream, PICTURE)
    stream.hear(audio_frame(np.zeros((2, 960))))
    assert stream.heard() == "nobody speaks"
    listener = stream._listener
    assert listener is not None
    listener.scores = EmotionScores(voice.model.labels, np.eye(7)[2])
    found = stream.heard()
    assert isinstance(found, EmotionScores)
    assert found.label == EKMAN7[2]
    stream.apply(stream.choice, PLAIN)
    assert stream.heard() == ""


def test_a_microphone_switched_on_later_waits_for_the_next_start(
    stream: WebcamStream, voice: VoiceChoice
):
    play(stream, PICTURE)
    stream.apply(stream.choice, replace_voice(voice))
    assert stream.heard() == "from the next start of the camera on"


def replace_voice(voice: VoiceChoice) -> Settings:
    return PLAIN._replace(voice=voice)


def test_voice_answers_in_the_chosen_label_set(stream: WebcamStream, voice: VoiceChoice):
    stream.apply(stream.choice, replace_voice(replace(voice, labels=IEMOCAP4)))
    play(stream, PICTURE)
    assert stream._listener is not None
    stream._listener.scores = EmotionScores(EKMAN7, np.eye(7)[EKMAN7.index("joy")])
    found = stream.heard()
    assert isinstance(found, EmotionScores)
    assert found.label == "happy"


def test_a_camera_that_falls_silent_is_noticed(
    stream: WebcamStream, monkeypatch: pytest.MonkeyPatch
):
    now = [100.0]
    monkeypatch.setattr(ui.webcam_stream.time, "monotonic", lambda: now[0])
    assert stream.waiting_s() == 0
    stream.watch(True)
    now[0] += 7
    assert stream.waiting_s() == 7
    stream.answer(video_frame(PICTURE, 0))
    assert stream.waiting_s() == 0
    now[0] += 5
    stream.watch(True)
    assert stream.waiting_s() == 5
    stream.watch(False)
    assert stream.waiting_s() == 0


def test_a_fault_of_the_program_ends_the_stream_and_is_told(
    stream: WebcamStream, monkeypatch: pytest.MonkeyPatch
):
    play(stream, PICTURE)
    with monkeypatch.context() as patch:
        patch.setattr(ui.webcam_stream, "shown", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            stream.answer(video_frame(PICTURE, 1))
    assert stream.error == "Stopped by an error of the program: division by zero"
    assert not stream.running
    play(stream, PICTURE, first=2)
    assert stream.error == ""


def test_the_person_stays_the_same_when_the_connection_shrinks_the_picture(stream: WebcamStream):
    play(stream, PICTURE, 2)
    small = play(stream, np.ascontiguousarray(PICTURE[::2, ::2]), 2, first=2)[-1]
    assert small.shape == (240, 320, 3)
    assert stream.state().faces.track_id.tolist() == [1]
    (scores,) = answered(stream.state(), stream.choice)[1]
    near = np.abs(small.astype(int) - rgb_colours(EKMAN7)[scores.label]).max(-1) < 8
    columns = np.flatnonzero(near[int(BOX[1] / 2) + 10 : int(BOX[3] / 2) - 10].mean(0) > 0.5)
    assert columns.min() == pytest.approx(BOX[0] / 2, abs=3)
    assert columns.max() == pytest.approx(BOX[2] / 2, abs=3)
