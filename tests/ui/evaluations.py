"""Bundles with stored answers, made on the spot."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from emotion_core.labels import EMOTION6
from tests.bundles import write_naive_bayes_bundle

ITEMS, SPEAKERS = 240, 6
PROTOCOL = "made-up items (nobody, 2026), 240 of them, answered at random; no speaker twice."


def stored_answers(
    labels: tuple[str, ...] = EMOTION6, right: float = 0.7, seed: int = 0
) -> pd.DataFrame:
    """Truths and probabilities, of which the largest is right about so often.

    Args:
        labels: ordered
        right: share
        seed: of the answers; the truths are the same for every seed
    """
    truth = np.random.default_rng(99).integers(len(labels), size=ITEMS)
    rng = np.random.default_rng(seed)
    answer = np.where(rng.random(ITEMS) < right, truth, rng.integers(len(labels), size=ITEMS))
    values = rng.random((ITEMS, len(labels)))
    values[np.arange(ITEMS), answer] += 1.5
    values /= values.sum(1, keepdims=True)
    frame = pd.DataFrame(values, columns=[f"p_{x}" for x in labels])
    frame.insert(0, "speaker", [f"s{i % SPEAKERS}" for i in range(ITEMS)])
    frame.insert(0, "truth", [labels[i] for i in truth])
    frame.insert(0, "id", [f"item-{i}" for i in range(ITEMS)])
    return frame


def write_evaluated_bundle(
    folder: Path, frame: pd.DataFrame, labels: tuple[str, ...] = EMOTION6, **manifest: Any
) -> Path:
    """A bundle with these stored answers and a short history."""
    write_naive_bayes_bundle(folder, labels, **({"protocol": PROTOCOL} | manifest))
    (folder / "evaluation").mkdir()
    frame.to_parquet(folder / "evaluation" / "test.parquet")
    (folder / "training").mkdir()
    history = "epoch,train_loss,validation_loss,validation_uar\n1,1.5,1.6,0.4\n2,1.1,1.4,0.6\n"
    (folder / "training" / "history.csv").write_text(history, encoding="utf-8")
    return folder
