"""What leaks into a bundle's test is told: a badge, and the section of its card."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..types import ModelSpec
from .findings import LEAKAGE, LEAKS, is_outdated, read_finding

CLEAN, LEAKING, UNCHECKED = "clean", "leaks", "not checked"
COLUMNS = {"accuracy": "accuracy", "uar": "UAR", "macro_f1": "macro F1"}
LEAKING_SIDE, HONEST_SIDE = "leaking", "honest"


@dataclass(frozen=True)
class LeakBadge:
    """What stands beside a score.

    Attributes:
        state: `CLEAN`, `LEAKING` or `UNCHECKED`
        text: in a few words
        why: in a sentence
    """

    state: str
    text: str
    why: str


def read_leaks(spec: ModelSpec) -> dict[str, Any]:
    """What was found to leak into a bundle's test; empty where nobody has looked."""
    content = read_finding(spec.folder, LEAKS)
    # the command `leaks` writes another form, which says nothing of scores
    return content if {"checks", "scores", "upstream"} <= set(content) else {}


def leak_badge(spec: ModelSpec) -> LeakBadge:
    """The badge of a bundle's scores, from what lies in it."""
    content = read_leaks(spec)
    if not content:
        why = "nobody has looked for copies of the test items in the training data"
        return LeakBadge(UNCHECKED, "not checked for leaks", why)
    exact, near, groups = (
        sum(int(c[key]) for c in content["checks"])
        for key in ("exact", "near", "groups_on_both_sides")
    )
    items = sum(int(c["items"]) for c in content["checks"])
    if not exact + near + groups:
        return LeakBadge(
            CLEAN, "clean", f"none of {items:,} test items has a copy in what was trained on"
        )
    told = [f"{exact:,} exact and {near:,} near copies of {items:,} test items are in training"]
    if groups:
        told.append(f"{groups:,} speakers or other groups are on both sides")
    return LeakBadge(LEAKING, f"leaks: {exact + near:,} copies", "; ".join(told))


def _counts(check: Mapping[str, Any]) -> str:
    groups = (
        f"; {check['groups']}s on both sides: {check['groups_on_both_sides']}"
        if check["groups"]
        else ""
    )
    return (
        f"- {check['told'][:1].upper()}{check['told'][1:]}: {check['items']:,} against "
        f"{check['compared_with']:,}; exact copies {check['exact']:,}, near copies "
        f"{check['near']:,}{groups}."
    )


def by_number(parts: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Parts of a finding, those of most items first: a file keeps them by name."""
    return dict(sorted(parts.items(), key=lambda part: -part[1]["n"]))


def scores_table(scores: Mapping[str, Mapping[str, Any]]) -> str:
    """Scores with and without the copies, a line each."""
    heads = ["test items", "number", *COLUMNS.values()]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for name, row in by_number(scores).items():
        cells = [f"{row['n']:,}"]
        cells += [_score(row[key]) if key in row else "–" for key in COLUMNS]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _score(value: list[float]) -> str:
    return f"{value[0]:.3f} [{value[1]:.3f}, {value[2]:.3f}]"


def _signed(value: list[float]) -> str:
    return f"{value[0]:+.3f} [{value[1]:+.3f}, {value[2]:+.3f}]"


def leakage_table(parts: Mapping[str, Mapping[str, Any]]) -> str:
    """Accuracy of one network with the copies in training and without, a line for each part."""
    lines = [
        "| faces | number | with the copies | without | gain |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {row['n']:,} | {_score(row[LEAKING_SIDE]['accuracy'])} | "
        f"{_score(row[HONEST_SIDE]['accuracy'])} | {_signed(row['gain'])} |"
        for name, row in by_number(parts).items()
    ]
    return "\n".join(lines)


def worth_in_words(content: Mapping[str, Any]) -> str:
    """How the worth of leakage was measured, from `leakage.json`."""
    run, counts = content["settings"], content["training_faces"]
    return (
        f"The network of this bundle was trained twice, for {run['epochs']} epochs and without an "
        f"average of its weights, on {counts[LEAKING_SIDE]:,} faces of {run['size']} px, the same "
        "but for "
        f"{content['twins_in_training']:,}: copies of test and validation faces, or as many other "
        "faces of the same labels. Accuracy, with 95 % intervals by bootstrap over faces; a longer "
        "training remembers more."
    )


def _matched(shipped: Mapping[str, Mapping[str, Any]]) -> list[str]:
    lines = [
        f"- {name[:1].upper()}{name[1:]} ({row['n']:,}): accuracy {row['accuracy'][0]:.3f}, and "
        f"{row['alike'][0]:.3f} for faces of the same labels on which the crowd agrees as much: "
        f"{_signed(row['gain'])}."
        for name, row in shipped.items()
    ]
    return [
        "This bundle itself, which has learnt from the copies, beside faces that training does "
        "not hold:",
        "\n".join(lines),
    ]


def _worth(spec: ModelSpec) -> list[str]:
    content = read_finding(spec.folder, LEAKAGE)
    if not content:
        return []
    lines = ["### What leakage is worth", worth_in_words(content), leakage_table(content["parts"])]
    if shipped := content.get("shipped"):
        lines += _matched(shipped)
    return lines


def leaks_section(spec: ModelSpec) -> list[str]:
    """The section, from what lies in the bundle; nothing where nobody has looked."""
    content = read_leaks(spec)
    if not content:
        return []
    badge = leak_badge(spec)
    lines = ["## Leaks", f"**{badge.text[:1].upper()}{badge.text[1:]}**: {badge.why}."]
    if is_outdated(spec, content):
        lines.append("Looked for before this bundle's files were written anew; look again.")
    lines.append("\n".join(_counts(check) for check in content["checks"]))
    if len(content["scores"]) > 1:
        lines.append(scores_table(content["scores"]))
    if content["upstream"]:
        told = [f"- {u['encoder']}: {u['told']}." for u in content["upstream"]]
        lines += ["What encoders that it stands on have seen of the test:", "\n".join(told)]
    return [*lines, *_worth(spec)]
