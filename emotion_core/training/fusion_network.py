"""The trained fusions: concatenation, attention, and translation between modalities.

Each reads the features of every modality (moment, width), zeros where one is missing, and
`reliability` (moment, modality), 0 where it is missing, in the order of `FUSED`.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from ..errors import InvalidInput
from ..fusion.evidence import FUSED
from .fusion_config import FusionNetworkConfig

ABSENT = -1e4
"""attention logit of a missing modality; far below any other, and a number in half precision"""
LEAST = 1e-6


class Features(NamedTuple):
    """How the features of one modality are read."""

    mean: Tensor
    """(width,) over the training items"""
    deviation: Tensor
    """(width,)"""
    answers: int
    """the first values are log-probabilities; the rest is an embedding"""


class FusionOutput(NamedTuple):
    """What a network says of moments."""

    logits: Tensor
    """(moment, label)"""
    attention: Tensor
    """(moment, modality) weights of the pooling, each row summing to 1; may be empty"""
    expected: Tensor
    """(moment, modality, label) probabilities; may be empty"""


class Standardised(nn.Module):
    """Features of one modality with mean 0 and deviation 1; training hides part of an embedding."""

    def __init__(self, features: Features, embedding_dropout: float) -> None:
        super().__init__()
        self.register_buffer("mean", features.mean.clone())
        self.register_buffer("deviation", features.deviation.clone())
        self.answers, self.dropout = features.answers, nn.Dropout(embedding_dropout)
        self.width = len(features.mean)

    def forward(self, values: Tensor) -> Tensor:
        scaled = (values - self.mean) / self.deviation  # type: ignore[operator]
        if self.answers == self.width:
            return scaled
        # a wide embedding should not outweigh a few log-probabilities from the start
        embedding = self.dropout(scaled[:, self.answers :]) * self.share
        return torch.cat([scaled[:, : self.answers], embedding], 1)

    @property
    def share(self) -> float:
        """What an embedding's values are scaled by."""
        return (self.answers / (self.width - self.answers)) ** 0.5


class Concatenation(nn.Module):
    """Everything side by side, dropout, linear.

    A modality's features are scaled by its reliability, so that a missing one adds nothing.
    """

    def __init__(
        self, features: Sequence[Features], labels: int, config: FusionNetworkConfig
    ) -> None:
        super().__init__()
        self.read = nn.ModuleList(Standardised(f, config.embedding_dropout) for f in features)
        width = sum(len(f.mean) for f in features) + len(features)
        self.dropout = nn.Dropout(config.dropout)
        self.head = nn.Linear(width, labels)

    def forward(self, reliability: Tensor, *values: Tensor) -> FusionOutput:
        parts = [read(v) for read, v in zip(self.read, values, strict=True)]
        scaled = [part * reliability[:, i, None] for i, part in enumerate(parts)]
        logits = self.head(torch.cat([self.dropout(torch.cat(scaled, 1)), reliability], 1))
        return FusionOutput(logits, *_nothing(logits))


class Heads(nn.Module):
    """Multi-head attention of queries over the modalities, with the reliability in its logits."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        if width % heads:
            raise InvalidInput(f"network.heads: expected a divisor of {width}, got {heads}")
        self.heads, self.size = heads, width // heads
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))

    def forward(self, queries: Tensor, tokens: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
        """Answers (moment, query, width) and weights (moment, query, modality)."""
        asked, known, said = (
            part.unflatten(-1, (self.heads, self.size)).transpose(1, 2)
            for part in (self.query(queries), self.key(tokens), self.value(tokens))
        )
        logits = asked @ known.transpose(-1, -2) / self.size**0.5 + bias[:, None, None]
        weights = logits.softmax(-1)
        return self.out((weights @ said).transpose(1, 2).flatten(2)), weights.mean(1)


def _log_reliability(reliability: Tensor) -> Tensor:
    """What is added to attention logits: the less reliable, the less weight."""
    logs = reliability.clamp_min(LEAST).log()
    return torch.where(reliability > 0, logs, torch.full_like(logs, ABSENT))


def _nothing(logits: Tensor) -> tuple[Tensor, Tensor]:
    return logits[:, :0], logits[:, :0]


class Attention(nn.Module):
    """A token per modality, self-attention, and a learned query that pools them.

    Source: Vaswani et al., NeurIPS 2017; Lee et al., Set Transformer, ICML 2019 (the query).
    """

    def __init__(
        self, features: Sequence[Features], labels: int, config: FusionNetworkConfig
    ) -> None:
        super().__init__()
        width = config.width
        self.read = nn.ModuleList(Standardised(f, config.embedding_dropout) for f in features)
        self.tokens = nn.ModuleList(
            nn.Sequential(nn.Linear(len(f.mean), width), nn.GELU(), nn.LayerNorm(width))
            for f in features
        )
        self.mixing, self.pooling = Heads(width, config.heads), Heads(width, config.heads)
        self.mixed, self.pooled = nn.LayerNorm(width), nn.LayerNorm(width)
        self.asked = nn.Parameter(torch.randn(1, 1, width) * 0.02)
        self.dropout = nn.Dropout(config.dropout)
        self.head = nn.Sequential(
            nn.Linear(width, width), nn.GELU(), nn.Dropout(config.dropout), nn.Linear(width, labels)
        )

    def forward(self, reliability: Tensor, *values: Tensor) -> FusionOutput:
        parts = zip(self.read, self.tokens, values, strict=True)
        tokens = torch.stack([token(read(v)) for read, token, v in parts], 1)
        bias = _log_reliability(reliability)
        mixed, _ = self.mixing(tokens, tokens, bias)
        tokens = self.mixed(tokens + self.dropout(mixed))
        asked = self.asked.expand(tokens.shape[0], -1, -1)
        pooled, weights = self.pooling(asked, tokens, bias)
        logits = self.head(self.dropout(self.pooled(pooled[:, 0])))
        return FusionOutput(logits, weights[:, 0], logits[:, :0])


class Translation(nn.Module):
    """Modalities carried into one another through a space that they share.

    An encoder per modality writes a code; a decoder per modality writes the features that a code
    leads to expect. What is missing is filled in from the codes of the others and read again; of
    what is there, the label that the others lead to expect is told too, to compare it with.

    Source: Pham et al., Found in translation, AAAI 2019 (cycle between modalities).
    """

    def __init__(
        self, features: Sequence[Features], labels: int, config: FusionNetworkConfig
    ) -> None:
        super().__init__()
        width = config.width
        self.read = nn.ModuleList(Standardised(f, config.embedding_dropout) for f in features)
        self.encoders = nn.ModuleList(
            nn.Sequential(
                nn.Linear(len(f.mean), width),
                nn.GELU(),
                nn.Dropout(config.dropout),
                nn.Linear(width, width),
            )
            for f in features
        )
        self.decoders = nn.ModuleList(
            nn.Sequential(nn.GELU(), nn.Linear(width, len(f.mean))) for f in features
        )
        self.trust = nn.Parameter(torch.zeros(len(features)))
        self.filled = nn.Parameter(torch.tensor(-1.0))
        self.head = nn.Sequential(nn.GELU(), nn.Dropout(config.dropout), nn.Linear(width, labels))

    def codes(self, values: Sequence[Tensor]) -> Tensor:
        """(moment, modality, width) of standardised features."""
        return torch.stack([e(v) for e, v in zip(self.encoders, values, strict=True)], 1)

    def others(self, codes: Tensor, reliability: Tensor) -> Tensor:
        """(moment, modality, width): the sum of the codes of the other modalities.

        A sum, since modalities that agree make one another surer.
        """
        weighted = codes * (reliability * self.trust.exp())[..., None]
        return weighted.sum(1, keepdim=True) - weighted

    def expectations(self, codes: Tensor, reliability: Tensor) -> list[Tensor]:
        """Of each modality, the standardised features that the others lead to expect."""
        others = self.others(codes, reliability)
        return [decode(others[:, i]) for i, decode in enumerate(self.decoders)]

    def forward(self, reliability: Tensor, *values: Tensor) -> FusionOutput:
        present = [read(v) for read, v in zip(self.read, values, strict=True)]
        codes = self.codes(present)
        expected = self.expectations(codes, reliability)
        again = self.codes(expected)
        weights = reliability * self.trust.exp()
        # what is filled in is a guess from the others: it counts, but less than what is there
        guessed = (reliability <= 0).float() * self.filled.exp() * reliability.amax(1, keepdim=True)
        whole = (codes * weights[..., None] + again * guessed[..., None]).sum(1)
        expected_answers = self.head(again).softmax(-1)
        return FusionOutput(self.head(whole), weights[:, :0], expected_answers)


NETWORKS: Mapping[str, type[Concatenation] | type[Attention] | type[Translation]] = {
    "concatenation": Concatenation,
    "attention": Attention,
    "translation": Translation,
}
FusionNetwork = Concatenation | Attention | Translation


def build_network(
    kind: str, features: Sequence[Features], labels: int, config: FusionNetworkConfig
) -> FusionNetwork:
    """A network with new weights.

    Raises:
        InvalidInput: for an unknown kind, or features for other modalities than `FUSED`
    """
    if kind not in NETWORKS or len(features) != len(FUSED):
        raise InvalidInput(
            f"expected one of {', '.join(NETWORKS)} over {len(FUSED)} modalities, got {kind!r} "
            f"over {len(features)}"
        )
    return NETWORKS[kind](features, labels, config)
