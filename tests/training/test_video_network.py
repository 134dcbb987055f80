"""The clip network: its parts against references, and what ONNX Runtime says of it."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from torch import nn

from emotion_core.errors import InvalidInput
from emotion_core.face.align import CropConfig
from emotion_core.face.clip import ClipConfig
from emotion_core.training.video_config import VideoConfig, VideoNetworkConfig
from emotion_core.training.video_network import OUTPUTS, VideoCnnBiGru, export_video_network

LABELS = 3
SMALL = VideoNetworkConfig(channels="4,8,8", hidden=8)
COLOURED = ClipConfig(5, 32)
GREY = ClipConfig(4, 48, CropConfig(size=24, channels=1))


def network(clip: ClipConfig, config: VideoNetworkConfig = SMALL) -> VideoCnnBiGru:
    """With statistics of its own in the normalisation of batches."""
    torch.manual_seed(0)
    made = VideoCnnBiGru(config, clip, LABELS).eval()
    for module in made.modules():
        if isinstance(module, nn.BatchNorm2d):
            assert module.running_mean is not None
            assert module.running_var is not None
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.8, 1.2)
    return made


def clips(count: int, clip: ClipConfig) -> torch.Tensor:
    torch.manual_seed(count)
    return torch.rand(count, clip.frames, clip.channels, clip.size, clip.size)


@pytest.mark.parametrize("clip", [COLOURED, GREY])
def test_an_answer_hangs_on_no_other_clip(clip: ClipConfig) -> None:
    made, several = network(clip), clips(3, clip)
    with torch.inference_mode():
        together, alone = made(several), made(several[1:2])
    assert together.logits.shape == (3, LABELS)
    assert together.embedding.shape == (3, 2 * SMALL.hidden)
    assert together.attention.shape == (3, clip.frames)
    torch.testing.assert_close(alone.logits[0], together.logits[1], atol=1e-5, rtol=1e-4)
    with torch.inference_mode():
        assert torch.equal(made.head(together.embedding), together.logits)


def test_attention_says_which_states_are_averaged() -> None:
    made = network(COLOURED)
    states: list[torch.Tensor] = []
    made.gru.register_forward_hook(lambda *a: states.append(a[2][0]))
    with torch.inference_mode():
        found = made(clips(2, COLOURED))
        mean = (found.attention[..., None] * states[0]).sum(1)
        torch.testing.assert_close(made.normalisation(mean), found.embedding)
    torch.testing.assert_close(found.attention.sum(1), torch.ones(2))
    assert (found.attention > 0).all()


def test_the_order_of_the_frames_counts_and_the_light_does_not() -> None:
    made, clip = network(COLOURED), clips(1, COLOURED)
    with torch.inference_mode():
        straight, back, dark = (made(c).logits for c in (clip, clip.flip(1), clip * 0.5 + 0.1))
    assert not torch.allclose(straight, back, atol=1e-3)
    torch.testing.assert_close(straight, dark, atol=1e-4, rtol=1e-4)


def test_what_the_systems_own_sizes_come_to() -> None:
    """30 frames of 224 px leave a grid of 4 by 4 of each frame."""
    config = VideoConfig()
    clip = config.clip_config()
    assert (clip.frames, clip.size, clip.channels) == (30, 224, 3)
    with torch.device("meta"):
        made = VideoCnnBiGru(config.network, clip, 7)
        encoded = made.encoder(torch.zeros(2, 3, 224, 224))
    assert sum(isinstance(m, nn.Conv2d) for m in made.modules()) == 3
    assert encoded.shape == (2, 128 * 4 * 4)


@pytest.mark.parametrize("clip", [COLOURED, GREY])
def test_onnx_gives_the_same_answer(clip: ClipConfig, tmp_path: Path) -> None:
    made = network(clip)
    export_video_network(made, clip, tmp_path)
    assert {p.name for p in tmp_path.iterdir()} == {"model.onnx", "model.safetensors"}
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    for count in (1, 3):
        several = clips(count, clip)
        with torch.inference_mode():
            expected = made(several)
        found = session.run(OUTPUTS, {"clips": several.numpy()})
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(one, other.numpy(), atol=1e-5)
    assert isinstance(made.gru, nn.GRU)


@pytest.mark.parametrize(
    ("config", "clip", "message"),
    [
        (VideoNetworkConfig(kind="lstm"), COLOURED, r"network\.kind' expects video-cnn-bigru"),
        (VideoNetworkConfig(channels="8;8"), COLOURED, r"network\.channels' .* got '8;8'"),
        (VideoNetworkConfig(channels="4,4,4,4,4"), COLOURED, "5 convolutions are too many for 32"),
    ],
)
def test_settings_that_do_not_fit(
    config: VideoNetworkConfig, clip: ClipConfig, message: str
) -> None:
    with pytest.raises(InvalidInput, match=message):
        VideoCnnBiGru(config, clip, LABELS)
