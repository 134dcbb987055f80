"""The recording page, as a person walks through it."""

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import ui.recording_again
import ui.recording_page
import ui.recording_words
from emotion_core.face.pipeline import FaceModel
from tests.ui.conftest import TIMEOUT_S
from tests.ui.films import film
from tests.ui.recordings import (
    PAGE,
    address_of,
    analyse,
    analysis_of,
    lanes,
    opened,
    player,
    press,
    recording_of,
    run,
    said,
    words_of,
    write_models,
)
from ui.recording_example import NAME
from ui.recording_page import ADDRESS
from ui.recording_store import STORE
from ui.voice_example import EXAMPLE_NAME, example_recording

SRT = b"""1
00:00:00,500 --> 00:00:02,000
ANNA: joy today

2
00:00:03,000 --> 00:00:09,500
BEN: sadness
"""
SOUND = (EXAMPLE_NAME, example_recording(), "audio/wav")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_models(tmp_path_factory.mktemp("models"))


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every page waits until the work has ended, and every recording is forgotten at the end."""
    for module in (ui.recording_page, ui.recording_words, ui.recording_again):
        monkeypatch.setattr(module, "PATIENCE_S", TIMEOUT_S)
    yield
    for address in list(STORE._places):
        STORE.forget(address)


@pytest.fixture
def app(models: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("EMOTION_MODELS", str(models))
    return opened()


def test_first_visit_shows_a_hint_and_an_example(app: AppTest):
    assert app.title[0].value == "What do words, voice and faces say together?"
    assert "the answer appears here" in said(app)
    assert app.button(key="recording_start").disabled
    assert ADDRESS not in app.query_params


def test_the_example_has_every_lane_and_says_that_it_is_synthetic(app: AppTest):
    press(app, "recording_example")
    assert NAME in said(app)
    assert "synthetic" in said(app)
    assert lanes(app)[:5] == ["Words", "Sound", "Voice", "Face of person 1", "Face of person 2"]
    assert "Fused" in lanes(app)
    assert player(app)["medium"]["kind"] == "video"
    assert player(app)["duration"] == pytest.approx(10, abs=0.3)
    assert len(app.get("plotly_chart")) == 2
    labels = [button.label for button in app.download_button]
    assert labels == ["Download report", "Download CSV", "Download JSON", "Download WebVTT"]


def test_a_reloaded_page_and_a_second_tab_find_the_recording(app: AppTest):
    press(app, "recording_example")
    again = opened(address_of(app))
    assert NAME in said(again)
    assert player(again)["medium"] is not None
    assert lanes(again) == lanes(app)
    assert len(STORE) == 1


def test_another_page_and_back_keeps_the_recording(app: AppTest):
    press(app, "recording_example")
    address = address_of(app)
    app.switch_page("pages/recognise/text.py").run()
    app.switch_page(PAGE)
    run(app)
    assert address_of(app) == address
    assert NAME in said(app)


def test_a_recording_is_forgotten_at_once(app: AppTest):
    press(app, "recording_example")
    address = address_of(app)
    press(app, "recording_forget")
    assert ADDRESS not in app.query_params
    assert "the answer appears here" in said(app)
    assert STORE.get(address) is None
    assert "no longer in memory" in said(opened(address))


def test_another_recording_leaves_the_first_where_it_is(app: AppTest):
    press(app, "recording_example")
    address = address_of(app)
    press(app, "recording_other")
    assert "the answer appears here" in said(app)
    analyse(app, SOUND)
    assert address_of(app) != address
    assert STORE.get(address) is not None


def test_sound_with_subtitles_and_no_picture(app: AppTest):
    analyse(app, SOUND, ("words.srt", SRT, "text/plain"))
    assert "No faces" in said(app)
    assert lanes(app)[:3] == ["Words", "Sound", "Voice"]
    spans = player(app)["lanes"][0]["spans"]
    assert [span["text"] for span in spans] == ["joy today", "sadness"]
    assert spans[1]["end_s"] <= player(app)["duration"]
    assert player(app)["medium"]["kind"] == "audio"
    assert not any(button.key == "recording_film_start" for button in app.button)


def test_a_film_without_sound_and_without_words(app: AppTest):
    analyse(app, ("film.mp4", film("mp4", "libx264"), "video/mp4"))
    assert "No voice" in said(app)
    assert lanes(app) == ["Face of person 1", "Fused", "Share of each"]
    assert "Words" not in {button.label for button in app.download_button}


def test_nobody_seen_and_nobody_heard(app: AppTest):
    wall = film("mp4", "libx264", np.zeros((20, 96, 128, 3), np.uint8), sound=True)
    analyse(app, ("wall.mp4", wall, "video/mp4"))
    assert "there is no answer" in said(app)
    assert "No face was found" in said(app)
    assert lanes(app)[:1] == ["Sound"]
    assert app.download_button


def test_more_speakers_than_faces_are_pointed_out(app: AppTest):
    spoken = film("mp4", "libx264", count=40, sound=True)
    analyse(app, ("film.mp4", spoken, "video/mp4"), ("words.srt", SRT, "text/plain"))
    assert "2 people speak and one face is seen" in said(app)


def test_plain_text_gets_times_from_the_speech(app: AppTest):
    words = ("words.txt", b"joy today. Very sadness.", "text/plain")
    app.file_uploader(key="recording_transcript").set_value(words)
    run(app)
    assert "2 lines of words, plain text, times will be estimated" in said(app)
    analyse(app, SOUND)
    spans = player(app)["lanes"][0]["spans"]
    assert [span["text"] for span in spans] == ["joy today.", "Very sadness."]
    assert 0 < spans[0]["start_s"] < spans[0]["end_s"] <= spans[1]["start_s"]


def test_a_transcript_that_cannot_be_read_has_a_reason(app: AppTest):
    app.file_uploader(key="recording_transcript").set_value(("words.srt", b"\0\1\2", "text/plain"))
    run(app)
    assert "words.srt" in app.error[0].value
    analyse(app, SOUND)
    assert "Words" not in lanes(app)


def test_a_name_is_shown_as_it_is(app: AppTest):
    analyse(app, ("my *file* $1$ :sun:.wav", example_recording(), "audio/wav"))
    assert app.subheader[0].value == r"my \*file\* \$1\$ \:sun\:.wav"


def test_a_file_that_cannot_be_read_has_a_reason(app: AppTest):
    analyse(app, ("broken.mp4", b"no video", "video/mp4"))
    assert "neither sound nor picture" in app.error[0].value
    assert not app.get("bidi_component")
    press(app, "recording_other")
    assert not app.error


def test_words_can_be_taken_away_and_given_later(app: AppTest):
    press(app, "recording_example")
    faces = analysis_of(app).faces
    press(app, "recording_words_remove")
    assert "Words" not in lanes(app)
    app.file_uploader(key="recording_words_upload").set_value(("words.srt", SRT, "text/plain"))
    run(app)
    press(app, "recording_words_take")
    assert lanes(app)[0] == "Words"
    assert analysis_of(app).faces is faces


def test_edited_words_are_read_anew(app: AppTest, monkeypatch: pytest.MonkeyPatch):
    press(app, "recording_example")
    assert app.button(key="recording_words_apply").disabled

    def edited(table: pd.DataFrame, **_: object) -> pd.DataFrame:
        return table.assign(text=["anger today", *table["text"][1:]])

    monkeypatch.setattr(ui.recording_words.st, "data_editor", edited)
    run(app)
    press(app, "recording_words_apply")
    (first, *_) = player(app)["lanes"][0]["spans"]
    assert first["text"] == "anger today"
    assert "edited" in words_of(app).origin


def test_an_edit_with_wrong_times_has_a_reason(app: AppTest, monkeypatch: pytest.MonkeyPatch):
    press(app, "recording_example")

    def edited(table: pd.DataFrame, **_: object) -> pd.DataFrame:
        return table.assign(end_s=0.0)

    monkeypatch.setattr(ui.recording_words.st, "data_editor", edited)
    run(app)
    press(app, "recording_words_apply")
    assert "row 1" in app.error[0].value
    assert lanes(app)[0] == "Words"


def test_another_rate_of_frames_looks_again(app: AppTest):
    press(app, "recording_example")
    voice = analysis_of(app).voice
    app.select_slider(key="recording_again_fps").set_value(2.0)
    run(app)
    press(app, "recording_again")
    after = analysis_of(app)
    assert after.looking.fps == 2
    assert after.voice is voice
    assert after.faces is not None
    assert len(after.faces.times_s) == 20


def test_the_annotated_video(app: AppTest):
    press(app, "recording_example")
    app.toggle(key="recording_blur").set_value(True)
    run(app)
    press(app, "recording_film_start")
    made = recording_of(app).film
    assert made is not None
    assert made.blur
    made.wait(TIMEOUT_S)
    run(app)
    assert app.download_button(key="recording_film_download").label == "Download annotated video"


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Nobody sees anything before the event, or before the work is cancelled."""
    monkeypatch.setattr(ui.recording_page, "PATIENCE_S", 0.05)
    gate = threading.Event()
    look = FaceModel.analyse

    def waiting(self, source, *, should_stop, **settings):
        while not should_stop() and not gate.wait(0.01):
            pass
        return look(self, source, should_stop=should_stop, **settings)

    monkeypatch.setattr(FaceModel, "analyse", waiting)
    yield gate
    gate.set()


def test_a_page_reloaded_in_the_middle_finds_the_work_going_on(app: AppTest, held: threading.Event):
    press(app, "recording_example")
    assert len(app.get("progress")) == 4
    again = opened(address_of(app))
    assert len(again.get("progress")) == 4
    held.set()
    recording_of(app).job.wait(TIMEOUT_S)
    run(again)
    assert "Second by second" in said(again)


def test_cancel_keeps_what_is_finished_and_goes_on(app: AppTest, held: threading.Event):
    press(app, "recording_example")
    recording = recording_of(app)
    pause = threading.Event()
    while not recording.kept.done("voice"):
        pause.wait(0.02)
    press(app, "recording_cancel")
    recording.job.wait(TIMEOUT_S)
    run(app)
    assert "Stopped before its end" in said(app)
    assert lanes(app)[:3] == ["Words", "Sound", "Voice"]
    voice = recording.kept.voice
    held.set()
    press(app, "recording_go_on")
    recording.job.wait(TIMEOUT_S)
    run(app)
    assert "Stopped before its end" not in said(app)
    assert "Face of person 2" in lanes(app)
    assert recording.analysis is not None
    assert recording.analysis.voice is voice


def test_without_a_fusion_model_the_reason_is_shown(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("EMOTION_MODELS", str(models))
    monkeypatch.setattr("ui.models.model_specs", lambda _: [])
    app = opened()
    assert app.error
    assert not app.get("file_uploader")
