"""The section of a card that says what a model does to different people."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..types import ModelSpec
from .fairness import LEVEL, told
from .findings import FAIRNESS, is_outdated, read_finding

OUTDATED = "Measured before this bundle's files were written anew; measure it again."
ALWAYS = ("found", "neutral faces called neutral", "smiling", "UAR", "accuracy")
"""measures that are told whether or not their gap is more than chance"""
MOST_SLICES = 6


def _cell(rate: Mapping[str, Any]) -> str:
    interval = rate["interval"]
    span = f" [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else ""
    return f"{rate['slice']} {rate['value']:.3f}{span} (n = {rate['n']})"


def _is_told(check: Mapping[str, Any]) -> bool:
    gap = check["gap"]
    surprising = gap is not None and gap["corrected"] < LEVEL
    return surprising or any(word in check["measure"] for word in ALWAYS)


def check_table(checks: Sequence[Mapping[str, Any]]) -> str:
    """Checks, a line each: slices with their intervals, the largest gap and its p-value."""
    lines = [
        "| measure | by | slices [95 % interval] | gap | corrected p |",
        "|---|---|---|---|---|",
    ]
    for check in checks:
        shown, gap = check["slices"][:MOST_SLICES], check["gap"]
        more = len(check["slices"]) - len(shown)
        slices = "; ".join(map(_cell, shown)) + (f"; {more} more" if more else "")
        judged = (
            f"{gap['difference']:.3f} | {gap['corrected']:.3f}"
            if gap
            else "too few items in all slices but one | –"
        )
        lines.append(f"| {check['measure']} | {check['column']} | {slices} | {judged} |")
    return "\n".join(lines)


def fact_list(facts: Mapping[str, Sequence[float]]) -> str:
    """Further numbers, a line each."""
    lines = []
    for name, (value, *interval) in facts.items():
        span = f" [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else ""
        lines.append(f"- {name[:1].upper()}{name[1:]}: {value:.3f}{span}")
    return "\n".join(lines)


def _part(part: Mapping[str, Any]) -> list[str]:
    shown = [c for c in part["checks"] if _is_told(c)]
    hidden = len(part["checks"]) - len(shown)
    lines = [f"### {part['title']}", part["protocol"]]
    if shown:
        lines.append(check_table(shown))
    if hidden:
        lines.append(
            f"Of {hidden} further comparisons (`evaluation/{FAIRNESS}`) none is told from chance."
        )
    if part["facts"]:
        lines.append(fact_list(part["facts"]))
    surprising = [c for c in part["checks"] if c["gap"] and c["gap"]["corrected"] < LEVEL]
    if surprising:
        sentences = [told(check) for check in surprising]
        lines.append("\n".join(f"- {s[:1].upper()}{s[1:]}" for s in sentences))
    return [*lines, f"What this cannot show: {part['limits']}"]


def fairness_section(spec: ModelSpec) -> list[str]:
    """The section, from what lies in the bundle; nothing where fairness was not measured."""
    content = read_finding(spec.folder, FAIRNESS)
    if not content:
        return []
    lines = ["## Fairness"]
    if is_outdated(spec, content):
        lines.append(OUTDATED)
    for part in content["parts"]:
        lines += _part(part)
    return lines
