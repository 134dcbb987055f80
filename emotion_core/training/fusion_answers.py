"""What frozen encoders say of labelled items that they were not trained on, kept in a cache."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..audio.chapters import Chapters
from ..audio.decode import AudioStream
from ..audio.model import AudioClassifier, open_audio_classifier
from ..audio.windows import pieces
from ..errors import InvalidInput
from ..face.model import open_face_classifier
from ..fusion.evidence import FusedModality
from ..labels import mapping
from ..registry import find, read_spec
from ..scoring import softmax
from ..text.pipeline import TextModel
from ..types import ModelSpec
from .config import TextConfig
from .face_config import FaceConfig
from .face_training import read_face_set
from .fusion_config import FusionMaterialConfig
from .fusion_spoiling import blurred, darkened, noisy, shuffled, typed_badly
from .sources import data_path
from .text_data import read_dataset

log = logging.getLogger(__name__)

CLEAN = "clean"
SPOILT: Mapping[FusedModality, tuple[str, ...]] = {
    "text": ("words shuffled", "typing errors"),
    "audio": ("white noise, 0 dB",),
    "face": ("blurred", "dark"),
}
"""conditions beside the clean one"""
TEST_FOLDS, VALIDATION_FOLDS = (5, 6), (4,)
"""of the voices; the others train"""
VALIDATION_SHARE = 0.3
"""of the held-out texts and faces that train the fusion, what picks its epoch and calibrates it"""


class Said(NamedTuple):
    """Answers of an encoder, one row per item."""

    logits: np.ndarray
    """(item, label); NaN where it gave no answer"""
    embedding: np.ndarray
    """(item, width)"""


@dataclass(frozen=True, eq=False)
class EncoderAnswers:
    """What one frozen encoder says of items that it was not trained on.

    Attributes:
        spec: the encoder
        truth: (item,) place in the fusion's labels
        side: (item,) `train`, `validation` or `test` of the fusion
        group: (item,) what must not be on two sides: speakers, copies
        said: condition -> answers; `clean` is always there
    """

    spec: ModelSpec
    truth: np.ndarray
    side: np.ndarray
    group: np.ndarray
    said: Mapping[str, Said]

    def __len__(self) -> int:
        return len(self.truth)

    def take(self, chosen: np.ndarray) -> "EncoderAnswers":
        """Some of the items, by number or by a bool for each."""
        said = {k: Said(s.logits[chosen], s.embedding[chosen]) for k, s in self.said.items()}
        return replace(
            self,
            truth=self.truth[chosen],
            side=self.side[chosen],
            group=self.group[chosen],
            said=said,
        )

    def probabilities(self, condition: str = CLEAN) -> np.ndarray:
        """(item, label) in the encoder's labels, by its own calibration."""
        logits = self.said[condition].logits.astype(np.float64)
        return softmax(logits / self.spec.calibration.temperature)


def _sides(held_out: np.ndarray, groups: np.ndarray, seed: int) -> np.ndarray:
    """Test stays test; what is not is divided by groups between training and validation."""
    names = np.unique(groups[~held_out])
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(names)[: round(len(names) * VALIDATION_SHARE)]
    side = np.where(np.isin(groups, chosen), "validation", "train")
    return np.where(held_out, "test", side)


def _text_answers(
    config: FusionMaterialConfig, spec: ModelSpec, labels: tuple[str, ...], seed: int
) -> EncoderAnswers:
    """Held-out texts of one family of emotions."""
    data = TextConfig(data=config.text_data, label_column="labels", multi_label=True)
    dataset = read_dataset(data)
    carry = mapping(dataset.labels, labels)
    texts, truth, test = [], [], []
    for split in ("validation", "test"):
        part = dataset.splits[split]
        families = (part.targets @ carry.matrix > 0) & True
        single = families.sum(1) == 1
        texts += [part.texts[i] for i in np.flatnonzero(single)]
        truth.append(families[single].argmax(1))
        test.append(np.full(int(single.sum()), split == "test"))
    held_out, groups = np.concatenate(test), np.array([t.casefold() for t in texts])
    seen = np.isin(groups, groups[~held_out]) & held_out
    keep = ~seen
    texts, groups, held_out = [t for t, k in zip(texts, keep, strict=True) if k], groups[keep], held_out[keep]
    model = TextModel(spec)
    rng = np.random.default_rng(seed)
    conditions = {
        CLEAN: texts,
        SPOILT["text"][0]: [shuffled(t, rng) for t in texts],
        SPOILT["text"][1]: [typed_badly(t, rng) for t in texts],
    }
    said = {name: _read_texts(model, items) for name, items in conditions.items()}
    return EncoderAnswers(
        spec, np.concatenate(truth)[keep], _sides(held_out, groups, seed), groups, said
    )


def _read_texts(model: TextModel, texts: Sequence[str]) -> Said:
    logits = np.stack([r.logits for r in model.classifier.read(texts)])
    return Said(logits.astype(np.float32), model.embed(texts).astype(np.float32))


def _face_answers(
    config: FusionMaterialConfig, spec: ModelSpec, labels: tuple[str, ...], seed: int
) -> EncoderAnswers:
    """Faces of the validation and the test split."""
    size = int(spec.input["crop"]["size"])
    faces = read_face_set(FaceConfig(data=config.face_data, label_set="EKMAN7", size=size))
    trained = np.isin(faces.group, faces.group[faces.split == "train"])
    picked = np.isin(faces.group, faces.group[faces.split == "validation"])
    test = (faces.split == "test") & ~picked
    faces = faces.take(~trained & ((faces.split == "validation") | test))
    carry = mapping(faces.labels, labels)
    truth = carry.matrix.argmax(1)[faces.truth]
    classifier = open_face_classifier(spec)
    conditions = {
        CLEAN: faces.crops,
        SPOILT["face"][0]: blurred(faces.crops),
        SPOILT["face"][1]: darkened(faces.crops, np.random.default_rng(seed)),
    }
    said = {}
    for name, crops in conditions.items():
        readings = classifier.read(crops)
        said[name] = Said(
            np.stack([r.logits for r in readings]), np.stack([r.embedding for r in readings])
        )
    sides = _sides(faces.split == "test", faces.group, seed)
    return EncoderAnswers(spec, truth, sides, faces.group, said)


def _hear(
    classifiers: Mapping[str, AudioClassifier], source: AudioStream
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Logits and embedding of the whole, weighted by duration; empty without speech."""
    sums: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    seconds = 0.0
    for chapter in Chapters(source):
        spans = pieces(chapter.phrases_s)
        if not len(spans):
            continue
        lengths = spans[:, 1] - spans[:, 0]
        seconds += lengths.sum()
        for name, classifier in classifiers.items():
            readings = classifier.read(chapter.samples, spans - chapter.start_s)
            logits = lengths @ np.stack([r.logits for r in readings])
            embedding = lengths @ np.stack([r.embedding for r in readings])
            before = sums.get(name, (np.zeros(()), np.zeros(())))
            sums[name] = (before[0] + logits, before[1] + embedding)
    return {name: (a / seconds, b / seconds) for name, (a, b) in sums.items()}
