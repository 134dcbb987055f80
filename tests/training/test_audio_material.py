"""What voice networks are trained on: sides, allowed labels, the average voice."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from emotion_core.datasets.corpora import Recording
from emotion_core.errors import InvalidInput
from emotion_core.training.audio_config import AudioConfig
from emotion_core.training.audio_material import _allowed, _divided, read_material
from tests.training.voices import tiny_config, write_voices

LABELS = ("anger", "neutral")
SPEAKERS = 6


@pytest.fixture(scope="module")
def acted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_voices(tmp_path_factory.mktemp("data") / "acted", speakers=SPEAKERS)


def test_a_test_fold_sets_speakers_aside_for_validation() -> None:
    recordings = [
        Recording(Path(f"{i}-{label}.wav"), label, f"s{i}", "a", f"a/s{i}", fold=i % 3 + 1)
        for i in range(9)
        for label in LABELS
    ]

    def speakers(config: AudioConfig) -> dict[str, set[int]]:
        sides: dict[str, set[int]] = {}
        for r in _divided(config, recordings):
            assert r.fold is None
            sides.setdefault(r.split, set()).add(int(r.speaker[1:]) % 3 + 1)
        return sides

    assert speakers(AudioConfig(test_fold=2, validation_fold=3)) == {
        "train": {1}, "validation": {3}, "test": {2},
    }  # fmt: skip
    aside = speakers(AudioConfig(test_fold=2))
    assert aside.pop("test") == {2}
    assert aside["train"] | aside["validation"] == {1, 3}
    with pytest.raises(InvalidInput, match=r"no fold \[7\]; the data have the folds \[1, 2, 3\]"):
        speakers(AudioConfig(test_fold=7))


def test_one_class_is_nothing_to_learn(tmp_path: Path) -> None:
    data = write_voices(tmp_path / "data", speakers=1, takes=1)
    index = pd.read_csv(data / "index.csv")
    index[index["label"] == "anger"].to_csv(data / "index.csv", index=False)
    with pytest.raises(InvalidInput, match="expected two classes or more, got anger"):
        read_material(tiny_config(data), tmp_path / "work")


def test_no_voice_was_kept_to_measure_on(tmp_path: Path) -> None:
    data = write_voices(tmp_path / "data", speakers=5)  # the sixth would be the test
    with pytest.raises(InvalidInput, match=r"no item is in a test split.* with --data"):
        read_material(tiny_config(data), tmp_path / "work", side="test")


def test_a_random_split_warns(
    acted: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = tiny_config(acted, "cross_validation=true")
    read_material(config, tmp_path)
    assert "on both sides" not in caplog.text
    with caplog.at_level(logging.WARNING):
        config.random_split = True
        material = read_material(config, tmp_path)
    assert "are on both sides of the folds: scores will be better than for new sp" in caplog.text
    folds = {(v, f) for v, f in zip(material.voices, material.folds.tolist(), strict=True)}
    assert len(folds) > SPEAKERS


def test_only_the_labels_of_the_own_data_set_are_allowed() -> None:
    recordings = [
        Recording(Path(f"{i}.wav"), label, "s", corpus, f"{corpus}/s")
        for i, (corpus, label) in enumerate([("a", "joy"), ("a", "fear"), ("b", "joy")])
    ]
    allowed = _allowed(recordings, ("anger", "fear", "joy"))
    assert allowed.tolist() == [[0, 1, 1], [0, 1, 1], [0, 0, 1]]


def test_the_average_voice_is_that_of_who_is_heard(acted: Path, tmp_path: Path) -> None:
    material = read_material(tiny_config(acted), tmp_path)
    one = material.voices == "acted/s3"
    np.testing.assert_array_equal(
        material.heard(one).profiles[""].mean, material.profiles["acted/s3"].mean
    )
    assert "" not in material.profiles
