"""The model card of a bundle, written from its manifest and its measured results."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from ..types import ModelSpec

INTENDED = """\
Research, teaching, interface studies and the analysis of texts in bulk, where a person looks
at the answers. It says which emotion the words of an English text express."""
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
"""test texts of a label, below which its F1 says little"""


class Reading(TypedDict):
    """One measurement on the test split; empty or None is what was not kept."""

    date: str
    accuracy: float
    macro_f1: float
    weighted_f1: float | None
    files: str
    """sha256 of what `sha256sum` prints of the served files in the order of their names"""


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
        lines.append(f"- Too few test texts for a score that means much: {names}.")
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


def _calibration(results: Mapping[str, Any]) -> list[str]:
    c = results["calibration"]
    return [
        f"Expected calibration error {c['ece_before']:.3f} before and {c['ece_after']:.3f} after "
        f"temperature scaling. {c['uncertain_share']:.1%} of the answers are called uncertain; "
        f"the top label is right in {c['accuracy_sure']:.1%} of the others and in "
        f"{c['accuracy_uncertain']:.1%} of these."
    ]


def deletion_table(results: Mapping[str, Any], items: str) -> str:
    """The deletion test, a line for each explanation.

    Args:
        results: what a report's `as_dict` holds
        items: `texts` or `recordings`
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


def _readings(results: Mapping[str, Any]) -> list[str]:
    """A section on the readings of the test split, where this was not the only one."""
    readings: list[Reading] = results["readings"]
    if len(readings) < 2:
        return []
    lines = ["| date | accuracy | macro F1 | weighted F1 | served files |", "|---|---|---|---|---|"]
    for reading in readings:
        weighted = reading["weighted_f1"]
        cells = [
            reading["date"] or "not kept",
            f"{reading['accuracy']:.4f}",
            f"{reading['macro_f1']:.4f}",
            "not kept" if weighted is None else f"{weighted:.4f}",
            reading["files"][:12] or "not kept",
        ]
        lines.append(f"| {' | '.join(cells)} |")
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
        f"Settings: `training/config.yaml`; history per epoch: `training/history.csv`.",
        f"```\n{spec.command}\n```",
        "## Protocol",
        results["protocol"],
        *_readings(results),
        "## Results",
        metric_table(results["scores"]),
        class_table(results["scores"]),
    ]
    for name, scores in results["mapped"].items():
        parts += [f"## Results mapped to {name}", metric_table(scores)]
        parts.append(class_table(scores))
    parts += ["## Calibration", *_calibration(results)]
    parts += ["## Test texts that training has seen", *_duplicates(results)]
    parts += ["## Do the explanations hold?", deletion_table(results, "texts")]
    parts += ["## Known failures", "\n".join([*weakest(results["scores"]), FAILURES])]
    return "\n\n".join(parts) + "\n"
