"""Logits that voice models gave, as a table, and what knowing the speaker does to them.

A table has a row per recording: `truth`, `speaker`, `fold`, `error`, and `<prefix>_<label>` for
each way in which its frames were normalised.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

AVERAGE_VOICE, OWN_VOICE, ORDINARY_VOICE = "logit", "own", "ordinary"
"""by the average profile, by that of all clips of the speaker, shifted by the ordinary ones"""
LEAST_DEVIATION = 1e-6


def logits_of(
    answers: pd.DataFrame, labels: Sequence[str], prefix: str = AVERAGE_VOICE
) -> np.ndarray:
    """(item, label) from the columns `<prefix>_<label>`."""
    return answers[[f"{prefix}_{x}" for x in labels]].to_numpy(np.float64, copy=True)


def standardised_by_voice(answers: pd.DataFrame, labels: Sequence[str]) -> np.ndarray:
    """(item, label) logits by the own voice, less their mean and by their deviation per speaker.

    Uses every clip of a speaker and none of the labels, as the normalisation of features does.
    """
    logits = logits_of(answers, labels, OWN_VOICE)
    for speaker in answers["speaker"].unique():
        rows = (answers["speaker"] == speaker).to_numpy()
        spread = np.maximum(logits[rows].std(0), LEAST_DEVIATION)
        logits[rows] = (logits[rows] - logits[rows].mean(0)) / spread
    return logits
