"""The model card of a bundle, written from its manifest and its measured results."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

from ..datasets.catalogue import cards_of
from ..types import ModelSpec
from .finding_sections import finding_sections

INTENDED = """\
Research, teaching, interface studies and the analysis of texts in bulk, where a person looks
at the answers. It says which emotion the words of a text express."""
NOT_FOR = """\
Diagnosis, crisis detection, hiring, grading, policing, credit, or any decision about a person
without that person's knowledge and a human judgement. Words are not feelings: irony, quotation,
context and culture are lost on it."""

FAILURES = """\
- Irony, quotation and negation at a distance are read word by word: what is quoted or denied
  often counts as expressed.
- Texts of another kind than the training data (long documents, dialects, technical language)
  were not measured; texts past the input limit are cut, with a notice.
- Names and topics that stood beside an emotion in training can pull the answer towards it."""
FEW = 30
"""test items of a label, below which its F1 says little"""


class Reading(TypedDict):
    """One measurement on the test split; absent, None or empty is what was not kept."""

    date: str
    accuracy: NotRequired[float | None]
    uar: NotRequired[float | None]
    macro_f1: NotRequired[float | None]
    weighted_f1: NotRequired[float | None]
    files: str
    """sha256 of what `sha256sum` prints of the served files in the order of their names"""


READ_SCORES = {
    "accuracy": "accuracy", "uar": "UAR", "macro_f1": "macro F1", "weighted_f1": "weighted F1",
}  # fmt: skip
"""what a reading keeps -> its name on the card"""


def score(value: float, interval: Sequence[float]) -> str:
    """A value and its 95 % interval."""
    return f"{value:.3f} [{interval[0]:.3f}, {interval[1]:.3f}]"


def metric_table(scores: Mapping[str, Any]) -> str:
    """Scores of the whole, a line each."""
    lines = ["| score | value [95 % interval] |", "|---|---|"]
    lines += [
        f"| {name} | {score(scores[name], interval)} |"
        for name, interval in scores["intervals"].items()
    ]
    lines.append(f"| accuracy of always answering the most frequent | {scores['baseline']:.3f} |")
    return "\n".join(lines)


def class_table(scores: Mapping[str, Any]) -> str:
    """Scores per class, a line each."""
    lines = [
        "| label | precision | recall | F1 [95 % interval] | support |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {label} | {c['precision']:.3f} | {c['recall']:.3f} | "
        f"{score(c['f1'], c['f1_interval'])} | {c['support']} |"
        if c["support"]
        else f"| {label} | – | – | – | 0 |"
        for label, c in scores["per_class"].items()
    ]
    return "\n".join(lines)


def weakest(scores: Mapping[str, Any]) -> list[str]:
    """Known failures that the numbers themselves show."""
    worst = sorted(scores["per_class"].items(), key=lambda item: item[1]["f1"])[:3]
    lines = ["- Weakest labels: " + ", ".join(f"{k} (F1 {v['f1']:.2f})" for k, v in worst) + "."]
    rare = [(k, v["support"]) for k, v in scores["per_class"].items() if v["support"] < FEW]
    if rare:
        names = ", ".join(f"{k} ({n})" for k, n in rare)
        lines.append(f"- Too few test items for a score that means much: {names}.")
    counts, labels = scores["confusion"]["counts"], scores["confusion"]["labels"]
    pairs = [
        (counts[i][j], labels[i], labels[j])
        for i in range(len(counts))
        for j in range(len(counts))
        if i != j
    ]
    if pairs:
        most = sorted(pairs, reverse=True)[:3]
        lines.append(
            "- Most frequent confusions: "
            + ", ".join(f"{a} taken for {b} ({n})" for n, a, b in most)
            + "."
        )
    return lines


def known_failures(spec: ModelSpec, results: Mapping[str, Any], usual: str) -> list[str]:
    """The section: what the scores show, what is usual for such a model, what its data do to it.

    Args:
        spec: the bundle's manifest; what is known of its data sets stands in their own cards
        results: what lies in `evaluation/results.json`
        usual: lines in Markdown
    """
    cards = cards_of(d["name"] for d in spec.training_data)
    traps = [f"- Of the data, {name}: {'; '.join(card.traps)}." for name, card in cards.items()]
    lines = [*weakest(results["scores"]), *usual.splitlines(), *traps]
    return ["## Known failures", "\n".join(lines)]


def kept_settings(spec: ModelSpec) -> str:
    """Where a bundle keeps what it was trained with, and how that went."""
    if (spec.folder / "training" / "history.csv").is_file():
        return "Settings: `training/config.yaml`; history per epoch: `training/history.csv`."
    return "Settings: `training/config.yaml`."


def protocol_table(results: Mapping[str, Any], names: Mapping[str, str], items: str = "") -> str:
    """The same model under each protocol, a line each.

    Args:
        results: what a report's `as_dict` holds
        names: score -> heading of its column, in order
        items: heading of a column with their number; empty leaves it out
    """
    heads = ["protocol", *([items] if items else []), *names.values()]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for name, scores in {"as above": results["scores"], **results["others"]}.items():
        cells = [str(scores["n"])] if items else []
        cells += [score(scores[k], scores["intervals"][k]) for k in names]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def calibration_text(results: Mapping[str, Any]) -> str:
    """How far the answers can be believed, in words."""
    c = results["calibration"]
    if "ece_before" not in c:
        return "Not measured: no item of the test split has exactly one label."
    parts = {"accuracy_sure": "the others", "accuracy_uncertain": "these"}
    right = " and ".join(f"in {c[k]:.1%} of {those}" for k, those in parts.items() if k in c)
    return (
        f"Expected calibration error {c['ece_before']:.3f} before and {c['ece_after']:.3f} after "
        f"temperature scaling. {c['uncertain_share']:.1%} of the answers are called uncertain; "
        f"the top label is right {right}."
    )


def deletion_table(results: Mapping[str, Any], items: str) -> str:
    """The deletion test, a line for each explanation.

    Args:
        results: what a report's `as_dict` holds
        items: `texts`, `recordings` or `faces`
    """
    lines = [
        "| explanation | fall after removing the top fifth | after removing as much at random | "
        f"difference, 95 % interval | {items} |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {d['method']} | {d['top']:.3f} | {d['random']:.3f} | "
        f"[{d['difference_interval'][0]:.3f}, {d['difference_interval'][1]:.3f}] | {d[items]} |"
        for d in results["deletion"]
    ]
    return "\n".join(lines)


def _duplicates(results: Mapping[str, Any]) -> list[str]:
    d = results["duplicates"]
    without = d["without"]
    seen = (
        f"{d['exact']} test texts stand in training exactly as they are, {d['normalised']} after "
        "normalisation."
    )
    if not without["n"]:
        return [
            f"{seen} Without the latter nothing is left: these scores say nothing of new texts."
        ]
    return [
        f"{seen} Without the latter ({without['n']} items): accuracy "
        f"{without['accuracy']:.3f}, macro F1 {without['macro_f1']:.3f}, weighted F1 "
        f"{without['weighted_f1']:.3f}."
    ]


def readings_section(results: Mapping[str, Any]) -> list[str]:
    """A section on the readings of the test split, where this was not the only one."""
    readings: list[Reading] = results.get("readings", [])
    if len(readings) < 2:
        return []
    kept = [k for k in READ_SCORES if any(r.get(k) is not None for r in readings)]
    names = ["date", *(READ_SCORES[k] for k in kept), "served files"]
    lines = [f"| {' | '.join(names)} |", "|---" * len(names) + "|"]
    for reading in readings:
        values = [reading.get(k) for k in kept]
        scores = ["" if v is None else f"{v:.4f}" for v in values]
        cells = [reading["date"], *scores, reading["files"][:12]]
        lines.append(f"| {' | '.join(cell or 'not kept' for cell in cells)} |")
    return [
        "## Readings of the test split",
        "Bundles of this name that answered the split, the oldest first; the last is this one.",
        "\n".join(lines),
    ]


def text_card(spec: ModelSpec, results: Mapping[str, Any]) -> str:
    """The card in Markdown.

    Args:
        spec: the bundle's manifest
        results: what lies in `evaluation/results.json`
    """
    architecture = ", ".join(
        f"{k} {v}" for k, v in spec.architecture.items() if not isinstance(v, dict)
    )
    data = "; ".join(f"{d['name']} ({d['licence']})" for d in spec.training_data)
    parts = [
        f"# {spec.id}",
        f"Labels: {', '.join(spec.labels)}{' (several may apply)' if spec.multi_label else ''}. "
        f"Language: {', '.join(spec.languages)}.",
        "## Intended use",
        INTENDED,
        "## Must not be used for",
        NOT_FOR,
        "## Data and training",
        f"Trained on {data}. Licence of the weights: {spec.licence}. Architecture: {architecture}. "
        + kept_settings(spec),
        f"```\n{spec.command}\n```",
        "## Protocol",
        results["protocol"],
        *readings_section(results),
        "## Results",
        metric_table(results["scores"]),
        class_table(results["scores"]),
    ]
    for name, scores in results["mapped"].items():
        parts += [f"## Results mapped to {name}", metric_table(scores)]
        parts.append(class_table(scores))
    parts += ["## Calibration", calibration_text(results)]
    parts += ["## Test texts that training has seen", *_duplicates(results)]
    if results["deletion"]:
        parts += ["## Do the explanations hold?", deletion_table(results, "texts")]
    parts += finding_sections(spec)
    parts += known_failures(spec, results, FAILURES)
    return "\n\n".join(parts) + "\n"
