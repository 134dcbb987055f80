"""The voice networks: convolutions and a bidirectional GRU, AlexNet, ResNet-34.

Every network takes (item, channel, bin, frame), of any number of frames, and answers with
logits and the embedding that its head reads.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from ..errors import ModelUnavailable
from .audio_config import ALEXNET, CNN_BIGRU, HALVED_FRAMES, AudioNetworkConfig
from .limits import joined_numbers, require_valid

RESNET34_DEPTHS, RESNET34_WIDTHS = [3, 4, 6, 3], [64, 128, 256, 512]


class AudioOutput(NamedTuple):
    """What a network answers for a batch."""

    logits: Tensor
    """(item, label)"""
    embedding: Tensor
    """(item, width), what the head reads and what fusion takes"""


class ConvolutionBlock(nn.Sequential):
    """3x3 convolution, batch normalisation, ReLU, max pooling, dropout of whole channels."""

    def __init__(self, before: int, after: int, pool: tuple[int, int], dropout: float) -> None:
        super().__init__(
            nn.Conv2d(before, after, 3, padding=1, bias=False),
            nn.BatchNorm2d(after),
            nn.ReLU(),
            nn.MaxPool2d(pool),
            nn.Dropout2d(dropout),
        )


class AttentionStatistics(nn.Module):
    """Weighted mean and standard deviation over time.

    Source: Okabe, Koshinaka and Shinoda, Attentive statistics pooling, Interspeech 2018.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.score = nn.Sequential(nn.Linear(width, 128), nn.Tanh(), nn.Linear(128, 1))

    def forward(self, states: Tensor) -> Tensor:
        """(item, time, width) to (item, 2 * width)."""
        weights = self.score(states).softmax(1)
        mean = (weights * states).sum(1)
        variance = (weights * states * states).sum(1) - mean * mean
        return torch.cat([mean, variance.clamp_min(1e-5).sqrt()], 1)


class CnnBiGru(nn.Module):
    """Convolutions over the log-mel image, a bidirectional GRU over time, pooling, a head."""

    def __init__(self, config: AudioNetworkConfig, bins: int, labels: int) -> None:
        super().__init__()
        widths = [1, *joined_numbers(config.channels, "network.channels")]
        pools = [(2, 2 if k < HALVED_FRAMES else 1) for k in range(len(widths) - 1)]
        self.convolutions = nn.Sequential(
            *(
                ConvolutionBlock(widths[k], widths[k + 1], pool, config.convolution_dropout)
                for k, pool in enumerate(pools)
            )
        )
        rows = bins
        for pool, _ in pools:
            rows //= pool
        self.projection = nn.Sequential(
            nn.Linear(widths[-1] * rows, config.hidden),
            nn.LayerNorm(config.hidden),
            nn.ReLU(),
            nn.Dropout(config.dropout),
        )
        self.gru = nn.GRU(config.hidden, config.hidden, batch_first=True, bidirectional=True)
        attend = config.pooling == "attention"
        self.pooling = AttentionStatistics(2 * config.hidden) if attend else None
        width = (4 if attend else 2) * config.hidden
        self.normalisation = nn.LayerNorm(width)
        self.dropout = nn.Dropout(config.dropout)
        self.head = nn.Linear(width, labels)

    def forward(self, images: Tensor) -> AudioOutput:
        """Logits and embeddings of (item, 1, bin, frame)."""
        states = self.convolutions(images).flatten(1, 2).transpose(1, 2)
        states, _ = self.gru(self.projection(states))
        pooled = states.amax(1) if self.pooling is None else self.pooling(states)
        embedding = self.normalisation(pooled)
        return AudioOutput(self.head(self.dropout(embedding)), embedding)


class AlexNet(nn.Module):
    """AlexNet's five convolutions, sum over all positions, dropout, a linear head.

    Source: Krizhevsky, One weird trick, 2014 (the widths); the sum takes clips of any length.
    """

    def __init__(self, config: AudioNetworkConfig, channels: int, labels: int) -> None:
        super().__init__()
        self.convolutions = nn.Sequential(
            nn.Conv2d(channels, 64, 11, stride=4, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2),
            nn.Conv2d(64, 192, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2),
            nn.Conv2d(192, 384, 3, padding=1), nn.ReLU(),
            nn.Conv2d(384, 256, 3, padding=1), nn.ReLU(),
            nn.Conv2d(256, 256, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2),
        )  # fmt: skip
        self.dropout = nn.Dropout(config.dropout)
        self.head = nn.Linear(256, labels)

    def forward(self, images: Tensor) -> AudioOutput:
        """Logits and embeddings of (item, 3, bin, frame)."""
        embedding = self.convolutions(images).sum((2, 3))
        return AudioOutput(self.head(self.dropout(embedding)), embedding)


class ResNet34(nn.Module):
    """The ResNet-34 of transformers over a one-channel image, and a linear head."""

    def __init__(self, config: AudioNetworkConfig, labels: int) -> None:
        super().__init__()
        from transformers import ResNetConfig, ResNetModel

        if config.pretrained:
            try:
                saved = ResNetModel.from_pretrained(config.pretrained, use_safetensors=True)
            except (OSError, ValueError) as error:
                raise ModelUnavailable(
                    f"no ResNet {config.pretrained!r}: give a hub name or a folder, or leave "
                    f"network.pretrained empty to start from scratch ({error})"
                ) from error
            self.body = saved.train()  # it comes as it is served
        else:
            self.body = ResNetModel(
                ResNetConfig(
                    layer_type="basic", depths=RESNET34_DEPTHS, hidden_sizes=RESNET34_WIDTHS
                )
            )
        self.dropout = nn.Dropout(config.dropout)
        widths: list[int] = self.body.config.hidden_sizes  # type: ignore[assignment]
        self.head = nn.Linear(widths[-1], labels)

    def unfreeze(self, stages: int) -> None:
        """Let the head and this many stages learn, from the top; the first layers come last."""
        parts = [*reversed(self.body.encoder.stages), self.body.embedder]
        for place, part in enumerate(parts):
            part.requires_grad_(place < stages)

    def forward(self, images: Tensor) -> AudioOutput:
        """Logits and embeddings of (item, 1, bin, frame)."""
        colours = images.expand(-1, self.body.config.num_channels, -1, -1)
        embedding = self.body(colours).pooler_output.flatten(1)
        return AudioOutput(self.head(self.dropout(embedding)), embedding)


class VoiceEnsemble(nn.Module):
    """The mean of the logits of several networks; their embeddings side by side."""

    def __init__(self, members: Sequence[nn.Module]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, images: Tensor) -> AudioOutput:
        """Logits and embeddings of (item, channel, bin, frame)."""
        answers = [member(images) for member in self.members]
        logits = torch.stack([a.logits for a in answers]).mean(0)
        return AudioOutput(logits, torch.cat([a.embedding for a in answers], 1))


def build_audio_network(
    config: AudioNetworkConfig, channels: int, bins: int, labels: int
) -> nn.Module:
    """The network that a configuration describes.

    Args:
        config: kind and sizes
        channels: of its input
        bins: of its input
        labels: outputs

    Raises:
        InvalidInput: for an unknown kind or sizes that do not fit
        ModelUnavailable: if pretrained weights are not to be had
    """
    require_valid(config, "network")
    config.require_image(channels, bins)
    if config.kind == CNN_BIGRU:
        return CnnBiGru(config, bins, labels)
    if config.kind == ALEXNET:
        return AlexNet(config, channels, labels)
    return ResNet34(config, labels)
