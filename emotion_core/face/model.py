"""Classifiers of aligned faces behind one small interface, served without torch."""

from typing import NamedTuple, Protocol

import numpy as np

from ..cores import available_cores
from ..errors import InvalidInput, LabelMismatch, ModelUnavailable
from ..onnx_session import open_session
from ..types import ModelSpec
from .align import CropConfig

GRAPH = "model.onnx"
KINDS = ("residual", "plain")
CLIP_KIND = "video-cnn-bigru"
"""of networks that answer whole clips; `video_model` serves them"""
BATCH_FACES = 64
"""faces that one run of the network takes at most"""
MAX_THREADS = 4


class FaceReading(NamedTuple):
    """What a classifier answers for one face."""

    logits: np.ndarray
    """(label,)"""
    embedding: np.ndarray
    """(width,), what the head reads and fusion takes"""
    maps: np.ndarray
    """(label, y, x) class maps, whose mean over y and x is the logits; may be empty"""


class FaceClassifier(Protocol):
    """Crops (face, size, size) grey or (face, size, size, 3) RGB uint8 in; an answer for each."""

    @property
    def labels(self) -> tuple[str, ...]: ...

    @property
    def crop(self) -> CropConfig: ...

    def read(self, crops: np.ndarray) -> list[FaceReading]: ...


class OnnxFaceClassifier:
    """A trained network on ONNX Runtime; one instance serves all threads."""

    def __init__(self, spec: ModelSpec) -> None:
        self.labels = spec.labels
        if "crop" not in spec.input:
            raise ModelUnavailable(f"{spec.id}: the manifest's input lacks crop")
        self.crop = CropConfig.from_dict(spec.input["crop"])
        threads = min(available_cores(), MAX_THREADS)
        self.session = open_session(spec.folder / GRAPH, spec.id, threads)
        shape = tuple(self.session.get_inputs()[0].shape[1:])
        if shape != self._shape:
            raise ModelUnavailable(
                f"{spec.id}: the network reads faces of {shape}, its crops are {self._shape}"
            )
        outputs = {o.name: o.shape for o in self.session.get_outputs()}
        if (width := outputs["logits"][-1]) != len(self.labels):
            raise LabelMismatch(
                f"{spec.id}: the network has {width} outputs for {len(self.labels)} labels"
            )
        self.votes = outputs["votes"][-1] if "votes" in outputs else 0

    @property
    def _shape(self) -> tuple[int, ...]:
        """Of one crop."""
        size, channels = self.crop.size, self.crop.channels
        return (size, size) if channels == 1 else (size, size, channels)

    def read(self, crops: np.ndarray) -> list[FaceReading]:
        """Answer crops (face, size, size) uint8.

        Raises:
            InvalidInput: if they have another size or type
        """
        names = ["logits", "embedding", "maps"]
        runs = self._runs(crops, names)
        return [FaceReading(*row) for run in runs for row in zip(*run, strict=True)]

    def crowd(self, crops: np.ndarray) -> np.ndarray:
        """(face, vote) logits of the second head, which learnt a crowd's votes.

        Raises:
            InvalidInput: if the network has no such head, or as for `read`
        """
        if not self.votes:
            raise InvalidInput("this model was trained without a crowd's votes")
        runs = [run[0] for run in self._runs(crops, ["votes"])]
        return np.concatenate(runs) if runs else np.zeros((0, self.votes), np.float32)

    def _runs(self, crops: np.ndarray, names: list[str]) -> list[list[np.ndarray]]:
        if crops.shape[1:] != self._shape or crops.dtype != np.uint8:
            raise InvalidInput(
                f"expected uint8 faces of {self._shape}, got {crops.dtype} {crops.shape[1:]}"
            )
        parts = (crops[i : i + BATCH_FACES] for i in range(0, len(crops), BATCH_FACES))
        return [self.session.run(names, {"faces": part}) for part in parts]


def open_face_classifier(spec: ModelSpec) -> OnnxFaceClassifier:
    """The classifier that a bundle's architecture names.

    Raises:
        ModelUnavailable: if the architecture is unknown or its files cannot be opened
    """
    kind = spec.architecture.get("kind")
    if kind not in KINDS:
        remedy = (
            "it answers whole clips: open it with emotion_core.face.video_model.VideoClassifier"
            if kind == CLIP_KIND
            else "update emotion_core"
        )
        raise ModelUnavailable(
            f"{spec.id}: unknown face architecture {kind!r}, expected {' or '.join(KINDS)}; "
            f"{remedy}"
        )
    return OnnxFaceClassifier(spec)
