"""Measure a face bundle on a split of its data and write what was found beside its weights."""

from pathlib import Path

import numpy as np

from ..errors import InvalidInput
from ..evaluation.face_card import face_card
from ..evaluation.face_report import LabelledFaces, OtherAnswers, face_report
from ..face.model import OnnxFaceClassifier
from ..face.pipeline import FaceModel, load_face_model
from ..labels import FERPLUS8
from .face_config import FaceConfig
from .face_data import FaceSet
from .face_training import read_face_set
from .record import bundle_config, refuse_second_reading, write_record

ENLARGED = 4
"""how many times a face is enlarged before it is looked for"""
CROWD_PROTOCOL = (
    "the second head against what more than half of the FER+ crowd said, eight labels, without "
    "faces on which no half agrees"
)
FOUND_PROTOCOL = (
    "from the picture to the answer: each face enlarged four times, set into a frame of its own "
    "edge colours, found by the detector and aligned; not found counts as wrong"
)


def _protocol(config: FaceConfig, faces: FaceSet, split: str) -> str:
    sides = sorted(set(faces.split))
    sizes = ", ".join(f"{int((faces.split == side).sum()):,} {side}" for side in sides)
    return (
        f"{config.training_data or Path(config.data).name}, {split} split of its own split "
        f"({sizes}); the epoch, the temperature and every setting were chosen on validation; the "
        "bundle as served (half-precision weights, ONNX Runtime, mean over a face and its mirror "
        "image) answered each face of the split once. Intervals: 1,000 bootstrap samples, in "
        "which exact copies of a face are drawn together."
    )


def _crowd(classifier: OnnxFaceClassifier, part: FaceSet) -> OtherAnswers | None:
    """Answers of the second head, for faces on which half of the crowd agrees."""
    agreed = part.votes.max(1, initial=0) > 0.5
    if not classifier.votes or not agreed.any():
        return None
    chosen = part.take(agreed)
    prediction = classifier.crowd(chosen.crops).argmax(1)
    return OtherAnswers(chosen.votes.argmax(1), prediction, FERPLUS8, chosen.group)


def _found(model: FaceModel, part: FaceSet) -> OtherAnswers:
    """Answers for faces that the detector must find and align first."""
    import cv2

    prediction = np.empty(len(part), np.int64)
    for i, crop in enumerate(part.crops):
        side = len(crop) * ENLARGED
        large = cv2.resize(crop, (side, side), interpolation=cv2.INTER_CUBIC)
        framed = np.pad(large, side // 4, mode="edge")
        frame = np.repeat(framed[:, :, None], 3, axis=2)
        faces = model.detector.detect(frame)
        wrong = (int(part.truth[i]) + 1) % len(part.labels)
        if len(faces):
            best = faces.take(np.array([faces.confidence.argmax()]))
            answer = model.answer(frame, best)[0]
            wrong = int(answer.probabilities.argmax())
        prediction[i] = wrong
    return OtherAnswers(part.truth, prediction, part.labels, part.group)


def measure_face_bundle(
    model: str | Path, data: Path | None = None, split: str = "test", repeat: bool = False
) -> dict[str, float]:
    """Measure, and write `evaluation/`, `card.md` and the manifest's metrics.

    Args:
        model: bundle id or folder
        data: as for training; None takes what the bundle was trained on
        split: `validation` is printed only; `test` is written
        repeat: allow a second reading of the test split

    Raises:
        InvalidInput: if the test split of this bundle has been read before, or is empty

    Returns:
        metric name -> value
    """
    opened = load_face_model(model)
    folder, classifier = opened.spec.folder, opened.classifier
    config = bundle_config(FaceConfig, folder, data)
    if split == "test" and not repeat:
        refuse_second_reading(opened.spec)
    faces = read_face_set(config)
    if faces.labels != opened.labels:
        raise InvalidInput(f"{config.data} has the labels {faces.labels}")
    part = faces.take(faces.split == split)
    others = {}
    if isinstance(classifier, OnnxFaceClassifier) and (crowd := _crowd(classifier, part)):
        others[CROWD_PROTOCOL] = crowd
    if config.aligned and len(part):
        others[FOUND_PROTOCOL] = _found(opened, part)
    report = face_report(
        opened,
        LabelledFaces(part.name, part.crops, part.truth, part.group),
        np.isin(part.group, faces.group[faces.split == "train"]),
        _protocol(config, faces, split),
        others,
    )
    if split == "test":
        write_record(folder, report, face_card)
    return report.metrics
