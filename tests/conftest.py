"""Settings and fixtures that all tests share."""

from pathlib import Path

import pytest
from hypothesis import settings

from tests.bundles import write_naive_bayes_bundle

settings.register_profile("project", deadline=None, max_examples=50, derandomize=True)
settings.load_profile("project")


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A small sound bundle, free to be damaged."""
    return write_naive_bayes_bundle(tmp_path / "text-fake")


@pytest.fixture
def own_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that `$EMOTION_MODELS` names."""
    folder = tmp_path / "own"
    folder.mkdir()
    monkeypatch.setenv("EMOTION_MODELS", str(folder))
    return folder
