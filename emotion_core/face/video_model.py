"""A network that answers whole clips, served without torch."""

from typing import NamedTuple

import numpy as np

from ..cores import available_cores
from ..errors import InvalidInput, LabelMismatch, ModelUnavailable
from ..onnx_session import open_session
from ..types import ModelSpec
from .clip import ClipConfig, network_input, spread
from .model import CLIP_KIND as KIND
from .model import GRAPH, MAX_THREADS


class VideoReading(NamedTuple):
    """What a network answers for one clip."""

    logits: np.ndarray
    """(label,)"""
    embedding: np.ndarray
    """(width,), what the head reads and fusion takes"""
    attention: np.ndarray
    """(frame,) how much each of the given frames counted; sums to 1"""


class VideoClassifier:
    """A trained clip network on ONNX Runtime; one instance serves all threads.

    Raises:
        ModelUnavailable: if the bundle is of another kind or its files cannot be opened
        LabelMismatch: if its labels are not as many as its outputs
    """

    def __init__(self, spec: ModelSpec) -> None:
        if (kind := spec.architecture.get("kind")) != KIND:
            raise ModelUnavailable(
                f"{spec.id}: unknown clip architecture {kind!r}; expected {KIND}"
            )
        self.labels = spec.labels
        try:
            self.config = ClipConfig.from_dict(spec.input)
        except InvalidInput as error:
            raise ModelUnavailable(f"{spec.id}: the manifest's input: {error}") from error
        threads = min(available_cores(), MAX_THREADS)
        self.session = open_session(spec.folder / GRAPH, spec.id, threads)
        config = self.config
        expected = [config.frames, config.channels, config.size, config.size]
        if (shape := self.session.get_inputs()[0].shape[1:]) != expected:
            raise ModelUnavailable(
                f"{spec.id}: the network reads clips of {shape} (frame, channel, y, x), the "
                f"manifest says {expected}"
            )
        if (width := self.session.get_outputs()[0].shape[-1]) != len(self.labels):
            raise LabelMismatch(
                f"{spec.id}: the network has {width} outputs for {len(self.labels)} labels"
            )

    def read(self, frames: np.ndarray) -> VideoReading:
        """Answer one clip.

        Args:
            frames: (frame, y, x, 3) RGB or (frame, y, x) grey uint8, as `read_clip` gives them
                by `config`; one or more, of any size

        Raises:
            InvalidInput: for frames of another shape, type or number of channels
        """
        images = network_input(frames, self.config)
        names = ["logits", "embedding", "attention"]
        logits, embedding, weights = self.session.run(names, {"clips": images[None]})
        chosen = spread(len(frames), self.config.frames)
        attention = np.bincount(chosen, weights=weights[0], minlength=len(frames))
        return VideoReading(logits[0], embedding[0], attention)
