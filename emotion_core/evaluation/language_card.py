"""The parts of a card that speak of languages: scores of each, beside published ones."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..types import ModelSpec
from .card import score, text_card
from .published import BRIGHTER, Published, published_on

_CODES = {"English": "eng", "Hindi": "hin", "Spanish": "esp", "Russian": "rus"}


def language_table(languages: Mapping[str, Any]) -> str:
    """Macro F1 of each language, a line each, the best first.

    Args:
        languages: what `ScoresByLanguage.as_dict` holds
    """
    lines = ["| language | texts | macro F1 [95 % interval] | labels |", "|---|---|---|---|"]
    found = sorted(languages["by_language"].items(), key=lambda item: -item[1]["macro_f1"])
    for code, scores in found:
        labels = ", ".join(f"{label} {value:.2f}" for label, value in scores["f1"].items())
        value = score(scores["macro_f1"], scores["interval"])
        lines.append(f"| {code} | {scores['n']} | {value} | {labels} |")
    return "\n".join(lines)


def published_table(languages: Mapping[str, Any], others: Sequence[Published]) -> str:
    """Published results beside this model's on the same language."""
    lines = ["| system | macro F1 | this model | protocol | source |", "|---|---|---|---|---|"]
    for other in others:
        own = languages["by_language"].get(_CODES.get(other.system.split(", ")[-1], ""))
        cell = score(own["macro_f1"], own["interval"]) if own else "–"
        lines.append(
            f"| {other.system} | {other.scores['macro_f1']:.3f} | {cell} | {other.protocol} | "
            f"{other.source} |"
        )
    return "\n".join(lines)


def language_card(spec: ModelSpec, results: Mapping[str, Any]) -> str:
    """The card of a text model whose record holds scores per language.

    Args:
        spec: the bundle's manifest
        results: what lies in `evaluation/results.json`
    """
    languages = results["languages"]
    mean = score(languages["macro_f1"], languages["interval"])
    section = [
        "## Results per language",
        f"Macro F1 of each language over the emotions that were asked of it, averaged over the "
        f"{len(languages['by_language'])} languages: **{mean}**. The model is not told the "
        "language. The scores above count every text of every language alike.",
        language_table(languages),
        "Published results, of models of several hundred million parameters fine-tuned on one "
        "language:",
        published_table(languages, published_on(BRIGHTER)),
    ]
    card = text_card(spec, results)
    before, mark, after = card.partition("## Calibration")
    return before + "\n\n".join(section) + f"\n\n{mark}{after}"
