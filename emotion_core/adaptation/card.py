"""The card of an adapted bundle: what it was built on, and what a few examples gained."""

from collections.abc import Mapping
from typing import Any

from ..evaluation.card import class_table, metric_table
from ..types import ModelSpec

SCORE_NAMES = {"accuracy": "accuracy", "uar": "UAR", "macro_f1": "macro F1"}


def _gain_table(gain: Mapping[str, Any]) -> list[str]:
    """Before and after, a line per score."""
    if not gain:
        return [
            "The network's own labels say nothing of these, so there is no answer to compare with."
        ]
    lines = ["| score | as shipped | adapted | difference [95 % interval] |", "|---|---|---|---|"]
    lines += [
        f"| {SCORE_NAMES[n]} | {g['before']:.3f} | {g['after']:.3f} | {g['difference']:+.3f} "
        f"[{g['interval'][0]:+.3f}, {g['interval'][1]:+.3f}] |"
        for n, g in gain.items()
        if n in SCORE_NAMES
    ]
    return lines


def adapted_card(spec: ModelSpec, results: Mapping[str, Any]) -> str:
    """The card, in Markdown.

    Args:
        spec: of the adapted bundle
        results: its `evaluation/results.json`
    """
    base = results["adapted_from"]
    scores = results["scores"]
    parts = [
        f"# {spec.id}",
        f"{base} with a head of its own for {', '.join(spec.labels)}, fitted on "
        f"{scores['n']} examples. The encoder is as it was shipped.",
        "## What it is for, and what not",
        f"Items like the examples that it was fitted on. All that {base}'s card warns of holds "
        "here too; it tells expressions and never diagnoses.",
        "## How it was measured",
        results["protocol"],
        "## What the examples gained",
        "\n".join(_gain_table(results["gain"])),
        "## Scores of the held-out answers",
        metric_table(scores),
        class_table(scores),
        "## Data and licences",
        "\n".join(f"- {d['name']}: {d['licence']}" for d in spec.training_data),
        f"Weights: {spec.licence}.",
    ]
    return "\n\n".join(parts) + "\n"
