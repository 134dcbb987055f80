"""The record of a text model with scores per language, over the labels that were asked."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from ..evaluation.duplicates import seen_in_training
from ..evaluation.metrics import multi_label_scores
from ..evaluation.text_report import TextReport
from ..rows import probability_columns
from ..types import ModelSpec
from .text_data import TextSplit
from .text_languages import ScoresByLanguage, languages_of, scores_by_language


@dataclass(frozen=True, eq=False)
class LanguageReport:
    """What was measured, and the same per language."""

    whole: TextReport
    languages: ScoresByLanguage

    @property
    def protocol(self) -> str:
        """How it was measured."""
        return self.whole.protocol

    @property
    def metrics(self) -> dict[str, float]:
        """Of all texts together; `language_macro_f1` counts each language once."""
        return self.whole.metrics | {"language_macro_f1": round(self.languages.macro_f1, 4)}

    @property
    def predictions(self) -> pd.DataFrame:
        """Item id, truth, probabilities, language, and the labels that were not asked."""
        return self.whole.predictions

    def as_dict(self) -> dict[str, Any]:
        """Everything but the predictions, ready for JSON."""
        return self.whole.as_dict() | {
            "metrics": self.metrics,
            "languages": self.languages.as_dict(),
        }


def _stored(
    predictions: pd.DataFrame, labels: tuple[str, ...], split: TextSplit, asked: np.ndarray
) -> pd.DataFrame:
    """Answers in half the bytes, with the language and the labels that were not asked.

    The presence of a label that was not asked is stored as 0, so that scores of the table are
    those of the record.
    """
    presences = [f"presence_{label}" for label in labels]
    numbers = predictions[[*probability_columns(labels), *presences]].round(5).astype("float32")
    numbers[presences] = numbers[presences].where(asked, 0)
    names = np.array(labels)
    return predictions.assign(
        **{str(name): numbers[name] for name in numbers},
        language=languages_of(split),
        not_asked=["|".join(names[~row]) for row in asked],
    )


def with_languages(
    report: TextReport,
    spec: ModelSpec,
    split: TextSplit,
    training_texts: list[str],
    empty_label: str = "",
) -> LanguageReport:
    """Score the answers of a report again, without labels that were not asked, and per language.

    Args:
        report: of the split
        spec: of the model
        split: NaN in its targets where a label was not asked
        training_texts: to leave out test texts that training has seen
        empty_label: takes no part in the scores per language
    """
    asked = ~np.isnan(split.targets)
    presence = report.predictions[[f"presence_{x}" for x in spec.labels]].to_numpy()
    thresholds = spec.calibration.thresholds or (0.5,) * len(spec.labels)
    present = (presence >= np.array(thresholds)) & asked
    scores = multi_label_scores(split.targets > 0.5, present, spec.labels)
    new = ~seen_in_training(split.texts, training_texts, exact=False)
    without: dict[str, Any] = {"n": int(new.sum())}
    if new.any():
        without |= multi_label_scores(split.targets[new] > 0.5, present[new], spec.labels).metrics
    whole = replace(
        report,
        scores=scores,
        metrics=report.metrics | {k: round(v, 4) for k, v in scores.metrics.items()},
        duplicates=report.duplicates | {"without": without},
        predictions=_stored(report.predictions, spec.labels, split, asked),
    )
    languages = scores_by_language(
        split.targets, present, languages_of(split), spec.labels, empty_label
    )
    return LanguageReport(whole, languages)
