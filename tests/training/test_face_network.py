"""Shapes, the meaning of class maps, and the average over mirror images."""

import pytest
import torch

from emotion_core.errors import InvalidInput
from emotion_core.training.face_config import FaceNetworkConfig
from emotion_core.training.face_network import FaceNetwork, MirroredEnsemble, standardised

RESIDUAL = FaceNetworkConfig(channels="8,16", blocks="1,2")
PLAIN = FaceNetworkConfig(kind="plain", channels="8,16", blocks="2,1", hidden="12")


def network(config: FaceNetworkConfig = RESIDUAL, votes: int = 8) -> FaceNetwork:
    torch.manual_seed(0)
    made = FaceNetwork(config, 7, votes).eval()
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return made


@pytest.mark.parametrize(("config", "width"), [(RESIDUAL, 16), (PLAIN, 12)])
@pytest.mark.parametrize("size", [32, 44, 48])
def test_shapes(config: FaceNetworkConfig, width: int, size: int):
    output = network(config)(torch.rand(3, 1, size, size))
    assert output.logits.shape == (3, 7)
    assert output.votes.shape == (3, 8)
    assert output.embedding.shape == (3, width)
    assert output.maps.shape == (3, 7, size // 2, size // 2)


@pytest.mark.parametrize("config", [RESIDUAL, PLAIN])
def test_the_mean_of_a_class_map_is_the_logit(config: FaceNetworkConfig):
    output = network(config)(torch.rand(2, 1, 48, 48))
    torch.testing.assert_close(output.maps.mean((2, 3)), output.logits, rtol=1e-4, atol=1e-4)


def test_the_class_map_is_grad_cam():
    """Against the definition: features weighted by the mean gradient of the label's logit."""
    made, faces = network(), torch.rand(1, 1, 48, 48)
    features = made.dense(made.stages(standardised(faces))).detach().requires_grad_()
    logit = made.head(features.mean((2, 3)))[0, 3]
    (gradient,) = torch.autograd.grad(logit, features)
    cam = (gradient.mean((2, 3), keepdim=True) * features).sum(1)[0] * features[0, 0].numel()
    expected = cam + made.head.bias[3]
    torch.testing.assert_close(made(faces).maps[0, 3], expected, rtol=1e-4, atol=1e-4)


def test_without_votes_there_is_no_second_head():
    assert network(votes=0)(torch.rand(2, 1, 48, 48)).votes.shape == (2, 0)


def test_light_and_contrast_change_nothing():
    faces = torch.rand(2, 1, 48, 48)
    torch.testing.assert_close(
        network()(faces).logits, network()(faces * 0.4 + 0.3).logits, rtol=1e-3, atol=1e-3
    )


def test_a_flat_picture_is_not_blown_up():
    assert standardised(torch.full((1, 1, 48, 48), 0.5)).abs().max() < 1e-3


def test_a_mirror_image_gets_the_same_answer():
    both = MirroredEnsemble([network(), network(RESIDUAL)])
    faces = torch.rand(2, 1, 48, 48)
    straight, mirrored = both(faces), both(faces.flip(-1))
    torch.testing.assert_close(straight.logits, mirrored.logits, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(straight.maps, mirrored.maps.flip(-1), rtol=1e-4, atol=1e-4)
    assert straight.embedding.shape == (2, 32)


def test_an_ensemble_averages_its_members():
    first, second = network(), network(FaceNetworkConfig(channels="4,8", blocks="1,1"))
    faces = torch.rand(2, 1, 48, 48)
    mean = (MirroredEnsemble([first])(faces).logits + MirroredEnsemble([second])(faces).logits) / 2
    torch.testing.assert_close(
        MirroredEnsemble([first, second])(faces).logits, mean, rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (FaceNetworkConfig(kind="vgg"), "residual or plain, got 'vgg'"),
        (FaceNetworkConfig(channels="8,16", blocks="1"), "as many channels as blocks"),
        (FaceNetworkConfig(channels="8;16"), "positive numbers joined by commas, got '8;16'"),
    ],
)
def test_wrong_settings(config: FaceNetworkConfig, message: str):
    with pytest.raises(InvalidInput, match=message):
        FaceNetwork(config, 7, 0)
