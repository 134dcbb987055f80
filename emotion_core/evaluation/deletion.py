"""Deletion test: does removing the words that an explanation names move the answer?"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import bootstrap

from ..text.pipeline import TextModel


@dataclass(frozen=True)
class DeletionResult:
    """Mean fall of the explained label's probability when words are removed.

    Attributes:
        top: after removing the words that weigh most
        random: after removing as many random words
        difference_interval: 95 % interval of the mean of top minus random over texts
        texts: how many texts were tried
    """

    method: str
    top: float
    random: float
    difference_interval: tuple[float, float]
    texts: int


def _without(text: str, spans: np.ndarray, removed: np.ndarray) -> str:
    kept = [text[a:b] for i, (a, b) in enumerate(spans) if i not in set(removed.tolist())]
    return " ".join(kept) or "."


def deletion_test(
    model: TextModel,
    texts: list[str],
    method: str,
    share: float = 0.2,
    draws: int = 5,
    seed: int = 0,
) -> DeletionResult:
    """Remove the top `share` of the words, and as many random ones, and compare.

    Args:
        model: explained
        texts: those with fewer than four words are left out
        method: one of the model's methods
        share: of the words, at least one
        draws: random removals per text, averaged
        seed: of the random removals

    Source: Samek et al., IEEE TNNLS 2017 (region perturbation), for words.
    """
    rng = np.random.default_rng(seed)
    falls: list[tuple[float, float]] = []
    for text in texts:
        weights = model.explain(text, method)
        if len(weights) < 4:
            continue
        count = max(1, round(share * len(weights)))
        top = np.argsort(-weights.weights, kind="stable")[:count]
        removals = [top, *(rng.permutation(len(weights))[:count] for _ in range(draws))]
        variants = [weights.text, *(_without(weights.text, weights.spans, r) for r in removals)]
        values = np.array([a.as_dict()[weights.label] for a in model.predict(variants)])
        falls.append((values[0] - values[1], values[0] - values[2:].mean()))
    by_top, by_chance = np.array(falls).T
    interval = bootstrap(
        (by_top - by_chance,), np.mean, n_resamples=1000, rng=rng
    ).confidence_interval
    return DeletionResult(
        method,
        float(by_top.mean()),
        float(by_chance.mean()),
        (float(interval.low), float(interval.high)),
        len(falls),
    )
