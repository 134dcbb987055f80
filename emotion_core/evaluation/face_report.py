"""The measured record of a face model: scores, the crowd's view, copies, deletion test."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ..errors import InvalidInput
from ..face.explain import blank_level
from ..face.pipeline import FaceModel
from ..rows import probability_columns
from ..scoring import softmax
from .calibration import calibration_record
from .deletion import fall_record
from .metrics import ClassificationScores, classification_scores
from .prediction_report import scores_record

DELETED_SHARE = 0.2
RANDOM_DRAWS = 5
DELETION_FACES = 200


class LabelledFaces(NamedTuple):
    """A split to be measured."""

    names: np.ndarray
    """(face,)"""
    crops: np.ndarray
    """(face, size, size) uint8, as the classifier reads them"""
    truth: np.ndarray
    """(face,) places in the model's labels"""
    group: np.ndarray
    """(face,) exact copies, or persons, share a name; drawn whole for the intervals"""


class OtherAnswers(NamedTuple):
    """Answers under a protocol of their own."""

    truth: np.ndarray
    """(face,) places in `labels`"""
    prediction: np.ndarray
    """(face,) places in `labels`, or `NO_ANSWER`"""
    labels: tuple[str, ...]
    group: np.ndarray
    """(face,)"""


@dataclass(frozen=True, eq=False)
class FaceReport:
    """What was measured; `as_dict` is what lies in `evaluation/results.json`.

    Attributes:
        protocol: how, in words
        scores: of the split
        others: protocol in words -> scores
        metrics: for the manifest
        calibration: errors before and after, shares and accuracies of sure and unsure answers
        copies: test faces that training holds, pixel by pixel
        deletion: of the explanation
        predictions: id, truth and probabilities; no picture
    """

    protocol: str
    scores: ClassificationScores
    others: dict[str, ClassificationScores]
    metrics: dict[str, float]
    calibration: dict[str, float]
    copies: int
    deletion: list[dict[str, Any]]
    predictions: pd.DataFrame = field(repr=False)

    def as_dict(self) -> dict[str, Any]:
        """Everything but the predictions, ready for JSON."""
        return {
            "protocol": self.protocol,
            "metrics": self.metrics,
            "scores": scores_record(self.scores),
            "others": {name: scores_record(s) for name, s in self.others.items()},
            "calibration": self.calibration,
            "copies": self.copies,
            "deletion": self.deletion,
        }


def _falls(model: FaceModel, crop: np.ndarray, rng: np.random.Generator) -> tuple[float, float]:
    """How far the answer falls without the top pixels, and without as many elsewhere."""
    explained = model.explain_crop(crop)
    place = model.labels.index(explained.label)
    top = explained.weights >= np.quantile(explained.weights, 1 - DELETED_SHARE)
    moved = [
        np.roll(top, [int(rng.integers(1, n)) for n in top.shape], (0, 1))
        for _ in range(RANDOM_DRAWS)
    ]
    hidden = np.repeat(crop[None], RANDOM_DRAWS + 2, axis=0)
    for copy, mask in zip(hidden[1:], (top, *moved), strict=True):
        copy[mask] = blank_level(crop)
    values = model.probabilities(hidden)[:, place]
    return float(values[0] - values[1]), float(values[0] - values[2:].mean())


def deletion_test(model: FaceModel, crops: np.ndarray, seed: int = 0) -> list[dict[str, Any]]:
    """Hide the fifth of a face that an explanation names, and the same shape elsewhere.

    Args:
        model: explained
        crops: (face, size, size) uint8
        seed: of the other places

    Returns:
        one record, or none for fewer than two faces

    Source: Samek et al., IEEE TNNLS 2017 (region perturbation).
    """
    rng = np.random.default_rng(seed)
    falls = np.array([_falls(model, crop, rng) for crop in crops])
    if len(falls) < 2:
        return []
    method = model.explain_crop(crops[0]).method
    return [fall_record(method, falls, "faces")]


def face_report(
    model: FaceModel,
    test: LabelledFaces,
    seen: np.ndarray,
    protocol: str,
    others: Mapping[str, OtherAnswers],
) -> FaceReport:
    """Measure a model on a split, once and with everything that its card shows.

    Args:
        model: opened from its bundle, as it is served
        test: the split
        seen: (face,) bool, whether training holds an exact copy
        protocol: in words
        others: protocol in words -> what is scored beside

    Raises:
        InvalidInput: if the split is empty
    """
    if not len(test.truth):
        raise InvalidInput("the split holds no face that can be measured")
    logits = np.stack([r.logits for r in model.classifier.read(test.crops)]).astype(np.float64)
    probabilities = softmax(logits / model.spec.calibration.temperature)
    prediction, labels = probabilities.argmax(1), model.labels
    scores = classification_scores(test.truth, prediction, labels, test.group)
    beside = dict(others)
    if seen.any() and not seen.all():
        new = ~seen
        beside = {
            "without the faces that training holds, pixel by pixel": OtherAnswers(
                test.truth[new], prediction[new], labels, test.group[new]
            ),
            **beside,
        }
    rng = np.random.default_rng(0)
    chosen = rng.permutation(len(test.truth))[:DELETION_FACES]
    frame = pd.DataFrame({"id": test.names, "truth": np.array(labels)[test.truth]})
    frame[probability_columns(labels)] = probabilities.round(6)
    return FaceReport(
        protocol=protocol,
        scores=scores,
        others={
            name: classification_scores(o.truth, o.prediction, o.labels, o.group)
            for name, o in beside.items()
        },
        metrics={k: round(v, 4) for k, v in scores.metrics.items()},
        calibration=calibration_record(
            softmax(logits), probabilities, test.truth, model.spec.calibration.uncertain_below
        ),
        copies=int(seen.sum()),
        deletion=deletion_test(model, test.crops[chosen]),
        predictions=frame,
    )
