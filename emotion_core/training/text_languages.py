"""Scores per language, and their mean over the languages, as BRIGHTER's papers report them."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..evaluation.metrics import multi_label_counts, multi_label_metrics, resample
from .text_data import TextSplit

SAMPLES = 1000
PERCENTILES = (2.5, 97.5)
GRID = np.linspace(0.02, 0.9, 89)
"""thresholds that are tried"""


@dataclass(frozen=True)
class LanguageScores:
    """Macro F1 of one language over the labels that were asked of it.

    Attributes:
        n: texts
        macro_f1: mean over the labels
        interval: 95 % of it, from samples of texts
        f1: label -> F1
        support: label -> texts that have it
    """

    n: int
    macro_f1: float
    interval: tuple[float, float]
    f1: dict[str, float]
    support: dict[str, int]


@dataclass(frozen=True)
class ScoresByLanguage:
    """Scores of several languages.

    Attributes:
        by_language: code -> scores
        macro_f1: mean of the languages' macro F1, each language counted once
        interval: 95 % of it
    """

    by_language: dict[str, LanguageScores]
    macro_f1: float
    interval: tuple[float, float]

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return asdict(self)


def _interval(drawn: np.ndarray) -> tuple[float, float]:
    low, high = np.percentile(drawn, PERCENTILES)
    return float(low), float(high)


def scores_by_language(
    targets: np.ndarray,
    present: np.ndarray,
    languages: np.ndarray,
    labels: tuple[str, ...],
    left_out: str = "",
    samples: int = SAMPLES,
) -> ScoresByLanguage:
    """Score each language over the labels that were asked of it.

    Args:
        targets: (item, label) of 0, 1 and NaN (not asked)
        present: (item, label) bool, what was answered
        languages: (item,) codes
        labels: ordered
        left_out: label that takes no part, such as the one of texts without an emotion
        samples: of the bootstrap
    """
    found: dict[str, LanguageScores] = {}
    drawn: list[np.ndarray] = []
    for code in sorted(set(languages.tolist())):
        rows = languages == code
        asked = ~np.isnan(targets[rows]).all(0) & (np.array(labels) != left_out)
        names = [label for label, a in zip(labels, asked, strict=True) if a]
        truth, answered = targets[rows][:, asked] > 0.5, present[rows][:, asked]
        counts = multi_label_counts(truth, answered)
        shape = (-1, len(names), 5)
        exact = multi_label_metrics(counts.sum(0, dtype=np.float64).reshape(shape[1:]))
        sampled = multi_label_metrics(resample(counts, None, samples, 0).reshape(shape))
        drawn.append(sampled["macro_f1"])
        found[code] = LanguageScores(
            n=int(rows.sum()),
            macro_f1=float(exact["macro_f1"]),
            interval=_interval(drawn[-1]),
            f1=dict(zip(names, exact["f1"].tolist(), strict=True)),
            support=dict(zip(names, truth.sum(0).tolist(), strict=True)),
        )
    mean = float(np.mean([scores.macro_f1 for scores in found.values()]))
    return ScoresByLanguage(found, mean, _interval(np.mean(drawn, axis=0)))


def fit_common_thresholds(
    targets: np.ndarray, presence: np.ndarray, languages: np.ndarray
) -> np.ndarray:
    """For each label the one threshold whose F1, averaged over the languages, is largest.

    Args:
        targets: (item, label) of 0, 1 and NaN (not asked)
        presence: (item, label) in [0, 1]
        languages: (item,) codes

    Returns:
        (label,)
    """
    codes, owner = np.unique(languages, return_inverse=True)
    thresholds = np.full(targets.shape[1], 0.5)
    for k in range(targets.shape[1]):
        asked = ~np.isnan(targets[:, k])
        truth = targets[asked, k] > 0.5
        above = presence[asked, k, None] >= GRID
        of = owner[asked]
        hits = np.zeros((len(codes), len(GRID)))
        answered, support = hits.copy(), np.bincount(of, truth, len(codes))[:, None]
        np.add.at(hits, of, above & truth[:, None])
        np.add.at(answered, of, above)
        f1 = 2 * hits / np.maximum(answered + support, 1)
        taking_part = np.bincount(of, minlength=len(codes)) > 0
        thresholds[k] = GRID[int(f1[taking_part].mean(0).argmax())]
    return thresholds


def languages_of(split: TextSplit) -> np.ndarray:
    """(item,) codes; one and the same where nothing says them."""
    return split.languages if len(split.languages) else np.full(len(split), "all")


def language_macro_f1(
    split: TextSplit, logits: np.ndarray, labels: tuple[str, ...], left_out: str = ""
) -> float:
    """Mean macro F1 of the languages under the thresholds that suit them best.

    Args:
        split: that is answered
        logits: (item, label)
        labels: ordered
        left_out: as for `scores_by_language`
    """
    presence, languages = 1 / (1 + np.exp(-logits)), languages_of(split)
    thresholds = fit_common_thresholds(split.targets, presence, languages)
    present = presence >= thresholds
    return scores_by_language(split.targets, present, languages, labels, left_out, 1).macro_f1
