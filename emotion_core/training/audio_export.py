"""A trained voice network as an ONNX graph over one safetensors file of half-precision weights."""

import copy
from pathlib import Path

import onnx
import torch
from safetensors.numpy import save_file
from torch import nn

from ..audio.analysis import VoiceProfile
from ..audio.model import PROFILE
from .dynamic_int8 import quantise_dynamically
from .external_weights import halve_weights, save_graph_and_weights
from .onnx_graph import GRAPH, WEIGHTS, to_onnx
from .onnx_gru import OnnxBiGru

EXAMPLE_FRAMES = 96


def _graph(network: nn.Module, channels: int, bins: int) -> onnx.ModelProto:
    network = copy.deepcopy(network).cpu().float().eval()
    for module in list(network.modules()):
        if isinstance(getattr(module, "gru", None), nn.GRU):
            module.gru = OnnxBiGru(module.gru)  # type: ignore[arg-type]
    example = torch.zeros(2, channels, bins, EXAMPLE_FRAMES)
    sizes = {"images": {0: "item", 3: "frame"}}
    return to_onnx(network, {"images": example}, sizes, ["logits", "embedding"])


def export_audio_network(
    network: nn.Module,
    channels: int,
    bins: int,
    profile: VoiceProfile,
    folder: Path,
    precision: str = "fp16",
) -> None:
    """Write `model.onnx`, `model.safetensors` and `profile.safetensors`.

    Args:
        network: trained
        channels: of its input
        bins: of its input
        profile: the average voice
        folder: must exist
        precision: of the weights: `int8` (linear layers and GRU, one scale per output), `fp16` or
            `fp32`
    """
    model = _graph(network, channels, bins)
    if precision == "int8":
        model = quantise_dynamically(model, ("MatMul", "Gemm"))
    if precision != "fp32":
        halve_weights(model)
    save_graph_and_weights(model, folder / GRAPH, folder / WEIGHTS)
    known = {name: value for name, value in vars(profile).items() if value is not None}
    save_file(known, folder / PROFILE)
