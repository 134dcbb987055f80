"""The webcam page, as a person walks through it; the connection itself is tested in a browser."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import ui.webcam_session
from emotion_core.labels import EKMAN7, IEMOCAP4
from emotion_core.rows import columns
from tests.bundles import write_audio_bundle, write_face_bundle
from tests.ui.conftest import APP, TIMEOUT_S
from tests.ui.webcam_frames import astronaut, eventually, play, threads
from ui.webcam_record import recorded_rows
from ui.webcam_session import PATIENCE_S, STREAM
from ui.webcam_stream import WebcamStream

ID = "face-cnn"
PICTURE = astronaut()


class FakeCamera:
    """Stands for the component, which needs a browser."""

    def __init__(self) -> None:
        self.playing = False
        self.servers: list[Any] = []

    def __call__(self, stream: WebcamStream, servers: list[Any], key: str) -> bool:
        self.servers = servers
        return self.playing


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("faces")
    write_face_bundle(folder / ID)
    write_face_bundle(folder / "face-other", IEMOCAP4)
    write_audio_bundle(folder / "audio-cnn-bigru")
    return folder


@pytest.fixture
def camera(monkeypatch: pytest.MonkeyPatch) -> FakeCamera:
    fake = FakeCamera()
    monkeypatch.setattr(ui.webcam_session, "camera", fake)
    return fake


@pytest.fixture
def app(faces: Path, bundles: Path, camera: FakeCamera, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("EMOTION_MODELS", f"{faces}:{bundles}")
    before = threads()
    app = AppTest.from_file(APP, default_timeout=TIMEOUT_S).run()
    yield run(app.switch_page("pages/recognise/webcam.py"))
    if STREAM in app.session_state:
        app.session_state[STREAM].end()
    assert eventually(lambda: not [t for t in threads() - before if "_work" in t.name])


def run(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception
    return app


def seen(app: AppTest) -> dict[str, Any]:
    """What the live component is given."""
    found = [json.loads(x.proto.json) for x in app.get("bidi_component")]
    return next(x for x in found if "people" in x)


def filmed(app: AppTest, camera: FakeCamera, frames: int = 40) -> AppTest:
    """The page while the camera runs."""
    camera.playing = True
    run(app)
    play(app.session_state[STREAM], PICTURE, frames)
    return run(app)


def test_first_visit(app: AppTest):
    assert app.title[0].value == "Which emotion is on a live face?"
    assert any("dropped once they are answered" in x.value for x in app.caption)
    assert app.selectbox(key="face_model").value == ID
    assert app.toggle(key="webcam_mirror").value is True
    assert app.toggle(key="webcam_blur").value is False
    assert app.button(key="webcam_record").disabled
    assert seen(app)["people"] == []
    assert seen(app)["figures"] == []
    assert seen(app)["voice"] is None
    assert not app.warning
    assert not app.download_button
    links = app.get("page_link")
    assert [link.proto.label for link in links] == ["Take a snapshot or upload a photo instead"]
    assert not app.session_state[STREAM].running


def test_the_camera_is_answered(app: AppTest, camera: FakeCamera):
    filmed(app, camera)
    (person,) = seen(app)["people"]
    assert person["now"]["label"] in EKMAN7
    assert person["ages"][-1] == 0
    assert list(dict(seen(app)["figures"])) == ["Camera", "Answered", "Delay", "Dropped"]
    app.session_state[STREAM].end()
    camera.playing = False
    run(app)
    assert seen(app)["figures"] == []
    assert seen(app)["people"] == [person]


def test_widgets_set_the_stream(app: AppTest, camera: FakeCamera):
    filmed(app, camera, 1)
    app.toggle(key="webcam_mirror").set_value(False)
    app.toggle(key="webcam_blur").set_value(True)
    app.slider(key="webcam_smoothing").set_value(2.0)
    run(app)
    stream = app.session_state[STREAM]
    assert (stream.settings.view.mirror, stream.settings.view.blur_others) == (False, True)
    assert stream._analyser.smoothing_s == 2.0
    app.switch_page("pages/recognise/text.py").run()
    run(app.switch_page("pages/recognise/webcam.py"))
    assert app.toggle(key="webcam_blur").value is True
    assert app.session_state[STREAM] is stream


def test_labels_and_level_are_those_of_the_sidebar(app: AppTest, camera: FakeCamera):
    filmed(app, camera)
    app.selectbox(key=f"labels_{ID}").set_value("IEMOCAP4")
    run(app)
    app.slider(key=f"level_{ID}_4").set_value(95)
    run(app)
    assert [label["name"] for label in seen(app)["labels"]] == list(IEMOCAP4)
    (person,) = seen(app)["people"]
    assert person["now"]["label"] in IEMOCAP4
    assert person["now"]["uncertain"] is (person["now"]["percent"] < 95)


def recorded(app: AppTest, camera: FakeCamera) -> AppTest:
    filmed(app, camera, 1)
    app.button(key="webcam_record").click()
    run(app)
    play(app.session_state[STREAM], PICTURE, 40, first=1)
    return run(app)


def test_a_recording_is_downloaded(app: AppTest, camera: FakeCamera):
    recorded(app, camera)
    assert dict(seen(app)["figures"])["Recorded"].startswith("● 0:")
    assert not app.download_button
    app.button(key="webcam_record_stop").click()
    run(app)
    assert [b.label for b in app.download_button] == ["Download CSV", "Download JSON"]
    assert any(re.fullmatch(r"Recorded 0:01, with 1\d answers\.", x.value) for x in app.caption)
    rows = recorded_rows(app.session_state[STREAM].recording)
    assert list(rows.columns) == columns(EKMAN7)
    assert len(rows) >= 10
    assert not app.button(key="webcam_record").disabled


def test_a_recording_ends_with_the_camera(app: AppTest, camera: FakeCamera):
    recorded(app, camera)
    app.session_state[STREAM].end()
    camera.playing = False
    run(app)
    assert len(app.download_button) == 2
    assert app.button(key="webcam_record").disabled


def test_a_recording_is_downloaded_in_the_labels_that_are_chosen_then(
    app: AppTest, camera: FakeCamera, monkeypatch: pytest.MonkeyPatch
):
    given = []
    monkeypatch.setattr(ui.webcam_session, "downloads", given.append)
    recorded(app, camera)
    app.button(key="webcam_record_stop").click()
    run(app)
    app.selectbox(key=f"labels_{ID}").set_value("IEMOCAP4")
    run(app)
    assert list(recorded_rows(given[-1]).columns) == columns(IEMOCAP4)
    app.selectbox(key="face_model").set_value("face-other")
    run(app)
    assert set(recorded_rows(given[-1])["label"]) <= set(IEMOCAP4)


def test_another_model(app: AppTest, camera: FakeCamera):
    filmed(app, camera)
    app.selectbox(key="face_model").set_value("face-other")
    run(app)
    assert seen(app)["people"] == []
    play(app.session_state[STREAM], PICTURE, 30, first=40)
    run(app)
    assert seen(app)["people"][0]["now"]["label"] in IEMOCAP4


def test_another_model_during_a_recording_has_to_wait(app: AppTest, camera: FakeCamera):
    recorded(app, camera)
    app.selectbox(key="face_model").set_value("face-other")
    run(app)
    assert "stop it before you choose this model" in app.error[0].value
    assert seen(app)["people"][0]["now"]["label"] in EKMAN7
    app.button(key="webcam_record_stop").click()
    run(app)
    assert not app.error
    assert app.session_state[STREAM].choice.model.spec.id == "face-other"


def test_the_voice_model_is_chosen_when_the_voice_is_wanted(app: AppTest, camera: FakeCamera):
    assert not [x for x in app.selectbox if x.key == "audio_model"]
    app.toggle(key="webcam_voice").set_value(True)
    run(app)
    assert app.selectbox(key="audio_model").value == "audio-cnn-bigru"
    filmed(app, camera, 1)
    assert seen(app)["quiet"] == "nobody speaks"
    app.toggle(key="webcam_voice").set_value(False)
    run(app)
    assert seen(app)["quiet"] == ""


def test_a_camera_that_gives_no_picture_is_noticed(
    app: AppTest, camera: FakeCamera, monkeypatch: pytest.MonkeyPatch
):
    camera.playing = True
    run(app)
    assert not app.warning
    monkeypatch.setattr(WebcamStream, "waiting_s", lambda _: PATIENCE_S + 1)
    run(app)
    assert "No picture comes from the camera" in app.warning[0].value


def test_a_stream_that_broke_off_says_why(app: AppTest):
    app.session_state[STREAM].error = "Stopped by an error of the program: boom"
    run(app)
    assert "boom" in app.error[0].value


def test_servers_come_from_the_secrets(app: AppTest, camera: FakeCamera):
    app.secrets["webrtc"] = {"ice_servers": [{"urls": "stun:stun.example.org"}]}
    run(app)
    assert camera.servers == [{"urls": ["stun:stun.example.org"]}]
    checks = [json.loads(x.proto.json) for x in app.get("bidi_component")]
    assert {"ice_servers": camera.servers} in checks
    app.secrets["webrtc"] = {"ice_servers": [{"urls": "turn:turn.example.org"}]}
    run(app)
    assert "need username and credential" in app.error[0].value


def test_without_a_model_there_is_no_camera(app: AppTest):
    app.selectbox(key="face_model").set_value("another model…")
    run(app)
    assert "type a hub name or a folder" in app.error[0].value
    assert not app.toggle
