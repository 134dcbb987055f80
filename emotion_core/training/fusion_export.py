"""A trained fusion as an ONNX graph over a safetensors file of half-precision weights."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from torch import Tensor, nn

from ..fusion.evidence import FUSED
from ..fusion.network import TABLE
from .external_weights import halve_weights, save_graph_and_weights
from .fusion_network import FusionNetwork, FusionOutput
from .onnx_graph import GRAPH, WEIGHTS, to_onnx

QUANTILES = 201


class _Served(nn.Module):
    """The outputs that serving asks for, without those that a network does not have."""

    def __init__(self, network: FusionNetwork, names: Sequence[str]) -> None:
        super().__init__()
        self.network, self.names = network, names

    def forward(self, reliability: Tensor, *features: Tensor) -> tuple[Tensor, ...]:
        output = self.network(reliability, *features)
        return tuple(getattr(output, name) for name in self.names)


def export_fusion_network(network: FusionNetwork, widths: Sequence[int], folder: Path) -> None:
    """Write `model.onnx` and `model.safetensors`.

    Args:
        network: trained
        widths: of the features of each modality, in the order of `FUSED`
        folder: must exist
    """
    network = network.cpu().float().eval()
    example = {
        "reliability": torch.tensor([[1.0, 1.0, 0.0], [0.5, 0.0, 1.0]]),
        **{m: torch.randn(2, width) for m, width in zip(FUSED, widths, strict=True)},
    }
    with torch.no_grad():
        output: FusionOutput = network(*example.values())
    names = [name for name in FusionOutput._fields if getattr(output, name).shape[1]]
    sizes = {name: {0: "moment"} for name in example}
    model = to_onnx(_Served(network, names), example, sizes, names)
    halve_weights(model)
    save_graph_and_weights(model, folder / GRAPH, folder / WEIGHTS)


def write_surprise_table(distance: np.ndarray, folder: Path) -> None:
    """Keep quantiles of distances (moment, modality) of agreeing moments; NaN is left out."""
    steps = np.linspace(0, 1, QUANTILES)
    columns = [np.quantile(column[np.isfinite(column)], steps) for column in distance.T]
    save_file({"distance": np.stack(columns)}, folder / TABLE)
