"""Students of trained bundles: they learn what the teacher says, whatever the labels say."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from emotion_core.errors import InvalidInput, LabelMismatch, ModelUnavailable
from emotion_core.labels import JOY, SADNESS
from emotion_core.registry import find
from emotion_core.training.audio_material import read_material
from emotion_core.training.audio_training import _taught, train_audio
from emotion_core.training.config import load_config
from emotion_core.training.distillation import blended, taught
from emotion_core.training.face_config import FaceConfig
from emotion_core.training.face_training import train_face
from emotion_core.training.run_config import DistillationConfig
from emotion_core.training.text_config import TextConfig
from emotion_core.training.text_training import train_text
from emotion_core.training.video_training import train_video
from tests.bundles import write_face_bundle
from tests.training import clips, faces, voices

ONLY_THE_TEACHER = "distillation.hard_weight=0"


def test_targets_are_blended_as_asked() -> None:
    config = DistillationConfig(hard_weight=0.25, temperature=2.0)
    targets, logits = np.eye(2)[[0, 1, 0]], np.array([[2.0, 0.0], [0.0, 0.0], [np.nan, np.nan]])
    found = blended(config, targets, logits, multi_label=False)
    sure = 1 / (1 + np.exp(-1.0))
    expected = [[0.25 + 0.75 * sure, 0.75 * (1 - sure)], [0.375, 0.625], [1, 0]]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_of_several_labels_each_is_blended_and_what_was_not_asked_stays_so() -> None:
    targets = np.array([[1.0, np.nan]])
    found = blended(
        DistillationConfig(hard_weight=0.5), targets, np.zeros((1, 2)), multi_label=True
    )
    assert found[0, 0] == pytest.approx(0.75)
    assert np.isnan(found[0, 1])


def test_teachers_are_averaged_in_the_students_order_of_labels(tmp_path: Path) -> None:
    bundle = write_face_bundle(tmp_path / "teacher")
    spec = find(bundle)
    labels = spec.labels[::-1]
    logits = np.arange(len(labels), dtype=float)[None]
    config = DistillationConfig(teacher=f"{bundle}, {bundle}", hard_weight=0.0)
    found = taught(config, labels, np.zeros((1, len(labels))), lambda _: logits)
    assert found[0].argmax() == 0
    with pytest.raises(LabelMismatch, match=r"distillation\.teacher"):
        taught(config, labels[1:], np.zeros((1, len(labels) - 1)), lambda _: logits)
    with pytest.raises(ModelUnavailable):
        taught(DistillationConfig(teacher="nobody"), labels, np.zeros((1, 7)), lambda _: logits)


def swapped(folder: Path, first: str, second: str) -> None:
    """The classes of a folder of training files change their names."""
    (folder / first).rename(folder / "aside")
    (folder / second).rename(folder / first)
    (folder / "aside").rename(folder / second)


def test_a_face_student(tmp_path: Path) -> None:
    data = faces.write_faces(tmp_path / "drawn", 50, splits=True)
    settings = [f"data={data}", *faces.TINY, "epochs=30", "optimiser.learning_rate=0.02"]
    train_face(load_config(FaceConfig, None, [*settings, "id=teacher"]), tmp_path / "teacher")
    swapped(data / "train", JOY, SADNESS)
    lesson = [f"distillation.teacher={tmp_path / 'teacher'}", ONLY_THE_TEACHER, "balance=1"]
    more = ["id=student", "loss.gamma=1", "loss.class_weight_power=0.5"]
    student = tmp_path / "student"
    train_face(load_config(FaceConfig, None, [*settings, *more, *lesson]), student)
    assert find(student).metrics["validation_accuracy"] > 0.8  # by its labels: a third


def test_a_voice_student(tmp_path: Path) -> None:
    data = voices.write_voices(tmp_path / "acted")
    teacher, student = tmp_path / "teacher", tmp_path / "student"
    train_audio(voices.tiny_config(data, "id=teacher"), teacher)
    index = data / "index.csv"
    rows = [line.split(",") for line in index.read_text().splitlines()]
    other = {"anger": "neutral", "neutral": "anger"}
    for row in rows:
        if row[3] == "train":
            row[1] = other[row[1]]
    index.write_text("\n".join(map(",".join, rows)))
    lesson = [f"distillation.teacher={teacher}", ONLY_THE_TEACHER, "balance=1", "loss.gamma=1"]
    train_audio(voices.tiny_config(data, "id=student", *lesson), student)
    assert find(student).metrics["held_out_accuracy"] == 1
    with pytest.raises(InvalidInput, match="has heard the folds"):
        train_audio(voices.tiny_config(data, "cross_validation=true", *lesson), tmp_path / "folds")


def test_a_teacher_gives_no_label_that_a_data_set_lacks(tmp_path: Path) -> None:
    data, other = voices.write_voices(tmp_path / "acted"), tmp_path / "other"
    teacher = tmp_path / "teacher"
    train_audio(voices.tiny_config(data, "id=teacher", "epochs=1"), teacher)
    voices.write_voices(other, speakers=1)
    index = other / "index.csv"
    kept = [line for line in index.read_text().splitlines() if ",neutral," not in line]
    index.write_text("\n".join(kept))
    config = voices.tiny_config(
        f"{data}, {other}", f"distillation.teacher={teacher}", ONLY_THE_TEACHER
    )
    material = _taught(config, read_material(config, tmp_path / "work"))
    assert material.taught is not None
    np.testing.assert_allclose(material.taught.sum(1), 1, atol=1e-6)
    assert (material.taught[material.whole.allowed == 0] == 0).all()
    assert (material.whole.allowed == 0).any()


def test_a_text_student(tiny_encoder: Path, tiny_data: Path, tmp_path: Path) -> None:
    settings = [
        f"data={tiny_data}", f"encoder.name={tiny_encoder}", "encoder.train_embeddings=true",
        "epochs=12", "patience=12", "batch_size=8", "precision=32-true", "head.lstm_hidden=16",
        "head.lstm_layers=1", "optimiser.learning_rate=3e-3", "optimiser.head_learning_rate=1e-2",
        "encoder.dropout=0.0",
    ]  # fmt: skip
    teacher, student = tmp_path / "teacher", tmp_path / "student"
    train_text(load_config(TextConfig, None, settings), teacher)
    rows = [json.loads(line) for line in tiny_data.read_text().splitlines()]
    other = {"joy": "anger", "anger": "sadness", "sadness": "joy"}
    for row in rows:
        if row["split"] == "train":
            row["label"] = other[row["label"]]
    tiny_data.write_text("\n".join(map(json.dumps, rows)))
    lesson = [f"distillation.teacher={teacher}", ONLY_THE_TEACHER, "balance=1", "loss.gamma=1"]
    train_text(load_config(TextConfig, None, [*settings, *lesson]), student)
    assert find(student).metrics["validation_accuracy"] > 0.8  # by its labels: none


def test_a_student_of_clips(tmp_path: Path) -> None:
    data = clips.write_bars(tmp_path / "bars", {"train": 6, "val": 2})
    teacher, student = tmp_path / "teacher", tmp_path / "student"
    train_video(clips.tiny_config(data, "id=teacher"), teacher)
    swapped(data / "train", "anger", "joy")
    shutil.rmtree(tmp_path / "teacher.work", ignore_errors=True)
    lesson = [f"distillation.teacher={teacher}", ONLY_THE_TEACHER, "balance=1", "loss.gamma=1"]
    train_video(clips.tiny_config(data, "id=student", *lesson), student)
    assert find(student).metrics["validation_accuracy"] == 1
