"""A trained voice network as an ONNX graph over one safetensors file of half-precision weights."""

import copy
from pathlib import Path

import onnx
import torch
from safetensors.numpy import save_file
from torch import Tensor, nn

from ..audio.analysis import VoiceProfile
from ..audio.model import PROFILE
from .external_weights import halve_weights, save_graph_and_weights
from .onnx_graph import GRAPH, WEIGHTS, to_onnx

EXAMPLE_FRAMES = 96


def _onnx_gates(weights: Tensor) -> Tensor:
    """Reorder torch's GRU gates (reset, update, new) to ONNX's (update, reset, hidden)."""
    reset, update, new = weights.detach().chunk(3, 0)
    return torch.cat([update, reset, new], 0)


class _OnnxBiGru(nn.Module):
    """A bidirectional, one-layer, batch-first `nn.GRU` as the ONNX operator GRU."""

    def __init__(self, source: nn.GRU) -> None:
        super().__init__()
        self.hidden = source.hidden_size
        ends = ("l0", "l0_reverse")
        for name, kinds in (
            ("w", ("weight_ih",)),
            ("r", ("weight_hh",)),
            ("b", ("bias_ih", "bias_hh")),
        ):
            values = [
                torch.cat([_onnx_gates(getattr(source, f"{kind}_{end}")) for kind in kinds])
                for end in ends
            ]
            self.register_buffer(name, torch.stack(values).contiguous())

    def forward(self, states: Tensor) -> tuple[Tensor, None]:
        items, steps = states.shape[:2]
        both = torch.onnx.ops.symbolic(
            "GRU",
            [states.transpose(0, 1), *(getattr(self, name) for name in "wrb")],
            attrs={
                "hidden_size": self.hidden,
                "direction": "bidirectional",
                "linear_before_reset": 1,
            },
            dtype=states.dtype,
            shape=(steps, 2, items, self.hidden),
            version=14,
        )
        return both.permute(2, 0, 1, 3).reshape(items, steps, 2 * self.hidden), None


def _graph(network: nn.Module, channels: int, bins: int) -> onnx.ModelProto:
    network = copy.deepcopy(network).cpu().float().eval()
    for module in list(network.modules()):
        if isinstance(getattr(module, "gru", None), nn.GRU):
            module.gru = _OnnxBiGru(module.gru)  # type: ignore[arg-type]
    example = torch.zeros(2, channels, bins, EXAMPLE_FRAMES)
    sizes = {"images": {0: "item", 3: "frame"}}
    return to_onnx(network, {"images": example}, sizes, ["logits", "embedding"])


def export_audio_network(
    network: nn.Module, channels: int, bins: int, profile: VoiceProfile, folder: Path
) -> None:
    """Write `model.onnx`, `model.safetensors` and `profile.safetensors`.

    Args:
        network: trained
        channels: of its input
        bins: of its input
        profile: the average voice
        folder: must exist
    """
    model = _graph(network, channels, bins)
    halve_weights(model)
    save_graph_and_weights(model, folder / GRAPH, folder / WEIGHTS)
    known = {name: value for name, value in vars(profile).items() if value is not None}
    save_file(known, folder / PROFILE)
