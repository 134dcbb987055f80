"""What is measured in processes of their own: peak memory, long files, cold start."""

import json
import subprocess
import sys

import numpy as np

from .record import times_ms

COLD_STARTS = 5


def worker(modality: str, *arguments: str) -> dict[str, float]:
    """What `python -m benchmarks.<modality>_worker ARGUMENTS` prints."""
    command = [sys.executable, "-m", f"benchmarks.{modality}_worker", *arguments]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def cold_start(kind: str, item: str, model_id: str) -> dict[str, float]:
    """From the shell's command to the printed answer.

    Args:
        kind: what `emotion_core predict` is told to predict, such as `text`
        item: a text, or the path of a file
        model_id: bundle id or folder
    """
    command = [sys.executable, "-m", "emotion_core", "predict", kind, item]
    command += ["--model", model_id]
    times = times_ms(lambda: subprocess.run(command, check=True, capture_output=True), COLD_STARTS)
    return {"cold_start_median_s": float(np.median(times)) / 1e3}
