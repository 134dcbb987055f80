"""The photo page, as a person walks through it."""

import io
import json
import threading
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from skimage.data import astronaut
from streamlit.testing.v1 import AppTest

from emotion_core.face.image import read_image
from emotion_core.face.pipeline import FaceModel
from emotion_core.labels import EKMAN7, FERPLUS8
from tests.ui.conftest import TIMEOUT_S
from tests.ui.face import ID, html, open_page, run, write_faces
from ui.face_example import example_picture
from ui.face_files import JOB as FILES_JOB
from ui.face_picture import SEEN
from ui.face_rows import picture_columns, picture_rows
from ui.face_seen import encoded
from ui.tables import as_json, exported, frame_of

ASTRONAUT = ("astronaut.png", encoded(astronaut(), ".png"), "image/png")
WALL = ("wall.png", encoded(np.full((240, 320, 3), 128, np.uint8), ".png"), "image/png")
BROKEN = ("broken.jpg", b"\xff\xd8, but no picture", "image/jpeg")


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_faces(tmp_path_factory.mktemp("faces"))


@pytest.fixture
def app(bundles: Path, faces: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    return open_page("photo", f"{faces}:{bundles}", monkeypatch)


def upload(app: AppTest, file: tuple[str, bytes, str]) -> AppTest:
    app.file_uploader(key="photo_upload").set_value(file)
    return run(app)


def example(app: AppTest) -> AppTest:
    app.button(key="photo_example").click()
    return run(app)


def test_first_visit_shows_a_hint_and_asks_for_no_camera(app: AppTest):
    assert not app.exception
    assert app.title[0].value == "Which emotion does a face show?"
    assert any("the answer appears here" in x.value for x in app.info)
    assert not app.get("camera_input")
    assert any("it is no diagnosis" in x.value for x in app.caption)
    options = app.selectbox(key="face_model").options
    assert (options[0], options[-1]) == (ID, "another model…")
    assert app.selectbox(key="face_detector").value == "mtcnn"
    assert any("none: this bundle is a fake" in x.value for x in app.caption)


def test_an_upload_is_answered(app: AppTest):
    upload(app, ASTRONAUT)
    assert "Face 1" in html(app)
    assert html(app).count("data:image/jpeg") == 1
    assert any(x.value.startswith("astronaut.png: 1 face, answered in") for x in app.caption)
    assert app.subheader[0].value == "Face 1: what drove the answer"
    assert [b.label for b in app.download_button[:3]] == [
        "Download picture", "Download CSV", "Download JSON",
    ]  # fmt: skip
    (box,) = app.session_state[SEEN].found.faces.boxes_xyxy
    assert box == pytest.approx([180, 70, 265, 185], abs=25)


def test_the_camera_is_asked_for_once_it_is_chosen(app: AppTest):
    app.segmented_control(key="photo_from").set_value("camera")
    run(app)
    shot = ("shot.jpg", encoded(astronaut()), "image/jpeg")
    app.camera_input(key="photo_camera").set_value(shot)
    run(app)
    assert app.session_state[SEEN].upload.content == shot[1]
    assert "Face 1" in html(app)


def test_a_chosen_face_is_explained(app: AppTest):
    example(app)
    seen = app.session_state[SEEN]
    assert len(seen.found) == 2
    assert "Face 2" in html(app)
    assert {face for face, _ in seen.explained} == {0}
    app.button(key="photo_why_1").click()
    run(app)
    assert app.subheader[0].value == "Face 2: what drove the answer"
    label = app.selectbox(key="photo_label_1")
    assert label.value == seen.found.scores[1].label
    assert len(label.options) == len(EKMAN7)
    label.set_value(EKMAN7[3])
    run(app)
    assert (1, EKMAN7[3]) in app.session_state[SEEN].explained
    assert any(f"speak for **{EKMAN7[3]}**" in x.value for x in app.caption)


def test_what_the_network_saw(app: AppTest):
    example(app)
    assert any(x.label == "What the network saw" for x in app.expander)
    table = next(x.value for x in app.dataframe if "probability" in x.value.columns)
    shares = [float(value) for value in table["probability"]]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1, abs=1e-3)
    assert any("48×48 px grey" in x.value for x in app.caption)


def test_no_face_gets_a_hint_and_no_answer(app: AppTest):
    upload(app, WALL)
    assert any("No face was found, so there is no answer" in x.value for x in app.warning)
    assert "Face 1" not in html(app)
    assert not app.download_button


def test_a_file_that_cannot_be_read_gets_a_message(app: AppTest):
    upload(app, BROKEN)
    assert "picture" in app.error[0].value
    upload(app, ASTRONAUT)
    assert not app.error
    assert "Face 1" in html(app)


def test_a_removed_file_is_forgotten(app: AppTest):
    upload(app, ASTRONAUT)
    app.file_uploader(key="photo_upload").set_value([])
    run(app)
    assert SEEN not in app.session_state
    assert any("the answer appears here" in x.value for x in app.info)


def test_another_page_and_back_keeps_the_picture(app: AppTest):
    upload(app, ASTRONAUT)
    app.switch_page("pages/recognise/text.py").run()
    app.switch_page("pages/recognise/photo.py")
    run(app)
    assert "Face 1" in html(app)


def test_label_set_and_level(app: AppTest):
    app.selectbox(key="face_model").set_value("face-other")
    example(app)
    seen = app.session_state[SEEN]
    app.selectbox(key="labels_face-other").set_value("IEMOCAP4")
    run(app)
    assert app.session_state[SEEN] is seen
    app.slider(key="level_face-other_4").set_value(95)
    run(app)
    assert "uncertain: below the level of 95%" in html(app)
    assert "dashed" in html(app)
    assert len(app.selectbox(key="photo_label_0").options) == len(FERPLUS8)


def test_another_model_looks_again(app: AppTest):
    example(app)
    app.selectbox(key="face_model").set_value("face-other")
    run(app)
    assert app.session_state[SEEN].model.spec.id == "face-other"


def test_a_detector_of_ones_own_needs_a_file(app: AppTest, tmp_path: Path):
    app.selectbox(key="face_detector").set_value("yunet")
    run(app)
    assert "type the path of a YuNet file" in app.error[0].value
    app.text_input(key="face_detector_file").set_value(str(tmp_path / "none.onnx"))
    run(app)
    assert "none.onnx" in app.error[0].value
    app.selectbox(key="face_detector").set_value("mtcnn")
    run(app)
    assert not app.error


def test_blurred_and_plain_exports(app: AppTest):
    example(app)
    seen = app.session_state[SEEN]
    judged = list(seen.found.scores)
    plain, blurred = seen.drawn(judged), seen.drawn(judged, blur=True)
    left, top, right, bottom = seen.found.faces.boxes_xyxy[0].astype(int)
    inner = slice(top + 40, bottom - 40), slice(left + 30, right - 30)
    assert (plain[inner] == seen.frame[inner]).all()
    detail = [cv2.Laplacian(x[inner], cv2.CV_64F).std() for x in (plain, blurred)]
    assert detail[1] < detail[0] / 5
    np.testing.assert_array_equal(read_image(encoded(plain, ".png")).frame, plain)


def start_files(app: AppTest, *files: tuple[str, bytes, str]) -> AppTest:
    app.file_uploader(key="photo_files_upload").set_value(list(files))
    run(app)
    app.button(key="photo_files_start").click()
    return run(app)


def test_each_face_gets_a_row_and_a_broken_file_keeps_its_place(app: AppTest):
    assert app.button(key="photo_files_start").disabled
    two = ("two.png", example_picture(), "image/png")
    start_files(app, two, BROKEN, WALL, ASTRONAUT)
    job = app.session_state[FILES_JOB]
    job.wait(TIMEOUT_S)
    run(app)
    rows = next(x.value for x in app.dataframe if "emotion" in x.value.columns)
    assert rows["file"].tolist() == ["two.png", "two.png", "broken.jpg", "wall.png", ASTRONAUT[0]]
    assert rows["face"].tolist() == ["1", "2", "", "", "1"]
    assert rows["error"][2]
    assert rows["emotion"][3] == rows["error"][3] == ""
    assert rows["notice"][3] == "no face was found"
    assert set(rows["emotion"][[0, 1, 4]]) <= set(EKMAN7)
    frame = job.frame()
    assert frame["left"][1] > frame["right"][0]
    assert frame["confidence"].dropna().between(0.8, 1).all()


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """The first picture is looked at until this is set."""
    going, predict = threading.Event(), FaceModel.predict

    def waiting(self, source, aligned=False):
        if isinstance(source, bytes):
            going.wait(TIMEOUT_S)
        return predict(self, source, aligned)

    monkeypatch.setattr(FaceModel, "predict", waiting)
    return going


def test_stopped_files(app: AppTest, endless: threading.Event):
    start_files(app, ASTRONAUT, WALL)
    assert app.get("progress")
    app.button(key="photo_files_cancel").click()
    run(app)
    endless.set()
    app.session_state[FILES_JOB].wait(TIMEOUT_S)
    run(app)
    assert any(x.value == "Stopped after 1 of 2 pictures." for x in app.warning)


def test_downloads_say_the_same(app: AppTest):
    example(app)
    seen = app.session_state[SEEN]
    rows = picture_rows("two.png", seen.found, seen.found.scores, EKMAN7)
    frame = frame_of(rows, picture_columns(EKMAN7))
    table = pd.read_csv(io.BytesIO(exported(frame, ".csv")))
    parsed = json.loads(as_json(frame))
    assert table["label"].tolist() == [row["label"] for row in parsed]
    assert table["person"].tolist() == [row["person"] for row in parsed] == [1, 2]
    assert table["right"].tolist() == pytest.approx([row["right"] for row in parsed])
