"""The clip network: a small convolutional encoder of each frame, a GRU over time, attention."""

import copy
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from ..face.clip import ClipConfig
from .audio_network import ConvolutionBlock
from .external_weights import save_graph_and_weights
from .face_network import standardised
from .limits import joined_numbers, require_valid
from .onnx_graph import GRAPH, WEIGHTS, to_onnx
from .onnx_gru import OnnxBiGru
from .text_network import MaskedPooling
from .video_config import VideoNetworkConfig

GRID = 4
"""rows and columns that are left of a frame, so that it still shows what is where"""
OUTPUTS = ["logits", "embedding", "attention"]


class VideoOutput(NamedTuple):
    """What the network answers for a batch."""

    logits: Tensor
    """(item, label)"""
    embedding: Tensor
    """(item, width), what the head reads and what fusion takes"""
    attention: Tensor
    """(item, frame), sums to 1"""


def _encoder(config: VideoNetworkConfig, clip: ClipConfig) -> tuple[nn.Sequential, int]:
    """Frames (frame, channel, y, x) to vectors (frame, width), and the width."""
    first, *others = widths = joined_numbers(config.channels, "network.channels")
    rows = clip.size // 2 ** (len(widths) + 1)
    stem = nn.Sequential(
        nn.Conv2d(clip.channels, first, 5, stride=2, padding=2, bias=False),
        nn.BatchNorm2d(first),
        nn.ReLU(),
        nn.MaxPool2d(2),
    )
    blocks = [
        ConvolutionBlock(before, after, (2, 2), config.convolution_dropout)
        for before, after in zip(widths, others, strict=False)
    ]
    cell = max(1, rows // GRID)
    left = rows // cell
    layers = nn.Sequential(stem, *blocks, nn.AvgPool2d(cell), nn.Flatten())
    return layers, widths[-1] * left * left


class VideoCnnBiGru(nn.Module):
    """Convolutions on every frame, a bidirectional GRU over them, attention pooling, a head.

    Each frame is first brought to mean 0 and deviation 1, so that the light does not count.
    """

    def __init__(self, config: VideoNetworkConfig, clip: ClipConfig, labels: int) -> None:
        super().__init__()
        require_valid(config, "network")
        config.require_frame(clip.size)
        self.encoder, width = _encoder(config, clip)
        self.projection = nn.Sequential(
            nn.Linear(width, config.hidden),
            nn.LayerNorm(config.hidden),
            nn.ReLU(),
            nn.Dropout(config.dropout),
        )
        self.gru = nn.GRU(config.hidden, config.hidden, batch_first=True, bidirectional=True)
        self.pooling = MaskedPooling(2 * config.hidden, "attention")
        self.normalisation = nn.LayerNorm(2 * config.hidden)
        self.dropout = nn.Dropout(config.dropout)
        self.head = nn.Linear(2 * config.hidden, labels)

    def forward(self, clips: Tensor) -> VideoOutput:
        """Clips (item, frame, channel, y, x) in [0, 1] -> logits, embedding, attention."""
        items, frames = clips.shape[:2]
        pictures = self.encoder(standardised(clips.flatten(0, 1)))
        states, _ = self.gru(self.projection(pictures).view(items, frames, -1))
        pooled, attention = self.pooling(states, states.new_ones(items, frames))
        embedding = self.normalisation(pooled)
        return VideoOutput(self.head(self.dropout(embedding)), embedding, attention)


def export_video_network(network: VideoCnnBiGru, clip: ClipConfig, folder: Path) -> None:
    """Write `model.onnx` and `model.safetensors`.

    Args:
        network: trained
        clip: what it reads
        folder: must exist
    """
    served = copy.deepcopy(network).cpu().float().eval()
    served.gru = OnnxBiGru(served.gru)  # type: ignore[assignment]
    example = torch.zeros(2, clip.frames, clip.channels, clip.size, clip.size)
    model = to_onnx(served, {"clips": example}, {"clips": {0: "item"}}, OUTPUTS)
    save_graph_and_weights(model, folder / GRAPH, folder / WEIGHTS)
