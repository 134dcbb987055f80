"""What the tests of the recording page share: tiny models, and the page as a person uses it."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file
from streamlit.testing.v1 import AppTest

from emotion_core.labels import EKMAN7
from emotion_core.loading import (
    DEFAULT_AUDIO_MODEL,
    DEFAULT_FACE_MODEL,
    DEFAULT_FUSION_MODEL,
    DEFAULT_TEXT_MODEL,
)
from emotion_core.recording.analysis import RecordingAnalysis
from emotion_core.recording.transcript import Transcript
from tests.bundles import write_audio_bundle, write_face_bundle, write_naive_bayes_bundle
from tests.ui.conftest import APP, TIMEOUT_S
from ui.recording_open import OpenRecording
from ui.recording_page import ADDRESS
from ui.recording_store import STORE

PAGE = "pages/recognise/recording.py"


def write_fusion_bundle(folder: Path) -> Path:
    """A late fusion that takes the plain mean of any models' answers.

    Args:
        folder: becomes the bundle; its name is the model's id

    Returns:
        the folder
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = "model.safetensors"
    save_file({"weights": np.ones(3), "exponent": np.zeros(1)}, folder / name)
    checksum = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    manifest = {
        "format": 1,
        "id": folder.name,
        "modality": "fusion",
        "labels": list(EKMAN7),
        "architecture": {
            "kind": "late",
            "pooling": "mean",
            "disagreement": {"strength": {"text-audio": 0.2, "text-face": 0.2, "audio-face": 0.2}},
        },
        "files": {name: checksum},
        "licence": "MIT",
        "training_data": [{"name": "made up", "licence": "MIT"}],
        "command": "none",
        "calibration": {"temperature": 1.0, "uncertain_below": 0.3},
        "metrics": {},
        "protocol": "none: this bundle is a fake",
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def write_models(folder: Path) -> Path:
    """A folder with a fake of each default model."""
    write_naive_bayes_bundle(folder / DEFAULT_TEXT_MODEL)
    write_audio_bundle(folder / DEFAULT_AUDIO_MODEL)
    write_face_bundle(folder / DEFAULT_FACE_MODEL)
    write_fusion_bundle(folder / DEFAULT_FUSION_MODEL)
    return folder


def opened(address: str = "") -> AppTest:
    """The page as a browser opens it."""
    app = AppTest.from_file(APP, default_timeout=TIMEOUT_S).run()
    app.switch_page(PAGE)
    if address:
        app.query_params[ADDRESS] = address
    return run(app)


def run(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception
    return app


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click()
    return run(app)


def analyse(
    app: AppTest, file: tuple[str, bytes, str], words: tuple[str, bytes, str] | None = None
) -> AppTest:
    app.file_uploader(key="recording_upload").set_value(file)
    if words is not None:
        app.file_uploader(key="recording_transcript").set_value(words)
    run(app)
    return press(app, "recording_start")


def address_of(app: AppTest) -> str:
    found = app.query_params[ADDRESS]
    return found if isinstance(found, str) else found[0]


def recording_of(app: AppTest) -> OpenRecording:
    found = STORE.get(address_of(app))
    assert found is not None
    return found


def analysis_of(app: AppTest) -> RecordingAnalysis:
    found = recording_of(app).analysis
    assert found is not None
    return found


def words_of(app: AppTest) -> Transcript:
    found = analysis_of(app).words
    assert found is not None
    return found.transcript


def player(app: AppTest) -> dict[str, Any]:
    (component,) = app.get("bidi_component")
    return json.loads(component.proto.json)


def lanes(app: AppTest) -> list[str]:
    return [lane["name"] for lane in player(app)["lanes"]]


def said(app: AppTest) -> str:
    """Everything that is written in boxes and captions."""
    parts = (app.info, app.warning, app.error, app.caption, app.markdown, app.subheader)
    return " ".join(element.value for kind in parts for element in kind)
