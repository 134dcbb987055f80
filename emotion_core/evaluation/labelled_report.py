"""The full report of a model on a person's labelled raw items, as the model is run by a user."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..datasets.columns import PredictionColumns, WordColumn
from ..datasets.labelled_items import LabelledItems, labels_in
from ..errors import InvalidInput
from ..markup import counted
from ..rows import probability_columns
from .labelled_answers import LabelledAnswers, OnProgress, RawModel, answer_items
from .labelled_mapping import LabelMap
from .metrics import ClassificationScores, multi_label_scores
from .prediction_report import PredictionReport, evaluate_predictions, scores_record
from .predictions import ERROR, PROBABILITIES, ColumnChoice, group_numbers, predictions_from

ID, TRUTH, PREDICTION, WRITTEN, UNCERTAIN = "id", "truth", "prediction", "written", "uncertain"
FIXED = (ID, TRUTH, PREDICTION, WRITTEN, UNCERTAIN, ERROR)
"""columns of the file of predictions, before group, slices and probabilities"""
NAMED_REASONS = 5


@dataclass(frozen=True, eq=False)
class LabelledReport:
    """What was measured on labelled raw items.

    Attributes:
        report: of the items with one label, as of any file of predictions
        items: that have a label with a place, those with several among them
        answers: to them
        labels: how their labels were carried
        truths: (item,) ordered labels of each, carried
        several: scores of all labels of all items, of a model that can give several; else None
        protocol: how it was measured
    """

    report: PredictionReport
    items: LabelledItems
    answers: LabelledAnswers
    labels: LabelMap
    truths: list[tuple[str, ...]] = field(repr=False)
    several: ClassificationScores | None
    protocol: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """All of it, ready for JSON: that of `evaluate predictions`, and how it was measured."""
        record = self.report.as_dict()
        record["unanswered"]["reasons"] = self.reasons
        record["protocol"] |= self.protocol
        if self.several is not None:
            record["several_labels"] = scores_record(self.several)
        return record

    @property
    def reasons(self) -> dict[str, int]:
        """Why scored items have no answer -> how many, the most frequent first."""
        return _reasons(self.answers, _single(self.truths))

    def frame(self) -> pd.DataFrame:
        """A row per item with one label, in the form that `evaluate predictions` takes."""
        return _frame(self.items, self.answers, self.truths, _single(self.truths))


def evaluate_labelled(
    model: RawModel,
    items: LabelledItems,
    labels: LabelMap,
    *,
    aligned: bool = False,
    on_progress: OnProgress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> LabelledReport:
    """Answer every item from its file on, and score the answers.

    An item without an answer is wrong. Of a model that can give several labels the most probable
    one is scored where an item has one label; all of them are scored beside.

    Args:
        model: of the items' modality
        items: read by `read_labelled`
        labels: from `map_labels`
        aligned: whether each picture is a face already
        on_progress: called with (items done, items)
        should_stop: asked between items; yes scores what was done so far

    Raises:
        InvalidInput: if no item with one label was answered or tried
    """
    carried = [tuple(dict.fromkeys(_carried(cell, labels))) for cell in items.truth.words]
    placed = np.array([bool(c) for c in carried], bool)[items.truth.numbers]
    kept = items.take(np.flatnonzero(placed))
    answers = answer_items(
        model, kept, labels.target, aligned=aligned, on_progress=on_progress,
        should_stop=should_stop,
    )  # fmt: skip
    done = len(answers)
    stopped = len(kept) - done
    kept = kept.take(np.arange(done)) if stopped else kept
    truths = [carried[i] for i in kept.truth.numbers]
    single = _single(truths)
    if not len(single):
        raise InvalidInput(_none_scored(items.name, done, stopped))
    protocol = _protocol(model, items, labels, answers, done - len(single), aligned, stopped)
    several = _several(model, kept, answers, truths)
    told = _notices(kept, labels, answers, truths, stopped, several)
    frame = _frame(kept, answers, truths, single)
    report = _report(f"{items.name} ({model.spec.id})", kept, frame, told)
    return LabelledReport(report, kept, answers, labels, truths, several, protocol)


def _carried(cell: str, labels: LabelMap) -> list[str]:
    return [labels.table[word] for word in labels_in(cell) if word in labels.table]


def _single(truths: list[tuple[str, ...]]) -> np.ndarray:
    """Numbers of the items with one label."""
    return np.flatnonzero([len(t) == 1 for t in truths])


def _none_scored(name: str, done: int, stopped: int) -> str:
    if not done:
        return f"{name}: stopped before the first item was answered; start it again"
    if stopped:
        return f"{name}: stopped before an item with one label was answered; start it again"
    return f"{name}: expected items with one label each, got several for each of {done:,}"


def _several(
    model: RawModel,
    items: LabelledItems,
    answers: LabelledAnswers,
    truths: list[tuple[str, ...]],
) -> ClassificationScores | None:
    """All labels of all items, by the model's thresholds."""
    if not model.spec.multi_label:
        return None
    place = {label: i for i, label in enumerate(answers.labels)}
    truth = np.zeros((len(truths), len(place)), bool)
    for row, labels in enumerate(truths):
        truth[row, [place[x] for x in labels]] = True
    groups = None if items.groups is None else group_numbers(items.groups)[0]
    return multi_label_scores(truth, answers.present, answers.labels, groups)


def _reasons(answers: LabelledAnswers, items: np.ndarray) -> dict[str, int]:
    counts = Counter(answers.reasons[i] for i in items)
    return {reason: n for reason, n in counts.most_common() if reason}


def _protocol(
    model: RawModel,
    items: LabelledItems,
    labels: LabelMap,
    answers: LabelledAnswers,
    several: int,
    aligned: bool,
    stopped: int,
) -> dict[str, Any]:
    start = "from a face that is cut out" if aligned else "from the raw item"
    return {
        "model": model.spec.id,
        "modality": items.modality,
        "path": f"{start} to the answer, as a user runs it",
        "split": items.split,
        "items_given": len(items),
        "labels": list(labels.target),
        "mapping": labels.table,
        "unmapped": labels.unmapped,
        "items_with_several_labels": several,
        "pictures_with_several_faces": answers.several_faces,
        "not_answered_since_stopped": stopped,
        "uncertain": {"share": float(answers.uncertain.mean())},
    }


def _notices(
    items: LabelledItems,
    labels: LabelMap,
    answers: LabelledAnswers,
    truths: list[tuple[str, ...]],
    stopped: int,
    several: ClassificationScores | None,
) -> tuple[str, ...]:
    """What a person should know, the gravest first."""
    told = []
    single, done = _single(truths), len(answers)
    if stopped:
        told.append(
            f"stopped after {done:,} of {done + stopped:,} items, in the order of the data; the "
            "rest is left out, so the scores may be of some labels only"
        )
    if reasons := _reasons(answers, single):
        told.append(f"without an answer: {_listed(reasons)}")
    told += labels.notices
    if more := done - len(single):
        told.append(f"{counted(more, 'item')} with several labels left out of the scores below")
    if several is not None:
        scores = several.metrics
        told.append(
            "the model can give several labels: below, its most probable one counts; all labels of "
            f"all {several.n:,} items, by its thresholds: macro F1 {scores['macro_f1']:.3f}, micro "
            f"F1 {scores['micro_f1']:.3f}, every label right {scores['accuracy']:.3f}"
        )
    if answers.several_faces:
        told.append(
            f"several faces in {counted(answers.several_faces, 'picture')}; the largest is taken"
        )
    told += items.notices
    told += [f"{notice} ({counted(n, 'item')})" for notice, n in _most(answers.notices)]
    return tuple(told)


def _most(counts: dict[str, int]) -> list[tuple[str, int]]:
    return Counter(counts).most_common(NAMED_REASONS)


def _listed(reasons: dict[str, int]) -> str:
    most = _most(reasons)
    rest = sum(reasons.values()) - sum(n for _, n in most)
    listed = [f"{reason} ({n:,})" for reason, n in most]
    return "; ".join([*listed, f"other reasons ({rest:,})"] if rest else listed)


def _own_columns(items: LabelledItems) -> dict[str, WordColumn]:
    """Group and slices by names that are not those of the file of predictions."""
    named = dict(items.slices or {})
    if items.groups is not None:
        named = {items.group_column: items.groups, **named}
    return {_free(name): column for name, column in named.items()}


def _free(name: str) -> str:
    taken = name in FIXED or name.startswith(PROBABILITIES)
    return f"own_{name}" if taken else name


def _frame(
    items: LabelledItems,
    answers: LabelledAnswers,
    truths: list[tuple[str, ...]],
    single: np.ndarray,
) -> pd.DataFrame:
    labels = np.array([*answers.labels, ""], object)
    written = items.truth.take(single)
    frame = pd.DataFrame(
        {
            ID: [items.ids[i] for i in single],
            TRUTH: [truths[i][0] for i in single],
            PREDICTION: labels[answers.prediction[single]],
            WRITTEN: list(written),
            UNCERTAIN: answers.uncertain[single],
            ERROR: [answers.errors[i] for i in single],
        }
    )
    for name, column in _own_columns(items).items():
        frame[name] = list(column.take(single))
    values = pd.DataFrame(
        answers.probabilities[single], columns=probability_columns(answers.labels)
    )
    return pd.concat([frame, values], axis=1)


def _report(
    name: str, items: LabelledItems, frame: pd.DataFrame, told: tuple[str, ...]
) -> PredictionReport:
    """Scored as a file with these columns would be."""
    probabilities = [c for c in frame if str(c).startswith(PROBABILITIES)]
    group = _free(items.group_column) if items.groups is not None else None
    columns = ColumnChoice(
        TRUTH, PREDICTION, group, ID, None, tuple(_free(s) for s in items.slices or {})
    )
    words = [TRUTH, PREDICTION, ERROR, ID, *_own_columns(items)]
    content = PredictionColumns(
        len(frame),
        {w: WordColumn.of(frame[w].tolist()) for w in words},
        frame[probabilities].to_numpy(np.float64, copy=True),
    )
    spelt = tuple(str(c).removeprefix(PROBABILITIES) for c in probabilities)
    found = predictions_from(name, columns, content, spelt)
    return evaluate_predictions(replace(found, notices=(*told, *found.notices)))


def write_answers(frame: pd.DataFrame, target: Path) -> None:
    """The file of predictions, by its ending: `.parquet`, `.csv` or `.jsonl`.

    Raises:
        InvalidInput: if it cannot be written
    """
    try:
        if target.suffix.lower() == ".parquet":
            frame.to_parquet(target, index=False)
        elif target.suffix.lower() == ".jsonl":
            frame.to_json(target, orient="records", lines=True, force_ascii=False)
        else:
            frame.to_csv(target, index=False)
    except OSError as error:
        raise InvalidInput(f"{target} cannot be written: {error}") from error
