"""The voice page, as a person walks through it."""

import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import ui.job_panel
from emotion_core.audio.pipeline import AudioModel
from emotion_core.labels import EKMAN7, IEMOCAP4
from tests.audio.rewriting import write_profile
from tests.bundles import write_audio_bundle
from tests.ui.conftest import APP, TIMEOUT_S
from ui.voice_example import example_recording
from ui.voice_files import JOB as FILES_JOB
from ui.voice_recording import JOB

WAV = ("my voice.wav", example_recording(), "audio/wav")
BROKEN = ("broken.wav", b"RIFF, but no sound", "audio/wav")
ID = "audio-cnn-bigru"


@pytest.fixture(scope="module")
def voices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("voices")
    average = np.zeros(4 * len(EKMAN7))
    write_profile(
        write_audio_bundle(folder / ID), mean=average, deviation=average + 1, ordinary=average
    )
    write_audio_bundle(folder / "audio-other", IEMOCAP4)
    return folder


@pytest.fixture
def app(bundles: Path, voices: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("EMOTION_MODELS", f"{voices}:{bundles}")
    monkeypatch.setattr(ui.job_panel, "PATIENCE_S", TIMEOUT_S)
    return (
        AppTest.from_file(APP, default_timeout=TIMEOUT_S)
        .run()
        .switch_page("pages/recognise/voice.py")
        .run()
    )


def run(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception
    return app


def upload(app: AppTest, file: tuple[str, bytes, str]) -> AppTest:
    app.file_uploader(key="voice_upload").set_value(file)
    return run(app)


def html(app: AppTest) -> str:
    return " ".join(element.value for element in app.html)


def table(app: AppTest) -> pd.DataFrame:
    """The table of segments or files."""
    return next(x.value for x in app.dataframe if "emotion" in x.value.columns)


def segments(app: AppTest) -> int:
    return len(app.session_state[JOB].heard.analysis.timeline)


def test_first_visit_shows_a_hint_and_an_example(app: AppTest):
    assert not app.exception
    assert app.title[0].value == "Which emotion is in a voice?"
    assert any("the answer appears here" in x.value for x in app.info)
    assert [tab.label.split(": ")[-1] for tab in app.tabs] == ["One recording", "Several files"]
    options = app.selectbox(key="audio_model").options
    assert (options[0], options[-1]) == (ID, "another model…")
    assert "audio-other" in options
    assert any("none: this bundle is a fake" in x.value for x in app.caption)


def test_an_upload_is_answered(app: AppTest):
    upload(app, WAV)
    assert "probable" in html(app)
    assert any(x.value.startswith("Answered in") for x in app.caption)
    assert {m.label for m in app.metric} >= {"Pitch, median (Hz)", "Pauses"}
    assert any("no diagnosis" in x.value for x in app.caption)
    assert len(app.get("bidi_component")) == 1
    assert len(app.get("plotly_chart")) == 2
    assert [b.label for b in app.download_button] == [
        "Download CSV", "Download JSON", "Download Audacity labels",
    ]  # fmt: skip
    assert len(table(app)) == segments(app)


def test_a_recording_of_the_microphone_is_answered(app: AppTest):
    app.audio_input(key="voice_record").set_value(WAV)
    run(app)
    assert "probable" in html(app)
    assert app.session_state[JOB].recording.content == WAV[1]


def test_the_example_is_answered_and_a_later_upload_takes_its_place(app: AppTest):
    app.button(key="voice_example").click()
    run(app)
    assert app.session_state[JOB].recording.name == "synthetic voice.wav"
    upload(app, WAV)
    assert app.session_state[JOB].recording.name == "my voice.wav"
    assert "probable" in html(app)


def test_a_file_that_cannot_be_read_gets_a_message(app: AppTest):
    upload(app, BROKEN)
    assert "expected a recording" in app.error[0].value
    upload(app, WAV)
    assert not app.error


def test_a_removed_file_is_forgotten(app: AppTest):
    upload(app, WAV)
    app.file_uploader(key="voice_upload").set_value([])
    run(app)
    assert JOB not in app.session_state
    assert any("the answer appears here" in x.value for x in app.info)


def test_silence_has_no_answer_but_a_player(app: AppTest):
    silence = WAV[1][:44] + bytes(len(WAV[1]) - 44)
    upload(app, ("silence.wav", silence, "audio/wav"))
    assert any("o speech was found" in x.value for x in app.warning)
    assert "probable" not in html(app)
    assert len(app.get("bidi_component")) == 1
    assert not app.download_button


def test_another_page_and_back_keeps_the_recording(app: AppTest):
    upload(app, WAV)
    app.switch_page("pages/recognise/text.py").run()
    app.switch_page("pages/recognise/voice.py")
    run(app)
    assert "probable" in html(app)


def test_window_and_step(app: AppTest):
    upload(app, WAV)
    before = segments(app)
    app.slider(key="voice_window").set_value(1.0)
    app.slider(key="voice_hop").set_value(0.25)
    run(app)
    assert segments(app) > before
    assert "probable" in html(app)


def test_another_label_set_needs_no_new_analysis(app: AppTest):
    upload(app, WAV)
    job = app.session_state[JOB]
    app.selectbox(key=f"labels_{ID}").set_value("IEMOCAP4")
    run(app)
    assert app.session_state[JOB] is job
    shown = table(app)["emotion"]
    assert {name.split()[-1] for name in shown} <= set(IEMOCAP4)


def test_the_level_decides_what_is_uncertain(app: AppTest):
    upload(app, WAV)
    app.slider(key=f"level_{ID}_{len(EKMAN7)}").set_value(95)
    run(app)
    assert "uncertain: below the level of 95%" in html(app)
    assert table(app)["uncertain"].all()


def test_another_model_listens_again(app: AppTest):
    upload(app, WAV)
    app.selectbox(key="audio_model").set_value("audio-other")
    run(app)
    assert app.session_state[JOB].model.spec.id == "audio-other"
    assert "probable" in html(app)


def test_a_folder_can_be_typed_and_has_to_be_of_a_voice_model(
    app: AppTest, voices: Path, bundles: Path
):
    app.selectbox(key="audio_model").set_value("another model…")
    run(app)
    assert "type a hub name or a folder" in app.error[0].value
    app.text_input(key="audio_model_other").set_value(str(bundles / "text-emotion6"))
    run(app)
    assert "answers text, not audio" in app.error[0].value
    app.text_input(key="audio_model_other").set_value(str(voices / "audio-other"))
    run(app)
    assert not app.error
    upload(app, WAV)
    assert "probable" in html(app)


def test_a_chosen_segment_is_explained(app: AppTest):
    upload(app, WAV)
    chosen = app.selectbox(key="voice_segment")
    assert len(chosen.options) == segments(app)
    last = segments(app) - 1
    chosen.set_value(last)
    run(app)
    assert last in app.session_state[JOB].explained
    assert any("speak for" in x.value for x in app.caption)


def test_calibration_by_the_start_of_the_recording(app: AppTest):
    upload(app, WAV)
    before = app.session_state[JOB].heard.analysis.scores.probabilities
    app.segmented_control(key="voice_own_from").set_value("the start of this recording")
    run(app)
    app.button(key="voice_calibrate").click()
    run(app)
    assert any("Calibrated to the first 60 s" in x.value for x in app.success)
    after = app.session_state[JOB].heard.analysis.scores.probabilities
    assert (before != after).any()
    app.button(key="voice_drop").click()
    run(app)
    assert not app.success
    assert (app.session_state[JOB].heard.analysis.scores.probabilities == before).all()


def test_calibration_by_another_recording(app: AppTest):
    assert app.button(key="voice_calibrate").disabled
    app.file_uploader(key="voice_calibration_upload").set_value(WAV)
    run(app)
    app.button(key="voice_calibrate").click()
    run(app)
    assert any("Calibrated to my voice.wav" in x.value for x in app.success)
    upload(app, WAV)
    assert app.session_state[JOB].listening.profile is not None
    app.selectbox(key="audio_model").set_value("audio-other")
    run(app)
    assert app.session_state[JOB].listening.profile is None


def test_a_model_that_cannot_be_calibrated_says_so(app: AppTest):
    app.selectbox(key="audio_model").set_value("audio-other")
    run(app)
    app.file_uploader(key="voice_calibration_upload").set_value(WAV)
    run(app)
    app.button(key="voice_calibrate").click()
    run(app)
    assert "does not know how ordinary speech sounds" in app.error[0].value
    assert not app.success


def test_a_calibration_that_cannot_be_read_gets_a_message(app: AppTest):
    app.file_uploader(key="voice_calibration_upload").set_value(BROKEN)
    run(app)
    app.button(key="voice_calibrate").click()
    run(app)
    assert "expected a recording" in app.error[0].value


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every analysis waits until it is stopped."""
    analyse = AudioModel.analyse

    def waiting(self, source, *, on_progress, should_stop, **settings):
        on_progress(30.0, 120.0)
        while not should_stop():
            threading.Event().wait(0.01)
        return analyse(self, source, on_progress=on_progress, should_stop=should_stop, **settings)

    monkeypatch.setattr(AudioModel, "analyse", waiting)


@pytest.mark.usefixtures("endless")
def test_progress_cancel_and_listening_again(app: AppTest, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ui.job_panel, "PATIENCE_S", 0.05)
    upload(app, WAV)
    assert app.get("progress")
    app.button(key="voice_cancel").click()
    run(app)
    app.session_state[JOB].wait(TIMEOUT_S)
    run(app)
    assert any("he rest was not analysed" in x.value for x in app.warning)
    app.button(key="voice_again").click()
    run(app)
    assert app.get("progress")
    app.session_state[JOB].cancel()


def start_files(app: AppTest, *files: tuple[str, bytes, str]) -> AppTest:
    app.file_uploader(key="voice_files_upload").set_value(list(files))
    run(app)
    app.button(key="voice_files_start").click()
    return run(app)


def test_each_file_gets_a_row(app: AppTest):
    assert app.button(key="voice_files_start").disabled
    start_files(app, WAV, BROKEN)
    app.session_state[FILES_JOB].wait(TIMEOUT_S)
    run(app)
    rows = table(app)
    assert rows["file"].tolist() == ["my voice.wav", "broken.wav"]
    assert rows["emotion"][0] in EKMAN7
    assert rows["emotion"][1] == ""
    assert "expected a recording" in rows["error"][1]
    assert [b.label for b in app.download_button] == [
        "Download CSV", "Download Parquet", "Download JSONL",
    ]  # fmt: skip


@pytest.mark.usefixtures("endless")
def test_stopped_files(app: AppTest, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ui.job_panel, "PATIENCE_S", 0.05)
    start_files(app, WAV, WAV)
    assert app.get("progress")
    app.button(key="voice_files_cancel").click()
    run(app)
    app.session_state[FILES_JOB].wait(TIMEOUT_S)
    run(app)
    assert any(x.value == "Stopped after 0 of 2 files." for x in app.warning)
