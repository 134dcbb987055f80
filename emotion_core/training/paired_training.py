"""Cross-validate a fusion on utterances: every session is tested by a fusion that never heard it.

A bundle is trained by `train_fusion` on one division; how good such a fusion is, this says.
"""

import json
import logging
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..datasets.paired_clip import PairedSet
from ..datasets.paired_splits import Division, grouped_split, leave_one_session_out, random_split
from ..evaluation.metrics import ClassificationScores, classification_scores
from ..fusion.evidence import FUSED, SPOKEN_NAME, FusedModality
from ..scoring import softmax
from .begun import begin
from .fusion_config import FusionConfig
from .fusion_late import fit_late
from .fusion_moments import Composed
from .fusion_trainer import batches_of, fit_fusion
from .limits import require_valid
from .paired_embeddings import PairedAnswers
from .paired_fusion import (
    PairedMaterial,
    named_modalities,
    paired_material,
    read_paired_answers,
)
from .runs import work_of

log = logging.getLogger(__name__)

FUSED_NAME = "fused"
RANDOM_PROTOCOL = (
    "NOT speaker-independent: clips divided at random, so that the speakers, the dialogues and "
    "the sentences around each test clip were trained on. For comparison with studies alone"
)
SESSION_PROTOCOL = (
    "leave one session out: each clip was answered once, by a fusion that was trained without "
    "its session and picked on another one"
)
GROUP_PROTOCOL = "the published split, or whole groups held out; each test clip was answered once"


@dataclass(frozen=True, eq=False)
class Answered:
    """Test clips of all divisions, in the order in which they were answered.

    Attributes:
        truth: (clip,) place of the label
        group: (clip,) what was kept together
        division: (clip,) name of the division that tested it
        said: name of a modality, or `fused` -> (clip, label) probabilities; NaN where missing
    """

    truth: np.ndarray
    group: np.ndarray
    division: np.ndarray
    said: Mapping[str, np.ndarray]


def _fused(
    config: FusionConfig, material: PairedMaterial, test: Composed, work: Path
) -> np.ndarray:
    """(moment, label) of a fusion that is trained on the material's own sides."""
    train, validation = material.side("train"), material.side("validation")
    if config.kind == "late":
        return fit_late(config.pooling, train.whole()).fuser.fuse(test.arrays).probabilities
    fitted = fit_fusion(config, train, validation.whole(), work)
    fitted.network.eval()
    with torch.inference_mode():
        logits = [
            fitted.network(batch.reliability, *batch.features).logits
            for batch in batches_of(test, config.batch_size)
        ]
    return softmax(torch.cat(logits).numpy().astype(np.float64))


def _alone(test: Composed, modality: FusedModality) -> np.ndarray:
    """(moment, label) of one modality; NaN where it is missing."""
    place = FUSED.index(modality)
    there = test.arrays.present[:, place, None]
    return np.where(there, test.arrays.probabilities[:, place], np.nan)


def answer_divisions(
    config: FusionConfig, material_of: Mapping[str, PairedMaterial], work: Path
) -> Answered:
    """Train a fusion for each division and answer its test clips.

    Args:
        config: of the fusion
        material_of: name of a division -> the clips, divided
        work: folder of checkpoints; an interrupted run goes on where it stopped
    """
    parts: list[tuple[Composed, str, dict[str, np.ndarray]]] = []
    for name, material in material_of.items():
        test = material.side("test").whole()
        said = {FUSED_NAME: _fused(config, material, test, work / name)}
        said |= {SPOKEN_NAME[m]: _alone(test, m) for m in FUSED}
        right = (said[FUSED_NAME].argmax(1) == test.truth).mean()
        log.info("%s: %d clips, accuracy %.3f", name, len(test), right)
        parts.append((test, name, said))
    return Answered(
        np.concatenate([test.truth for test, _, _ in parts]),
        np.concatenate([test.groups for test, _, _ in parts]),
        np.concatenate([np.full(len(test), name) for test, name, _ in parts]),
        {key: np.concatenate([said[key] for _, _, said in parts]) for key in parts[0][2]},
    )


def _scores(answered: Answered, name: str, labels: tuple[str, ...]) -> ClassificationScores | None:
    """Of the fusion or one modality, over the clips that have it; None where it says nothing."""
    said = answered.said[name]
    there = np.isfinite(said).all(1)
    if not there.any() or not np.ptp(said[there]):
        return None
    return classification_scores(
        answered.truth[there], said[there].argmax(1), labels, answered.group[there]
    )


def results_of(answered: Answered, labels: tuple[str, ...], protocol: str) -> dict[str, Any]:
    """What is written of a cross-validation, ready for JSON.

    Intervals are of bootstrap samples of whole groups.
    """
    found: dict[str, Any] = {"protocol": protocol, "labels": list(labels)}
    for name in answered.said:
        scores = _scores(answered, name, labels)
        if scores is not None:
            found[name] = {
                "clips": scores.n,
                "metrics": scores.metrics,
                "intervals": {k: list(bounds) for k, bounds in scores.intervals.items()},
                "f1": {label: one.f1 for label, one in scores.per_class.items()},
                "confusion": scores.confusion.tolist(),
            }
    fused = answered.said[FUSED_NAME].argmax(1) == answered.truth
    found["accuracy_of_divisions"] = {
        name: float(fused[answered.division == name].mean())
        for name in dict.fromkeys(answered.division.tolist())
    }
    return found


def _protocols(
    paired: PairedSet, seed: int, *, random: bool
) -> dict[str, tuple[str, list[Division]]]:
    """Name -> what it is in words, and its divisions; the first one counts."""
    if all(clip.session for clip in paired.clips):
        found = {"sessions": (SESSION_PROTOCOL, leave_one_session_out(paired))}
    else:
        found = {"groups": (GROUP_PROTOCOL, [grouped_split(paired, seed)])}
    if random:
        found["random"] = (RANDOM_PROTOCOL, [random_split(paired, seed)])
    return found


def _learnt_from(
    paired: PairedSet, answers: Mapping[FusedModality, PairedAnswers]
) -> Iterator[object]:
    """What tells the data of one measuring from another's: the clips, and who answers them."""
    for clip in paired.clips:
        yield [str(value) for value in astuple(clip)]
    yield [dict(a.spec.files) for a in answers.values()]


def cross_validate_paired(
    config: FusionConfig, out: Path, *, random: bool = False
) -> dict[str, dict[str, Any]]:
    """Measure a fusion on utterances, and write `<protocol>.json` for each protocol.

    Sessions are left out in turn where the data have them; else the published split, or whole
    groups, are tested.

    Args:
        config: of the fusion; `data` is what `read_paired` reads
        out: folder of the results; checkpoints lie in `<out>.work` until then
        random: whether a random split is measured, too, which shows by how much it flatters

    Raises:
        InvalidInput: for data or settings that cannot be used

    Returns:
        protocol -> what was written
    """
    require_valid(config)
    paired, answers = read_paired_answers(config)
    begin(config, out, _learnt_from(paired, answers))
    read = named_modalities(config)
    out.mkdir(parents=True, exist_ok=True)
    results = {}
    for name, (words, divisions) in _protocols(paired, config.seed, random=random).items():
        material_of = {d.name: paired_material(paired, answers, d, read) for d in divisions}
        work = work_of(out) / name
        answered = answer_divisions(config, material_of, work)
        results[name] = results_of(answered, paired.labels, words)
        text = json.dumps(results[name], indent=2, ensure_ascii=False)
        (out / f"{name}.json").write_text(text + "\n", encoding="utf-8")
        uar = results[name][FUSED_NAME]["metrics"]["uar"]
        log.info("%s: UAR %.3f (%s)", name, uar, words)
    shutil.rmtree(work_of(out))
    return results
