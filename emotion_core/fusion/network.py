"""Trained fusions on ONNX Runtime: concatenation, attention, translation."""

import numpy as np

from ..errors import LabelMismatch, ModelUnavailable
from ..onnx_session import open_session
from ..scoring import softmax
from ..types import ModelSpec
from .evidence import FUSED
from .model import Fused
from .moments import Encoder, Encoders, MomentArrays, feature_width
from .pooling import shares

KINDS = ("concatenation", "attention", "translation")
GRAPH = "model.onnx"
TABLE = "surprise.safetensors"
"""quantiles of the distances of held-out agreeing moments"""
BATCH_MOMENTS = 4096


def distances(moments: MomentArrays, expected: np.ndarray) -> np.ndarray:
    """How far each modality's answer is from what the others lead to expect of it.

    Args:
        moments: of which the answers are taken
        expected: (moment, modality, label); NaN where nothing is expected

    Returns:
        (moment, modality) total variation in [0, 1]; NaN where nothing is expected
    """
    return np.abs(moments.probabilities - expected).sum(-1) / 2


class OnnxFuser:
    """A trained network over what frozen encoders say; one instance serves all threads."""

    def __init__(self, spec: ModelSpec) -> None:
        listed = spec.input.get("encoders")
        if not listed or set(listed) != set(FUSED):
            raise ModelUnavailable(
                f"{spec.id}: the manifest's input should name an encoder for each of {FUSED}"
            )
        self.encoders: Encoders | None = {
            m: Encoder(str(listed[m]["id"]), tuple(listed[m]["labels"]), int(listed[m]["width"]))
            for m in FUSED
        }
        self.labels = spec.labels
        self.session = open_session(spec.folder / GRAPH, spec.id)
        widths = {i.name: i.shape[-1] for i in self.session.get_inputs()}
        for m, encoder in self.encoders.items():
            if widths.get(m) != feature_width(encoder):
                raise ModelUnavailable(
                    f"{spec.id}: the network reads {widths.get(m)} values of {encoder.id}, the "
                    f"manifest says {feature_width(encoder)}"
                )
        outputs = {o.name: o.shape for o in self.session.get_outputs()}
        if outputs["logits"][-1] != len(self.labels):
            raise LabelMismatch(
                f"{spec.id}: the network has {outputs['logits'][-1]} outputs for "
                f"{len(self.labels)} labels"
            )
        self.translates = "expected" in outputs
        self.table = _read_table(spec) if self.translates else None

    def fuse(self, moments: MomentArrays) -> Fused:
        """Answer each moment, and again without each of its modalities, for their shares."""
        whole = self.run(moments)
        contributions = self._contributions(moments, whole["probabilities"])
        if not self.translates:
            return Fused(whole["probabilities"], contributions)
        alone = moments.present.sum(1)[:, None] - moments.present == 0
        expected = np.where(alone[..., None], np.nan, whole["expected"])
        known = moments.present & ~alone
        surprise = np.where(known, self._percentiles(distances(moments, expected)), np.nan)
        return Fused(whole["probabilities"], contributions, expected, surprise)

    def run(self, moments: MomentArrays) -> dict[str, np.ndarray]:
        """What the network says: `probabilities` and, where it translates, `expected`."""
        names = ["logits", *(["expected"] if self.translates else [])]
        parts = []
        for start in range(0, len(moments), BATCH_MOMENTS):
            part = slice(start, start + BATCH_MOMENTS)
            feeds = {m: values[part] for m, values in moments.features.items()}
            feeds["reliability"] = moments.reliability[part].astype(np.float32)
            parts.append(self.session.run(names, feeds))
        values = [np.concatenate(p).astype(np.float64) for p in zip(*parts, strict=True)]
        found = dict(zip(names, values, strict=True))
        return found | {"probabilities": softmax(found.pop("logits"))}

    def _contributions(self, moments: MomentArrays, whole: np.ndarray) -> np.ndarray:
        """How far the answer moves without each modality, as shares of all such moves.

        The move is the Kullback-Leibler divergence of the answer without from the one with.
        """
        moved = moments.present.astype(np.float64)
        for place, modality in enumerate(FUSED):
            rows = np.flatnonzero(moments.present[:, place] & (moments.present.sum(1) > 1))
            if not len(rows):
                continue
            rest = self.run(moments.take(rows).without(modality))["probabilities"]
            ratio = np.log(np.maximum(whole[rows], 1e-12)) - np.log(np.maximum(rest, 1e-12))
            moved[rows, place] = np.maximum((whole[rows] * ratio).sum(1), 1e-9)
        return shares(moved)

    def _percentiles(self, distance: np.ndarray) -> np.ndarray:
        """Share of the held-out agreeing moments that are not as far, (moment, modality)."""
        if self.table is None:
            return np.full(distance.shape, np.nan)
        steps = np.linspace(0, 1, self.table.shape[1])
        columns = [
            np.interp(distance[:, place], quantiles, steps)
            for place, quantiles in enumerate(self.table)
        ]
        return np.stack(columns, 1)


def _read_table(spec: ModelSpec) -> np.ndarray:
    """(modality, quantile) of the distances of held-out agreeing moments, ascending."""
    from safetensors.numpy import load_file

    try:
        return load_file(spec.folder / TABLE)["distance"].astype(np.float64)
    except Exception as error:  # safetensors raises a class of its own
        raise ModelUnavailable(f"{spec.id}: {TABLE} cannot be read: {error}") from error
