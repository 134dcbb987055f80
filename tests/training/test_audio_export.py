"""What ONNX Runtime says of an exported network, against torch."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnxruntime
import pytest
import torch
from safetensors.numpy import load_file
from torch import nn

from emotion_core.audio.analysis import VoiceProfile
from emotion_core.training import onnx_gru
from emotion_core.training.audio_config import AudioNetworkConfig
from emotion_core.training.audio_export import export_audio_network
from emotion_core.training.audio_network import VoiceEnsemble, build_audio_network
from tests.training.voices import write_resnet

LABELS = 3


class Exported(NamedTuple):
    network: nn.Module
    channels: int
    bins: int
    least_frames: int
    folder: Path

    @property
    def session(self) -> onnxruntime.InferenceSession:
        return onnxruntime.InferenceSession(self.folder / "model.onnx")

    def distance(self, items: int, frames: int) -> tuple[float, float]:
        """Largest difference of logits, and of embeddings against their largest value."""
        torch.manual_seed(items + frames)
        images = torch.randn(items, self.channels, self.bins, frames)
        with torch.inference_mode():
            expected = self.network.eval()(images)
        logits, embedding = self.session.run(["logits", "embedding"], {"images": images.numpy()})
        assert logits.shape == (items, LABELS)
        return (
            float(np.abs(logits - expected.logits.numpy()).max()),
            float(np.abs(embedding - expected.embedding.numpy()).max() / np.abs(embedding).max()),
        )


def trained(network: nn.Module) -> nn.Module:
    """The network with statistics of its own in the normalisation of batches."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            assert module.running_mean is not None
            assert module.running_var is not None
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.8, 1.2)
    return network


def export(network: nn.Module, channels: int, bins: int, least: int, folder: Path) -> Exported:
    profile = VoiceProfile(np.arange(bins), np.arange(1, bins + 1))
    export_audio_network(network, channels, bins, profile, folder)
    return Exported(network, channels, bins, least, folder)


@pytest.fixture(scope="module", params=["cnn-bigru", "max", "ensemble", "alexnet", "resnet34"])
def exported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("exported")
    if request.param == "alexnet":
        settings = AudioNetworkConfig("alexnet", least_frames=63)
        return export(build_audio_network(settings, 3, 65, LABELS), 3, 65, 63, folder)
    if request.param == "resnet34":
        pretrained = str(write_resnet(folder / "resnet"))
        settings = AudioNetworkConfig("resnet34", pretrained=pretrained)
        return export(trained(build_audio_network(settings, 1, 32, LABELS)), 1, 32, 32, folder)
    pooling = "max" if request.param == "max" else "attention"
    settings = AudioNetworkConfig(channels="8,8", hidden=32, pooling=pooling)
    count = 2 if request.param == "ensemble" else 1
    members = [trained(build_audio_network(settings, 1, 16, LABELS)) for _ in range(count)]
    return export(members[0] if count == 1 else VoiceEnsemble(members), 1, 16, 8, folder)


def test_onnx_says_what_torch_says(exported: Exported) -> None:
    for items, frames in ((1, exported.least_frames), (3, 97), (2, 240)):
        logits, embedding = exported.distance(items, frames)
        assert logits < 2e-3
        assert embedding < 2e-3


def test_names_and_sizes_that_serving_asks_for(exported: Exported) -> None:
    session = exported.session
    (images,) = session.get_inputs()
    assert images.name == "images"
    assert images.shape[1:3] == [exported.channels, exported.bins]
    assert not {type(images.shape[0]), type(images.shape[3])} & {int}
    assert [o.name for o in session.get_outputs()] == ["logits", "embedding"]
    assert session.get_outputs()[0].shape[-1] == LABELS


def test_large_weights_are_kept_in_half_precision(exported: Exported) -> None:
    path = exported.folder / "model.safetensors"
    kinds = {(t.size >= 1024, t.dtype == np.float16) for t in load_file(path).values()}
    assert kinds <= {(True, True), (False, False)}
    assert (True, True) in kinds
    weights = sum(p.numel() for p in exported.network.parameters())
    assert 0.45 < path.stat().st_size / (4 * weights) < 0.7


def test_the_average_voice_lies_beside(exported: Exported) -> None:
    profile = load_file(exported.folder / "profile.safetensors")
    np.testing.assert_array_equal(profile["mean"], np.arange(exported.bins))
    np.testing.assert_array_equal(profile["deviation"], np.arange(1, exported.bins + 1))


def test_export_leaves_the_network_as_it_was(exported: Exported) -> None:
    recurrent = [m for n, m in exported.network.named_modules() if n.rpartition(".")[2] == "gru"]
    assert all(isinstance(m, nn.GRU) for m in recurrent)
    assert {p.dtype for p in exported.network.parameters()} == {torch.float32}


def test_the_order_of_the_gates_matters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So the comparison above would tell, were it wrong."""
    torch.manual_seed(0)
    monkeypatch.setattr(onnx_gru, "_onnx_gates", lambda weights: weights.detach())
    network = build_audio_network(AudioNetworkConfig(channels="8,8", hidden=32), 1, 16, LABELS)
    assert min(export(network, 1, 16, 8, tmp_path).distance(2, 50)) > 0.02
