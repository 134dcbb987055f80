"""The app on tiny bundles, which stand before the shipped ones of the same name."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from emotion_core.labels import EMOTION6, GOEMOTIONS28
from tests.bundles import write_naive_bayes_bundle

APP = Path(__file__).parent.parent.parent / "app.py"
TIMEOUT_S = 30


@pytest.fixture(scope="session")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundles")
    calibration = {"temperature": 1.0, "uncertain_below": 0.3, "thresholds": [0.2] * 28}
    write_naive_bayes_bundle(
        folder / "text-goemotions28",
        GOEMOTIONS28,
        multi_label=True,
        languages=["en"],
        calibration=calibration,
    )
    write_naive_bayes_bundle(folder / "text-emotion6", EMOTION6)
    return folder


@pytest.fixture
def start(bundles: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], AppTest]:
    monkeypatch.setenv("EMOTION_MODELS", str(bundles))
    return lambda: AppTest.from_file(APP, default_timeout=TIMEOUT_S).run()


@pytest.fixture
def app(start: Callable[[], AppTest]) -> AppTest:
    return start()
