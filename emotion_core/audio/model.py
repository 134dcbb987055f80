"""Classifiers of windows of sound behind one small interface, served without torch."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np

from ..cores import available_cores
from ..errors import InvalidInput, LabelMismatch, ModelUnavailable
from ..onnx_session import open_session
from ..types import ModelSpec
from .analysis import VoiceProfile
from .features import FeatureConfig, FeatureExtractor

GRAPH, PROFILE = "model.onnx", "profile.safetensors"
KINDS = ("cnn-bigru", "alexnet", "resnet34")
LEAST_FRAMES = 8
BATCH_FRAMES = 2048
"""frames that one run of the network takes at most"""
MAX_THREADS = 4


class AudioReading(NamedTuple):
    """What a classifier answers for one window."""

    logits: np.ndarray
    """(label,)"""
    embedding: np.ndarray
    """(width,), what the head reads and fusion takes"""


class AudioClassifier(Protocol):
    """Samples (time,), mono at 16 kHz, and spans (span, 2) of them in; an answer for each out."""

    @property
    def labels(self) -> tuple[str, ...]: ...

    def read(
        self, samples: np.ndarray, spans_s: np.ndarray, profile: VoiceProfile | None = None
    ) -> list[AudioReading]: ...


def read_profile(spec: ModelSpec) -> VoiceProfile | None:
    """The average voice of a bundle's training speakers; None where it has none."""
    from safetensors.numpy import load_file

    if PROFILE not in spec.files:
        return None
    try:
        return VoiceProfile(**load_file(spec.folder / PROFILE))
    except Exception as error:  # safetensors raises a class of its own
        raise ModelUnavailable(f"{spec.id}: {PROFILE} cannot be read: {error}") from error


def repeated(levels: np.ndarray, least: int) -> np.ndarray:
    """Levels (frame, bin) said again until they are as many as a network needs."""
    if len(levels) >= least:
        return levels
    return np.tile(levels, (-(-least // len(levels)), 1))[:least]


class OnnxAudioClassifier:
    """A trained network on ONNX Runtime; one instance serves all threads."""

    def __init__(self, spec: ModelSpec) -> None:
        self.labels = spec.labels
        if "features" not in spec.input:
            raise ModelUnavailable(f"{spec.id}: the manifest's input lacks features")
        self.extractor = FeatureExtractor(FeatureConfig.from_dict(spec.input["features"]))
        self.least_frames = int(spec.input.get("least_frames", LEAST_FRAMES))
        self.profile = read_profile(spec)
        threads = min(available_cores(), MAX_THREADS)
        self.session = open_session(spec.folder / GRAPH, spec.id, threads)
        features = self.extractor.config
        shape = self.session.get_inputs()[0].shape[1:3]
        if shape != [features.channels, features.bins]:
            raise ModelUnavailable(
                f"{spec.id}: the network reads {shape[0]} channels of {shape[1]} bins, its "
                f"features have {features.channels} of {features.bins}"
            )
        width = self.session.get_outputs()[0].shape[-1]
        if width != len(self.labels):
            raise LabelMismatch(
                f"{spec.id}: the network has {width} outputs for {len(self.labels)} labels"
            )

    def levels(self, samples: np.ndarray) -> np.ndarray:
        """Logarithmic frames (frame, bin) of samples (time,)."""
        return self.extractor.levels(self.extractor.frames(samples))

    def read(
        self, samples: np.ndarray, spans_s: np.ndarray, profile: VoiceProfile | None = None
    ) -> list[AudioReading]:
        """Answer spans of samples, whose frames are computed once however far they overlap.

        Args:
            samples: (time,) mono, 16 kHz
            spans_s: (span, 2) in seconds from the first sample
            profile: the person's own voice; None takes the average one of the bundle

        Raises:
            InvalidInput: if a span is shorter than a frame
        """
        levels = self.levels(samples)
        cut = [levels[self.extractor.place((start, end))] for start, end in spans_s]
        return self.read_levels(cut, profile)

    def read_levels(
        self, levels: Sequence[np.ndarray], profile: VoiceProfile | None = None
    ) -> list[AudioReading]:
        """Answer windows; those of one length share a run, so none is padded.

        Args:
            levels: (frame, bin) logarithmic frames of each window
            profile: as for `read`

        Raises:
            InvalidInput: if a window holds no frame
        """
        if not all(len(level) for level in levels):
            raise InvalidInput("expected windows of one frame or more, got an empty one")
        used = profile or self.profile
        wholes = [repeated(level, self.least_frames) for level in levels]
        images = [self.extractor.network_input(whole, used) for whole in wholes]
        return self._run([image.astype(np.float32, copy=False) for image in images])

    def _run(self, images: list[np.ndarray]) -> list[AudioReading]:
        """Answers to images (channel, bin, frame), in order; equally long ones share runs."""
        lengths = np.array([image.shape[-1] for image in images])
        readings: dict[int, AudioReading] = {}
        for length in np.unique(lengths):
            rows = np.flatnonzero(lengths == length)
            size = max(1, BATCH_FRAMES // int(length))
            for batch in (rows[i : i + size] for i in range(0, len(rows), size)):
                stacked = np.stack([images[i] for i in batch])
                answers = self.session.run(["logits", "embedding"], {"images": stacked})
                readings |= dict(zip(batch, map(AudioReading, *answers), strict=True))
        return [readings[i] for i in range(len(images))]


def open_audio_classifier(spec: ModelSpec) -> OnnxAudioClassifier:
    """The classifier that a bundle's architecture names.

    Raises:
        ModelUnavailable: if the architecture is unknown or its files cannot be opened
    """
    kind = spec.architecture.get("kind")
    if kind not in KINDS:
        raise ModelUnavailable(
            f"{spec.id}: unknown voice architecture {kind!r}; update emotion_core"
        )
    return OnnxAudioClassifier(spec)
