"""Trained face networks as one ONNX graph over a safetensors file of half-precision weights."""

from pathlib import Path

import torch
from torch import Tensor, nn

from .external_weights import halve_weights, save_graph_and_weights
from .face_network import FaceNetwork, MirroredEnsemble
from .onnx_graph import GRAPH, WEIGHTS, to_onnx


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


def export_face_networks(members: list[FaceNetwork], size: int, folder: Path) -> None:
    """Write `model.onnx` and `model.safetensors`.

    Args:
        members: trained; their answers, and those for the mirrored faces, are averaged
        size: px of a face
        folder: must exist
    """
    served = _Served(members).cpu().float().eval()
    for pool in (m for m in served.modules() if isinstance(m, nn.AvgPool2d)):
        pool.ceil_mode = pool.ceil_mode and not _halves_evenly(size, members[0])
    names = ["logits", "embedding", "maps"]
    if members[0].votes is not None:
        names.append("votes")
    example = {"faces": torch.zeros(2, size, size, dtype=torch.uint8)}
    model = to_onnx(served, example, {"faces": {0: "face"}}, names)
    halve_weights(model)
    save_graph_and_weights(model, folder / GRAPH, folder / WEIGHTS)
