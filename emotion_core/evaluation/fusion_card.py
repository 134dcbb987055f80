"""The model card of a fusion bundle, written from its manifest and its measured results."""

from collections.abc import Mapping
from typing import Any

from ..types import ModelSpec
from .card import (
    calibration_text,
    class_table,
    kept_settings,
    known_failures,
    metric_table,
    readings_section,
    score,
)
from .finding_sections import finding_sections

INTENDED = """\
Research, teaching, interface studies and the analysis of recordings, where a person looks at the
answers. It combines what models of words, voice and face say of one moment, whichever of them are
there, and says how much each one counted and where two of them disagree."""
NOT_FOR = """\
Diagnosis, lie detection, hiring, grading, policing, border control, credit, or any decision about
a person without that person's knowledge and a human judgement. That words, voice and face disagree
is no sign of a lie: people joke, mask, are tired, and models err."""
COMPOSED = """\
Its moments were composed: a text, a voice and a face that bear the same label, of three different
people. Given the label, such modalities are independent of one
another. Real ones are not: people mask and mix, and a face says again what a voice has said. The
numbers below say how well answers are combined, not how well people are read, and the gain of
several modalities is larger here than on real recordings (compare the real pairs below)."""
VOICES = """\
The network of the voice that is served has heard these speakers, so what it says of them is surer
than what it says of strangers. Each recording was therefore answered by a network of the same
procedure that was trained without its speaker. Embeddings of such networks do not lie in one space,
so of the voice the trained fusions read the answer in its own labels, not the embedding. The test
speakers had a part in one number alone, the temperature of the voice's own calibration."""
FAILURES = """\
- The items of a rare label occur in many moments.
- A trained fusion learns from few voices. A voice without words and face can be read worse by it
  than by its own network: compare the plain mean in the table of sets.
- A modality of another label that is sure of itself is believed: see the table of spoilt ones."""
BESIDE = (
    "Beside it, the plain mean and the plain log-opinion pool of the same answers, in which "
    "nothing is fitted (accuracy)."
)
SPOILT = (
    "Moments of three modalities, one of them spoilt; `of another label`: a clean one that "
    "belongs elsewhere. A trained fusion has met the same kinds of spoiling, and some swapped "
    "moments, in training, of other items; a late fusion has not. What it has not met, it may "
    "take worse."
)
DISAGREEMENT = (
    "Levels were fitted so that 5 % of agreeing validation moments are flagged. A swapped moment "
    "has one modality of another label. The areas compare what could drive the flag: `strength` "
    "is how sure two modalities are of different labels, `probability distance` the total "
    "variation between their answers"
)
SURPRISE = ", `surprise` how far a modality is from what the others lead to expect."
PAIRED = (
    "{clips:,} clips of {actors} actors, eight labels, five folds without an actor on both sides; "
    "the answers of the encoders are those of Luna-Jiménez et al. (Applied Sciences 2022). Each "
    "fusion was fitted anew on four folds and answered the fifth; its settings were chosen by "
    "inner folds of those four. What the encoders say of the clips that a fusion learns from comes "
    "from encoders that had not met the actors of those clips, but had met the actors of the test: "
    "such is the published material. `chosen on inner actors` takes, for each fold, the best of "
    "five methods on the four other folds; pools and regressions had been tried on these clips "
    "while the five were written down, so its gain may flatter a little. Intervals by actor."
)
CONTRAST = (
    "For contrast, the same fusions over encoders that had learnt from the test clips themselves "
    "(as in studies that divide clips at random for the encoders and anew for the fusion). These "
    "numbers do not count: they say that the encoders remember, not that anything was understood."
)
NAMES = {"t": "words", "a": "voice", "f": "face"}


def _spoken(name: str) -> str:
    return ", ".join(NAMES[letter] for letter in name)


def subset_table(results: Mapping[str, Any]) -> str:
    """Every set of modalities, a line each."""
    lines = [
        "| modalities | accuracy | UAR | macro F1 | calibration error | plain mean | plain pool |",
        "|---" * 7 + "|",
    ]
    for name, rows in results["subsets"].items():
        own = rows["fusion"]
        cells = [score(own[k], own["intervals"][k]) for k in ("accuracy", "uar", "macro_f1")]
        plain = [rows[b]["accuracy"] for b in ("plain mean", "plain log-opinion pool")]
        lines.append(
            f"| {_spoken(name)} | {' | '.join(cells)} | {own['ece']:.3f} | {plain[0]:.3f} | "
            f"{plain[1]:.3f} |"
        )
    return "\n".join(lines)


def spoilt_table(results: Mapping[str, Any]) -> str:
    """Every condition, a line each."""
    lines = [
        "| one of three modalities | accuracy clean | spoilt | left out | plain mean, spoilt | "
        "its share clean | its share spoilt |",
        "|---" * 7 + "|",
    ]
    names = ("clean", "spoilt", "without", "plain_mean", "share_clean", "share_spoilt")
    lines += [
        f"| {condition} | {' | '.join(f'{row[n]:.3f}' for n in names)} |"
        for condition, row in results["spoilt"].items()
    ]
    return "\n".join(lines)


def disagreement_table(results: Mapping[str, Any]) -> str:
    """Every kind of moments, a line each."""
    measures = list(next(iter(results["disagreement"].values()))["auc"])
    heads = ["moments", "false alarms", "swapped ones found", *(f"AUC of {m}" for m in measures)]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for name, row in results["disagreement"].items():
        spoken = _spoken(name) if set(name) <= set(NAMES) else name
        areas = [f"{row['auc'][m]:.3f}" for m in measures]
        lines.append(
            f"| {spoken} | {row['false_alarms']:.3f} | {row['detected']:.3f} | "
            f"{' | '.join(areas)} |"
        )
    return "\n".join(lines)


def _paired_table(paired: Mapping[str, Any]) -> str:
    lines = [
        "| method | accuracy | UAR | macro F1 | calibration error | beyond the published fusion |",
        "|---" * 6 + "|",
    ]
    for name, row in paired["held_out"].items():
        cells = [score(row[k], row["intervals"][k]) for k in ("accuracy", "uar", "macro_f1")]
        gain, more = paired["gain_over_published"].get(name), ""
        if gain:
            low, high = gain["interval"]
            more = f"{gain['value']:+.3f} [{low:+.3f}, {high:+.3f}]"
        lines.append(f"| {name} | {' | '.join(cells)} | {row['ece']:.3f} | {more} |")
    return "\n".join(lines)


def paired_section(paired: Mapping[str, Any]) -> list[str]:
    """The real pairs of RAVDESS, by both protocols."""
    seen = ["| method | accuracy |", "|---|---|"]
    seen += [
        f"| {name} | {score(row['accuracy'], row['intervals']['accuracy'])} |"
        for name, row in paired["seen"].items()
    ]
    return [
        "## Real pairs: RAVDESS, voice and face of one clip",
        PAIRED.format(clips=paired["clips"], actors=paired["actors"]),
        _paired_table(paired),
        CONTRAST,
        "\n".join(seen),
    ]


def _head(spec: ModelSpec) -> list[str]:
    """What it is, what it is for, and what it was fitted on."""
    skipped = ("disagreement", "contributions")
    settings = ", ".join(
        f"{k} {v}" for k, v in spec.architecture.items() if v != "" and k not in skipped
    )
    data = "; ".join(f"{d['name']} ({d['licence']})" for d in spec.training_data)
    encoders = spec.input.get("encoders")
    fitted = (
        "It was fitted to " + ", ".join(f"{e['id']} ({m})" for m, e in encoders.items())
        + ", and refuses the answers of other models."
        if encoders
        else "It fuses the answers of any model, mapped to its labels."
    )  # fmt: skip
    return [
        f"# {spec.id}",
        f"Labels: {', '.join(spec.labels)}. {fitted}",
        "## Intended use",
        INTENDED,
        "## Must not be used for",
        NOT_FOR,
        "## Data and training",
        f"Fitted on answers for {data}. Licence of the weights: {spec.licence}. Architecture: "
        f"{settings}. Contributions: {spec.architecture['contributions']}. {kept_settings(spec)}",
        f"```\n{spec.command}\n```",
    ]


def _disagreement_section(results: Mapping[str, Any]) -> list[str]:
    surprised = "surprise" in next(iter(results["disagreement"].values()))["auc"]
    return [
        "## Disagreement",
        DISAGREEMENT + (SURPRISE if surprised else "."),
        disagreement_table(results),
    ]


def fusion_card(
    spec: ModelSpec, results: Mapping[str, Any], paired: Mapping[str, Any] | None = None
) -> str:
    """The card in Markdown.

    Args:
        spec: the bundle's manifest
        results: what lies in `evaluation/results.json`
        paired: what lies in `evaluation/ravdess-paired.json`, where it is there
    """
    parts = [
        *_head(spec),
        "## What composed moments can tell",
        COMPOSED,
        VOICES,
        "## Protocol",
        results["protocol"],
        *readings_section(results),
        "## Results with all three modalities",
        metric_table(results["scores"]),
        class_table(results["scores"]),
        "## Any set of modalities",
        BESIDE,
        subset_table(results),
        "## Spoilt and wrong modalities",
        SPOILT,
        spoilt_table(results),
        *_disagreement_section(results),
        "## Calibration",
        calibration_text(results),
        *(paired_section(paired) if paired else []),
        *finding_sections(spec),
        *known_failures(spec, results, FAILURES),
    ]
    return "\n\n".join(parts) + "\n"
