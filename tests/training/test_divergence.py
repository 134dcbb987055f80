"""A training whose numbers run away ends at once, and says what to change."""

from pathlib import Path

import numpy as np
import pytest

from emotion_core.errors import InvalidInput
from emotion_core.training.config import load_config
from emotion_core.training.face_config import FaceConfig
from emotion_core.training.face_training import train_face
from emotion_core.training.text_config import TextConfig
from emotion_core.training.text_ngrams import NgramTrainer
from emotion_core.training.text_training import train_text
from tests.training.faces import TINY, write_faces

DIVERGED = "the training diverged, .* lower optimiser.learning_rate and delete .*mine.work"


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_faces(tmp_path_factory.mktemp("drawn"), 20, splits=True)


@pytest.mark.parametrize("more", [(), ("epochs=1", "batch_size=36")], ids=["loss", "weights"])
def test_faces(faces: Path, tmp_path: Path, more: tuple[str, ...]):
    settings = [f"data={faces}", *TINY, "epochs=4", "optimiser.learning_rate=1e6", *more]
    with pytest.raises(InvalidInput, match=f"epoch 1: {DIVERGED}"):
        train_face(load_config(FaceConfig, None, settings), tmp_path / "mine")
    assert not (tmp_path / "mine").exists()


def test_several_processes(faces: Path, tmp_path: Path):
    settings = [f"data={faces}", *TINY, "batch_size=6", "run.devices=2"]
    settings += ["epochs=2", "optimiser.learning_rate=1e6"]
    with pytest.raises(InvalidInput, match=f"^epoch 1: {DIVERGED}"):
        train_face(load_config(FaceConfig, None, settings), tmp_path / "mine")


def test_texts(tiny_encoder: Path, tiny_data: Path, tmp_path: Path):
    settings = [
        f"encoder.name={tiny_encoder}", f"data={tiny_data}", "batch_size=8", "precision=32-true",
        "head.lstm_hidden=8", "head.lstm_layers=1", "epochs=2",
        "optimiser.learning_rate=1e6", "optimiser.head_learning_rate=1e30",
    ]  # fmt: skip
    with pytest.raises(InvalidInput, match=DIVERGED):
        train_text(load_config(TextConfig, None, settings), tmp_path / "mine")
    assert not (tmp_path / "mine").exists()


def test_ngrams(tiny_data: Path):
    settings = [f"data={tiny_data}", "architecture=ngram-network", "epochs=3"]
    config = load_config(TextConfig, None, [*settings, "ngrams.learning_rate=1e38"])
    from emotion_core.training.text_data import read_dataset

    trainer = NgramTrainer(config, read_dataset(config))
    with pytest.raises(InvalidInput, match=r"diverged, .* lower ngrams\.learning_rate"):
        trainer.fit(np.arange(len(trainer.train)), 1)
