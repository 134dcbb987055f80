"""What copies of test faces in training are worth: one network with them, and one without."""

import logging
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import lightning
import numpy as np
import pandas as pd
import torch

from ..datasets.faces import FaceSet
from ..errors import InvalidInput
from ..evaluation.face_hashes import near_faces, thumbnails
from ..evaluation.metrics import PERCENTILES, classification_scores, resample
from ..registry import find
from .face_config import FaceConfig
from .face_copies import scored_copies
from .face_network import FaceNetwork, MirroredEnsemble
from .face_trainer import FaceModule, TrainingFaces, checked_faces
from .face_training import read_face_set
from .record import bundle_config
from .single_label import fit

log = logging.getLogger(__name__)

LEAKING, HONEST = "leaking", "honest"
"""training with the copies of held-out faces, and with other faces in their place"""
SCORES = ("accuracy", "uar", "macro_f1")


@dataclass(frozen=True)
class LeakageRun:
    """How the network is trained for this measurement; the rest is as the bundle was trained.

    Attributes:
        epochs: fewer than the bundle had
        size: px of a face
        faces: training faces at most, copies among them; 0: all
    """

    epochs: int = 16
    size: int = 32
    faces: int = 8000


@dataclass(frozen=True, eq=False)
class Twins:
    """Which faces stand on both sides.

    Attributes:
        exact: (face,) bool: held out, and training holds the same pixels
        near: (face,) bool: held out, and training holds a near copy but no exact one
        twin: (face,) bool: in training, and a copy of a held-out face
    """

    exact: np.ndarray
    near: np.ndarray
    twin: np.ndarray


def find_twins(faces: FaceSet) -> Twins:
    """Exact and near copies of held-out faces in training."""
    training = faces.split == "train"
    exact = ~training & np.isin(faces.group, faces.group[training])
    pairs, _ = near_faces(thumbnails(faces.crops), ~training)
    near, twin = np.zeros(len(faces), bool), np.zeros(len(faces), bool)
    near[pairs[:, 0]] = twin[pairs[:, 1]] = True
    twin |= training & np.isin(faces.group, faces.group[~training])
    return Twins(exact, near & ~exact, twin)


def training_sides(faces: FaceSet, twins: Twins, seed: int, most: int = 0) -> dict[str, np.ndarray]:
    """(face,) bool for each side's training faces, as many of each label on both.

    Args:
        faces: on their sides
        twins: of these; one side has them, the other as many others of the same labels
        seed: of what is drawn
        most: training faces at most; 0: all

    Raises:
        InvalidInput: if there are not enough faces to take the twins' places
    """
    training = faces.split == "train"
    rng = np.random.default_rng(seed)
    order = rng.permutation(np.flatnonzero(training & ~twins.twin))
    stand_in = np.zeros(len(faces), bool)
    for k, label in enumerate(faces.labels):
        others = order[faces.truth[order] == k]
        wanted = int((twins.twin & (faces.truth == k)).sum())
        if wanted > len(others):
            raise InvalidInput(
                f"{label}: expected {wanted} training faces without a copy among the held-out "
                f"ones, got {len(others)}; too much of the training data is in the test"
            )
        stand_in[others[:wanted]] = True
    shared = order[~stand_in[order]]
    kept = np.zeros(len(faces), bool)
    kept[shared[: max(0, most - int(twins.twin.sum()))] if most else shared] = True
    return {LEAKING: kept | twins.twin, HONEST: kept | stand_in}


def _answers(config: FaceConfig, faces: FaceSet, trained: np.ndarray, work: Path) -> np.ndarray:
    """(held-out face,) what a network says that was trained on these faces; no epoch is chosen."""
    learnt = faces.take(trained)
    lightning.seed_everything(config.seed, verbose=False)
    network = FaceNetwork(config.network, len(faces.labels), learnt.votes.shape[1])
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    module = FaceModule(network, config, learnt.targets)
    fit(module, TrainingFaces(config, learnt, 0), None, work)
    return held_out_answers(module.network, faces)


def held_out_answers(network: FaceNetwork, faces: FaceSet) -> np.ndarray:
    """(held-out face,) places of labels: the mean over a face and its mirror image."""
    ensemble = MirroredEnsemble([network]).eval()
    with torch.inference_mode():
        batches = checked_faces(faces.take(faces.split != "train"))
        return torch.cat([ensemble(b.faces).logits for b in batches]).argmax(1).numpy()


def _answered_by_side(
    config: FaceConfig, faces: FaceSet, sides: dict[str, np.ndarray], work: Path
) -> dict[str, np.ndarray]:
    """Side -> (held-out face,) answers of what was trained on it; finished ones are read."""
    found = {}
    for side, trained in sides.items():
        path = work / f"{side}.parquet"
        if not path.is_file():
            log.info("%s: %d faces", side, int(trained.sum()))
            (work / side).mkdir(parents=True, exist_ok=True)
            answers = _answers(config, faces, trained, work / side)
            pd.DataFrame({"answer": answers}).to_parquet(path)
        found[side] = pd.read_parquet(path)["answer"].to_numpy(np.int64)
    return found


def _parts(test: np.ndarray, twins: Twins) -> dict[str, np.ndarray]:
    """Which faces are scored together; all masks (face,)."""
    copied = twins.exact | twins.near
    return {
        "test faces": test,
        "test faces with an exact copy": test & twins.exact,
        "test faces with a near copy": test & twins.near,
        "test faces without a copy": test & ~copied,
        "exact copies of test and validation": twins.exact,
        "near copies of test and validation": twins.near,
    }


def _gain(right: dict[str, np.ndarray], group: np.ndarray, samples: int) -> list[float]:
    """Accuracy with the copies minus accuracy without, and its paired 95 % interval."""
    difference = right[LEAKING].astype(float) - right[HONEST]
    drawn = resample(np.stack([difference, np.ones(len(group))], 1), group, samples, seed=0)
    low, high = np.percentile(drawn[:, 0] / drawn[:, 1], PERCENTILES)
    return [float(difference.mean()), float(low), float(high)]


def scored_sides(
    faces: FaceSet, parts: dict[str, np.ndarray], answers: dict[str, np.ndarray], samples: int
) -> dict[str, Any]:
    """Scores of both sides for each part, and what the copies add to the accuracy.

    Args:
        faces: held-out ones
        parts: name -> (face,) bool
        answers: side -> (face,)
        samples: of the bootstrap, in which exact copies are drawn together

    Returns:
        part -> `n`, side -> score -> value and interval, and `gain` in accuracy with its interval
    """
    found = {}
    for part, chosen in parts.items():
        if not chosen.any():
            continue
        truth, group = faces.truth[chosen], faces.group[chosen]
        scores = {
            side: classification_scores(truth, answer[chosen], faces.labels, group, samples)
            for side, answer in answers.items()
        }
        right = {side: answer[chosen] == truth for side, answer in answers.items()}
        found[part] = {
            "n": int(chosen.sum()),
            **{
                side: {k: [s.metrics[k], *s.intervals[k]] for k in SCORES}
                for side, s in scores.items()
            },
            "gain": _gain(right, group, samples),
        }
    return found


def _resized(faces: FaceSet, size: int) -> FaceSet:
    crops = [cv2.resize(c, (size, size), interpolation=cv2.INTER_AREA) for c in faces.crops]
    return replace(faces, crops=np.stack(crops))


def measure_face_leakage(
    model: str | Path, data: Path | None, run: LeakageRun, work: Path, samples: int = 1000
) -> dict[str, Any]:
    """Train a bundle's network with the copies and without, and score both, and the bundle itself.

    Args:
        model: bundle id or folder, measured
        data: as for training; None takes what the bundle was trained on
        run: how it is trained
        work: folder of checkpoints; an interrupted run goes on from there
        samples: of the bootstrap

    Raises:
        InvalidInput: if training holds no copy of a test face
    """
    spec = find(model)
    config = bundle_config(FaceConfig, spec.folder, data)
    faces = read_face_set(config)
    twins = find_twins(faces)
    copied, test = twins.exact | twins.near, faces.split == "test"
    shipped = scored_copies(spec, faces, {"exact copies": twins.exact, "near copies": twins.near})
    if not (copied & test).any():
        raise InvalidInput(f"{config.data}: training holds no copy of a test face; nothing leaks")
    faces = _resized(faces, run.size)
    sides = training_sides(faces, twins, config.seed, run.faces)
    # an average over steps as slow as the bundle's would still hold the first, random weights
    optimiser = replace(config.optimiser, ema_decay=0.0)
    short = replace(
        config, epochs=run.epochs, size=run.size, first_size=0, members=1, optimiser=optimiser
    )
    answers = _answered_by_side(short, faces, sides, work)
    held_out = faces.split != "train"
    parts = {name: chosen[held_out] for name, chosen in _parts(test, twins).items()}
    return {
        "settings": {**asdict(run), "seed": config.seed},
        "training_faces": {side: int(chosen.sum()) for side, chosen in sides.items()},
        "twins_in_training": int(twins.twin.sum()),
        "parts": scored_sides(faces.take(held_out), parts, answers, samples),
        "shipped": shipped,
    }
