"""Settings and fixtures that all tests share."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.bundles import write_naive_bayes_bundle

settings.register_profile("project", deadline=None, max_examples=50, derandomize=True)
settings.load_profile("project")


@pytest.fixture(scope="session", autouse=True)
def _nobodys_data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests, and the servers that they start, see no bundles of whoever runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", os.fspath(tmp_path_factory.mktemp("data")))
        yield


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


@pytest.fixture
def shared_data() -> Path:
    """The real data sets, where they lie beside the project."""
    from emotion_core.datasets.sources import data_path

    folder = data_path("text").parent
    if not folder.is_dir():
        pytest.skip("needs the data sets that $EMOTION_DATA names")
    return folder
