"""The video page, as a person walks through it."""

import io
import json
import threading
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import ui.job_panel
from emotion_core.face.pipeline import FaceModel
from emotion_core.labels import EKMAN7
from tests.ui.conftest import TIMEOUT_S
from tests.ui.face import html, open_page, run, write_faces
from tests.ui.films import film
from ui.face_example import FILM_S, example_film
from ui.face_film import MADE
from ui.face_video import JOB

FILM = ("film.mp4", example_film(), "video/mp4")
BROKEN = ("broken.mp4", b"no video", "video/mp4")


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_faces(tmp_path_factory.mktemp("faces"))


@pytest.fixture
def app(bundles: Path, faces: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setattr(ui.job_panel, "PATIENCE_S", TIMEOUT_S)
    return open_page("video", f"{faces}:{bundles}", monkeypatch)


def upload(app: AppTest, file: tuple[str, bytes, str]) -> AppTest:
    app.file_uploader(key="video_upload").set_value(file)
    return run(app)


def player(app: AppTest) -> dict[str, Any]:
    (component,) = app.get("bidi_component")
    return json.loads(component.proto.json)


def test_first_visit_shows_a_hint_and_an_example(app: AppTest):
    assert not app.exception
    assert app.title[0].value == "Which emotions does a video show?"
    assert any("the answer appears here" in x.value for x in app.info)


def test_everybody_has_a_card_and_a_lane(app: AppTest):
    app.button(key="video_example").click()
    run(app)
    assert "Person 1" in html(app)
    assert "Person 2" in html(app)
    shown = player(app)
    assert shown["medium"]["kind"] == "video"
    assert shown["duration"] == pytest.approx(FILM_S, abs=0.2)
    names = [lane["name"] for lane in shown["lanes"]]
    assert names[:2] == ["Person 1", "Person 2"]
    assert {name.split()[-1] for name in names[2:]} == set(EKMAN7)
    first, second = (lane["spans"] for lane in shown["lanes"][:2])
    assert first[0]["start_s"] == 0
    assert second[0]["start_s"] == pytest.approx(1, abs=0.41)
    gaps = [(a["end_s"], b["start_s"]) for a, b in pairwise(second)]
    (gap,) = [gap for gap in gaps if gap[1] > gap[0] + 0.01]
    assert gap == pytest.approx((5, 6.5), abs=0.41)
    assert [b.label for b in app.download_button[:2]] == ["Download CSV", "Download JSON"]


def test_another_person_can_be_chosen(app: AppTest):
    upload(app, FILM)
    before = player(app)
    assert [lane["note"] for lane in before["lanes"][:2]] == ["curves below", ""]
    app.button(key="video_show_2").click()
    run(app)
    after = player(app)
    assert [lane["note"] for lane in after["lanes"][:2]] == ["", "curves below"]
    assert any(x.value == "Person 2 over the whole video" for x in app.subheader)
    times = [moment["time_s"] for moment in after["moments"]]
    assert times == sorted(times) != [moment["time_s"] for moment in before["moments"]]
    assert all(moment["url"].endswith(".jpg") for moment in after["moments"])


def test_more_frames_a_second(app: AppTest):
    upload(app, FILM)
    assert len(app.session_state[JOB].seen.times_s) == 50
    app.select_slider(key="video_fps").set_value(10.0)
    run(app)
    assert len(app.session_state[JOB].seen.times_s) == 100


def test_the_level_decides_what_is_uncertain(app: AppTest):
    upload(app, FILM)
    job = app.session_state[JOB]
    app.slider(key=f"level_face-cnn_{len(EKMAN7)}").set_value(95)
    run(app)
    assert app.session_state[JOB] is job
    assert "uncertain: below the level of 95%" in html(app)
    assert any(span["dashed"] for span in player(app)["lanes"][0]["spans"])


def test_the_annotated_video(app: AppTest):
    upload(app, FILM)
    app.button(key="video_film_start").click()
    run(app)
    made = app.session_state[MADE].film
    made.wait(TIMEOUT_S)
    run(app)
    assert app.download_button(key="video_film_download").label == "Download annotated video"
    with av.open(io.BytesIO(made.film.content), "r") as container:
        assert container.streams.video[0].codec_context.width == 640
        frames = sum(1 for _ in container.decode(video=0))
    assert frames == 100
    app.toggle(key="video_blur").set_value(True)
    run(app)
    assert app.button(key="video_film_start").label.endswith("with blurred faces")
    assert player(app)["medium"]["url"]


def test_a_file_that_browsers_do_not_play_is_shown_and_replaced(app: AppTest):
    upload(app, ("film.avi", film("avi", "mpeg4"), "video/x-msvideo"))
    assert any("cannot play this AVI file" in x.value for x in app.info)
    assert "medium" not in player(app)
    assert "Person 1" in html(app)
    app.button(key="video_film_start").click()
    run(app)
    app.session_state[MADE].film.wait(TIMEOUT_S)
    run(app)
    assert player(app)["medium"]["url"].endswith(".mp4")
    assert not any("cannot play" in x.value for x in app.info)


def test_no_face_has_no_answer_but_a_player(app: AppTest):
    upload(app, ("wall.mp4", film("mp4", "libx264", np.zeros((8, 96, 128, 3), np.uint8)), ""))
    assert any("No face was found in this video" in x.value for x in app.warning)
    assert player(app)["lanes"] == []
    assert not app.download_button


def test_a_file_that_cannot_be_read_gets_a_message(app: AppTest):
    upload(app, BROKEN)
    assert "video" in app.error[0].value
    upload(app, FILM)
    assert not app.error
    app.file_uploader(key="video_upload").set_value([])
    run(app)
    assert JOB not in app.session_state


def test_another_page_and_back_keeps_the_video(app: AppTest):
    upload(app, FILM)
    app.switch_page("pages/recognise/text.py").run()
    app.switch_page("pages/recognise/video.py")
    run(app)
    assert "Person 1" in html(app)


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every analysis waits until it is stopped."""
    analyse = FaceModel.analyse

    def waiting(self, source, *, on_progress, should_stop, **settings):
        on_progress(30.0, 120.0)
        while not should_stop():
            threading.Event().wait(0.01)
        return analyse(self, source, on_progress=on_progress, should_stop=should_stop, **settings)

    monkeypatch.setattr(FaceModel, "analyse", waiting)


@pytest.mark.usefixtures("endless")
def test_progress_cancel_and_watching_again(app: AppTest, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ui.job_panel, "PATIENCE_S", 0.05)
    upload(app, FILM)
    assert app.get("progress")
    app.button(key="video_cancel").click()
    run(app)
    app.session_state[JOB].wait(TIMEOUT_S)
    run(app)
    assert any("he rest was not analysed" in x.value for x in app.warning)
    app.button(key="video_again").click()
    run(app)
    assert app.get("progress")
    app.session_state[JOB].cancel()
