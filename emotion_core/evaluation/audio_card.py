"""The model card of a voice bundle, written from its manifest and its measured results."""

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

COLUMNS = {"uar": "UAR", "accuracy": "accuracy", "macro_f1": "macro F1"}
INTENDED = """\
Research, teaching, interface studies and the analysis of recordings, where a person looks at the
answers. It says how a voice sounds, second by second; it does not understand the words."""
NOT_FOR = """\
Diagnosis, lie detection, hiring, grading, policing, credit, or any decision about a person
without that person's knowledge and a human judgement. A tone of voice is not a feeling: habit,
health, language, culture, microphone and room all change it."""
FAILURES = """\
- Speech of another kind than the training data (spontaneous or acted, language, room, noise) was
  not measured.
- Loud shouts and whispers may not be taken for speech at all, and then have no answer.
- Loudness tells emotions: a recording with automatic gain, or much quieter or louder than the
  training data, pulls the answer. A voice profile takes part of that out."""


def _calibration(results: Mapping[str, Any]) -> str:
    return (
        f"{calibration_text(results)} Recordings without an answer, which count as "
        f"wrong (they are no answer, so they stand under no label): {results['unanswered']}."
    )


def audio_card(spec: ModelSpec, results: Mapping[str, Any]) -> str:
    """The card in Markdown.

    Args:
        spec: the bundle's manifest
        results: what `AudioReport.as_dict` holds
    """
    settings = ", ".join(f"{k} {v}" for k, v in spec.architecture.items() if v != "")
    features = ", ".join(f"{k} {v}" for k, v in spec.input["features"].items())
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
        f"Features: {features}. {kept_settings(spec)}",
        f"```\n{spec.command}\n```",
        "## Protocol",
        results["protocol"],
        *readings_section(results),
        "## Results",
        metric_table(results["scores"]),
        class_table(results["scores"]),
    ]
    for name, scores in results["mapped"].items():
        parts += [f"## Results mapped to {name}", metric_table(scores), class_table(scores)]
    parts += ["## Other protocols", protocol_table(results, COLUMNS)]
    parts += ["## Calibration", _calibration(results)]
    if results["deletion"]:
        parts += ["## Do the explanations hold?", deletion_table(results, "recordings")]
    parts += finding_sections(spec)
    parts += known_failures(spec, results, FAILURES)
    return "\n\n".join(parts) + "\n"
