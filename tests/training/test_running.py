"""Several processes, logs, and the learning rate that a short run finds."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from emotion_core.errors import InvalidInput, MissingDependency
from emotion_core.registry import read_spec
from emotion_core.training.config import load_config
from emotion_core.training.face_config import FaceConfig
from emotion_core.training.face_training import train_face
from emotion_core.training.run_config import RunConfig
from emotion_core.training.running import Places, RankShare, trainer_settings
from emotion_core.training.watching import Progress, announce, read_progress
from tests.training.faces import TINY, write_faces


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_faces(tmp_path_factory.mktemp("drawn"), 20, splits=True)


@pytest.fixture
def train(data: Path, tmp_path: Path) -> Callable[..., Path]:
    """Trains a tiny face network with some settings."""

    def trained(*settings: str) -> Path:
        overrides = [f"data={data}", "id=faces", *TINY, "batch_size=6", *settings]
        train_face(load_config(FaceConfig, None, overrides), tmp_path / "faces")
        return tmp_path / "faces"

    return trained


def test_two_processes_share_an_epoch(train: Callable[..., Path], tmp_path: Path):
    settings = ("epochs=4", "run.accumulate=2", "optimiser.ema_decay=0.5")
    out = train("run.devices=2", *settings, f"run.tensorboard={tmp_path}/logs")
    assert read_spec(out).metrics["validation_accuracy"] > 0
    history = pd.read_csv(out / "training" / "history.csv")
    assert history["epoch"].tolist() == [1, 2, 3, 4]
    logs = list((tmp_path / "logs").rglob("events.out.tfevents.*"))
    assert len(logs) == 1
    assert b"validation_accuracy" in logs[0].read_bytes()


def test_two_machines_train_one_network(data: Path, tmp_path: Path):
    """Two commands that find each other; the first one writes the bundle."""
    settings = (f"data={data}", *TINY, "batch_size=6", "epochs=3", "run.machines=2")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    meeting = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "GLOO_SOCKET_IFNAME": "lo"}
    machines = [
        subprocess.Popen(
            [sys.executable, "-m", "emotion_core", "train", "image", "--out", tmp_path / f"m{rank}"]
            + [x for value in settings for x in ("--set", value)],
            env={**os.environ, **meeting, "NODE_RANK": str(rank)},
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    said = [machine.communicate(timeout=180)[1] for machine in machines]
    assert [machine.returncode for machine in machines] == [0, 0], said
    assert read_spec(tmp_path / "m0").metrics["validation_accuracy"] > 0
    history = pd.read_csv(tmp_path / "m0" / "training" / "history.csv")
    assert history["epoch"].tolist() == [1, 2, 3]
    assert "the first one writes the bundle" in said[1]
    assert not (tmp_path / "m1" / "manifest.json").exists()


def test_machines_do_not_train_several_networks(train: Callable[..., Path]):
    with pytest.raises(InvalidInput, match="machines train one network together, got 2"):
        train("run.machines=2", "members=2")


def test_a_rate_is_found_and_remembered(train: Callable[..., Path], data: Path, tmp_path: Path):
    write_faces(data, 100, splits=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shutil.rmtree", lambda *_, **__: None)
        train("epochs=1", "run.find_rate=true", "optimiser.learning_rate=7")
    memory = tmp_path / "faces.work" / "member-0" / "rate.json"
    assert 1e-6 < json.loads(memory.read_text())["learning_rate"] <= 0.1


def test_each_batch_goes_to_one_process(monkeypatch: pytest.MonkeyPatch):
    batches = Places(range(7))
    assert list(RankShare(batches)) == list(range(7))
    taken = []
    for rank in range(2):
        monkeypatch.setattr("emotion_core.training.running._place", lambda r=rank: (r, 2))
        taken.append(list(RankShare(batches)))
    assert [len(t) for t in taken] == [3, 3]
    assert sorted(taken[0] + taken[1]) == list(range(6))


def test_mlflow_is_an_extra():
    with pytest.raises(MissingDependency, match="mlflow"):
        trainer_settings(RunConfig(mlflow="http://127.0.0.1:9"), "x")


@pytest.mark.parametrize("setting", ["devices", "machines", "accumulate"])
def test_numbers_are_positive(setting: str):
    run = RunConfig()
    setattr(run, setting, 0)
    with pytest.raises(InvalidInput, match=f"'run.{setting}' expects a whole number from 1, got 0"):
        trainer_settings(run, "x")


def test_devices_are_there(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 1)
    with pytest.raises(InvalidInput, match=r"run\.devices: expected 1 or less, the GPUs .*, got 2"):
        trainer_settings(RunConfig(devices=2), "x")


def test_progress_of_several_networks(tmp_path: Path):
    assert read_progress(tmp_path / "nothing") == Progress(1, 0, 0.0, 0, 0)
    announce(tmp_path, 4)
    for k, step in enumerate((10, 5)):
        folder = tmp_path / f"member-{k}"
        folder.mkdir()
        report = {"step": step, "steps": 10, "epoch": k, "epochs": 2}
        (folder / "progress.json").write_text(json.dumps(report))
    (tmp_path / "member-0" / "finished").touch()
    found = read_progress(tmp_path)
    assert (found.networks, found.done, found.share) == (4, 1, pytest.approx(1.5 / 4))
    (tmp_path / "member-1" / "progress.json").write_text("{")
    assert read_progress(tmp_path).share == pytest.approx(1 / 4)
