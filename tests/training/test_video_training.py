"""From folders of clips to a bundle that answers, with a break on the way."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
import yaml

from emotion_core.cli import main
from emotion_core.errors import InvalidInput
from emotion_core.face.align import CropConfig
from emotion_core.face.clip import ClipConfig, read_clip
from emotion_core.face.video_model import VideoClassifier
from emotion_core.registry import find, read_spec
from emotion_core.training import loop, video_data, video_training
from emotion_core.training.video_data import read_material
from emotion_core.training.video_trainer import FittedVideo, fit_video
from emotion_core.training.video_training import served_logits, train_video
from emotion_core.types import Faces
from tests.training.clips import FRAMES, SIZE, bar, tiny_config, write_bars

LABELS = ("anger", "joy")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bars(tmp_path_factory.mktemp("data") / "bars", {"train": 6, "val": 2})


class Trained:
    """A bundle, and the network that it holds."""

    def __init__(self, data: Path, folder: Path) -> None:
        self.bundle = folder / "bars"
        fitted: list[FittedVideo] = []
        config = tiny_config(
            data, "id=bars", "licence=MIT", "training_data=Bars (us, 2020)",
            "training_data_licence=CC0",
        )  # fmt: skip

        def told(*arguments: Any, **more: Any) -> FittedVideo:
            fitted.append(fit_video(*arguments, **more))
            return fitted[0]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(video_training, "fit_video", told)
            train_video(config, self.bundle, "train video ...")
        (self.fitted,) = fitted


@pytest.fixture(scope="module")
def trained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return Trained(data, tmp_path_factory.mktemp("models"))


def test_it_learns_which_way_the_bar_moves(trained: Trained) -> None:
    classifier = VideoClassifier(find(trained.bundle))
    assert classifier.labels == LABELS
    for seed in range(100, 106):
        for place, label in enumerate(LABELS):
            assert classifier.read(bar(label, seed)).logits.argmax() == place
    history = pd.read_csv(trained.bundle / "training" / "history.csv")
    assert history["epoch"].tolist() == list(range(1, 9))
    assert history["train_loss"].iloc[-1] < 0.7 * history["train_loss"].iloc[0]
    assert history["validation_accuracy"].max() == 1
    assert not trained.bundle.with_name("bars.work").exists()


def test_the_bundle_answers_as_the_trained_network(trained: Trained) -> None:
    classifier = VideoClassifier(read_spec(trained.bundle))
    for seed in (200, 201):
        frames = bar("joy", seed)
        with torch.inference_mode():
            images = torch.from_numpy(frames).movedim(3, 1)[None] / 255
            expected = trained.fitted.network(images)
        found = classifier.read(frames)
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(one, other[0].numpy(), atol=1e-4)


def test_the_manifest(trained: Trained) -> None:
    spec = read_spec(trained.bundle)
    assert (spec.id, spec.modality, spec.licence) == ("bars", "face", "MIT")
    assert spec.architecture["kind"] == "video-cnn-bigru"
    assert spec.input == {"frames": FRAMES, "size": SIZE, "crop": None}
    assert spec.command == "train video ..."
    assert [dict(d) for d in spec.training_data] == [{"name": "Bars (us, 2020)", "licence": "CC0"}]
    assert set(spec.files) == {"model.onnx", "model.safetensors"}
    assert spec.metrics == {"validation_accuracy": 1.0}
    assert "no test split was read" in spec.protocol
    assert 0 < spec.calibration.uncertain_below <= 1
    settings = yaml.safe_load((trained.bundle / "training" / "config.yaml").read_text())
    assert settings["clip"]["frames"] == FRAMES


def test_logits_of_the_validation_split_are_the_bundles(
    trained: Trained, data: Path, tmp_path: Path
) -> None:
    clips, _ = read_material(tiny_config(data), tmp_path)
    validation = clips.side("validation")
    logits = served_logits(trained.bundle, validation)
    assert logits.shape == (4, 2)
    classifier = VideoClassifier(read_spec(trained.bundle))
    np.testing.assert_array_equal(logits[3], classifier.read(validation.frames(3)).logits)


class Killed(RuntimeError): ...


def kill(step: int, _steps: int) -> None:
    if step == 7:
        raise Killed


@pytest.mark.parametrize("decay", [0.0, 0.9])
def test_an_interrupted_run_ends_as_if_it_had_not_been(
    data: Path, tmp_path: Path, decay: float
) -> None:
    config = tiny_config(data, "epochs=4", f"optimiser.ema_decay={decay}")
    clips, _ = read_material(config, tmp_path / "clips")
    sides = clips.side("train"), clips.side("validation")
    whole = fit_video(config, *sides, tmp_path / "whole")
    with pytest.raises(Killed):
        fit_video(config, *sides, tmp_path / "broken", kill)
    steps: list[int] = []
    resumed = fit_video(config, *sides, tmp_path / "broken", lambda step, _: steps.append(step))
    assert steps == list(range(7, 13))
    assert [row["epoch"] for row in resumed.history] == [1, 2, 3, 4]
    other = dict(whole.network.named_parameters())
    for name, value in resumed.network.named_parameters():
        torch.testing.assert_close(value, other[name], atol=1e-5, rtol=0)


def test_an_interrupted_training_reads_no_clip_twice(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, bundle = tiny_config(data, "epochs=1"), tmp_path / "new"

    def stop(*_: object) -> None:
        raise Killed

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("done again")

    with monkeypatch.context() as patch:
        patch.setattr(video_training, "export_video_network", stop)
        with pytest.raises(Killed):
            train_video(config, bundle)
    assert bundle.with_name("new.work").is_dir()
    monkeypatch.setattr(loop.lightning.Trainer, "fit", refuse)
    monkeypatch.setattr(video_data, "read_clip", refuse)
    train_video(config, bundle)
    assert VideoClassifier(find(bundle)).labels == LABELS
    assert not bundle.with_name("new.work").exists()


def test_rare_classes_may_weigh_more(data: Path, tmp_path: Path) -> None:
    fewer = Path(shutil.copytree(data, tmp_path / "data"))
    for number in range(2, 6):
        (fewer / "train" / "joy" / f"{number}.mp4").unlink()
    losses = []
    for power in (0.0, 1.0):
        config = tiny_config(
            fewer, "epochs=1", f"loss.class_weight_power={power}", "optimiser.learning_rate=1e-30"
        )
        clips, _ = read_material(config, tmp_path / "clips")
        sides = clips.side("train"), clips.side("validation")
        losses.append(fit_video(config, *sides, tmp_path / str(power)).history[0]["train_loss"])
    assert losses[0] != pytest.approx(losses[1], rel=1e-3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("training_data=a; b", "a licence for each of 2 data sets, got 1"),
        ("monitor=loss", "'monitor' expects uar or accuracy, got 'loss'"),
        ("clip.frames=0", r"'clip\.frames' expects a whole number from 1, got 0"),
        ("network.kind=lstm", r"'network\.kind' expects video-cnn-bigru, got 'lstm'"),
    ],
)
def test_settings_that_cannot_be_trained_with(
    data: Path, tmp_path: Path, change: str, message: str
) -> None:
    with pytest.raises(InvalidInput, match=message):
        train_video(tiny_config(data, change), tmp_path / "new")
    assert not (tmp_path / "new").exists()


class Middle:
    """Takes the middle of each frame for a face."""

    def detect(self, frame: np.ndarray) -> Faces:
        height, width = frame.shape[:2]
        box = np.array([[width / 4, height / 4, 3 * width / 4, 3 * height / 4]])
        return Faces(box, np.ones(1), np.zeros(1), np.full((1, 5, 2), np.nan))

    def follow(self, frame: np.ndarray, boxes_xyxy: np.ndarray) -> Faces:
        return self.detect(frame).take(np.zeros(len(boxes_xyxy), int))


def test_faces_by_the_command_line(
    data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(video_data, "open_detector", Middle)
    clip = {"frames": 4, "size": 16, "crop_size": 12, "crop_channels": 1}
    settings = {"clip": clip, "network": {"channels": "4"}, "epochs": 1, "precision": "32-true"}
    config, out = tmp_path / "settings.yaml", tmp_path / "mine"
    config.write_text(yaml.safe_dump(settings))
    with pytest.raises(SystemExit) as stop:
        main(["train", "video", "--out", str(out), "--data", str(data), "--config", str(config)])
    assert stop.value.code in (0, None), capsys.readouterr().err
    classifier = VideoClassifier(find(out))
    assert classifier.config == ClipConfig(4, 16, CropConfig(size=12, channels=1))
    frames = read_clip(data / "val" / "joy" / "0.mp4", classifier.config, Middle())
    assert frames.shape == (4, 12, 12)
    assert classifier.read(frames).attention.sum() == pytest.approx(1)
