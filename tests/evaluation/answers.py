"""Made-up answers with known faults, shared by the tests of evaluation."""

from pathlib import Path

import numpy as np
import pandas as pd

from emotion_core.labels import EKMAN7


def make_answers(rows: int = 300, seed: int = 0) -> pd.DataFrame:
    """Answers in `EKMAN7`, right more often than not, of 12 speakers of two sexes."""
    rng = np.random.default_rng(seed)
    labels = np.array(EKMAN7)
    truth = rng.integers(0, 7, rows)
    logits = rng.normal(0, 1, (rows, 7))
    logits[np.arange(rows), truth] += 1.5
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    speaker = rng.integers(0, 12, rows)
    frame = pd.DataFrame(
        {
            "id": [f"i{k}" for k in range(rows)],
            "speaker": speaker,
            "sex": np.where(speaker % 2, "m", "f"),
            "truth": labels[truth],
            "label": labels[probabilities.argmax(1)],
        }
    )
    for place, label in enumerate(EKMAN7):
        frame[f"p_{label}"] = probabilities[:, place]
    return frame


def write(frame: pd.DataFrame, path: Path) -> Path:
    """A table by its ending."""
    if path.suffix == ".parquet":
        frame.to_parquet(path, index=False)
    elif path.suffix == ".jsonl":
        frame.to_json(path, orient="records", lines=True)
    else:
        frame.to_csv(path, index=False, sep="\t" if path.suffix == ".tsv" else ",")
    return path
