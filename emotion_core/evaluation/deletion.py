"""Deletion test: does removing the words that an explanation names move the answer?"""

from typing import Any

import numpy as np
from scipy.stats import bootstrap

from ..text.pipeline import TextModel
from ..types import WordWeights
from .explained_parts import words_left


def fall_record(method: str, falls: np.ndarray, items: str) -> dict[str, Any]:
    """Mean falls of the explained label's probability, ready for JSON.

    Args:
        method: of the explanation
        falls: (item, 2) of two items or more, after removing what the explanation names, and as
            much elsewhere
        items: `texts`, `recordings` or `faces`

    Returns:
        `method`, `top`, `random`, the 95 % interval of the mean of top minus random over items,
        and how many items there were
    """
    by_top, by_chance = falls.T
    interval = bootstrap(
        (by_top - by_chance,),
        np.mean,
        n_resamples=1000,
        method="percentile",  # the others are NaN where all items fall alike
        rng=np.random.default_rng(0),
    ).confidence_interval
    return {
        "method": method,
        "top": float(by_top.mean()),
        "random": float(by_chance.mean()),
        "difference_interval": (float(interval.low), float(interval.high)),
        items: len(falls),
    }


def _without(weights: WordWeights, removed: np.ndarray) -> str:
    there = ~np.isin(np.arange(len(weights)), removed)
    return words_left(weights.text, weights.spans, there)


def deletion_test(
    model: TextModel,
    texts: list[str],
    method: str,
    share: float = 0.2,
    draws: int = 5,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """Remove the top `share` of the words, and as many random ones, and compare.

    Args:
        model: explained
        texts: those with fewer than four words are left out
        method: one of the model's methods
        share: of the words, at least one
        draws: random removals per text, averaged
        seed: of the random removals

    Returns:
        one record, or none for fewer than two texts

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
        variants = [weights.text, *(_without(weights, r) for r in removals)]
        values = np.array([a.as_dict()[weights.label] for a in model.predict(variants)])
        falls.append((values[0] - values[1], values[0] - values[2:].mean()))
    if len(falls) < 2:
        return []
    return [fall_record(method, np.array(falls), "texts")]
