"""Findings and results as bundles hold them, made up."""

from typing import Any

import numpy as np

from emotion_core.evaluation.metrics import classification_scores
from emotion_core.evaluation.prediction_report import scores_record


def check(**changed: Any) -> dict[str, Any]:
    """One comparison of `leaks.json`, clean unless changed."""
    return {
        "told": "test texts against training texts", "kind": "texts", "items": 100,
        "compared_with": 900, "exact": 0, "normalised": 0, "near": 0, "groups": "",
        "groups_on_both_sides": 0, "left_out": 0,
    } | changed  # fmt: skip


def _scores(n: int, accuracy: float) -> dict[str, Any]:
    span = [accuracy, accuracy - 0.1, accuracy + 0.1]
    return {"n": n, "accuracy": span, "uar": span, "macro_f1": span, "weighted_f1": span}


def leaks(checks: list[dict[str, Any]]) -> dict[str, Any]:
    """What `bundle_leaks` writes."""
    scores = {"all": _scores(100, 0.75), "without exact copies": _scores(97, 0.7)}
    told = {"encoder": "some-encoder", "seen": "unknown", "told": "nobody knows"}
    return {"checks": checks, "scores": scores, "upstream": [told]}


def worth() -> dict[str, Any]:
    """What `measure_face_leakage` writes."""
    part = {"n": 50, "gain": [0.1, 0.05, 0.15], "leaking": _scores(50, 0.8),
            "honest": _scores(50, 0.7)}  # fmt: skip
    copies = {"n": 20, "accuracy": [0.9, 0.8, 1.0], "alike": [0.7, 0.6, 0.8],
              "gain": [0.2, 0.1, 0.3]}  # fmt: skip
    return {
        "settings": {"epochs": 3, "size": 24, "faces": 500, "seed": 1},
        "training_faces": {"leaking": 500, "honest": 500},
        "twins_in_training": 60,
        "parts": {"test faces": part, "test faces with an exact copy": part},
        "shipped": {"exact copies": copies},
    }


def results(labels: tuple[str, ...]) -> dict[str, Any]:
    """What lies in `results.json` of a text bundle."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, len(labels), 100)
    answer = np.where(rng.random(100) < 0.7, truth, rng.integers(0, len(labels), 100))
    scores = classification_scores(truth, answer, labels, samples=20)
    without = {"n": 98, "accuracy": 0.7, "macro_f1": 0.7, "weighted_f1": 0.7}
    return {
        "protocol": "made up",
        "metrics": scores.metrics,
        "scores": scores_record(scores),
        "mapped": {},
        "calibration": {},
        "duplicates": {"exact": 2, "normalised": 2, "without": without},
        "deletion": [],
        "readings": [],
    }
