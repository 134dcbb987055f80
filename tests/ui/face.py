"""What the tests of the face pages share."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from emotion_core.labels import FERPLUS8
from tests.bundles import write_face_bundle
from tests.ui.conftest import APP, TIMEOUT_S

ID = "face-cnn"


def write_faces(folder: Path) -> Path:
    """A folder with two fake face models."""
    write_face_bundle(folder / ID)
    write_face_bundle(folder / "face-other", FERPLUS8)
    return folder


def open_page(page: str, models: str, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """A page of the app, on the bundles of some folders."""
    monkeypatch.setenv("EMOTION_MODELS", models)
    app = AppTest.from_file(APP, default_timeout=TIMEOUT_S).run()
    return app.switch_page(f"pages/recognise/{page}.py").run()


def run(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception
    return app


def html(app: AppTest) -> str:
    return " ".join(element.value for element in app.html)
