"""Fitting a network: it learns, keeps its best epoch, goes on after a break, starts where told."""

import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, balanced_accuracy_score

from emotion_core.datasets.corpora import Recording
from emotion_core.errors import InvalidInput
from emotion_core.training.audio_batches import AudioBatch, AudioSplit, TrainingBatches
from emotion_core.training.audio_config import AudioConfig
from emotion_core.training.audio_material import AVERAGE, AudioMaterial
from emotion_core.training.audio_network import build_audio_network
from emotion_core.training.audio_trainer import (
    FittedAudio,
    fit_audio,
    whole_clips,
)
from emotion_core.training.single_label import ValidationScore
from tests.training.voices import frame_store, tiny_config, write_resnet

CLIPS, BINS = 36, 16
TRAIN = np.arange(CLIPS) % 3 > 0
LABELS = ("anger", "neutral")


def make_material(folder: Path, bins: int = BINS, *, learnable: bool = True) -> AudioMaterial:
    """Clips whose loud half of the frequencies names the label, or says nothing."""
    rng = np.random.default_rng(0)
    truth = np.arange(CLIPS) // 3 % 2
    heard = truth if learnable else rng.permutation(truth)
    clips = []
    for label in heard:
        levels = rng.normal(-6, 1, (int(rng.integers(24, 60)), bins))
        levels[:, bins // 2 * label : bins // 2 * (label + 1)] += 3
        clips.append(levels)
    folder.mkdir(exist_ok=True)
    store = frame_store(folder / "frames.raw", clips)
    voices = [f"made/{i % 4}" for i in range(CLIPS)]
    profiles = {v: store.profile(np.flatnonzero(np.array(voices) == v)) for v in set(voices)}
    profiles[AVERAGE] = store.profile(np.flatnonzero(TRAIN))
    whole = AudioSplit(np.arange(CLIPS), np.eye(2)[truth], np.ones((CLIPS, 2), np.float32), voices)
    recordings = [
        Recording(Path(f"{i}.wav"), LABELS[k], str(i % 4), "made", f"made/{i % 4}")
        for i, k in enumerate(truth)
    ]
    return AudioMaterial(recordings, np.ones(CLIPS, bool), store, profiles, LABELS, whole)


def fit(config: AudioConfig, material: AudioMaterial, folder: Path, **more: Any) -> FittedAudio:
    return fit_audio(config, material.split(TRAIN), material, folder, **more)


def accuracy(fitted: FittedAudio, config: AudioConfig, material: AudioMaterial) -> float:
    """Of the clips that were not trained on; both labels are equally frequent there."""
    clips = whole_clips(config, material.split(~TRAIN), material)
    with torch.inference_mode():
        answers = [int(fitted.network(clip.images).logits.argmax()) for clip in clips]
    return accuracy_score([int(clip.targets.argmax()) for clip in clips], answers)


def weights(fitted: FittedAudio) -> dict[str, torch.Tensor]:
    return dict(fitted.network.named_parameters())


def assert_same(one: FittedAudio, other: FittedAudio, atol: float = 0.0) -> None:
    for name, value in weights(one).items():
        torch.testing.assert_close(value, weights(other)[name], atol=atol, rtol=0)


@pytest.fixture
def material(tmp_path: Path) -> AudioMaterial:
    return make_material(tmp_path / "material")


def test_it_learns_and_tells_how(material: AudioMaterial, tmp_path: Path) -> None:
    config = tiny_config("x", "epochs=5")
    steps: list[tuple[int, int]] = []
    fitted = fit(
        config, material, tmp_path / "run", validation=material.split(~TRAIN),
        on_progress=lambda *progress: steps.append(progress),
    )  # fmt: skip
    assert accuracy(fitted, config, material) == 1
    assert not fitted.network.training
    assert steps == [(i + 1, 20) for i in range(20)]
    assert [row["epoch"] for row in fitted.history] == [1, 2, 3, 4, 5]
    assert set(fitted.history[0]) == {
        "epoch", "train_loss", "validation_loss", "validation_uar", "validation_accuracy",
        "seconds",
    }  # fmt: skip
    assert fitted.history[-1]["train_loss"] < fitted.history[0]["train_loss"]


def test_the_best_epoch_is_kept(tmp_path: Path) -> None:
    material = make_material(tmp_path / "material", learnable=False)
    config = tiny_config("x", "epochs=6", "monitor=accuracy", "optimiser.learning_rate=0.1")
    fitted = fit(config, material, tmp_path / "run", validation=material.split(~TRAIN))
    best = max(row["validation_accuracy"] for row in fitted.history)
    assert accuracy(fitted, config, material) == pytest.approx(best)


def test_patience(tmp_path: Path) -> None:
    material = make_material(tmp_path / "material", learnable=False)
    config = tiny_config("x", "epochs=30", "patience=2", "optimiser.learning_rate=1e-4")
    fitted = fit(config, material, tmp_path / "run", validation=material.split(~TRAIN))
    scores = [row["validation_uar"] for row in fitted.history]
    assert len(scores) == int(np.argmax(scores)) + 1 + 2


def test_each_epoch_reads_its_own_batches(
    material: AudioMaterial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[tuple[int, int]] = []
    original = TrainingBatches.__getitem__

    def told(batches: TrainingBatches, place: int) -> AudioBatch:
        read.append((batches.epoch, place))
        return original(batches, place)

    monkeypatch.setattr(TrainingBatches, "__getitem__", told)
    fit(tiny_config("x", "epochs=3"), material, tmp_path / "run")
    assert read == [(epoch, place) for epoch in range(3) for place in range(4)]


class Killed(RuntimeError): ...


def kill(step: int, _steps: int) -> None:
    if step == 10:
        raise Killed


@pytest.mark.parametrize("decay", [0.0, 0.9])
def test_an_interrupted_run_ends_as_if_it_had_not_been(
    material: AudioMaterial, tmp_path: Path, decay: float
) -> None:
    config = tiny_config("x", "epochs=4", f"optimiser.ema_decay={decay}")
    whole = fit(config, material, tmp_path / "whole")
    with pytest.raises(Killed):
        fit(config, material, tmp_path / "broken", on_progress=kill)
    steps: list[int] = []
    resumed = fit(
        config, material, tmp_path / "broken", on_progress=lambda step, _: steps.append(step)
    )
    assert steps == list(range(9, 17))
    assert [r["epoch"] for r in resumed.history] == [1, 2, 3, 4]
    assert_same(resumed, whole, atol=1e-5)


def test_a_finished_run_is_read(material: AudioMaterial, tmp_path: Path) -> None:
    config = tiny_config("x", "epochs=1")
    first = fit(config, material, tmp_path / "run")

    def refuse(*_: int) -> None:
        raise AssertionError("trained again")

    again = fit(config, material, tmp_path / "run", on_progress=refuse)
    assert_same(again, first)
    assert again.history == first.history


def test_runs_differ_and_may_start_from_another(material: AudioMaterial, tmp_path: Path) -> None:
    config = tiny_config("x", "epochs=1")
    first = fit(config, material, tmp_path / "first")
    still = tiny_config("x", "epochs=1", "optimiser.learning_rate=1e-60")  # none in float32
    other = fit(still, material, tmp_path / "other", run=1)
    assert not torch.equal(weights(first)["head.weight"], weights(other)["head.weight"])
    after = fit(still, material, tmp_path / "after", run=1, start=tmp_path / "first" / "last.ckpt")
    assert_same(after, first)


def test_a_resnet_thaws_from_the_top(tmp_path: Path) -> None:
    folder = write_resnet(tmp_path / "resnet")
    config = tiny_config(
        "x", "epochs=2", "network.kind=resnet34", f"network.pretrained={folder}",
        "network.unfreeze_every=1", "network.least_frames=32", "features.kind=mel-db",
        "features.bins=32", "optimiser.schedule=one-cycle",
    )  # fmt: skip
    material = make_material(tmp_path / "material", bins=32)
    fitted = weights(fit(config, material, tmp_path / "run"))
    start = build_audio_network(config.network, 1, 32, 2).state_dict()
    moved = {n for n, value in fitted.items() if n in start and not torch.equal(value, start[n])}
    body = {n for n in fitted if not n.startswith("head")}
    assert moved & body == {n for n in body if n.startswith("body.encoder.stages.3")}


def test_validation_scores_are_scikit_learns() -> None:
    truth = torch.tensor([0, 0, 0, 1, 1, 3, 3, 3, 3])
    prediction = torch.tensor([0, 2, 0, 1, 3, 3, 3, 1, 2])
    logged: dict[str, float] = {}
    module = SimpleNamespace(log=lambda name, value: logged.update({name: float(value)}))
    score = ValidationScore()
    for part in (slice(0, 4), slice(4, 9)):
        logits, targets = torch.eye(4)[prediction[part]], torch.eye(4)[truth[part]]
        score.on_validation_batch_end(None, None, {"logits": logits, "targets": targets})
    score.on_validation_epoch_end(None, module)  # type: ignore[arg-type]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the predicted label that is no truth
        uar = balanced_accuracy_score(truth, prediction)
    assert logged["validation_uar"] == pytest.approx(uar)
    assert logged["validation_accuracy"] == pytest.approx(accuracy_score(truth, prediction))
    loss = torch.nn.functional.cross_entropy(torch.eye(4)[prediction], truth)
    assert logged["validation_loss"] == pytest.approx(float(loss))


def test_an_unknown_monitor_is_refused_before_training(
    material: AudioMaterial, tmp_path: Path
) -> None:
    config = tiny_config("x")
    config.monitor = "f1"
    with pytest.raises(InvalidInput, match=r"uar.* accuracy, got 'f1'"):
        fit(config, material, tmp_path / "run")
