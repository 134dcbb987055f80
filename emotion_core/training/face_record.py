"""Measure a face bundle on a split of its data and write what was found beside its weights."""

from pathlib import Path

import numpy as np

from ..datasets.faces import FaceSet
from ..datasets.sources import require_split
from ..errors import InvalidInput
from ..evaluation.face_card import face_card
from ..evaluation.face_report import LabelledFaces, OtherAnswers, face_report
from ..evaluation.metrics import NO_ANSWER
from ..face.model import OnnxFaceClassifier
from ..face.pipeline import FaceModel, load_face_model
from ..labels import FERPLUS8
from .face_config import FaceConfig
from .face_training import read_face_set
from .record import bundle_config, refuse_second_reading, write_record

ENLARGED = 4
"""how many times a face is enlarged before it is looked for"""
CROWD_PROTOCOL = (
    "the second head against what more than half of the FER+ crowd said, eight labels, without "
    "faces on which no half agrees"
)
PUBLISHED_PROTOCOL = (
    "the same by the majority rule of the FER+ paper (Barsoum et al., ICMI 2016): labels with a "
    "single vote are struck out first, and of the votes that are left more than half must agree; "
    "without faces whose majority is unknown or no face"
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
        "bundle as served (ONNX Runtime, mean over a face and its mirror image) answered each face "
        "of the split once. Intervals: 1,000 bootstrap samples, in which exact copies of a face "
        "are drawn together."
    )


def agreed_by_half(ballots: np.ndarray) -> np.ndarray:
    """(face,) place in `FERPLUS8` of what more than half of all votes said, or -1.

    Args:
        ballots: (face, 10) as `FaceSet` holds them
    """
    best = ballots[:, : len(FERPLUS8)].argmax(1)
    most = ballots[np.arange(len(ballots)), best]
    return np.where(2 * most > ballots.sum(1), best, -1)


def agreed_as_published(ballots: np.ndarray) -> np.ndarray:
    """The same by the published rule, in which a label's only vote is no vote.

    Args:
        ballots: (face, 10) as `FaceSet` holds them

    Source: Barsoum et al., ICMI 2016, and the code of its authors (mode `majority`).
    """
    return agreed_by_half(np.where(ballots > 1, ballots, 0))


def _crowd(classifier: OnnxFaceClassifier, part: FaceSet) -> dict[str, OtherAnswers]:
    """Protocol -> answers of the second head, for faces on which the crowd agrees."""
    if not classifier.votes or not part.ballots.size:
        return {}
    prediction = classifier.crowd(part.crops).argmax(1)
    rules = {CROWD_PROTOCOL: agreed_by_half, PUBLISHED_PROTOCOL: agreed_as_published}
    found = {}
    for protocol, rule in rules.items():
        truth = rule(part.ballots)
        if (agreed := truth >= 0).any():
            found[protocol] = OtherAnswers(
                truth[agreed], prediction[agreed], FERPLUS8, part.group[agreed]
            )
    return found


def _found(model: FaceModel, part: FaceSet) -> OtherAnswers:
    """Answers for faces that the detector must find and align first."""
    import cv2

    prediction = np.full(len(part), NO_ANSWER, np.int64)
    for i, crop in enumerate(part.crops):
        side = len(crop) * ENLARGED
        large = cv2.resize(crop, (side, side), interpolation=cv2.INTER_CUBIC)
        framed = np.pad(large, side // 4, mode="edge")
        frame = np.repeat(framed[:, :, None], 3, axis=2)
        faces = model.detector.detect(frame)
        if len(faces):
            best = faces.take(np.array([faces.confidence.argmax()]))
            answer = model.answer(frame, best)[0]
            prediction[i] = int(answer.probabilities.argmax())
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
    require_split(config.data, split, len(part))
    others = _crowd(classifier, part) if isinstance(classifier, OnnxFaceClassifier) else {}
    if config.aligned:
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
