"""How a bundle that has learnt from copies of test faces answers them, beside faces as easy."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..datasets.faces import FaceSet
from ..errors import InvalidInput
from ..evaluation.metrics import PERCENTILES
from ..labels import FERPLUS8
from ..rows import probability_columns
from ..types import ModelSpec

FEWEST_ALIKE = 3
"""faces without a copy that a copy is compared with"""
TENTHS = 10


def right_answers(spec: ModelSpec, faces: FaceSet) -> np.ndarray:
    """(test face,) bool: whether the bundle's stored answer is right.

    Raises:
        InvalidInput: if the stored answers are of other faces
    """
    frame = pd.read_parquet(spec.folder / "evaluation" / "test.parquet")
    if frame["id"].astype(str).tolist() != faces.name.tolist():
        raise InvalidInput(f"{spec.id} was measured on other test faces; measure it again")
    prediction = frame[probability_columns(spec.labels)].to_numpy().argmax(1)
    return prediction == faces.truth


def difficulty(faces: FaceSet) -> np.ndarray:
    """(face,) number of what is alike: the label, and the tenths of the crowd that say the same.

    Without a crowd's votes, the label alone.
    """
    agreed = np.zeros(len(faces), int)
    if faces.ballots.shape[1]:
        columns = np.array([FERPLUS8.index(label) for label in faces.labels])[faces.truth]
        votes = faces.ballots[np.arange(len(faces)), columns]
        agreed = np.round(TENTHS * votes / np.maximum(faces.ballots.sum(1), 1)).astype(int)
    return faces.truth * (TENTHS + 1) + agreed


def scored_copies(
    spec: ModelSpec, faces: FaceSet, copies: Mapping[str, np.ndarray], samples: int = 1000
) -> dict[str, Any]:
    """Accuracy on test faces with a copy in training, and on faces as hard without one.

    Args:
        spec: of the bundle, measured
        faces: on their sides
        copies: name -> (face,) bool
        samples: of the bootstrap over copies

    Returns:
        name -> `n`, and `accuracy`, `alike` and `gain` with their intervals
    """
    test = faces.split == "test"
    own = faces.take(test)
    right, hard = right_answers(spec, own), difficulty(own)
    copied = np.any([chosen[test] for chosen in copies.values()], axis=0)
    sums = np.zeros((2, int(hard.max()) + 1))
    np.add.at(sums[0], hard[~copied], right[~copied])
    np.add.at(sums[1], hard[~copied], 1)
    rng, found = np.random.default_rng(0), {}
    for name, chosen in copies.items():
        kept = chosen[test] & (sums[1, hard] >= FEWEST_ALIKE)
        if not kept.any():
            continue
        alike = sums[0, hard[kept]] / sums[1, hard[kept]]
        both = np.stack([right[kept], alike, right[kept] - alike], 1)
        drawn = both[rng.integers(len(both), size=(samples, len(both)))].mean(1)
        spans = np.percentile(drawn, PERCENTILES, axis=0).T
        found[name] = {"n": int(kept.sum())} | {
            key: [float(value), *map(float, span)]
            for key, value, span in zip(
                ("accuracy", "alike", "gain"), both.mean(0), spans, strict=True
            )
        }
    return found
