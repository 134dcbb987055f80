"""The measured record of a fusion: every set of modalities, spoilt and swapped ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from ..errors import InvalidInput
from ..fusion.disagreement import PAIRS, conflicts
from ..fusion.evidence import FUSED, FusedModality
from ..fusion.late import LateFuser
from ..fusion.moments import MomentArrays
from ..fusion.pipeline import FusionModel, calibrated
from ..rows import probability_columns
from .calibration import calibration_record, expected_calibration_error
from .metrics import ClassificationScores, classification_scores
from .prediction_report import scores_record

KEPT = ("accuracy", "uar", "macro_f1")
BASELINES: Mapping[str, LateFuser] = {
    "plain mean": LateFuser("mean", np.ones(len(FUSED))),
    "plain log-opinion pool": LateFuser("log-opinion", np.ones(len(FUSED))),
}
"""what a fusion is compared with: nothing of them is fitted"""


class LabelledMoments(NamedTuple):
    """Moments to be measured, of one set of modalities."""

    arrays: MomentArrays
    truth: np.ndarray
    """(moment,) places in the fusion's labels"""
    group: np.ndarray
    """(moment,) drawn whole for the intervals: the actor, or the item where nobody speaks"""


class SpoiltMoments(NamedTuple):
    """Moments of all modalities, one of which is spoilt, beside the same ones unspoilt."""

    modality: FusedModality
    clean: LabelledMoments
    spoilt: LabelledMoments


@dataclass(frozen=True, eq=False)
class FusionReport:
    """What was measured; `as_dict` is what lies in `evaluation/results.json`.

    Attributes:
        protocol: how, in words
        scores: of the moments with all modalities
        subsets: set of modalities -> scores and calibration errors, also of the baselines
        spoilt: condition in words -> accuracies and the spoilt modality's share of the answer
        disagreement: false alarms, detections and areas under the curve
        metrics: for the manifest
        calibration: errors before and after, shares and accuracies of sure and unsure answers
        predictions: set, truth, group and probabilities
    """

    protocol: str
    scores: ClassificationScores
    subsets: dict[str, dict[str, Any]]
    spoilt: dict[str, dict[str, float]]
    disagreement: dict[str, Any]
    metrics: dict[str, float]
    calibration: dict[str, float]
    predictions: pd.DataFrame = field(repr=False)

    def as_dict(self) -> dict[str, Any]:
        """Everything but the predictions, ready for JSON."""
        return {
            "protocol": self.protocol,
            "metrics": self.metrics,
            "scores": scores_record(self.scores),
            "subsets": self.subsets,
            "spoilt": self.spoilt,
            "disagreement": self.disagreement,
            "calibration": self.calibration,
        }


def answered(model: FusionModel, arrays: MomentArrays) -> np.ndarray:
    """Calibrated probabilities (moment, label), as served."""
    temperature = model.spec.calibration.temperature
    return calibrated(model.fuser.fuse(arrays).probabilities, temperature)


def _row(probabilities: np.ndarray, moments: LabelledMoments) -> dict[str, Any]:
    scores = classification_scores(
        moments.truth, probabilities.argmax(1), moments.arrays.labels, moments.group
    )
    return {
        **{name: scores.metrics[name] for name in KEPT},
        "intervals": {name: scores.intervals[name] for name in KEPT},
        "ece": expected_calibration_error(probabilities, moments.truth),
        "moments": len(moments.truth),
    }


def subset_scores(
    model: FusionModel, subsets: Mapping[str, LabelledMoments]
) -> dict[str, dict[str, Any]]:
    """Each set of modalities by the model and by what is not fitted."""
    found = {}
    for name, moments in subsets.items():
        rows = {"fusion": _row(answered(model, moments.arrays), moments)}
        for baseline, fuser in BASELINES.items():
            rows[baseline] = _row(fuser.fuse(moments.arrays).probabilities, moments)
        found[name] = rows
    return found


def _accuracy(probabilities: np.ndarray, truth: np.ndarray) -> float:
    return float((probabilities.argmax(1) == truth).mean())


def spoilt_scores(model: FusionModel, moments: SpoiltMoments) -> dict[str, float]:
    """Accuracy before, with the spoilt modality, and without it; how far its share falls."""
    place = FUSED.index(moments.modality)
    clean, spoilt = moments.clean, moments.spoilt
    without = spoilt.arrays.without(moments.modality)
    return {
        "clean": _accuracy(answered(model, clean.arrays), clean.truth),
        "spoilt": _accuracy(answered(model, spoilt.arrays), spoilt.truth),
        "without": _accuracy(answered(model, without), spoilt.truth),
        "plain_mean": _accuracy(
            BASELINES["plain mean"].fuse(spoilt.arrays).probabilities, spoilt.truth
        ),
        "answered": float(spoilt.arrays.present[:, place].mean()),
        "share_clean": float(model.fuser.fuse(clean.arrays).contributions[:, place].mean()),
        "share_spoilt": float(model.fuser.fuse(spoilt.arrays).contributions[:, place].mean()),
    }


def apart(arrays: MomentArrays) -> np.ndarray:
    """(moment,) the largest total variation between two modalities that are there."""
    found = np.zeros(len(arrays))
    for a, b in PAIRS:
        distance = np.abs(arrays.probabilities[:, a] - arrays.probabilities[:, b]).sum(1) / 2
        both = arrays.present[:, a] & arrays.present[:, b]
        found = np.where(both, np.maximum(found, distance), found)
    return found


def disagreement_scores(
    model: FusionModel, agreeing: MomentArrays, swapped: MomentArrays
) -> dict[str, Any]:
    """How many agreeing moments are flagged, how many with one modality swapped, and the areas.

    Args:
        model: whose levels flag
        agreeing: moments of two modalities or more, of one label
        swapped: the same, with one modality of another label
    """
    truth = np.repeat([0, 1], [len(agreeing), len(swapped)])
    flagged, scores = [], []
    for arrays in (agreeing, swapped):
        surprise = model.fuser.fuse(arrays).surprise
        strengths = conflicts(arrays)
        flagged.append(model.levels.flagged(strengths, surprise).any(1))
        columns = {
            "strength": np.nan_to_num(strengths, nan=0.0).max(1),
            "probability distance": apart(arrays),
        }
        if surprise is not None:
            columns["surprise"] = np.nan_to_num(surprise, nan=0.0).max(1)
        scores.append(columns)
    return {
        "false_alarms": float(flagged[0].mean()),
        "detected": float(flagged[1].mean()),
        "auc": {
            name: float(roc_auc_score(truth, np.concatenate([s[name] for s in scores])))
            for name in scores[0]
        },
        "moments": len(truth),
    }


def _metrics(
    scores: ClassificationScores, subsets: Mapping[str, Mapping[str, Any]]
) -> dict[str, float]:
    """For the manifest: of all modalities, and the mean accuracy over sets of two and three."""
    several = [rows["fusion"]["accuracy"] for name, rows in subsets.items() if len(name) > 1]
    return {
        **{k: round(v, 4) for k, v in scores.metrics.items()},
        "accuracy_several": round(float(np.mean(several)), 4),
    }


def fusion_report(
    model: FusionModel,
    subsets: Mapping[str, LabelledMoments],
    spoilt: Mapping[str, SpoiltMoments],
    disagreement: Mapping[str, tuple[MomentArrays, MomentArrays]],
    protocol: str,
) -> FusionReport:
    """Measure a fusion on held-out moments, once and with everything that its card shows.

    Args:
        model: opened from its bundle, as it is served
        subsets: set of modalities -> moments; the last one has all of them
        spoilt: condition in words -> moments
        disagreement: what moments they are -> agreeing and swapped ones
        protocol: in words

    Raises:
        InvalidInput: if there is no moment
    """
    if not subsets or not all(len(m.truth) for m in subsets.values()):
        raise InvalidInput("expected moments of every set of modalities, got none of some")
    whole = list(subsets.values())[-1]
    raw = model.fuser.fuse(whole.arrays).probabilities
    probabilities = answered(model, whole.arrays)
    scores = classification_scores(whole.truth, probabilities.argmax(1), model.labels, whole.group)
    found = subset_scores(model, subsets)
    return FusionReport(
        protocol=protocol,
        scores=scores,
        subsets=found,
        spoilt={name: spoilt_scores(model, moments) for name, moments in spoilt.items()},
        disagreement={n: disagreement_scores(model, *pair) for n, pair in disagreement.items()},
        metrics=_metrics(scores, found),
        calibration=calibration_record(
            raw, probabilities, whole.truth, model.spec.calibration.uncertain_below
        ),
        predictions=_predictions(model, subsets),
    )


def _predictions(model: FusionModel, subsets: Mapping[str, LabelledMoments]) -> pd.DataFrame:
    frames = []
    for name, moments in subsets.items():
        truth = _names(model.labels, moments.truth)
        group = moments.group.astype(str)
        frame = pd.DataFrame({"modalities": name, "truth": truth, "group": group})
        frame[probability_columns(model.labels)] = answered(model, moments.arrays).round(4)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def _names(labels: Sequence[str], places: np.ndarray) -> np.ndarray:
    return np.array(labels)[places]
