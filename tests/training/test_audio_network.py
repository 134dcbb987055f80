"""The voice networks, their loss and what of them learns, against independent references."""

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from emotion_core.errors import InvalidInput, ModelUnavailable
from emotion_core.training.audio_config import AudioNetworkConfig
from emotion_core.training.audio_network import (
    AttentionStatistics,
    ResNet34,
    VoiceEnsemble,
    build_audio_network,
)
from tests.training.voices import write_resnet

LABELS = 3


@pytest.fixture(scope="module")
def resnet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_resnet(tmp_path_factory.mktemp("resnet"))


def config(kind: str, resnet: Path) -> AudioNetworkConfig:
    sizes = {"cnn-bigru": 8, "alexnet": 63, "resnet34": 32}
    pretrained = str(resnet) if kind == "resnet34" else ""
    return AudioNetworkConfig(
        kind, channels="4,8", hidden=8, pretrained=pretrained, least_frames=sizes[kind]
    )


@pytest.mark.parametrize(
    ("kind", "channels", "bins", "width"),
    [("cnn-bigru", 1, 16, 32), ("alexnet", 3, 65, 256), ("resnet34", 1, 32, 24)],
)
def test_any_number_of_frames_and_an_answer_that_hangs_on_no_other(
    kind: str, channels: int, bins: int, width: int, resnet: Path
) -> None:
    torch.manual_seed(0)
    settings = config(kind, resnet)
    network = build_audio_network(settings, channels, bins, LABELS).eval()
    for frames in (settings.least_frames, 101):
        images = torch.randn(3, channels, bins, frames)
        with torch.inference_mode():
            together, alone = network(images), network(images[1:2])
        assert together.logits.shape == (3, LABELS)
        assert together.embedding.shape == (3, width)
        torch.testing.assert_close(alone.logits[0], together.logits[1], atol=1e-5, rtol=1e-4)
        with torch.inference_mode():
            assert torch.equal(network.head(together.embedding), together.logits)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("kind", "channels", "bins", "part", "parameters"),
    [
        ("resnet34", 1, 128, "body", 21_284_672),  # torchvision's resnet34 without its last layer
        ("alexnet", 3, 321, "convolutions", 2_469_696),  # and the features of its alexnet
    ],
)
def test_sizes_of_the_published_networks(
    kind: str, channels: int, bins: int, part: str, parameters: int
) -> None:
    with torch.device("meta"):
        network = build_audio_network(
            AudioNetworkConfig(kind, least_frames=66), channels, bins, LABELS
        )
    assert sum(p.numel() for p in network.get_submodule(part).parameters()) == parameters


def test_attention_statistics_are_a_weighted_mean_and_deviation() -> None:
    torch.manual_seed(0)
    pooling = AttentionStatistics(6)
    states = torch.randn(2, 9, 6)
    with torch.inference_mode():
        found = pooling(states).numpy()
        weights = pooling.score(states).softmax(1).squeeze(-1).numpy()
    for item, (x, w) in enumerate(zip(states.numpy(), weights, strict=True)):
        mean = np.average(x, axis=0, weights=w)
        deviation = np.sqrt(np.average((x - mean) ** 2, axis=0, weights=w))
        np.testing.assert_allclose(found[item], [*mean, *deviation], atol=1e-5)


def test_max_pooling_takes_the_largest_state(resnet: Path) -> None:
    settings = config("cnn-bigru", resnet)
    settings.pooling = "max"
    network = build_audio_network(settings, 1, 16, LABELS).eval()
    states: list[torch.Tensor] = []
    network.get_submodule("gru").register_forward_hook(lambda *a: states.append(a[2][0]))
    with torch.inference_mode():
        embedding = network(torch.randn(2, 1, 16, 40)).embedding
    expected = F.layer_norm(states[0].max(1).values, (16,))
    torch.testing.assert_close(embedding, expected, atol=1e-5, rtol=1e-5)


def test_an_ensemble_is_the_mean_of_logits_and_embeddings_side_by_side(resnet: Path) -> None:
    torch.manual_seed(0)
    members = [build_audio_network(config("cnn-bigru", resnet), 1, 16, LABELS) for _ in range(3)]
    ensemble, images = VoiceEnsemble(members).eval(), torch.randn(2, 1, 16, 20)
    with torch.inference_mode():
        answers = [m(images) for m in members]
        found = ensemble(images)
    torch.testing.assert_close(found.logits, sum(a.logits for a in answers) / 3)
    assert torch.equal(found.embedding, torch.cat([a.embedding for a in answers], 1))


def test_stages_learn_from_the_top(resnet: Path) -> None:
    network = build_audio_network(config("resnet34", resnet), 1, 32, LABELS)
    assert isinstance(network, ResNet34)

    def learning() -> set[str]:
        names = (n.removeprefix("body.encoder.") for n, p in network.named_parameters()
                 if p.requires_grad)  # fmt: skip
        return {".".join(name.split(".")[:2]) for name in names if not name.startswith("head")}

    order = ["stages.3", "stages.2", "stages.1", "stages.0", "body.embedder"]
    for stages in range(len(order) + 2):
        network.unfreeze(stages)
        assert learning() == set(order[:stages])
        assert network.head.weight.requires_grad


def test_a_pretrained_resnet_keeps_its_weights(resnet: Path) -> None:
    from transformers import ResNetModel

    network = build_audio_network(config("resnet34", resnet), 1, 32, LABELS)
    assert all(module.training for module in network.modules())
    network.eval()
    saved = ResNetModel.from_pretrained(resnet).eval()
    image = torch.randn(2, 1, 32, 40)
    with torch.inference_mode():
        expected = saved(image.repeat(1, 3, 1, 1)).pooler_output.flatten(1)
        assert torch.equal(network(image).embedding, expected)


@pytest.mark.parametrize(
    ("changes", "bins", "message"),
    [
        ({"kind": "lstm"}, 64, r"network\.kind' .* got 'lstm'"),
        ({"pooling": "mean"}, 64, r"network\.pooling' .* got 'mean'"),
        ({"channels": "32;64"}, 64, r"network\.channels' .* got '32;64'"),
        ({"channels": "4,4,4,4"}, 8, "4 blocks are too many for 8 bins"),
        ({"kind": "alexnet"}, 128, "alexnet needs 63 bins and least_frames or more, got 128 and 8"),
        ({"kind": "alexnet", "least_frames": 66}, 40, "got 40 and 66"),
    ],
)
def test_settings_that_do_not_fit(changes: dict[str, str], bins: int, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        build_audio_network(AudioNetworkConfig(**changes), 1, bins, LABELS)  # type: ignore[arg-type]


def test_pretrained_weights_that_are_not_there(tmp_path: Path) -> None:
    settings = AudioNetworkConfig("resnet34", pretrained=str(tmp_path))
    with pytest.raises(ModelUnavailable, match=r"no ResNet .* leave network\.pretrained empty"):
        build_audio_network(settings, 1, 128, LABELS)
