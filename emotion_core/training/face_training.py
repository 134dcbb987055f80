"""From a configuration to a face bundle: read, train, export, calibrate, write."""

import copy
import dataclasses
import json
import logging
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..datasets.faces import FaceSet, at_size, read_faces, wanted_labels, with_splits
from ..datasets.splits import require_classes
from ..errors import InvalidInput
from ..face.align import CropConfig
from ..face.detect import FaceDetector, open_detector
from ..face.model import open_face_classifier
from ..registry import read_spec
from .begun import begin, learnt_on, teachers
from .bundle import calibrate_bundle, data_sets, whole_bundle, write_manifest
from .distillation import taught
from .face_config import FaceConfig
from .face_export import export_face_networks
from .face_trainer import FittedFace, fit_face
from .limits import require_valid
from .parallel import run_side_by_side
from .running import require_one_network
from .runs import require_place, work_of
from .shrinking import KeepPruned, compare_sizes, learning_on
from .watching import announce

log = logging.getLogger(__name__)

INT8 = "int8"
ANSWERED_AT_ONCE = 512
"""faces, of which a classifier keeps maps and embeddings"""
VALIDATION_PROTOCOL = "validation split, on which the epoch was picked; no test split was read"


def read_face_set(config: FaceConfig) -> FaceSet:
    """The faces of a configuration, in its labels, each on a side.

    Raises:
        InvalidInput: for data that cannot be used
    """

    def on_picture(done: int, total: int) -> None:
        if done % 500 == 0 or done == total:
            log.info("%d of %d pictures are read", done, total)

    detector: FaceDetector | None = None if config.aligned else open_detector()
    faces, broken = read_faces(config.data, CropConfig(size=config.size), detector, on_picture)
    for name, why in broken.items():
        log.warning("%s is left out: %s", name, why)
    divided = with_splits(wanted_labels(faces, config.label_set), config.seed)
    words = [divided.labels[place] for place in divided.truth]
    if len(set(words)) < 2:
        raise InvalidInput(
            f"{config.data}: expected two classes or more, got {', '.join(set(words))}"
        )
    require_classes(words, divided.split == "train", config.data)
    return divided


def _member(config: FaceConfig, faces: FaceSet, work: Path, run: int) -> FittedFace:
    """One network; a finished one is read."""
    train, validation = (faces.take(faces.split == side) for side in ("train", "validation"))
    return fit_face(config, train, validation, work / f"member-{run}", run)


def _fit_member(config: FaceConfig, faces: FaceSet, work: Path, run: int) -> None:
    _member(config, faces, work, run)


def _manifest(config: FaceConfig, labels: tuple[str, ...]) -> dict[str, Any]:
    return {
        "id": config.id,
        "modality": "face",
        "labels": list(labels),
        "architecture": {"members": config.members, **dataclasses.asdict(config.network)},
        "input": {"crop": CropConfig(size=config.size).as_dict()},
        "calibration": {},
        "licence": config.licence,
        "training_data": data_sets(config),
        "command": "",
        "seed": config.seed,
        "metrics": {},
        "protocol": VALIDATION_PROTOCOL,
    }


def served_logits(bundle: Path, faces: FaceSet) -> np.ndarray:
    """What a bundle answers for faces that are cut out already, (face, label)."""
    classifier = open_face_classifier(read_spec(bundle))
    crops = at_size(faces, classifier.crop.size).crops
    parts = (crops[i : i + ANSWERED_AT_ONCE] for i in range(0, len(crops), ANSWERED_AT_ONCE))
    return np.stack([reading.logits for part in parts for reading in classifier.read(part)])


def _taught(config: FaceConfig, faces: FaceSet) -> FaceSet:
    """The faces, those to learn from with the targets that the teacher gives them."""
    if not config.distillation.teacher:
        return faces
    soft, rows = faces.targets, faces.split == "train"
    learnt = faces.take(rows)
    soft[rows] = taught(
        config.distillation, faces.labels, soft[rows], lambda t: served_logits(t.folder, learnt)
    )
    return dataclasses.replace(faces, soft=soft)


def _learnt_from(config: FaceConfig, faces: FaceSet) -> Iterator[object]:
    """What tells the data of one training from another's."""
    used = faces.take(faces.split != "test")
    yield from (used.labels, used.truth, used.ballots, used.split)
    yield [Path(name).name for name in used.name.tolist()]
    yield teachers(config.distillation)
    if config.aligned:  # where faces are found first, a pixel may differ between two runs
        yield used.crops


def _write_networks(
    config: FaceConfig, faces: FaceSet, members: list[FittedFace], folder: Path, precision: str
) -> None:
    """Export networks as a bundle that can be opened."""
    folder.mkdir(parents=True, exist_ok=True)
    seen = faces.crops[faces.split == "train"]
    export_face_networks([m.network for m in members], seen, folder, precision)
    write_manifest(folder, _manifest(config, faces.labels))


def _pruned(
    config: FaceConfig, faces: FaceSet, fitted: FittedFace, work: Path, run: int
) -> FittedFace:
    """A network without its smallest weights, which has learnt on."""
    shrink = config.shrink
    optimiser = learning_on(shrink, config.optimiser)
    again = dataclasses.replace(config, epochs=shrink.epochs, optimiser=optimiser, first_size=0)
    train, validation = (faces.take(faces.split == side) for side in ("train", "validation"))
    return fit_face(
        again,
        train,
        validation,
        work / f"pruned-{learnt_on(shrink)}-{run}",
        run,
        start=copy.deepcopy(fitted.network),
        callbacks=[KeepPruned(shrink.prune)],
    )


def _made_smaller(
    config: FaceConfig, faces: FaceSet, members: list[FittedFace], out: Path
) -> list[FittedFace]:
    """Networks made smaller as the settings ask, if they stay good enough.

    Raises:
        InvalidInput: if their validation score fell by more than is allowed
    """
    smaller = members
    if config.shrink.prune:
        smaller = [_pruned(config, faces, m, out.parent, run) for run, m in enumerate(members)]
    validation = faces.take(faces.split == "validation")
    compare_sizes(
        config.shrink,
        out,
        INT8,
        lambda folder, small, precision: _write_networks(
            config, faces, smaller if small else members, folder, precision
        ),
        lambda bundle: float(
            (served_logits(bundle, validation).argmax(1) == validation.truth).mean()
        ),
        lambda bundle: partial(open_face_classifier(read_spec(bundle)).read, validation.crops[:1]),
    )
    return smaller


def train_face(config: FaceConfig, out: Path, command: str = "") -> None:
    """Train, export, calibrate and write a bundle.

    Interrupted training goes on where it stopped: its checkpoints lie in `<out>.work` until
    the bundle is written.

    Args:
        config: all settings
        out: folder of the bundle
        command: what to record as its origin

    Raises:
        InvalidInput: for data or settings that cannot be trained on
    """

    def on_network(done: int, total: int) -> None:
        log.info("network %d of %d is ready", done, total)

    require_valid(config)
    require_place(out)
    data_sets(config)  # what is wrong with them should not be told after hours of training
    read = read_face_set(config)
    begin(config, out, _learnt_from(config, read))
    faces, work = _taught(config, read), work_of(out)
    counts = {side: int((faces.split == side).sum()) for side in sorted(set(faces.split))}
    log.info("%d faces of %s: %s", len(faces), ", ".join(faces.labels), json.dumps(counts))
    runs = range(config.members)
    jobs = [partial(_fit_member, config, faces, work, run) for run in runs]
    require_one_network(config.run, config.members)
    announce(work, config.members)
    run_side_by_side(jobs, on_network, config.run.processes)
    members = [_member(config, faces, work, run) for run in runs]
    with whole_bundle(out, config, command) as draft:
        if config.shrink.asked:
            members = _made_smaller(config, faces, members, draft)
        _write_networks(config, faces, members, draft, config.shrink.precision or INT8)
        history = [pd.DataFrame(m.history).assign(member=run) for run, m in enumerate(members)]
        pd.concat(history).to_csv(draft / "training" / "history.csv", index=False)
        validation = faces.take(faces.split == "validation")
        logits = served_logits(draft, validation).astype(np.float64)
        calibrate_bundle(draft, logits, validation.truth, "validation_accuracy")
