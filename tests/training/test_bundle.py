"""A bundle takes its place when it is whole, and the one before stays in use until then."""

import json
from pathlib import Path
from unittest.mock import patch

import pytest

from emotion_core import load
from emotion_core.errors import InvalidInput
from emotion_core.registry import available
from emotion_core.training.bundle import update_manifest, whole_bundle
from emotion_core.training.runs import work_of
from emotion_core.training.text_config import TextConfig
from tests.bundles import write_naive_bayes_bundle

NAME = "text-mine"
CONFIG = TextConfig(id=NAME, data="here", seed=7)
COMMAND = "python -m emotion_core train text"
LABELS = ("joy", "anger")
FIRST = {"accuracy": 0.5}


def shown() -> list[tuple[str, ...]]:
    """Labels of the bundle in the list of models."""
    return [s.labels for s in available() if s.id == NAME]


def made(out: Path, labels: tuple[str, ...] = LABELS) -> None:
    with whole_bundle(out, CONFIG, COMMAND) as draft:
        write_naive_bayes_bundle(draft, labels, id=NAME)


def measured(out: Path) -> None:
    (out / "evaluation").mkdir()
    (out / "evaluation" / "results.json").write_text(json.dumps({"readings": [FIRST]}))
    (out / "card.md").write_text("of the one before")


def test_it_is_shown_when_it_is_whole(own_models: Path):
    out = own_models / NAME
    with whole_bundle(out, CONFIG, COMMAND) as draft:
        write_naive_bayes_bundle(draft, LABELS, id=NAME)
        assert shown() == []
    assert shown() == [LABELS]
    assert load(NAME).predict("what joy").label == "joy"
    assert not work_of(out).exists()
    assert json.loads((out / "manifest.json").read_text())["command"] == COMMAND
    assert "seed: 7" in (out / "training" / "config.yaml").read_text()


def test_the_one_before_stays_in_use(own_models: Path):
    out = own_models / NAME
    made(out)
    measured(out)

    def fail() -> None:
        with whole_bundle(out, CONFIG, COMMAND) as draft:
            write_naive_bayes_bundle(draft, ("fear", "surprise"), id=NAME)
            assert shown() == [LABELS]
            raise InvalidInput("not good enough")

    with pytest.raises(InvalidInput):
        fail()
    assert load(NAME).labels == LABELS
    assert (out / "card.md").is_file()
    assert work_of(out).is_dir()  # the checkpoints


def test_what_was_measured_of_the_one_before_goes_but_its_readings_stay(own_models: Path):
    out = own_models / NAME
    made(out)
    measured(out)
    (out / "my notes.txt").write_text("mine")
    made(out, ("fear", "surprise"))
    assert shown() == [("fear", "surprise")]
    assert not (out / "evaluation").exists()
    assert not (out / "card.md").exists()
    assert (out / "my notes.txt").read_text() == "mine"
    made(out)
    kept = json.loads((out / "training" / "readings.json").read_text())
    assert kept == {"readings": [FIRST]}


def test_files_of_another_architecture_go(own_models: Path):
    out = own_models / NAME
    made(out)
    (out / "model.onnx").write_bytes(b"of the one before")
    update_manifest(out)
    (out / "training" / "history.csv").write_text("of the one before")
    made(out, ("fear", "surprise"))
    assert not (out / "model.onnx").exists()
    assert not (out / "training" / "history.csv").exists()
    assert load(NAME).labels == ("fear", "surprise")


def test_own_files_of_a_person_stay(own_models: Path):
    out = own_models / NAME
    mine = [out / n for n in ("settings.json", "card.md", "training/happy/a.txt", "evaluation/b")]
    for path in mine:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine")
    made(out)
    assert all(path.read_text() == "mine" for path in mine)


def test_readings_outlive_a_kill_while_the_files_are_moved(own_models: Path):
    out = own_models / NAME
    made(out)
    measured(out)
    move = Path.replace

    def killed(path: Path, target: Path) -> Path:
        if target.is_relative_to(out):
            raise KeyboardInterrupt
        return move(path, target)

    with (
        patch.object(Path, "replace", autospec=True, side_effect=killed),
        pytest.raises(KeyboardInterrupt),
    ):
        made(out)
    assert shown() == []
    made(out)
    assert shown() == [LABELS]
    kept = json.loads((out / "training" / "readings.json").read_text())
    assert kept == {"readings": [FIRST]}


def test_a_damaged_bundle_is_replaced(own_models: Path):
    out = own_models / NAME
    made(out)
    measured(out)
    (out / "manifest.json").write_text("{")
    made(out)
    assert shown() == [LABELS]


def test_other_data_have_no_earlier_readings(own_models: Path):
    out = own_models / NAME
    made(out)
    measured(out)
    with whole_bundle(out, CONFIG, COMMAND) as draft:
        others = [{"name": "others", "licence": "free"}]
        write_naive_bayes_bundle(draft, LABELS, id=NAME, training_data=others)
    assert not (out / "training" / "readings.json").exists()
