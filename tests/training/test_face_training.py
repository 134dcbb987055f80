"""From drawn faces to a bundle that answers, and to its record."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from emotion_core import load
from emotion_core.errors import InvalidInput
from emotion_core.face.analysis import FaceScores
from emotion_core.labels import JOY, NEUTRAL, SADNESS
from emotion_core.registry import read_spec
from emotion_core.training.config import load_config
from emotion_core.training.face_config import FaceConfig
from emotion_core.training.face_record import measure_face_bundle
from emotion_core.training.face_trainer import TrainingFaces, fit_face, size_of
from emotion_core.training.face_training import read_face_set, train_face
from tests.bundles import write_face_bundle
from tests.training.faces import BEND, TINY, drawn, write_faces

EPOCHS = 30


def config(data: Path, *overrides: str) -> FaceConfig:
    return load_config(FaceConfig, None, [f"data={data}", "id=faces", *TINY, *overrides])


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of two members, trained on 90 drawn faces."""
    folder = tmp_path_factory.mktemp("faces")
    data = write_faces(folder / "drawn", 50, splits=True)
    out = folder / "faces"
    settings = (f"epochs={EPOCHS}", "members=2", "first_size=32", "optimiser.learning_rate=0.02")
    train_face(config(data, *settings), out, command="as typed")
    return out


def test_it_learns(trained: Path):
    spec = read_spec(trained)
    assert spec.labels == (JOY, NEUTRAL, SADNESS)
    assert spec.metrics["validation_accuracy"] > 0.8
    assert spec.command == "as typed"
    assert spec.architecture["members"] == 2
    history = pd.read_csv(trained / "training" / "history.csv")
    assert history.groupby("member").size().tolist() == [EPOCHS, EPOCHS]
    first, last = history[history.epoch == 1], history[history.epoch == EPOCHS]
    assert last.train_loss.mean() < 0.8 * first.train_loss.mean()
    assert not trained.with_name("faces.work").exists()


def test_a_bundle_answers_new_faces(trained: Path):
    model = load(trained, "face")
    pictures = [np.repeat(drawn(x, 900 + i)[:, :, None], 3, 2) for i, x in enumerate(BEND)]
    answers = model.predict(pictures, aligned=True)
    assert [a.scores[0].label for a in answers] == list(BEND)
    assert all(isinstance(a, FaceScores) and a.size_wh == (48, 48) for a in answers)
    found = model.explain_crop(drawn(JOY, 950))
    assert found.method == "grad-cam"
    assert found.weights.shape == (48, 48)
    assert np.abs(found.weights).max() == pytest.approx(1)
    assert model.embed(np.stack([drawn(JOY, 1)])).shape == (1, 32)
    many = np.stack([drawn(x, 900 + i) for i, x in enumerate(BEND)] * 9)
    alone = np.stack([model.classifier.read(crop[None])[0].logits for crop in many])
    together = np.stack([r.logits for r in model.classifier.read(many)])
    np.testing.assert_allclose(together, alone, atol=0.02)


def test_the_record_of_a_bundle(trained: Path):
    metrics = measure_face_bundle(trained)
    results = json.loads((trained / "evaluation" / "results.json").read_text())
    assert metrics["accuracy"] == round(results["scores"]["accuracy"], 4)
    assert results["scores"]["n"] == 30
    assert results["copies"] == 0
    assert results["deletion"][0]["faces"] == 30
    assert len(results["readings"]) == 1
    (found,) = results["others"]
    assert found.startswith("from the picture to the answer")
    predictions = pd.read_parquet(trained / "evaluation" / "test.parquet")
    right = (predictions[["p_joy", "p_neutral", "p_sadness"]].idxmax(axis=1).str[2:]
             == predictions.truth).mean()  # fmt: skip
    assert right == pytest.approx(results["scores"]["accuracy"])
    card = (trained / "card.md").read_text()
    assert "## Results" in card
    assert "answered each face of the split once" in read_spec(trained).protocol
    with pytest.raises(InvalidInput, match="its test split has been read"):
        measure_face_bundle(trained)


def test_an_interrupted_training_goes_on(tmp_path: Path):
    """Stopped after two epochs of four, it ends with the same weights as in one go."""
    faces = read_face_set(config(write_faces(tmp_path / "drawn", 20, splits=True)))
    parts = [faces.take(faces.split == side) for side in ("train", "validation")]
    whole = config(tmp_path, "epochs=4", "optimiser.schedule=linear", "optimiser.warmup=0.1")

    class Stopped(Exception):
        """Stands for a kill."""

    def stop(step: int, steps: int) -> None:
        if step > steps / 2:
            raise Stopped

    uninterrupted = fit_face(whole, parts[0], parts[1], tmp_path / "a")
    with pytest.raises(Stopped):
        fit_face(whole, parts[0], parts[1], tmp_path / "b", on_progress=stop)
    resumed = fit_face(whole, parts[0], parts[1], tmp_path / "b")
    assert [h["epoch"] for h in resumed.history] == [1, 2, 3, 4]
    for first, second in zip(
        uninterrupted.network.parameters(), resumed.network.parameters(), strict=True
    ):
        torch.testing.assert_close(first, second)


def test_checkpoints_of_another_training_are_refused(tmp_path: Path):
    faces = read_face_set(config(write_faces(tmp_path / "drawn", 20, splits=True)))
    parts = [faces.take(faces.split == side) for side in ("train", "validation")]
    other = "network.channels=4,8"
    fit_face(config(tmp_path, "epochs=1"), parts[0], parts[1], tmp_path / "work")
    with pytest.raises(InvalidInput, match="other settings, or of another version"):
        fit_face(config(tmp_path, "epochs=1", other), parts[0], parts[1], tmp_path / "work")
    (tmp_path / "work" / "finished").unlink()
    with pytest.raises(InvalidInput, match="other settings, or of another version"):
        fit_face(config(tmp_path, "epochs=2", other), parts[0], parts[1], tmp_path / "work")
    last = tmp_path / "work" / "last.ckpt"
    last.write_bytes(last.read_bytes()[:1000])
    with pytest.raises(InvalidInput, match=r"last\.ckpt is damaged; remove"):
        fit_face(config(tmp_path, "epochs=2"), parts[0], parts[1], tmp_path / "work")


def test_faces_grow_and_are_whole_in_the_last_third(tmp_path: Path):
    options = config(tmp_path, "epochs=30", "first_size=32")
    sizes = [size_of(options, epoch) for epoch in range(30)]
    assert sizes[0] == 32
    assert sizes == sorted(sizes)
    assert sizes[20:] == [48] * 10
    assert all(size % 4 == 0 for size in sizes)
    assert size_of(config(tmp_path), 0) == 48
    odd = config(tmp_path, "first_size=16", "size=30")
    assert size_of(odd, odd.epochs - 1) == 30


def test_epochs_differ_and_repeat_themselves(tmp_path: Path):
    faces = read_face_set(config(write_faces(tmp_path / "drawn", 20, splits=True)))
    batches = TrainingFaces(config(tmp_path), faces.take(faces.split == "train"), 0)

    def read(epoch: int) -> torch.Tensor:
        batches.set_epoch(epoch)
        return torch.cat([batches[i].faces for i in range(len(batches))])

    assert torch.equal(read(1), read(1))
    assert not torch.equal(read(1), read(2))
    assert len(batches) == 2


def test_wrong_settings(tmp_path: Path):
    data = write_faces(tmp_path / "drawn", 20, splits=True)
    faces = read_face_set(config(data))
    with pytest.raises(InvalidInput, match="uar or accuracy, got 'luck'"):
        fit_face(config(data, "monitor=luck"), faces, faces, tmp_path)
    with pytest.raises(InvalidInput, match="a licence for each of 2 data sets, got 1"):
        train_face(config(data, "training_data=A; B"), tmp_path / "out")
    fake = write_face_bundle(tmp_path / "fake")
    with pytest.raises(InvalidInput, match=r"has no training/config\.yaml"):
        measure_face_bundle(fake)


def test_classes_that_cannot_be_learnt_are_told_before_training(tmp_path: Path):
    data = write_faces(tmp_path / "drawn", 20, splits=True)
    (data / "test" / JOY).rename(data / "test" / "JOY")
    assert read_face_set(config(data)).labels == (JOY, NEUTRAL, SADNESS)
    empty = data / "train" / "anger"
    empty.mkdir()
    with pytest.raises(InvalidInput, match=r"train/anger: a class without files \(.*\.png"):
        read_face_set(config(data))
    empty.rmdir()
    shutil.copytree(data / "test" / "JOY", data / "test" / "anger")
    with pytest.raises(InvalidInput, match="every class in training, got none of anger"):
        read_face_set(config(data))
    for side in ("train", "val", "test"):
        for folder in (data / side).iterdir():
            if folder.name != SADNESS:
                shutil.rmtree(folder)
    with pytest.raises(InvalidInput, match="expected two classes or more, got sadness"):
        read_face_set(config(data))
