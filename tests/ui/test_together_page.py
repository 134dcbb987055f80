"""The page of a sentence, a voice and a face, as a person walks through it."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from emotion_core.audio.pipeline import AudioModel
from emotion_core.face.pipeline import FaceModel
from emotion_core.fusion.evidence import FUSED
from emotion_core.fusion.late import LateFuser
from emotion_core.fusion.model import Fused
from emotion_core.fusion.moments import MomentArrays
from emotion_core.labels import EKMAN7
from tests.face.moving import BrightDetector
from tests.ui.face import html, open_page, run
from tests.ui.recordings import write_fusion_bundle, write_models
from ui.face_example import example_picture
from ui.together_page import KEPT
from ui.voice_example import example_recording

WAV = ("my voice.wav", example_recording(), "audio/wav")
PNG = ("two.png", example_picture(), "image/png")
SILENCE = ("silence.wav", WAV[1][:44] + bytes(len(WAV[1]) - 44), "audio/wav")
DARK = ("dark.png", cv2.imencode(".png", np.zeros((64, 64, 3), np.uint8))[1].tobytes(), "image/png")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_models(tmp_path_factory.mktemp("together"))
    write_fusion_bundle(folder / "fusion-other")
    return folder


@pytest.fixture
def app(models: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The page; what is bright is a face."""
    monkeypatch.setattr("ui.models.open_detector", lambda *_, **__: BrightDetector())
    return open_page("together", str(models), monkeypatch)


def write(app: AppTest, text: str) -> AppTest:
    app.text_area(key="together_text").set_value(text)
    return run(app)


def upload(app: AppTest, key: str, file: tuple[str, bytes, str]) -> AppTest:
    app.file_uploader(key=f"together_{key}_upload").set_value(file)
    return run(app)


def cards(app: AppTest) -> list[str]:
    """The answers in sight: those of the modalities, and the one together."""
    found = [x.value for x in app.html if "border-left:8px" in x.value]
    names = {"Words": "Words<", "Voice": "Voice<", "Face": ">Face"}
    return [
        next((name for name, sign in names.items() if sign in card), "together") for card in found
    ]


def shares(app: AppTest) -> list[str]:
    """The modalities that have a bar of their contribution."""
    charts = [x.proto.spec for x in app.get("plotly_chart")]
    return [name for name in ("words", "voice", "face") if any(f'"{name}"' in c for c in charts)]


def test_nothing_given(app: AppTest):
    assert not app.exception
    assert [x.value for x in app.caption][1:4] == [
        "No sentence yet.",
        "No voice yet.",
        "No face yet.",
    ]
    assert any("or try the example" in x.value for x in app.info)
    assert not cards(app)


def test_a_sentence_stands_alone(app: AppTest):
    write(app, "what joy")
    assert cards(app) == ["Words", "together"]
    assert any("stands alone" in x.value for x in app.info)
    assert shares(app) == ["words"]
    write(app, "   ")
    assert not cards(app)


def test_the_example_fills_all_three_and_says_that_it_is_synthetic(app: AppTest):
    app.button(key="together_example").click()
    run(app)
    assert cards(app) == ["Words", "Voice", "Face", "together"]
    assert app.text_area(key="together_text").value
    assert any("This example is synthetic" in x.value for x in app.info)
    assert shares(app) == ["words", "voice", "face"]
    assert len(app.get("audio")) == 1
    upload(app, "voice", WAV)
    upload(app, "face", PNG)
    assert not any("This example is synthetic" in x.value for x in app.info)
    assert cards(app) == ["Words", "Voice", "Face", "together"]


def test_any_two(app: AppTest):
    upload(app, "voice", WAV)
    upload(app, "face", PNG)
    assert cards(app) == ["Voice", "Face", "together"]
    assert shares(app) == ["voice", "face"]


def test_a_recording_of_the_microphone(app: AppTest):
    app.segmented_control(key="together_voice_from").set_value("record")
    run(app)
    app.audio_input(key="together_voice_record").set_value(WAV)
    run(app)
    assert cards(app) == ["Voice", "together"]
    assert not app.get("audio")


def test_one_without_an_answer_leaves_the_others(app: AppTest):
    write(app, "what anger")
    upload(app, "voice", SILENCE)
    upload(app, "face", DARK)
    assert cards(app) == ["Words", "together"]
    said = [x.value for x in app.warning]
    assert any("o speech was found" in x for x in said)
    assert any(x.startswith("No face was found") for x in said)
    write(app, "")
    assert any("nothing to fuse" in x.value for x in app.warning)
    upload(app, "voice", ("broken.wav", b"RIFF, but no sound", "audio/wav"))
    upload(app, "face", ("broken.png", b"no picture", "image/png"))
    said = [x.value for x in app.warning]
    assert any("expected a recording" in x for x in said)
    assert any("xpected a picture" in x for x in said)


def test_a_long_recording_is_sent_to_its_own_page(app: AppTest, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ui.together_parts.LONGEST_S", 5.0)
    upload(app, "voice", WAV)
    assert any("open it on the page Recording" in x.value for x in app.warning)


def test_the_largest_of_several_faces(app: AppTest):
    frame = np.zeros((200, 400, 3), np.uint8)
    frame[20:80, 20:70] = 140
    frame[20:180, 200:330] = 250
    picture = cv2.imencode(".png", frame)[1].tobytes()
    upload(app, "face", ("two.png", picture, "image/png"))
    assert "the largest of 2 faces" in html(app)
    scores = app.session_state[KEPT].parts["face"][1].evidence.scores
    assert scores.labels.index(scores.label) > 3  # bright


def test_a_small_face_is_trusted_less(app: AppTest):
    frame = np.zeros((200, 400, 3), np.uint8)
    frame[20:52, 20:46] = 200
    upload(app, "face", ("small.png", cv2.imencode(".png", frame)[1].tobytes(), "image/png"))
    evidence = app.session_state[KEPT].parts["face"][1].evidence
    assert evidence.reliability == pytest.approx(0.5)


def test_those_who_contradict_each_other(app: AppTest):
    bright = cv2.imencode(".png", np.full((64, 64, 3), 255, np.uint8))[1].tobytes()
    upload(app, "face", ("bright.png", bright, "image/png"))
    face = app.session_state[KEPT].parts["face"][1].evidence.scores.label
    write(app, "anger" if face != "anger" else "joy")
    said = [x.value for x in app.warning]
    assert any(f"They disagree: the words say anger, the face says {face}." in x for x in said)
    write(app, face)
    assert any(x.value == f"Both say {face}." for x in app.success)
    write(app, "today")
    assert any(x.value.startswith("They differ, which this fusion") for x in app.info)


def test_another_fusion(app: AppTest):
    write(app, "what joy")
    app.selectbox(key="fusion_model").set_value("fusion-other")
    run(app)
    assert any("About the model fusion-other" in x.label for x in app.expander)
    assert cards(app) == ["Words", "together"]


def test_nothing_is_read_twice(app: AppTest, monkeypatch: pytest.MonkeyPatch):
    upload(app, "voice", WAV)
    upload(app, "face", PNG)
    for kind in (AudioModel, FaceModel):
        monkeypatch.setattr(kind, "predict", None)
    write(app, "what joy")
    assert cards(app) == ["Words", "Voice", "Face", "together"]


def test_another_page_and_back_keeps_what_was_given(app: AppTest):
    write(app, "what joy")
    upload(app, "voice", WAV)
    app.switch_page("pages/recognise/text.py").run()
    app.switch_page("pages/recognise/together.py")
    run(app)
    assert cards(app) == ["Words", "Voice", "together"]


def test_a_removed_file_is_forgotten(app: AppTest):
    upload(app, "voice", WAV)
    app.file_uploader(key="together_voice_upload").set_value([])
    run(app)
    assert not cards(app)


@pytest.fixture
def translating(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every late fusion expects of each modality what those that are there say together."""

    def fuse(self: LateFuser, moments: MomentArrays) -> Fused:
        present = moments.present[..., None]
        whole = (moments.probabilities * present).sum(1) / present.sum(1)
        shares = moments.present / moments.present.sum(1, keepdims=True)
        expected = np.repeat(whole[:, None], len(FUSED), 1)
        surprise = np.where(moments.present, 0.97, np.nan)
        return Fused(whole, shares, expected, surprise)

    monkeypatch.setattr(LateFuser, "fuse", fuse)
    monkeypatch.setattr(LateFuser, "translates", True)


@pytest.mark.usefixtures("translating")
def test_what_is_missing_is_expected_from_the_others(app: AppTest):
    write(app, "what joy")
    assert "The voice, which is missing" in html(app)
    assert "The face, which is missing" in html(app)
    assert any(x.value.startswith("What the words say is further") for x in app.caption)
    upload(app, "voice", WAV)
    assert "The voice, which is missing" not in html(app)
    assert "The face, which is missing" in html(app)


def test_a_fusion_that_was_fitted_to_another_model_says_so(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
):
    from emotion_core.fusion.moments import Encoder

    encoders = {m: Encoder(f"{m}-x", EKMAN7, 3) for m in FUSED}
    monkeypatch.setattr(LateFuser, "encoders", encoders)
    write(app, "what joy")
    assert cards(app) == ["Words"]
    assert "expected an embedding of 3 values by text-x" in app.error[0].value
