"""By how much a split with speakers on both sides flatters, told by a quick probe."""

from typing import NamedTuple

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ..datasets.splits import group_folds
from ..errors import InvalidInput
from .audio_frames import FrameStore

FOLDS = 5
"""or as many as there are speakers"""


class Flattery(NamedTuple):
    """Unweighted average recall of one probe under two splits."""

    at_random: float
    speakers_apart: float | None
    """None where the speakers cannot be held apart"""

    def __str__(self) -> str:
        probe = f"a quick probe scores a UAR of {self.at_random:.3f} with speakers on both sides"
        if self.speakers_apart is None:
            return (
                f"{probe}; by how much that flatters cannot be told, since too few speakers have "
                "every class to hold some of them out"
            )
        return (
            f"{probe} and {self.speakers_apart:.3f} with speakers apart: the random split flatters "
            f"by {self.at_random - self.speakers_apart:+.3f}"
        )


def _statistics(store: FrameStore, items: np.ndarray) -> np.ndarray:
    """(item, 2 * bin) mean and deviation of each clip's levels."""
    clips = (store.clip(int(i)) for i in items)
    return np.stack([np.concatenate([c.mean(0), c.std(0)]) for c in clips])


def measure_flattery(
    store: FrameStore, items: np.ndarray, labels: np.ndarray, voices: np.ndarray, seed: int
) -> Flattery:
    """Cross-validate a logistic regression on clip statistics, speakers mixed and apart.

    Args:
        store: frames
        items: (item,) places in the store
        labels: (item,) words
        voices: (item,) names of speakers
        seed: of both splits

    Raises:
        InvalidInput: if a class has a single item
    """
    features = _statistics(store, items)
    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300))
    folds = max(2, min(FOLDS, len(set(voices))))

    def score(groups: np.ndarray) -> float:
        fold = group_folds(groups, labels.tolist(), folds, seed)
        prediction = labels.copy()
        for k in range(folds):
            fitted = probe.fit(features[fold != k], labels[fold != k])
            prediction[fold == k] = fitted.predict(features[fold == k])
        return float(balanced_accuracy_score(labels, prediction))

    at_random = score(np.arange(len(items)))
    try:
        return Flattery(at_random, score(voices))
    except InvalidInput:
        return Flattery(at_random, None)
