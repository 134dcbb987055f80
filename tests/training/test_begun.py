"""The checkpoints of a training are taken over by the same one alone."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from emotion_core.errors import InvalidInput
from emotion_core.registry import read_spec
from emotion_core.training import face_training, shrinking, single_label
from emotion_core.training.audio_config import AudioConfig
from emotion_core.training.begun import begin, deciding, digest, learnt_on
from emotion_core.training.config import load_config
from emotion_core.training.face_config import FaceConfig
from emotion_core.training.face_training import train_face
from emotion_core.training.fusion_config import FusionConfig
from emotion_core.training.run_config import OptimiserConfig, RunConfig, ShrinkConfig
from emotion_core.training.text_config import TextConfig
from emotion_core.training.text_training import train_text
from emotion_core.training.video_config import VideoConfig
from tests.training.faces import TINY, write_faces

CONFIG = TextConfig(epochs=3)
DATA = (("joy", "anger"), np.eye(2))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Place of a bundle whose training was begun and has learnt something."""
    out = tmp_path / "mine"
    begin(CONFIG, out, DATA)
    checkpoint(out)
    return out


def checkpoint(out: Path, name: str = "last.ckpt") -> None:
    folder = out.with_name("mine.work") / "member-0"
    folder.mkdir()
    (folder / name).touch()


def test_the_same_goes_on(out: Path):
    begin(CONFIG, out, DATA)


@pytest.mark.parametrize(
    "same",
    [
        replace(CONFIG, id="other", licence="MIT", training_data="mine", languages="de"),
        replace(CONFIG, report_labels="EKMAN7", data="elsewhere"),
        replace(CONFIG, run=RunConfig(tensorboard="logs"), shrink=ShrinkConfig(prune=0.5)),
    ],
    ids=["card", "report", "run and shrink"],
)
def test_what_decides_nothing_may_change(out: Path, same: TextConfig):
    begin(same, out, DATA)


def test_other_settings_are_named(out: Path):
    other = replace(CONFIG, epochs=2, optimiser=OptimiserConfig(schedule="plateau"))
    told = r"mine\.work holds the checkpoints of another training: epochs was 3 and is 2, "
    told += "optimiser.schedule was linear and is plateau; give what it was begun with to go on, "
    with pytest.raises(InvalidInput, match=told + "or delete that folder to begin anew"):
        begin(other, out, DATA)
    begin(CONFIG, out, DATA)  # the record stays


def test_many_settings_are_counted(out: Path):
    with pytest.raises(
        InvalidInput, match=r"empty_label was empty and is not set, .*, and \d\d more; give"
    ):
        begin(FaceConfig(), out, DATA)


def test_other_data_are_refused(out: Path):
    with pytest.raises(InvalidInput, match="another training: the data are others; give"):
        begin(CONFIG, out, (("joy", "fear"), np.eye(2)))


def test_a_finished_network_is_one_of_a_training(tmp_path: Path):
    begin(CONFIG, tmp_path / "mine", DATA)
    checkpoint(tmp_path / "mine", "finished")
    with pytest.raises(InvalidInput, match="epochs was 3 and is 4"):
        begin(replace(CONFIG, epochs=4), tmp_path / "mine", DATA)


@pytest.mark.parametrize("content", ["", "[]", '{"settings": 3}'])
def test_checkpoints_of_nobody_knows_what(out: Path, content: str):
    (out.with_name("mine.work") / "begun.json").write_text(content)
    with pytest.raises(InvalidInput, match="but not what their training was begun with; delete"):
        begin(CONFIG, out, DATA)


def test_nothing_learnt_is_nothing_lost(tmp_path: Path):
    """A command that is mended after an early failure just runs; a rate that was found goes."""
    out, work = tmp_path / "mine", tmp_path / "mine.work"
    begin(CONFIG, out, DATA)
    (work / "member-0").mkdir()
    (work / "member-0" / "rate.json").touch()
    begin(CONFIG, out, DATA)
    assert (work / "member-0" / "rate.json").exists()
    begin(replace(CONFIG, epochs=5), out, DATA)
    assert json.loads((work / "begun.json").read_text())["settings"]["epochs"] == 5
    assert not (work / "member-0" / "rate.json").exists()


@pytest.mark.parametrize("kind", [TextConfig, AudioConfig, FaceConfig, VideoConfig, FusionConfig])
def test_every_kind_has_settings_that_decide(kind: Callable[[], Any]):
    found = deciding(kind())
    assert {"epochs", "seed", "optimiser.learning_rate", "run.devices"} <= set(found)
    assert not {"id", "licence", "run.mlflow", "shrink.prune"} & set(found)
    assert found == json.loads(json.dumps(found))


def test_a_digest_tells_apart():
    parts: list[tuple[object, ...]] = [
        (["a", "b"],), (["ab"],), (np.array(["a", "b", "c"]),), (np.zeros(2),), (np.zeros((1, 2)),),
        (np.zeros(2, np.float32),), (np.array([0, np.nan]),), (),
    ]  # fmt: skip
    assert len({digest(p) for p in parts}) == len(parts)
    assert digest([np.array(["a", "b"])]) == digest([["a", "b"]])


def test_ways_to_shrink_have_checkpoints_of_their_own():
    ways = [ShrinkConfig(prune=0.5), ShrinkConfig(prune=0.4), ShrinkConfig(drop_layers=1)]
    ways += [ShrinkConfig(prune=0.5, epochs=3), ShrinkConfig(prune=0.5, rate=0.1)]
    assert len({learnt_on(w) for w in ways}) == len(ways)
    assert learnt_on(replace(ways[0], precision="fp16", allowed_loss=1)) == learnt_on(ways[0])


# trainings


class Stopped(NamedTuple):
    data: Path
    out: Path
    command: Callable[..., Callable[[], None]]


def refuse(*_: object) -> None:
    raise InvalidInput("the validation score fell")


@pytest.fixture
def stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stopped:
    """A training of faces that ended before it was calibrated, and how to give its command."""
    data = write_faces(tmp_path / "drawn", 20, splits=True)

    def command(*more: str) -> Callable[[], None]:
        settings = [f"data={data}", *TINY, "epochs=2", *more]
        return lambda: train_face(load_config(FaceConfig, None, settings), tmp_path / "mine")

    with monkeypatch.context() as patch:
        patch.setattr(face_training, "calibrate_bundle", refuse)
        with pytest.raises(InvalidInput):
            command()()
    return Stopped(data, tmp_path / "mine", command)


@pytest.mark.parametrize(
    "change", ["epochs=1", "optimiser.schedule=linear", "network.channels=4,8"]
)
def test_a_training_refuses_the_checkpoints_of_other_settings(stopped: Stopped, change: str):
    name, _, value = change.partition("=")
    with pytest.raises(InvalidInput, match=f"another training: {name} was .* and is {value}; give"):
        stopped.command(change)()


def test_a_training_refuses_the_checkpoints_of_other_data(stopped: Stopped):
    shutil.copy(stopped.data / "train" / "joy" / "000.png", stopped.data / "train" / "sadness")
    with pytest.raises(InvalidInput, match="another training: the data are others; give"):
        stopped.command()()


def test_other_ways_to_shrink_train_nothing_anew(stopped: Stopped, monkeypatch: pytest.MonkeyPatch):
    fitted: list[str] = []
    run = single_label._run

    def told(module: Any, batches: Any, checked: Any, folder: Path, *more: Any) -> None:
        fitted.append(folder.name)
        run(module, batches, checked, folder, *more)

    monkeypatch.setattr(single_label, "_run", told)
    never = stopped.command("shrink.prune=0.3", "shrink.epochs=1", "shrink.allowed_loss=0")
    monkeypatch.setattr(shrinking, "judge", refuse)
    with pytest.raises(InvalidInput, match="the validation score fell"):
        never()
    assert fitted == ["pruned-prune-0.3-drop-0-epochs-1-rate-0.3-0"]
    monkeypatch.undo()
    monkeypatch.setattr(single_label, "_run", told)
    stopped.command("shrink.prune=0.1", "shrink.epochs=1", "shrink.allowed_loss=1")()
    assert fitted[1:] == ["pruned-prune-0.1-drop-0-epochs-1-rate-0.3-0"]
    assert read_spec(stopped.out).labels


def test_texts_refuse_the_checkpoints_of_other_labels(tiny_data: Path, tmp_path: Path):
    out = tmp_path / "mine"
    settings = [f"data={tiny_data}", "architecture=ngram-network", "ngrams.min_count=1"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("emotion_core.training.text_training._finish", refuse)
        with pytest.raises(InvalidInput, match="the validation score fell"):
            train_text(load_config(TextConfig, None, settings), out)
    checkpoint(out)
    tiny_data.write_text(tiny_data.read_text().replace('"anger"', '"fear"'))
    with pytest.raises(InvalidInput, match="another training: the data are others; give"):
        train_text(load_config(TextConfig, None, settings), out)
