"""From a few labelled examples to a bundle: a shipped network with a head of their labels."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from ..datasets.labelled_items import LabelledItems
from ..errors import InvalidInput
from ..evaluation.calibration import fit_temperature, uncertain_level
from ..labels import label_of, ordered
from ..registry import MANIFEST, find
from ..scoring import softmax
from ..training.bundle import place_bundle, write_manifest
from ..training.record import write_record
from ..types import ModelSpec
from .card import adapted_card
from .gain import best_head, cross_validated
from .graph import Prior, write_adapted
from .head import Head
from .report import AdaptationReport, HeldOut, report_of
from .seen import prior_of, read_items, seen_of

GRAPH = "model.onnx"
NOT_TAKEN_OVER = (MANIFEST, GRAPH)
OnStage = Callable[[str, int, int], None]
READING, TRYING = "reading the examples", "trying heads"


@dataclass(frozen=True, eq=False)
class Adaptation:
    """A new head, and what it gains.

    Attributes:
        spec: of the network that it was built on
        labels: new ones, ordered
        head: fitted on every example
        prior: how the network's own answer takes part; None where it does not
        temperature: fitted on the held-out answers
        uncertain_below: top probability of an uncertain answer, likewise
        report: of the held-out answers
    """

    spec: ModelSpec
    labels: tuple[str, ...]
    head: Head
    prior: Prior | None
    temperature: float
    uncertain_below: float
    report: AdaptationReport


def _labels_of(items: LabelledItems) -> tuple[tuple[str, ...], np.ndarray]:
    """New labels, ordered, and (item,) their places; spellings of one emotion are one label."""
    words = [label_of(items.truth[i]) for i in range(len(items))]
    labels = ordered(words)
    if len(labels) < 2:
        raise InvalidInput(f"{items.name}: expected two classes or more, got {list(labels)}")
    return labels, np.array([labels.index(word) for word in words])


def adapt(
    base: str | Path,
    items: LabelledItems,
    *,
    aligned: bool = False,
    on_stage: OnStage | None = None,
) -> Adaptation:
    """Fit a new head on a frozen network and measure, on examples held out, what it gains.

    Args:
        base: bundle id or folder of a text, voice or face network of this project
        items: 4 examples of each class or more; 8 to 64 is what this is made for
        aligned: whether each picture is a face already
        on_stage: called with the stage, items done and items

    Raises:
        InvalidInput: if there are too few examples, they are of another kind, or the network was
            adapted before
        ModelUnavailable: if there is no such model
    """
    started = time.monotonic()
    spec = find(base)
    if origin := spec.architecture.get("adapted_from"):
        raise InvalidInput(
            f"{spec.id} is {origin} with a new head already; adapt {origin} to all examples"
        )

    def tell(stage: str) -> Callable[[int, int], None]:
        return lambda done, total: on_stage(stage, done, total) if on_stage else None

    labels, truth = _labels_of(items)
    readings, read, errors = read_items(spec, items, aligned, tell(READING))
    items, truth = items.take(np.flatnonzero(read)), truth[read]
    if len(set(truth.tolist())) < len(labels):
        raise InvalidInput(f"{items.name}: a class has no example that can be read: {errors[0]}")
    groups = None if items.groups is None else items.groups.numbers
    prior = prior_of(spec, labels)
    seen = seen_of(readings, labels, prior)
    tried = cross_validated(seen, truth, groups, tell(TRYING))
    head, strength = best_head(seen, truth, groups)
    temperature = fit_temperature(tried.logits, truth)
    probabilities = softmax(tried.logits / temperature)
    level = uncertain_level(probabilities)
    answered = HeldOut(labels, truth, tried.fold, softmax(tried.logits), probabilities, level)
    settings = {
        "strength": strength,
        "trust": head.trust if prior else 0.0,
        "seconds": round(time.monotonic() - started, 1),
    }
    own = seen.prior if prior else None
    report = report_of(spec, items, answered, own, errors, settings)
    return Adaptation(spec, labels, head, prior, temperature, level, report)


def write_adaptation(adapted: Adaptation, out: Path, command: str = "") -> None:
    """Write a bundle that answers by the new head; the network's files are copied into it.

    Args:
        adapted: what was fitted
        out: folder of the bundle
        command: what to record as its origin

    Raises:
        InvalidInput: if the folder is the network's own, or cannot be written; a bundle that was
            there stays in use then
    """
    spec = adapted.spec
    if out.resolve() == spec.folder.resolve():
        raise InvalidInput(f"{out} holds the network itself; give another folder")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as aside:
            draft = Path(aside) / out.name
            draft.mkdir()
            _write_draft(adapted, draft, command)
            place_bundle(draft, out)
    except OSError as error:
        raise InvalidInput(f"{out}: {error}; make room, or give another folder") from error


def _write_draft(adapted: Adaptation, draft: Path, command: str) -> None:
    spec = adapted.spec
    for name in spec.files:
        if name not in NOT_TAKEN_OVER:
            shutil.copyfile(spec.folder / name, draft / name)
    write_adapted(spec.folder / GRAPH, draft / GRAPH, adapted.head, adapted.prior)
    write_manifest(draft, _manifest(adapted, draft.name, command))
    write_record(draft, adapted.report, adapted_card, test_split=False)


def _manifest(adapted: Adaptation, name: str, command: str) -> dict[str, Any]:
    spec = adapted.spec
    return {
        "id": name,
        "modality": spec.modality,
        "labels": list(adapted.labels),
        "multi_label": False,
        "architecture": {**spec.architecture, "adapted_from": spec.id},
        "input": dict(spec.input),
        "calibration": {
            "temperature": adapted.temperature,
            "uncertain_below": adapted.uncertain_below,
        },
        "languages": list(spec.languages),
        "licence": spec.licence,
        "training_data": [
            *spec.training_data,
            {"name": adapted.report.data, "licence": "unspecified"},
        ],
        "command": command,
        "seed": 0,
        "metrics": {},
        "protocol": adapted.report.protocol,
    }
