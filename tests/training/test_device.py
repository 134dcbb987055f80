"""Trainings on a device of its own, such as a GPU: what they compute there is taken to the host."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import lightning
import pytest
import torch
from lightning_utilities.core.apply_func import apply_to_collection

from emotion_core.training import (
    audio_training,
    face_training,
    fusion_training,
    text_distillation,
    text_students,
    video_training,
)
from emotion_core.training.audio_training import train_audio
from emotion_core.training.config import load_config
from emotion_core.training.face_config import FaceConfig
from emotion_core.training.face_training import train_face
from emotion_core.training.text_config import TextConfig
from emotion_core.training.text_training import train_text
from tests.training import clips, faces, voices
from tests.training.fusion_items import material, small


class OnDevice(torch.Tensor):
    """A tensor that numpy cannot reach, and whatever is computed of it."""

    def numpy(self, *_: object, **__: object) -> NoReturn:  # pyright: ignore[reportIncompatibleMethodOverride]
        raise TypeError("can't convert a tensor of the device to numpy; use Tensor.cpu() first")

    def __array__(self, *_: object, **__: object) -> NoReturn:
        self.numpy()

    def cpu(self, *_: object, **__: object) -> torch.Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self.as_subclass(torch.Tensor)


def in_order(jobs: Any, *_: object, **__: object) -> None:
    for job in jobs:
        job()


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Batches lie on the device; grows with each that was taken there."""
    taken: list[object] = []

    def take(_module: object, batch: object, _place: int) -> object:
        taken.append(batch)
        return apply_to_collection(batch, torch.Tensor, lambda t: t.as_subclass(OnDevice))

    monkeypatch.setattr(lightning.LightningModule, "on_after_batch_transfer", take)
    for module in (audio_training, face_training, text_distillation, text_students):
        monkeypatch.setattr(module, "run_side_by_side", in_order)
    return taken


def test_numpy_does_not_reach_the_device():
    logits = (torch.ones(2).as_subclass(OnDevice) * 2)[:1]
    with pytest.raises(TypeError, match="to numpy"):
        logits.numpy()
    assert logits.cpu().numpy() == 2


def text(folder: Path, encoder: Path, table: Path) -> None:
    settings = (
        f"encoder.name={encoder}", f"data={table}", "epochs=1", "batch_size=8",
        "precision=32-true", "head.lstm_hidden=16", "optimiser.ema_decay=0.5",
        "distillation.folds=2", "distillation.students=2", "distillation.teacher_epochs=1",
    )  # fmt: skip
    train_text(load_config(TextConfig, None, settings), folder)


def audio(folder: Path, _encoder: Path, _table: Path) -> None:
    data = voices.write_voices(folder.with_name("voices"))
    more = ("epochs=1", "optimiser.ema_decay=0.5", "members=2")
    train_audio(voices.tiny_config(data, *more), folder)


def face(folder: Path, _encoder: Path, _table: Path) -> None:
    data = faces.write_faces(folder.with_name("faces"), 40, splits=True)
    settings = (*faces.TINY, f"data={data}", "epochs=1", "aligned=true")
    train_face(load_config(FaceConfig, None, settings), folder)


def video(folder: Path, _encoder: Path, _table: Path) -> None:
    data = clips.write_bars(folder.with_name("clips"), {"train": 4, "validation": 2})
    video_training.train_video(clips.tiny_config(data, "epochs=1"), folder)


def fusion(folder: Path, _encoder: Path, _table: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fusion_training, "read_material", lambda config: material())
        config = small("translation")
        config.epochs = 1
        fusion_training.train_fusion(config, folder)


@pytest.mark.parametrize("train", [text, audio, face, video, fusion])
def test_a_training_on_a_device_of_its_own(
    train: Callable[[Path, Path, Path], None],
    device: list[object],
    tmp_path: Path,
    tiny_encoder: Path,
    tiny_data: Path,
):
    train(tmp_path / "mine", tiny_encoder, tiny_data)
    assert (tmp_path / "mine" / "manifest.json").is_file()
    assert device
