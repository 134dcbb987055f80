"""The stored answers of a bundle, `evaluation/test.parquet`, scored as any file of answers is."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from emotion_core.datasets.columns import WordColumn
from emotion_core.errors import EmotionCoreError, InvalidInput
from emotion_core.evaluation.comparison_labels import SEVERAL, LabelTables
from emotion_core.evaluation.curves import ClassCurves, class_curves
from emotion_core.evaluation.metrics import ClassificationScores, multi_label_scores
from emotion_core.evaluation.prediction_report import PredictionReport, evaluate_predictions
from emotion_core.evaluation.predictions import ColumnChoice, Predictions, read_predictions
from emotion_core.rows import probability_columns
from emotion_core.types import ModelSpec

FOLDER, TABLE, RECORD = "evaluation", "test.parquet", "results.json"
PARTS, EVERY_PART = "modalities", "taf"
PART_NAMES = {"t": "words", "a": "voice", "f": "face"}
GROUPS = ("speaker", "dialogue", "group")
NOT_TOLD_OF_ACTORS = (
    "the stored answers do not name the actors, so the intervals draw single moments and are too "
    "narrow"
)
TOLD_OF_ACTORS = (
    "the stored answers do not name the actors: the intervals of accuracy, UAR and F1 are those of "
    "the record, which draw whole actors; the others draw single moments and are too narrow"
)
AGREES = 0.0005
"""between a recorded score and the one computed from rounded probabilities"""


@dataclass(frozen=True, eq=False)
class Evaluated:
    """What the charts of one model or file draw.

    Attributes:
        name: of the model or file
        scores: headline and per class
        report: of one answer per item; for a multi-label model, of the items with one label
        curves: label -> ROC and precision-recall curve
        truths: label -> items that have it
        answers: label -> items answered so
        notices: what a person should know
        multi_label: whether several labels may apply at once
        spec: of the bundle whose stored answers these are; None for a person's own
        table: the person's own file, for as long as it lies there; None where it is not kept
        files: name -> where it lies, of the files that the person gave with it, for as long
    """

    name: str
    scores: ClassificationScores
    report: PredictionReport
    curves: Mapping[str, ClassCurves]
    truths: Mapping[str, int]
    answers: Mapping[str, int]
    notices: tuple[str, ...]
    multi_label: bool = False
    spec: ModelSpec | None = None
    table: Path | None = None
    files: Mapping[str, Path] = field(default_factory=dict)


def of_report(
    name: str,
    report: PredictionReport,
    notices: tuple[str, ...] = (),
    spec: ModelSpec | None = None,
    table: Path | None = None,
    files: Mapping[str, Path] | None = None,
) -> Evaluated:
    """What the charts of a report of single answers draw; arguments as for `Evaluated`."""
    scores = report.scores
    truths = (scores.confusion.sum(1) + scores.unanswered).tolist()
    return Evaluated(
        name=name,
        scores=scores,
        report=report,
        curves=report.probabilities.by_class if report.probabilities else {},
        truths=dict(zip(scores.labels, truths, strict=True)),
        answers=dict(zip(scores.labels, scores.confusion.sum(0).tolist(), strict=True)),
        notices=(*notices, *report.predictions.notices),
        spec=spec,
        table=table,
        files=files or {},
    )


def parts_in_words(parts: str) -> str:
    """Letters of modalities as words, such as `words + voice`."""
    return " + ".join(PART_NAMES.get(letter, letter) for letter in parts)


def data_set(spec: ModelSpec) -> str:
    """The short name of the data set that a model was scored on, from its protocol."""
    found = re.match(r"[^(,;.]+", spec.protocol)
    return found[0].strip() if found else ""


def record(spec: ModelSpec) -> dict[str, Any]:
    """The bundle's `results.json`; empty where it has none that can be read."""
    try:
        content = json.loads((spec.folder / FOLDER / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def answers_path(spec: ModelSpec) -> Path:
    """Where the stored answers lie."""
    return spec.folder / FOLDER / TABLE


def stamp(spec: ModelSpec) -> tuple[str, ...]:
    """Changes with the bundle's record, so that nothing outdated is kept."""
    paths = (answers_path(spec), spec.folder / FOLDER / RECORD)
    return (str(spec.folder), *(str(p.stat().st_mtime_ns) for p in paths if p.is_file()))


def _read(spec: ModelSpec) -> pd.DataFrame:
    path = answers_path(spec)
    if not path.is_file():
        raise InvalidInput(f"{spec.id} has no stored answers ({FOLDER}/{TABLE}); train it again")
    try:
        frame = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{path} cannot be read: {error}; train {spec.id} again") from error
    needed = ["truth", *probability_columns(spec.labels)]
    if missing := [name for name in needed if name not in frame.columns]:
        raise InvalidInput(f"{path} lacks the columns {', '.join(missing)}; train it again")
    return frame


def part_choices(spec: ModelSpec) -> list[str]:
    """Sets of modalities that a fusion's stored answers hold, the fullest first."""
    frame = _read(spec)
    if PARTS not in frame.columns:
        return []
    return sorted(frame[PARTS].unique(), key=lambda p: (-len(p), p))


def answer_frame(spec: ModelSpec, parts: str = EVERY_PART) -> pd.DataFrame:
    """A bundle's stored answers in the form that `evaluate predictions` takes.

    Args:
        spec: of the bundle
        parts: letters of the modalities of a fusion's moments

    Returns:
        one row per item: what was stored, and `prediction`; of several labels in `truth`, joined
    """
    frame = _read(spec)
    if PARTS in frame.columns:
        frame = frame[frame[PARTS] == parts].reset_index(drop=True)
        frame.insert(0, "id", np.arange(len(frame)))
    matrix = frame[probability_columns(spec.labels)].to_numpy(np.float64)
    answered = ~np.isnan(matrix).any(1)
    best = np.array(spec.labels, object)[np.where(answered, np.nan_to_num(matrix).argmax(1), 0)]
    frame.insert(2, "prediction", np.where(answered, best, ""))
    return frame


def predictions_of(frame: pd.DataFrame, name: str, labels: str = "") -> Predictions:
    """Stored answers as truths and predictions, checked as those of a person's file are."""
    group = next((g for g in GROUPS if g in frame.columns), None)
    columns = ColumnChoice("truth", "prediction", group, "id" if "id" in frame.columns else None)
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.parquet"
        frame.to_parquet(path)
        return read_predictions(path, columns, labels)


@st.cache_resource(show_spinner=False, max_entries=32)
def _evaluated(
    _spec: ModelSpec,
    parts: str,
    stamped: tuple[str, ...],  # noqa: ARG001 - part of the key
) -> Evaluated:
    frame = answer_frame(_spec, parts)
    if _spec.multi_label:
        return _several(_spec, frame)
    report = evaluate_predictions(predictions_of(frame, _spec.id))
    recorded = _recorded_scores(_spec) if parts == EVERY_PART else {}
    found = of_report(_spec.id, report, _doubts(_spec, report, recorded), _spec)
    if _spec.modality != "fusion":
        return found
    return replace(found, scores=_with_intervals(found.scores, recorded))


def evaluated(spec: ModelSpec, parts: str = EVERY_PART) -> Evaluated:
    """The scores of a bundle's stored answers; computed once for each state of the bundle.

    Raises:
        InvalidInput: if there are no stored answers, or they cannot be scored
    """
    return _evaluated(spec, parts, stamp(spec))


def _recorded_scores(spec: ModelSpec) -> dict[str, Any]:
    scores = record(spec).get("scores", {})
    return scores if isinstance(scores, dict) else {}


def _agree(recorded: Mapping[str, Any], name: str, value: float) -> bool:
    told = recorded.get(name)
    return isinstance(told, float) and abs(told - value) <= AGREES


def _with_intervals(
    scores: ClassificationScores, recorded: Mapping[str, Any]
) -> ClassificationScores:
    """The intervals of the record where its scores are these; it knows the groups."""
    spans, classes = recorded.get("intervals", {}), recorded.get("per_class", {})
    own = {
        name: (float(spans[name][0]), float(spans[name][1]))
        for name, value in scores.metrics.items()
        if name in spans and _agree(recorded, name, value)
    }
    per_class = {
        label: replace(found, f1_interval=tuple(classes[label]["f1_interval"]))
        if label in classes and _agree(classes[label], "f1", found.f1)
        else found
        for label, found in scores.per_class.items()
    }
    return replace(scores, intervals={**scores.intervals, **own}, per_class=per_class)


def _doubts(
    spec: ModelSpec, report: PredictionReport, recorded: Mapping[str, Any]
) -> tuple[str, ...]:
    """Where the record of a bundle knows more, or says something else, than its stored answers."""
    found = []
    if spec.modality == "fusion" and report.groups is None:
        found.append(TOLD_OF_ACTORS if recorded else NOT_TOLD_OF_ACTORS)
    apart = [
        f"{name} {recorded[name]:.4f} (here {value:.4f})"
        for name, value in report.scores.metrics.items()
        if name in recorded and not _agree(recorded, name, value)
    ]
    if apart:
        found.append(f"the record says {', '.join(apart)}")
    return tuple(found)


@dataclass(frozen=True, eq=False)
class _SeveralLabels:
    """Truths, presences and answers (item, label) of a multi-label model's stored answers."""

    truth: np.ndarray
    presence: np.ndarray
    answers: np.ndarray


def _several_labels(spec: ModelSpec, frame: pd.DataFrame) -> _SeveralLabels:
    presence = frame[[f"presence_{x}" for x in spec.labels]].to_numpy(np.float64)
    spelt = [set(str(t).split(SEVERAL)) for t in frame["truth"]]
    truth = np.array([[label in s for label in spec.labels] for s in spelt])
    thresholds = np.array(spec.calibration.thresholds or [0.5] * len(spec.labels))
    return _SeveralLabels(truth, presence, presence >= thresholds)


def label_tables_of(spec: ModelSpec) -> LabelTables:
    """Stored answers of a multi-label model, by its thresholds, to be compared with others."""
    frame = _read(spec)
    found = _several_labels(spec, frame)
    return LabelTables(
        name=spec.id,
        labels=spec.labels,
        truth=found.truth,
        prediction=found.answers,
        rows=np.arange(len(frame)),
        groups=None,
        ids=WordColumn(np.arange(len(frame)), tuple(frame["id"].astype(str))),
    )


def _several(spec: ModelSpec, frame: pd.DataFrame) -> Evaluated:
    """Of a multi-label model: all labels by their thresholds, and single answers beside them."""
    labels, found = spec.labels, _several_labels(spec, frame)
    truth = found.truth
    one = truth.sum(1) == 1
    single = frame[one].drop(columns=[c for c in frame.columns if c.startswith("presence_")])
    both = [(x, i) for i, x in enumerate(labels) if 0 < truth[:, i].sum() < len(truth)]
    return Evaluated(
        name=spec.id,
        scores=_several_scores(spec, truth, found.answers),
        report=evaluate_predictions(predictions_of(single.reset_index(drop=True), spec.id)),
        curves={x: class_curves(truth[:, i], found.presence[:, i]) for x, i in both},
        truths=dict(zip(labels, truth.sum(0).tolist(), strict=True)),
        answers=dict(zip(labels, found.answers.sum(0).tolist(), strict=True)),
        notices=(
            "several labels can apply at once: accuracy counts a text only if every label is "
            f"right; confusion, reliability and coverage are of the {int(one.sum()):,} texts with "
            "exactly one label, by the most probable label",
        ),
        multi_label=True,
        spec=spec,
    )


def _several_scores(
    spec: ModelSpec, truth: np.ndarray, answers: np.ndarray
) -> ClassificationScores:
    """Scores of all labels; the intervals are those of the record where it has them."""
    recorded = _recorded_scores(spec)
    scores = multi_label_scores(truth, answers, spec.labels, samples=1)
    spans = recorded.get("intervals", {})
    if all(name in spans and _agree(recorded, name, v) for name, v in scores.metrics.items()):
        return _with_intervals(scores, recorded)
    return multi_label_scores(truth, answers, spec.labels)


def megabytes(spec: ModelSpec) -> float:
    """Size of the files that a bundle answers with."""
    paths = (spec.folder / name for name in spec.files)
    return sum(p.stat().st_size for p in paths if p.is_file()) / 1e6


def scored(specs: list[ModelSpec]) -> dict[str, Evaluated]:
    """The bundles whose stored answers can be scored."""
    found = {}
    for spec in specs:
        try:
            found[spec.id] = evaluated(spec)
        except EmotionCoreError:
            continue
    return found
