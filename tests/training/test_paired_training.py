"""IEMOCAP and MELD from their files to a fusion that is measured, on small ones."""

import json
import logging
from pathlib import Path

import numpy as np
import pytest

from emotion_core.errors import InvalidInput
from emotion_core.fusion.evidence import FUSED, Evidence
from emotion_core.fusion.pipeline import load_fusion_model
from emotion_core.labels import EKMAN7, IEMOCAP4
from emotion_core.training.config import load_config
from emotion_core.training.fusion_config import FusionConfig
from emotion_core.training.fusion_moments import SUBSETS
from emotion_core.training.fusion_record import measure_fusion_bundle
from emotion_core.training.fusion_training import train_fusion
from emotion_core.training.paired_fusion import (
    PairedMaterial,
    read_paired_answers,
    read_paired_material,
)
from emotion_core.training.paired_training import cross_validate_paired
from emotion_core.types import EmotionScores
from tests.bundles import write_audio_bundle, write_face_bundle, write_naive_bayes_bundle
from tests.face.moving import BrightDetector
from tests.training.utterances import SESSIONS, write_iemocap, write_meld

SHORT = ("epochs=4", "optimiser.learning_rate=0.05", "batch_size=16", "moments.train=240")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both corpora and a bundle of each modality; what encoders say of the clips is kept."""
    folder = tmp_path_factory.mktemp("paired")
    write_iemocap(folder / "iemocap")
    write_meld(folder / "meld", dialogues=2)
    write_audio_bundle(folder / "models" / "alexnet", IEMOCAP4)
    write_audio_bundle(folder / "models" / "voice")
    write_face_bundle(folder / "models" / "face")
    write_naive_bayes_bundle(folder / "models" / "words")
    return folder


@pytest.fixture(autouse=True)
def surroundings(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMOTION_MODELS", str(folder / "models"))
    monkeypatch.setattr("emotion_core.face.pipeline.open_detector", BrightDetector)


@pytest.fixture
def iemocap(folder: Path, tiny_encoder: Path) -> FusionConfig:
    """The configuration that is shipped, on small files and a small BERT."""
    return load_config(
        FusionConfig,
        Path("configs/fusion-iemocap-concat.yaml"),
        [
            *SHORT,
            f"data={folder / 'iemocap'}",
            f"material.text=hub:{tiny_encoder}",
            "material.audio=alexnet",
            f"material.cache={folder / 'cache'}",
        ],
    )


@pytest.fixture
def meld(folder: Path) -> FusionConfig:
    return load_config(
        FusionConfig,
        Path("configs/fusion-meld-attention.yaml"),
        [
            *SHORT,
            f"data={folder / 'meld'}",
            "material.text=words",
            "material.audio=voice",
            "material.face=face",
            "network.width=32",
            "network.embedding=audio, face",
            f"material.cache={folder / 'cache'}",
        ],
    )


def test_iemocap_session_by_session(iemocap: FusionConfig, tmp_path: Path):
    found = cross_validate_paired(iemocap, tmp_path / "found", random=True)
    assert list(found) == ["sessions", "random"]
    sessions, random = found.values()
    assert sessions["fused"]["clips"] == 10 * SESSIONS
    assert list(sessions["accuracy_of_divisions"]) == [f"Ses0{i + 1}" for i in range(SESSIONS)]
    assert sessions["fused"]["metrics"]["uar"] > 0.9
    assert np.sum(sessions["fused"]["confusion"]) == 10 * SESSIONS
    assert "voice" in sessions
    assert not {"words", "face"} & set(sessions)  # a BERT without a head says nothing by itself
    assert random["fused"]["clips"] < 10 * SESSIONS
    assert "NOT speaker-independent" in random["protocol"]
    assert json.loads((tmp_path / "found" / "sessions.json").read_text()) == sessions


def test_a_late_fusion_of_iemocap(iemocap: FusionConfig, tmp_path: Path):
    iemocap.kind = "late"
    (found,) = cross_validate_paired(iemocap, tmp_path).values()
    assert found["fused"]["metrics"]["accuracy"] >= 0.4


def test_meld_by_its_own_split(meld: FusionConfig, tmp_path: Path):
    (found,) = cross_validate_paired(meld, tmp_path).values()
    assert found["fused"]["clips"] == found["face"]["clips"] == 14
    assert found["fused"]["metrics"]["uar"] > 0.8
    assert list(found["fused"]["f1"]) == list(EKMAN7)


def material(config: FusionConfig) -> PairedMaterial:
    return read_paired_material(config)


def test_a_moment_is_one_clip(meld: FusionConfig):
    train = material(meld).side("train")
    moments = train.training(meld.moments, np.random.default_rng(0))
    swapped = moments.swapped >= 0
    assert 0 < swapped.sum() < 0.1 * len(moments)
    assert (np.ptp(moments.items[~swapped], axis=1) == 0).all()
    strangers = moments.items[swapped, moments.swapped[swapped]]
    truth = train.answers["audio"].truth
    assert (truth[strangers] != moments.truth[swapped]).all()
    assert moments.arrays.present.any(1).all()
    assert np.bincount(moments.truth, minlength=7).min() > 15


def test_each_clip_is_checked_once(meld: FusionConfig):
    test = material(meld).side("test")
    whole = test.each_subset(1000, seed=1)
    assert whole.items[:, 0].tolist() == list(range(14))
    assert whole.arrays.present.all()
    pairs = test.each_subset(1000, 1, [s for s in SUBSETS if len(s) == 2])
    assert pairs.arrays.present.sum(0).tolist() == [28, 28, 28]


def test_a_modality_that_nobody_has_is_never_there(iemocap: FusionConfig):
    side = material(iemocap).side("train")
    moments = side.training(iemocap.moments, np.random.default_rng(0))
    assert not moments.arrays.present[:, FUSED.index("face")].any()
    assert not side.each_subset(10, 0, [("text", "face")]).arrays.present.any()
    assert len(side.each_subset(10, 0, [("text", "audio")])) == 10 * (SESSIONS - 2)


def test_sides_are_apart(iemocap: FusionConfig):
    whole = material(iemocap)
    answers = whole.answers["text"]
    groups = {s: set(answers.group[answers.side == s]) for s in ("train", "validation", "test")}
    assert groups["test"] == {f"iemocap/Ses0{SESSIONS}"}
    assert not groups["train"] & (groups["validation"] | groups["test"])


def test_a_label_without_a_clip_to_train_on(meld: FusionConfig):
    whole = material(meld)
    for answers in whole.answers.values():
        answers.side[answers.truth == EKMAN7.index("fear")] = "test"
    with pytest.raises(InvalidInput, match="no train item of fear"):
        whole.side("train")
    assert len(whole.side("test").whole()) == 18


def test_answers_are_read_once(
    meld: FusionConfig, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    read_paired_answers(meld)
    monkeypatch.setattr("emotion_core.training.paired_embeddings.open_encoder", None)
    caplog.set_level(logging.INFO)
    _, answers = read_paired_answers(meld)
    assert all(a.present.all() for a in answers.values())
    assert "face: face answers 42 of 42 clips" in caplog.text


def test_a_bundle_of_meld_is_served(meld: FusionConfig, tmp_path: Path):
    train_fusion(meld, tmp_path / "fusion-meld")
    model = load_fusion_model(tmp_path / "fusion-meld")
    words = EmotionScores(EKMAN7, np.eye(7)[EKMAN7.index("joy")] * 0.94 + 0.06 / 7)
    (fused,) = model.fuse([{"text": Evidence(words)}])
    assert fused.scores.label == "joy"
    assert model.spec.training_data[0]["name"].startswith("MELD")
    with pytest.raises(InvalidInput, match=r"real utterances.*`evaluate pairs"):
        measure_fusion_bundle(tmp_path / "fusion-meld")
