"""The network: padding must not change an answer, and ONNX must say what torch says."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from emotion_core.errors import InvalidInput, ModelUnavailable
from emotion_core.training.external_weights import tensor_offsets
from emotion_core.training.text_config import EncoderConfig, HeadConfig
from emotion_core.training.text_export import export_text_network
from emotion_core.training.text_network import TextNetwork, build_network, layer_learning_rates

HEAD = HeadConfig(lstm_hidden=16, lstm_layers=2, attention_heads=4, dropout=0.0)
IDS = torch.tensor([[2, 4, 5, 8, 9, 3], [2, 6, 3, 0, 0, 0]])
MASK = (IDS != 0).long()
EXAMPLES = [[2, 4, 5, 8, 9, 3], [2, 6, 3], [2, 7, 10, 3]]


def network(encoder: Path, head: HeadConfig = HEAD, finetune: str = "all") -> TextNetwork:
    torch.manual_seed(1)
    return build_network(EncoderConfig(str(encoder), finetune), head, 3).eval()


@pytest.mark.parametrize("pooling", ["attention", "mean", "max"])
def test_padding_changes_nothing(tiny_encoder: Path, pooling: str) -> None:
    model = network(tiny_encoder, HeadConfig(16, 2, 4, pooling, dropout=0.0))
    with torch.inference_mode():
        alone = model(IDS[1:, :3], MASK[1:, :3])
        padded = model(IDS, MASK)
    assert torch.allclose(alone.logits[0], padded.logits[1], atol=1e-5)
    assert torch.allclose(padded.attention.sum(1), torch.ones(2), atol=1e-5)
    assert padded.attention[1, 3:].abs().max() < 1e-6


@pytest.mark.parametrize("head", [HEAD, HeadConfig(lstm_layers=0, attention_heads=0)], ids=str)
def test_onnx_says_what_torch_says(tiny_encoder: Path, head: HeadConfig, tmp_path: Path) -> None:
    model = network(tiny_encoder, head)
    export_text_network(model, tmp_path)
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    answers = session.run(None, {"input_ids": IDS.numpy(), "attention_mask": MASK.numpy()})
    with torch.inference_mode():
        expected = model(IDS, MASK)
    for found, wanted in zip(answers, expected, strict=True):
        np.testing.assert_allclose(found, wanted.numpy(), atol=1e-5)


def test_in_int8_a_text_does_not_hang_on_its_neighbours(tiny_encoder: Path, tmp_path: Path) -> None:
    model = network(tiny_encoder, HeadConfig(lstm_layers=0, attention_heads=4))
    export_text_network(model, tmp_path, EXAMPLES)
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")

    def logits(rows: slice) -> np.ndarray:
        feed = {"input_ids": IDS[rows].numpy(), "attention_mask": MASK[rows].numpy()}
        return session.run(["logits"], feed)[0]

    together = logits(slice(None))
    np.testing.assert_allclose(logits(slice(1, 2))[0], together[1], atol=1e-6)
    with torch.inference_mode():
        np.testing.assert_allclose(together, model(IDS, MASK).logits.numpy(), atol=0.05)


def test_weights_lie_once_in_safetensors(tiny_encoder: Path, tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    export_text_network(network(tiny_encoder), tmp_path, EXAMPLES)
    tensors = load_file(tmp_path / "model.safetensors")
    content = (tmp_path / "model.safetensors").read_bytes()
    for name, (offset, length) in tensor_offsets(tmp_path / "model.safetensors").items():
        assert content[offset : offset + length] == tensors[name].tobytes()
    assert any(t.dtype == np.int8 for t in tensors.values())


def test_frozen_and_partly_frozen_encoders(tiny_encoder: Path) -> None:
    def learning(finetune: str) -> int:
        encoder = network(tiny_encoder, finetune=finetune).encoder
        return sum(p.numel() for p in encoder.parameters() if p.requires_grad)

    assert 0 == learning("none") < learning("1") < learning("2") < learning("all")


def test_each_parameter_learns_at_one_rate(tiny_encoder: Path) -> None:
    model = network(tiny_encoder)
    groups = layer_learning_rates(model, 1e-4, 1e-3, 0.5)
    grouped = [id(p) for g in groups for p in g["params"]]  # type: ignore[attr-defined]
    assert len(grouped) == len(set(grouped))
    assert set(grouped) == {id(p) for p in model.parameters() if p.requires_grad}
    assert [g["lr"] for g in groups] == [1e-4, 5e-5, 2.5e-5, 1e-3]


def test_wrong_settings_are_refused(tiny_encoder: Path) -> None:
    with pytest.raises(InvalidInput, match="does not divide"):
        network(tiny_encoder, HeadConfig(16, 1, 5))
    with pytest.raises(InvalidInput, match=r"head\.pooling"):
        network(tiny_encoder, HeadConfig(pooling="median"))
    with pytest.raises(InvalidInput, match=r"encoder\.finetune"):
        network(tiny_encoder, finetune="some")
    with pytest.raises(ModelUnavailable, match="no encoder"):
        network(Path("/nowhere/at/all"))
