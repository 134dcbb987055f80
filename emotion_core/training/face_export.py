"""Trained face networks as one ONNX graph over a safetensors file, most of it in 8 bits."""

from pathlib import Path

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from .external_weights import halve_weights, save_graph_and_weights
from .face_network import FaceNetwork, MirroredEnsemble
from .onnx_graph import GRAPH, WEIGHTS, to_onnx
from .static_int8 import quantise_convolutions

EXAMPLES = 512
"""faces that show the ranges of the activations"""
TOGETHER = 16
"""of them, in one run"""


class _Served(nn.Module):
    """Grey faces (face, y, x) uint8, as they are cut out, to what serving asks for."""

    def __init__(self, members: list[FaceNetwork]) -> None:
        super().__init__()
        self.ensemble = MirroredEnsemble(members)

    def forward(self, faces: Tensor) -> tuple[Tensor, ...]:
        output = self.ensemble(faces[:, None].float() / 255)
        answers = (output.logits, output.embedding, output.maps)
        return (*answers, output.votes) if output.votes.shape[1] else answers


def _halves_evenly(size: int, network: FaceNetwork) -> bool:
    """Whether no stage of a network has to round a side; ONNX Runtime rounds slowly."""
    with torch.no_grad():
        smallest = network.cpu().eval()(torch.zeros(1, 1, size, size)).maps.shape[-1]
    return smallest * (size // smallest) == size


def _runs(faces: np.ndarray) -> list[dict[str, np.ndarray]]:
    """Some of the faces, evenly spread."""
    chosen = faces[np.linspace(0, len(faces) - 1, min(len(faces), EXAMPLES)).astype(int)]
    return [{"faces": chosen[i : i + TOGETHER]} for i in range(0, len(chosen), TOGETHER)]


def served_graph(members: list[FaceNetwork], size: int) -> onnx.ModelProto:
    """Networks as one graph from grey faces (face, size, size) uint8 to what serving asks for."""
    served = _Served(members).cpu().float().eval()
    for pool in (m for m in served.modules() if isinstance(m, nn.AvgPool2d)):
        pool.ceil_mode = pool.ceil_mode and not _halves_evenly(size, members[0])
    names = ["logits", "embedding", "maps"]
    if members[0].votes is not None:
        names.append("votes")
    example = {"faces": torch.zeros(2, size, size, dtype=torch.uint8)}
    return to_onnx(served, example, {"faces": {0: "face"}}, names)


def export_face_networks(
    members: list[FaceNetwork], faces: np.ndarray, folder: Path, precision: str = "int8"
) -> None:
    """Write `model.onnx` and `model.safetensors`.

    Args:
        members: trained; their answers, and those for the mirrored faces, are averaged
        faces: (face, size, size) uint8 of the size that is served, from training; some of them
            show the ranges of the activations
        folder: must exist
        precision: `int8` convolutions with all else in half precision, `fp16` weights, or `fp32`
    """
    model = served_graph(members, faces.shape[1])
    if precision == "int8":
        model = quantise_convolutions(model, _runs(faces))
    if precision != "fp32":
        halve_weights(model)
    save_graph_and_weights(model, folder / GRAPH, folder / WEIGHTS)
