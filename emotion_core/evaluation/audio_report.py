"""The measured record of a voice model: scores by protocol, calibration, deletion test."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import softmax

from ..audio.decode import AudioSource
from ..audio.explain import blank_level
from ..audio.pipeline import AudioModel, cut_span
from ..errors import InvalidInput
from ..labels import label_set, mapping
from ..rows import probability_columns
from .audio_answers import logits_of
from .calibration import calibration_record, fit_temperature
from .deletion import fall_record
from .metrics import NO_ANSWER, ClassificationScores, classification_scores
from .prediction_report import scores_record

DELETED_SHARE = 0.2
RANDOM_DRAWS = 5


@dataclass(frozen=True, eq=False)
class AudioReport:
    """What was measured; `as_dict` is what lies in `evaluation/results.json`.

    Attributes:
        protocol: how, in words
        scores: by the average voice
        mapped: name of a label set -> the same scores in it, of the items it has a place for
        others: protocol in words -> scores
        metrics: for the manifest
        calibration: errors before and after, shares and accuracies of sure and unsure answers
        unanswered: recordings without an answer, which count as wrong
        deletion: of the explanation
        predictions: id, truth, speaker, error and probabilities
    """

    protocol: str
    scores: ClassificationScores
    mapped: dict[str, ClassificationScores]
    others: dict[str, ClassificationScores]
    metrics: dict[str, float]
    calibration: dict[str, float]
    unanswered: int
    deletion: list[dict[str, Any]]
    predictions: pd.DataFrame = field(repr=False)

    def as_dict(self) -> dict[str, Any]:
        """Everything but the predictions, ready for JSON."""
        return {
            "protocol": self.protocol,
            "metrics": self.metrics,
            "scores": scores_record(self.scores),
            "mapped": {name: scores_record(s) for name, s in self.mapped.items()},
            "others": {name: scores_record(s) for name, s in self.others.items()},
            "calibration": self.calibration,
            "unanswered": self.unanswered,
            "deletion": self.deletion,
        }


def _truth(answers: pd.DataFrame, labels: Sequence[str]) -> np.ndarray:
    if unknown := set(answers["truth"]) - set(labels):
        raise InvalidInput(f"the answers hold labels that the model lacks: {sorted(unknown)}")
    return answers["truth"].map({x: i for i, x in enumerate(labels)}).to_numpy()


def score_answers(
    answers: pd.DataFrame, values: np.ndarray, labels: tuple[str, ...]
) -> ClassificationScores:
    """Scores whose intervals draw whole speakers; what has no answer is wrong.

    Args:
        answers: `truth`, `speaker` and `error` of each item
        values: (item, label), the largest of which is the answer
        labels: ordered
    """
    truth = _truth(answers, labels)
    failed = (answers["error"] != "").to_numpy()
    prediction = np.where(failed, NO_ANSWER, values.argmax(1))
    speakers = answers["speaker"].to_numpy()
    groups = speakers if len(set(speakers)) > 1 else None
    return classification_scores(truth, prediction, labels, groups)


def _held_out_probabilities(answers: pd.DataFrame, labels: tuple[str, ...]) -> np.ndarray:
    """(item, label) with the temperature that the other folds ask for; all share one split's."""
    logits, truth = logits_of(answers, labels), _truth(answers, labels)
    heard, fold = (answers["error"] == "").to_numpy(), answers["fold"].to_numpy()
    probabilities = np.empty_like(logits)
    for k in np.unique(fold):
        others = heard & (fold != k)
        probabilities[fold == k] = softmax(
            logits[fold == k] / fit_temperature(logits[others], truth[others]), axis=1
        )
    return probabilities


class ScoredAnswers(NamedTuple):
    """Answers under a protocol of their own."""

    answers: pd.DataFrame
    """`truth`, `speaker` and `error` of each item"""
    values: np.ndarray
    """(item, label), the largest of which is the answer"""
    labels: tuple[str, ...]


def _falls(
    model: AudioModel, source: AudioSource, span_s: tuple[float, float], rng: np.random.Generator
) -> tuple[float, float]:
    """How far the answer falls without the top cells, and without as many elsewhere."""
    explained = model.explain(source, span_s)
    levels = model.frame_classifier.levels(cut_span(source, span_s))
    weights, place = explained.weights.T, model.labels.index(explained.label)
    top = weights >= np.quantile(weights, 1 - DELETED_SHARE)
    moved = [
        np.roll(top, [int(rng.integers(1, n)) for n in top.shape], (0, 1))
        for _ in range(RANDOM_DRAWS)
    ]
    blanked = [np.where(mask, blank_level(levels), levels) for mask in (top, *moved)]
    values = model.probabilities([levels, *blanked])[:, place]
    return float(values[0] - values[1]), float(values[0] - values[2:].mean())


def deletion_test(
    model: AudioModel, sources: Sequence[AudioSource], seconds: float = 3.0, seed: int = 0
) -> list[dict[str, Any]]:
    """Blank the fifth of the cells that an explanation names, and the same shape elsewhere.

    Args:
        model: explained
        sources: recordings; of each the speech's first `seconds` are explained
        seconds: length of a span
        seed: of the other places

    Returns:
        one record, or none where fewer than two recordings hold speech

    Source: Samek et al., IEEE TNNLS 2017 (region perturbation).
    """
    rng = np.random.default_rng(seed)
    falls = []
    for source in sources:
        spans = model.analyse(source, window_s=seconds, hop_s=seconds).timeline.spans_s
        if len(spans):
            falls.append(_falls(model, source, (float(spans[0, 0]), float(spans[0, 1])), rng))
    if len(falls) < 2:
        return []
    return [fall_record("occlusion", np.array(falls), "recordings")]


def audio_report(
    model: AudioModel,
    answers: pd.DataFrame,
    protocol: str,
    others: Mapping[str, ScoredAnswers],
    explained: Sequence[AudioSource],
    report_labels: str = "",
) -> AudioReport:
    """Measure a model by what it, or its siblings trained without a fold, answered.

    Args:
        model: opened from its bundle
        answers: of one split, or of every fold by the network that has not heard it
        protocol: in words
        others: protocol in words -> what is scored beside
        explained: recordings for the deletion test
        report_labels: name of a label set in which the scores are also given

    Raises:
        InvalidInput: if no recording has an answer, or in labels that the model lacks
    """
    labels = model.labels
    heard = (answers["error"] == "").to_numpy()
    if not heard.any():
        raise InvalidInput(f"none of {len(answers)} recordings has an answer that can be scored")
    truth, logits = _truth(answers, labels), logits_of(answers, labels)
    if answers["fold"].nunique() > 1:
        probabilities = _held_out_probabilities(answers, labels)
    else:
        probabilities = softmax(logits / model.spec.calibration.temperature, axis=1)
    scores = score_answers(answers, probabilities, labels)
    mapped = {}
    if report_labels and label_set(report_labels) != labels:
        carry = mapping(labels, label_set(report_labels))
        placed = answers["truth"].isin(list(carry.table)).to_numpy()
        in_target = answers[placed].assign(truth=answers["truth"].map(carry.table))
        mapped[report_labels] = score_answers(
            in_target, carry.apply(probabilities[placed]), carry.target
        )
    frame = answers[["id", "truth", "speaker", "error"]].copy()
    frame[probability_columns(labels)] = np.where(heard[:, None], probabilities.round(6), np.nan)
    return AudioReport(
        protocol=protocol,
        scores=scores,
        mapped=mapped,
        others={name: score_answers(*entry) for name, entry in others.items()},
        metrics={k: round(v, 4) for k, v in scores.metrics.items()},
        calibration=calibration_record(
            softmax(logits[heard], axis=1),
            probabilities[heard],
            truth[heard],
            model.spec.calibration.uncertain_below,
        ),
        unanswered=int((~heard).sum()),
        deletion=deletion_test(model, explained),
        predictions=frame,
    )
