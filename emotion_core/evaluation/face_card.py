"""The model card of a face bundle, written from its manifest and its measured results."""

from collections.abc import Mapping
from typing import Any

from ..types import ModelSpec
from .card import (
    calibration_text,
    class_table,
    deletion_table,
    kept_settings,
    known_failures,
    metric_table,
    protocol_table,
    readings_section,
)
from .finding_sections import finding_sections

COLUMNS = {"accuracy": "accuracy", "uar": "UAR", "macro_f1": "macro F1"}
INTENDED = """\
Research, teaching, interface studies and the analysis of pictures and videos, where a person looks
at the answers. It says which expression a face shows in a picture."""
NOT_FOR = """\
Diagnosis, lie detection, hiring, grading, policing, border control, credit, or any decision about
a person without that person's knowledge and a human judgement. An expression is not a feeling:
people smile without joy and are sad without showing it."""
FAILURES = """\
- Faces that look away, are covered, very dark or smaller than about 24 px are read badly or not
  found at all.
- A face at rest can look sad or angry to it, by age, build or camera angle alone.
- Age groups, sexes and skin colours are not evenly held by the training pictures, and cultures
  differ in how they show feelings."""


def face_card(spec: ModelSpec, results: Mapping[str, Any]) -> str:
    """The card in Markdown.

    Args:
        spec: the bundle's manifest
        results: what lies in `evaluation/results.json`
    """
    settings = ", ".join(f"{k} {v}" for k, v in spec.architecture.items() if v != "")
    data = "; ".join(f"{d['name']} ({d['licence']})" for d in spec.training_data)
    parts = [
        f"# {spec.id}",
        f"Labels: {', '.join(spec.labels)}.",
        "## Intended use",
        INTENDED,
        "## Must not be used for",
        NOT_FOR,
        "## Data and training",
        f"Trained on {data}. Licence of the weights: {spec.licence}. Architecture: {settings}. "
        + kept_settings(spec),
        f"```\n{spec.command}\n```",
        "## Protocol",
        results["protocol"],
        *readings_section(results),
        "## Results",
        metric_table(results["scores"]),
        class_table(results["scores"]),
        "## Other protocols",
        f"Test faces that training holds, pixel by pixel: {results['copies']}.",
        protocol_table(results, COLUMNS, "faces"),
        "## Calibration",
        calibration_text(results),
    ]
    if results["deletion"]:
        parts += ["## Do the explanations hold?", deletion_table(results, "faces")]
    parts += finding_sections(spec)
    parts += known_failures(spec, results, FAILURES)
    return "\n\n".join(parts) + "\n"
