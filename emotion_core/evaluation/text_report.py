"""The measured record of a text model: scores, calibration, duplicates, deletion test."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from ..errors import InvalidInput
from ..labels import LabelMapping, label_set, mapping
from ..rows import probability_columns
from ..scoring import softmax
from ..text.pipeline import TextModel
from .calibration import (
    calibration_record,
    expected_calibration_error,
    mapped_probabilities,
)
from .deletion import deletion_test
from .duplicates import seen_in_training
from .metrics import ClassificationScores, classification_scores, multi_label_scores
from .prediction_report import scores_record

DELETION_TEXTS = 200


@dataclass(frozen=True, eq=False)
class LabelledTexts:
    """A split to be measured.

    Attributes:
        ids: (item,)
        texts: as given to the model
        targets: (item, label) of 0 and 1
    """

    ids: np.ndarray
    texts: list[str]
    targets: np.ndarray


@dataclass(frozen=True, eq=False)
class TextReport:
    """What was measured; `as_dict` is what lies in `evaluation/results.json`."""

    protocol: str
    scores: ClassificationScores
    mapped: dict[str, ClassificationScores]
    metrics: dict[str, float]
    calibration: dict[str, float]
    duplicates: dict[str, Any]
    deletion: list[dict[str, Any]]
    predictions: pd.DataFrame = field(repr=False)

    def as_dict(self) -> dict[str, Any]:
        """Everything but the predictions, ready for JSON."""
        return {
            "protocol": self.protocol,
            "metrics": self.metrics,
            "scores": scores_record(self.scores),
            "mapped": {name: scores_record(s) for name, s in self.mapped.items()},
            "calibration": self.calibration,
            "duplicates": self.duplicates,
            "deletion": self.deletion,
        }


class _Answers:
    """Logits of a split and what the model's calibration makes of them."""

    def __init__(self, model: TextModel, split: LabelledTexts) -> None:
        self.model, self.spec = model, model.spec
        readings = model.classifier.read(split.texts)
        self.logits = np.stack([np.asarray(r.logits, np.float64) for r in readings])
        self.targets = split.targets > 0.5
        self.presence = 1 / (1 + np.exp(-self.logits))
        self.probabilities = softmax(self.logits / self.spec.calibration.temperature)

    def score(
        self, rows: np.ndarray | slice, carry: LabelMapping | None = None
    ) -> ClassificationScores:
        """Scores of these rows, in the own labels or mapped."""
        labels = carry.target if carry else self.spec.labels
        targets, presence = self.targets[rows], self.presence[rows]
        probabilities = self.probabilities[rows]
        calibration = self.spec.calibration.for_labels(labels) if carry else self.spec.calibration
        if carry:
            targets = targets @ carry.matrix > 0.5
            presence, probabilities = carry.noisy_or(presence), carry.apply(probabilities)
        if self.spec.multi_label:
            thresholds = np.array(calibration.thresholds or [0.5] * len(labels))
            return multi_label_scores(targets, presence >= thresholds, labels)
        return classification_scores(targets.argmax(1), probabilities.argmax(1), labels)

    def calibration(self) -> dict[str, float]:
        """How far answers can be believed, over items with one label."""
        single = self.targets.sum(1) == 1
        return calibration_record(
            softmax(self.logits[single]),
            self.probabilities[single],
            self.targets[single].argmax(1),
            self.spec.calibration.uncertain_below,
        )

    def mapped_calibration(self, carry: LabelMapping) -> dict[str, float]:
        """Calibration error of mapped answers, over items with one mapped label."""
        targets = self.targets @ carry.matrix > 0.5
        single = targets.sum(1) == 1
        if not single.any():
            return {}
        truth = targets[single].argmax(1)
        before = mapped_probabilities(self.logits[single], carry.matrix, 1.0)
        after = carry.apply(self.probabilities[single])
        return {
            "ece_before": expected_calibration_error(before, truth),
            "ece_after": expected_calibration_error(after, truth),
            "top_label_accuracy": float((after.argmax(1) == truth).mean()),
        }

    def predictions(self, ids: np.ndarray) -> pd.DataFrame:
        """Item id, truth and probabilities; no text."""
        labels = self.spec.labels
        names = ["|".join(np.array(labels)[row]) for row in self.targets]
        frame = pd.DataFrame({"id": ids, "truth": names})
        frame[probability_columns(labels)] = self.probabilities.round(6)
        if self.spec.multi_label:
            presence = pd.DataFrame(
                self.presence.round(6), columns=[f"presence_{x}" for x in labels]
            )
            frame = pd.concat([frame, presence], axis=1)
        return frame


def _duplicates(answers: _Answers, test: list[str], training: list[str]) -> dict[str, Any]:
    exact = seen_in_training(test, training)
    loose = seen_in_training(test, training, exact=False)
    without: dict[str, Any] = {"n": int((~loose).sum())}
    if without["n"]:
        without |= answers.score(np.flatnonzero(~loose)).metrics
    return {"exact": int(exact.sum()), "normalised": int(loose.sum()), "without": without}


def evaluate_text(
    model: TextModel,
    test: LabelledTexts,
    training_texts: list[str],
    protocol: str,
    report_labels: str = "",
) -> TextReport:
    """Measure a model on a split, once and with everything that its card shows.

    Args:
        model: opened from its bundle, as it is served
        test: the split
        training_texts: to find test texts that training has seen
        protocol: in words
        report_labels: name of a label set in which the scores are also given

    Raises:
        InvalidInput: if the split is empty or its labels are not the model's
    """
    if not len(test.texts) or test.targets.shape[1] != len(model.labels):
        raise InvalidInput(
            f"expected texts with {len(model.labels)} labels, got {len(test.texts)} texts with "
            f"{test.targets.shape[1]}"
        )
    answers = _Answers(model, test)
    scores = answers.score(slice(None))
    metrics = dict(scores.metrics)
    calibration = answers.calibration()
    mapped = {}
    if report_labels and label_set(report_labels) != model.labels:
        carry = mapping(model.labels, label_set(report_labels))
        mapped[report_labels] = answers.score(slice(None), carry)
        metrics |= {
            f"{report_labels.lower()}_{k}": v for k, v in mapped[report_labels].metrics.items()
        }
        calibration |= {
            f"{report_labels.lower()}_{k}": v for k, v in answers.mapped_calibration(carry).items()
        }
    rng = np.random.default_rng(0)
    chosen = rng.permutation(len(test.texts))[:DELETION_TEXTS]
    explained = [test.texts[i] for i in chosen]
    deletion = [found for m in model.methods for found in deletion_test(model, explained, m)]
    return TextReport(
        protocol=protocol,
        scores=scores,
        mapped=mapped,
        metrics={k: round(v, 4) for k, v in metrics.items()},
        calibration=calibration,
        duplicates=_duplicates(answers, test.texts, training_texts),
        deletion=deletion,
        predictions=answers.predictions(test.ids),
    )
