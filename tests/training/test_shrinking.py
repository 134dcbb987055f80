"""Networks made smaller: pruned, with fewer layers, in fewer bits; and refused where it costs."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from emotion_core import load
from emotion_core.errors import InvalidInput
from emotion_core.training.audio_training import train_audio
from emotion_core.training.config import load_config
from emotion_core.training.face_config import FaceConfig
from emotion_core.training.face_training import train_face
from emotion_core.training.run_config import ShrinkConfig
from emotion_core.training.shrinking import Measured, judge, smallest
from emotion_core.training.text_config import TextConfig
from emotion_core.training.text_training import train_text
from tests.training import faces, voices


def record(out: Path) -> dict[str, Any]:
    return json.loads((out / "training" / "smaller.json").read_text())


def test_the_smallest_weights_over_all_layers_go():
    low, high = nn.Linear(4, 4), nn.Linear(4, 2)
    with torch.no_grad():
        low.weight.copy_(torch.arange(1.0, 17).reshape(4, 4))
        high.weight.copy_(-torch.arange(100.0, 108).reshape(2, 4))
    network = nn.Sequential(low, nn.Embedding(3, 4), high)
    kept = smallest(network, 0.5)
    assert set(kept) == {"0.weight", "2.weight"}
    assert kept["0.weight"].flatten().tolist() == [False] * 12 + [True] * 4
    assert kept["2.weight"].all()
    assert all(k.all() for k in smallest(network, 0.0).values())
    with pytest.raises(InvalidInput, match=r"expected a share from 0 to below 1, got 1"):
        smallest(network, 1.0)


def test_what_costs_too_much_is_refused(tmp_path: Path):
    before, after = Measured(0.9, 4.0, 3.0, 2.0), Measured(0.87, 1.0, 0.8, 1.0)
    with pytest.raises(InvalidInput, match=r"fell by 0\.0300, from 0\.9000 to 0\.8700"):
        judge(ShrinkConfig(prune=0.5), before, after, tmp_path / "mine")
    assert not (tmp_path / "mine").exists()
    judge(ShrinkConfig(prune=0.5, allowed_loss=0.04), before, after, tmp_path / "mine")
    assert record(tmp_path / "mine")["after"]["megabytes"] == 1.0


def face_config(data: Path, *more: str) -> FaceConfig:
    return load_config(FaceConfig, None, [f"data={data}", "id=faces", *faces.TINY, *more])


def test_a_face_network_is_pruned_and_stays_so(tmp_path: Path):
    data = faces.write_faces(tmp_path / "drawn", 30, splits=True)
    out = tmp_path / "faces"
    settings = ("epochs=8", "shrink.prune=0.6", "shrink.precision=fp16", "shrink.allowed_loss=0.4")
    train_face(face_config(data, *settings), out)
    found = record(out)
    assert found["after"]["megabytes"] < found["before"]["megabytes"]
    assert found["after"]["packed_megabytes"] < 0.8 * found["before"]["packed_megabytes"]
    assert found["after"]["median_ms"] > 0
    from safetensors.numpy import load_file

    weights = [w for w in load_file(out / "model.safetensors").values() if w.ndim > 1]
    zeros = sum(int((w == 0).sum()) for w in weights) / sum(w.size for w in weights)
    assert 0.5 < zeros < 0.7
    assert load(out, "face").labels


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("shrink.drop_layers=1", "only a transformer has such"),
        ("shrink.precision=int4", "int8, fp16, fp32 or nothing, got 'int4'"),
    ],
)
def test_what_cannot_be_done_to_a_face_network(tmp_path: Path, setting: str, message: str):
    data = faces.write_faces(tmp_path / "drawn", 10, splits=True)
    with pytest.raises(InvalidInput, match=message):
        train_face(face_config(data, "epochs=1", setting), tmp_path / "faces")


def test_a_voice_network_in_eight_bits(tmp_path: Path):
    data = voices.write_voices(tmp_path / "voices")
    out = tmp_path / "mine"
    settings = ("shrink.precision=int8", "shrink.prune=0.3", "shrink.allowed_loss=1")
    train_audio(voices.tiny_config(data, *settings), out)
    assert set(record(out)["after"]) == {"score", "megabytes", "packed_megabytes", "median_ms"}
    assert load(out, "audio").predict(next(data.glob("*.wav"))).label


def test_a_text_network_with_fewer_layers(tiny_encoder: Path, tiny_data: Path, tmp_path: Path):
    out = tmp_path / "mine"
    settings = [
        f"encoder.name={tiny_encoder}", f"data={tiny_data}", "encoder.train_embeddings=true",
        "epochs=10", "batch_size=8", "precision=32-true", "encoder.dropout=0.0",
        "head.lstm_hidden=16", "head.lstm_layers=1", "optimiser.learning_rate=3e-3",
        "optimiser.head_learning_rate=1e-2", "shrink.drop_layers=1", "shrink.precision=fp16",
        "shrink.allowed_loss=0.5",
    ]  # fmt: skip
    train_text(load_config(TextConfig, None, settings), out)
    found = record(out)
    assert found["settings"]["drop_layers"] == 1
    assert found["after"]["megabytes"] < 0.8 * found["before"]["megabytes"]
    assert load(out).predict("i feel very glad today").label
    with pytest.raises(InvalidInput, match=r"expected 0 to \d of \d, got 40"):
        train_text(load_config(TextConfig, None, [*settings, "shrink.drop_layers=40"]), out)
