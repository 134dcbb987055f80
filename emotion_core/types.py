"""The value types that every modality shares; frozen, validated, and free of any model code."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from .errors import InvalidInput, LabelMismatch
from .labels import LABEL_SETS, LEAST_KEPT, mapping

Modality = Literal["text", "audio", "face", "fusion"]
MODALITIES: tuple[Modality, ...] = ("text", "audio", "face", "fusion")
SUM_TOLERANCE = 1e-3

OnSeconds = Callable[[float, float | None], None]
"""called with (seconds done, seconds expected or None)"""


def _checked(values: np.ndarray, name: str, labels: int) -> np.ndarray:
    array = np.asarray(values, np.float64)
    if array.shape[-1:] != (labels,):
        raise LabelMismatch(
            f"{name}: expected {labels} values, one per label, got shape {array.shape}"
        )
    if not np.isfinite(array).all() or (array < -1e-9).any() or (array > 1 + 1e-6).any():
        raise InvalidInput(f"{name}: expected values in [0, 1], got {array}")
    return array


def _checked_distribution(values: np.ndarray, labels: int) -> np.ndarray:
    array = _checked(values, "probabilities", labels)
    if array.size and np.abs(array.sum(-1) - 1).max() > SUM_TOLERANCE:
        raise InvalidInput(f"probabilities: expected rows that sum to 1, got {array.sum(-1)}")
    return array


@dataclass(frozen=True)
class Calibration:
    """What turns logits into an answer; fitted on a validation split.

    Attributes:
        temperature: logits are divided by it before the softmax
        uncertain_below: an answer whose top probability is lower is `uncertain`
        thresholds: (label,) of a multi-label model, compared with `presence`
        mapped: name of a label set -> what holds for answers mapped to it

    Example:
        >>> fitted = Calibration(uncertain_below=0.4, mapped={"EKMAN7": Calibration(1.0, 0.5)})
        >>> fitted.for_labels(LABEL_SETS["EKMAN7"]).uncertain_below
        0.5
    """

    temperature: float = 1.0
    uncertain_below: float = 0.0
    thresholds: tuple[float, ...] = ()
    mapped: Mapping[str, "Calibration"] = field(default_factory=dict)

    def for_labels(self, labels: tuple[str, ...]) -> "Calibration":
        """What holds for answers mapped to these labels; itself where nothing was fitted."""
        names = [n for n, known in LABEL_SETS.items() if known == labels and n in self.mapped]
        return self.mapped[names[0]] if names else self


@dataclass(frozen=True, eq=False)
class EmotionScores:
    """One answer: a probability for each label.

    Attributes:
        labels: ordered
        probabilities: (label,) in [0, 1], summing to 1. Of a multi-label model these are the
            probabilities given that exactly one label applies
        presence: (label,) in [0, 1] or None; of a multi-label model, the probability that
            each label applies, whatever the others do
        present: the labels whose presence reaches the model's threshold for them
        uncertain: whether the calibrated top probability is below the model's level
        notices: what a person should know of how the input was read

    Example:
        >>> answer = EmotionScores(("joy", "fear"), np.array([0.9, 0.1]))
        >>> answer.label, answer.probability, answer.as_dict()
        ('joy', 0.9, {'joy': 0.9, 'fear': 0.1})
    """

    labels: tuple[str, ...]
    probabilities: np.ndarray
    presence: np.ndarray | None = None
    present: tuple[str, ...] = ()
    uncertain: bool = False
    notices: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", tuple(self.labels))
        if np.ndim(self.probabilities) != 1:
            raise LabelMismatch(
                f"probabilities: expected (label,), got {np.shape(self.probabilities)}"
            )
        values = _checked_distribution(self.probabilities, len(self.labels))
        object.__setattr__(self, "probabilities", values)
        if self.presence is not None:
            checked = _checked(self.presence, "presence", len(self.labels))
            object.__setattr__(self, "presence", checked)

    @property
    def label(self) -> str:
        """The most probable label."""
        return self.labels[int(np.argmax(self.probabilities))]

    @property
    def probability(self) -> float:
        """The probability of the most probable label."""
        return float(self.probabilities.max())

    def as_dict(self) -> dict[str, float]:
        """Label -> probability, in the model's order."""
        return dict(zip(self.labels, self.probabilities.tolist(), strict=True))

    def to(
        self, target: tuple[str, ...], calibration: Calibration | None = None
    ) -> "EmotionScores":
        """The same answer in another label set; says where most of it had no place there.

        Args:
            target: ordered labels, such as `labels.EKMAN7`
            calibration: the model's, for the level and thresholds of mapped answers; None
                keeps the answer's own flag and maps its present labels

        Raises:
            LabelMismatch: if no label has a place in the target

        Example:
            >>> answer = EmotionScores(("joy", "love", "fear"), np.array([0.5, 0.3, 0.2]))
            >>> answer.to(("joy", "fear")).as_dict()
            {'joy': 0.8, 'fear': 0.2}
        """
        if tuple(target) == self.labels:
            return self
        carry = mapping(self.labels, target)
        probabilities = carry.apply(self.probabilities)
        kept = float(carry.kept(self.probabilities))
        presence = None if self.presence is None else carry.noisy_or(self.presence)
        present = tuple(dict.fromkeys(carry.table[p] for p in self.present if p in carry.table))
        uncertain = self.uncertain
        if calibration is not None:
            level = calibration.for_labels(carry.target)
            uncertain = bool(probabilities.max() < level.uncertain_below)
            if presence is not None and len(level.thresholds) == len(carry.target):
                reached = presence >= np.array(level.thresholds)
                present = tuple(x for x, r in zip(carry.target, reached, strict=True) if r)
        notices = self.notices
        if kept < LEAST_KEPT:
            notices += (f"{1 - kept:.0%} of the answer fell on labels that this label set lacks",)
        return EmotionScores(
            labels=carry.target,
            probabilities=probabilities,
            presence=presence,
            present=present,
            uncertain=uncertain or kept < LEAST_KEPT,
            notices=notices,
        )


@dataclass(frozen=True, eq=False)
class EmotionTimeline:
    """Answers along time.

    Attributes:
        spans_s: (segment, 2), start and end in seconds
        probabilities: (segment, label), each row summing to 1
        labels: ordered

    Example:
        >>> line = EmotionTimeline([[0, 1], [1, 2]], [[0.9, 0.1], [0.2, 0.8]], ("joy", "fear"))
        >>> len(line), [line.labels[k] for k in line.probabilities.argmax(1)]
        (2, ['joy', 'fear'])
    """

    spans_s: np.ndarray
    probabilities: np.ndarray
    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", tuple(self.labels))
        spans = np.asarray(self.spans_s, np.float64).reshape(-1, 2)
        if (spans[:, 1] < spans[:, 0]).any():
            raise InvalidInput("spans_s: a segment ends before it starts")
        values = _checked_distribution(self.probabilities, len(self.labels))
        if values.shape != (len(spans), len(self.labels)):
            raise LabelMismatch(
                f"expected probabilities {(len(spans), len(self.labels))}, got {values.shape}"
            )
        object.__setattr__(self, "spans_s", spans)
        object.__setattr__(self, "probabilities", values)

    def __len__(self) -> int:
        return len(self.spans_s)

    @classmethod
    def empty(cls, labels: tuple[str, ...]) -> "EmotionTimeline":
        """No segment at all."""
        return cls(np.zeros((0, 2)), np.zeros((0, len(labels))), labels)


@dataclass(frozen=True, eq=False)
class Waveform:
    """Sound.

    Attributes:
        samples: (channel, time) float32 in [-1, 1]
        sample_rate: Hz

    Example:
        >>> Waveform(np.zeros((2, 8_000)), sample_rate=16_000).duration_s
        0.5
    """

    samples: np.ndarray
    sample_rate: int

    def __post_init__(self) -> None:
        samples = np.atleast_2d(np.asarray(self.samples, np.float32))
        if samples.ndim != 2 or not len(samples) or self.sample_rate <= 0:
            raise InvalidInput(
                f"expected samples (channel, time) and a positive rate, got {samples.shape} "
                f"at {self.sample_rate} Hz"
            )
        if not np.isfinite(samples).all():
            raise InvalidInput("samples: expected finite numbers, got NaN or infinity")
        object.__setattr__(self, "samples", samples)

    @property
    def duration_s(self) -> float:
        """Length."""
        return self.samples.shape[1] / self.sample_rate

    def mono(self) -> np.ndarray:
        """The mean of the channels, (time,)."""
        return self.samples.mean(0)


@dataclass(frozen=True, eq=False)
class Faces:
    """Faces found in one frame, as parallel arrays; a frame without any is `empty()`.

    Attributes:
        boxes_xyxy: (face, 4) left, top, right and bottom in px of the frame; may reach over
            its edge
        confidence: (face,) of the detector, in [0, 1]
        track_id: (face,) lasting id of the person, from 1; 0 where nothing is tracked
        landmarks: (face, 5, 2) px: the eye on the image's left, the one on its right, tip of the
            nose, corners of the mouth on the image's left and right; NaN where not known
    """

    boxes_xyxy: np.ndarray
    confidence: np.ndarray
    track_id: np.ndarray
    landmarks: np.ndarray

    def __post_init__(self) -> None:
        boxes = np.asarray(self.boxes_xyxy, np.float32)
        count = len(boxes)
        values = {
            "boxes_xyxy": (boxes, (count, 4)),
            "confidence": (np.asarray(self.confidence, np.float32), (count,)),
            "track_id": (np.asarray(self.track_id, np.int64), (count,)),
            "landmarks": (np.asarray(self.landmarks, np.float32), (count, 5, 2)),
        }
        for name, (value, expected) in values.items():
            if value.shape != expected:
                raise InvalidInput(f"{name}: expected shape {expected}, got {value.shape}")
            object.__setattr__(self, name, value)
        if not np.isfinite(boxes).all() or (boxes[:, 2:] <= boxes[:, :2]).any():
            raise InvalidInput("boxes_xyxy: expected left < right and top < bottom, all finite")

    def __len__(self) -> int:
        return len(self.boxes_xyxy)

    @classmethod
    def empty(cls) -> "Faces":
        """No face at all."""
        return cls(np.zeros((0, 4)), np.zeros(0), np.zeros(0), np.zeros((0, 5, 2)))

    def take(self, chosen: np.ndarray) -> "Faces":
        """Some of the faces, by number or by a bool for each."""
        return Faces(
            self.boxes_xyxy[chosen],
            self.confidence[chosen],
            self.track_id[chosen],
            self.landmarks[chosen],
        )

    def scaled(self, factor: float) -> "Faces":
        """The same faces in a picture of another size."""
        return Faces(
            self.boxes_xyxy * factor, self.confidence, self.track_id, self.landmarks * factor
        )


@dataclass(frozen=True, eq=False)
class WordWeights:
    """How much each word of a text drove the answer.

    Attributes:
        text: as the model read it
        spans: (word, 2), first and past-the-last character of each word in `text`
        weights: (word,) in [-1, 1]; positive speaks for `label`, negative against it;
            attention is never negative
        label: the label explained
        method: `occlusion`, `attention` or `log-odds`

    Example:
        >>> found = WordWeights("so happy", [[0, 2], [3, 8]], [0.1, 0.7], "joy", "occlusion")
        >>> found.words[found.weights.argmax()]
        'happy'
    """

    text: str
    spans: np.ndarray
    weights: np.ndarray
    label: str
    method: str

    def __post_init__(self) -> None:
        spans = np.asarray(self.spans, np.int64).reshape(-1, 2)
        weights = np.asarray(self.weights, np.float64)
        if len(spans) != len(weights):
            raise InvalidInput(f"expected a weight per word, got {len(weights)} for {len(spans)}")
        object.__setattr__(self, "spans", spans)
        object.__setattr__(self, "weights", weights)

    @property
    def words(self) -> list[str]:
        """The words, in order."""
        return [self.text[a:b] for a, b in self.spans]

    def __len__(self) -> int:
        return len(self.spans)


@dataclass(frozen=True, eq=False)
class ModelSpec:
    """What a bundle's manifest says of its model.

    Attributes:
        id: name under `models/`
        modality: text, audio, face or fusion
        labels: ordered, one per output of the network
        multi_label: whether several labels may apply at once
        architecture: `kind` and the settings that it was built with
        input: limits and features, such as `max_tokens`
        calibration: fitted on the validation split
        languages: that a text model was trained on, by ISO 639-1, else 639-3 (`pcm`, `vmw`)
        licence: of the weights
        training_data: name and licence of each data set
        command: what made the bundle
        seed: its random seed
        metrics: name -> value on `protocol`
        protocol: how the metrics were measured
        files: name -> sha256
        folder: where the files lie

    Example:
        >>> from emotion_core import load
        >>> spec = load("text-emotion6").spec
        >>> spec.modality, spec.labels[:2], spec.languages
        ('text', ('sadness', 'joy'), ('en',))
    """

    id: str
    modality: Modality
    labels: tuple[str, ...]
    architecture: Mapping[str, Any]
    folder: Path
    files: Mapping[str, str]
    multi_label: bool = False
    input: Mapping[str, Any] = field(default_factory=dict)
    calibration: Calibration = Calibration()
    languages: tuple[str, ...] = ()
    licence: str = ""
    training_data: tuple[Mapping[str, str], ...] = ()
    command: str = ""
    seed: int = 0
    metrics: Mapping[str, float] = field(default_factory=dict)
    protocol: str = ""

    def __post_init__(self) -> None:
        if self.modality not in MODALITIES:
            raise InvalidInput(f"{self.id}: unknown modality {self.modality!r}")
        if len(set(self.labels)) != len(self.labels) or len(self.labels) < 2:
            raise LabelMismatch(
                f"{self.id}: expected two different labels or more, got {self.labels}"
            )
        thresholds = self.calibration.thresholds
        if thresholds and len(thresholds) != len(self.labels):
            raise LabelMismatch(
                f"{self.id}: {len(thresholds)} thresholds for {len(self.labels)} labels"
            )
        if self.calibration.temperature <= 0:
            raise InvalidInput(f"{self.id}: temperature must be positive")
