"""Face networks: stages of convolutions, average pooling, a head for labels, one for votes."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .face_config import FaceNetworkConfig
from .limits import joined_numbers, require_valid

LEAST_DEVIATION = 0.02
"""of the grey levels, in [0, 1]; a flat picture is not blown up to noise"""


class FaceOutput(NamedTuple):
    """What a network says of some faces."""

    logits: Tensor
    """(face, label)"""
    votes: Tensor
    """(face, vote) logits of the crowd's votes"""
    embedding: Tensor
    """(face, width)"""
    maps: Tensor
    """(face, label, y, x) class maps; their mean over y and x is the logits"""


def standardised(faces: Tensor) -> Tensor:
    """Grey levels (face, 1, y, x) in [0, 1], each face with mean 0 and deviation 1."""
    mean = faces.mean((1, 2, 3), keepdim=True)
    deviation = (faces - mean).pow(2).mean((1, 2, 3), keepdim=True).sqrt()
    return (faces - mean) / deviation.clamp_min(LEAST_DEVIATION)


def _convolution(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs)
    )


class ResidualBlock(nn.Module):
    """Two convolutions beside a shortcut; normalisation stands where it folds into them.

    Source: He et al., CVPR 2016.
    """

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.first = _convolution(inputs, outputs, stride)
        self.second = _convolution(outputs, outputs)
        nn.init.zeros_(self.second[1].weight)  # type: ignore[arg-type]
        self.shortcut = nn.Identity()
        if stride > 1 or inputs != outputs:
            self.shortcut = nn.Sequential(
                nn.AvgPool2d(stride, ceil_mode=True) if stride > 1 else nn.Identity(),
                nn.Conv2d(inputs, outputs, 1, bias=False),
                nn.BatchNorm2d(outputs),
            )

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.shortcut(x) + self.second(F.relu(self.first(x))))


def _residual_stages(channels: list[int], blocks: list[int]) -> nn.Sequential:
    layers: list[nn.Module] = [_convolution(1, channels[0]), nn.ReLU()]
    inputs = channels[0]
    for stage, (width, count) in enumerate(zip(channels, blocks, strict=True)):
        for block in range(count):
            layers.append(ResidualBlock(inputs, width, 2 if stage and not block else 1))
            inputs = width
    return nn.Sequential(*layers)


def _plain_stages(channels: list[int], blocks: list[int], dropout: float) -> nn.Sequential:
    layers: list[nn.Module] = []
    inputs = 1
    for stage, (width, count) in enumerate(zip(channels, blocks, strict=True)):
        if stage:
            layers += [nn.MaxPool2d(2), nn.Dropout(dropout / 2)]
        for _ in range(count):
            layers += [_convolution(inputs, width), nn.ReLU()]
            inputs = width
    return nn.Sequential(*layers)


class FaceNetwork(nn.Module):
    """Grey faces (face, 1, y, x) in [0, 1] to `FaceOutput`; any size that the stages can halve.

    Args:
        config: kind and sizes
        labels: how many labels the first head has
        votes: how many the second has; 0 leaves it out
    """

    def __init__(self, config: FaceNetworkConfig, labels: int, votes: int) -> None:
        super().__init__()
        require_valid(config, "network")
        channels, blocks = (
            joined_numbers(config.channels, "network.channels"),
            joined_numbers(config.blocks, "network.blocks"),
        )
        if config.kind == "residual":
            self.stages = _residual_stages(channels, blocks)
        else:
            self.stages = _plain_stages(channels, blocks, config.dropout)
        width, dense = channels[-1], []
        for size in joined_numbers(config.hidden, "network.hidden"):
            dense += [nn.Conv2d(width, size, 1, bias=False), nn.BatchNorm2d(size), nn.ReLU()]
            width = size
        self.dense = nn.Sequential(*dense)
        self.dropout = nn.Dropout(config.dropout)
        self.head = nn.Linear(width, labels)
        self.votes = nn.Linear(width, votes) if votes else None

    def forward(self, faces: Tensor) -> FaceOutput:
        features = self.dense(self.stages(standardised(faces)))
        embedding = features.mean((2, 3))
        kept = self.dropout(embedding)
        maps = F.conv2d(features, self.head.weight[:, :, None, None], self.head.bias)
        # `shape`, since `len` would fix the number of faces in an exported graph
        votes = kept.new_zeros(kept.shape[0], 0) if self.votes is None else self.votes(kept)
        return FaceOutput(self.head(kept), votes, embedding, maps)


class MirroredEnsemble(nn.Module):
    """Some networks, each asked for a face and its mirror image; logits and maps are averaged."""

    def __init__(self, members: list[FaceNetwork]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, faces: Tensor) -> FaceOutput:
        both = torch.cat([faces, faces.flip(-1)])
        answers = [member(both) for member in self.members]
        logits, votes, maps = (
            torch.stack([getattr(a, name) for a in answers]).mean(0)
            for name in ("logits", "votes", "maps")
        )
        embedding = torch.cat([a.embedding for a in answers], 1)
        count = faces.shape[0]
        logits, votes, embedding = (
            (values[:count] + values[count:]) / 2 for values in (logits, votes, embedding)
        )
        return FaceOutput(logits, votes, embedding, (maps[:count] + maps[count:].flip(-1)) / 2)
