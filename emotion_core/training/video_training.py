"""From a folder of labelled clips to a `video-cnn-bigru` bundle: read, train, export, calibrate.

This network comes without weights: the data sets of acted and filmed clips that would justify
them do not come with this project, and a clip network that was trained on few people answers
worse than faces that are answered one by one and pooled over time, as `FaceModel.analyse` does.
Train it on clips of your own; the bundle is opened by `face.video_model.VideoClassifier`.
"""

import dataclasses
import json
import logging
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..face.video_model import VideoClassifier
from ..registry import read_spec
from .begun import begin, teachers
from .bundle import calibrate_bundle, data_sets, whole_bundle, write_manifest
from .distillation import taught
from .limits import require_valid
from .runs import require_place, work_of
from .video_config import VideoConfig
from .video_data import StoredClips, read_material
from .video_network import export_video_network
from .video_trainer import fit_video

log = logging.getLogger(__name__)

PROTOCOL = "validation split, on which the epoch was picked; no test split was read"


def _manifest(config: VideoConfig, labels: tuple[str, ...]) -> dict[str, Any]:
    return {
        "id": config.id,
        "modality": "face",
        "labels": list(labels),
        "architecture": dataclasses.asdict(config.network),
        "input": config.clip_config().as_dict(),
        "calibration": {},
        "licence": config.licence,
        "training_data": data_sets(config),
        "command": "",
        "seed": config.seed,
        "metrics": {},
        "protocol": PROTOCOL,
    }


def served_logits(bundle: Path, clips: StoredClips) -> np.ndarray:
    """What a bundle answers for clips, (clip, label)."""
    classifier = VideoClassifier(read_spec(bundle))
    return np.stack([classifier.read(clips.frames(i)).logits for i in range(len(clips))])


def _learnt_from(
    config: VideoConfig, clips: StoredClips, labels: tuple[str, ...]
) -> Iterator[object]:
    """What tells the data of one training from another's."""
    yield labels
    yield [(r.path.name, r.path.stat().st_size, r.label, r.split) for r in clips.recordings]
    yield teachers(config.distillation)


def train_video(config: VideoConfig, out: Path, command: str = "") -> None:
    """Train, export, calibrate and write a bundle.

    Interrupted training goes on where it stopped: the clips' frames and the checkpoints lie in
    `<out>.work` until the bundle is written.

    Args:
        config: all settings
        out: folder of the bundle
        command: what to record as its origin

    Raises:
        InvalidInput: for data or settings that cannot be trained on
        LabelMismatch: if the data's labels have no place in the label set
        ModelUnavailable: if the detector of faces is not to be had
    """

    def on_clips(done: int, total: int) -> None:
        if done % 50 == 0 or done == total:
            log.info("%d of %d clips are read", done, total)

    require_valid(config)
    require_place(out)
    data_sets(config)  # what is wrong with them should not be told after hours of training
    work = work_of(out)
    clips, labels = read_material(config, work / "clips", on_clips)
    begin(config, out, _learnt_from(config, clips, labels))
    train, validation = clips.side("train"), clips.side("validation")
    counts = Counter(recording.label for recording in train.recordings)
    log.info("%d clips to learn from: %s", len(train), json.dumps(counts))
    if config.distillation.teacher:
        targets = taught(
            config.distillation, labels, train.targets, lambda t: served_logits(t.folder, train)
        )
        train = dataclasses.replace(train, targets=targets)
    fitted = fit_video(config, train, validation, work)
    with whole_bundle(out, config, command) as draft:
        export_video_network(fitted.network, config.clip_config(), draft)
        write_manifest(draft, _manifest(config, labels))
        pd.DataFrame(fitted.history).to_csv(draft / "training" / "history.csv", index=False)
        logits = served_logits(draft, validation).astype(np.float64)
        calibrate_bundle(draft, logits, validation.targets.argmax(1), "validation_accuracy")
