"""torch's GRU as the ONNX operator, since the exporter unrolls it."""

import torch
from torch import Tensor, nn


def _onnx_gates(weights: Tensor) -> Tensor:
    """Reorder torch's GRU gates (reset, update, new) to ONNX's (update, reset, hidden)."""
    reset, update, new = weights.detach().chunk(3, 0)
    return torch.cat([update, reset, new], 0)


class OnnxBiGru(nn.Module):
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
