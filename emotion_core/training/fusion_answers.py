"""What frozen encoders say of labelled items outside their training splits, kept in a cache."""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..face.model import open_face_classifier
from ..fusion.evidence import FusedModality
from ..labels import mapping, ordered
from ..registry import find
from ..scoring import softmax
from ..text.pipeline import TextModel
from ..types import ModelSpec
from .face_config import FaceConfig
from .face_training import read_face_set
from .fusion_config import FusionMaterialConfig
from .fusion_spoiling import blurred, darkened, mistyped, shuffled
from .fusion_voices import held_out_voices
from .text_config import TextConfig
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
    """What one frozen encoder says of items outside its training split.

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
        families = part.targets @ carry.matrix > 0
        single = families.sum(1) == 1
        texts += [part.texts[i] for i in np.flatnonzero(single)]
        truth.append(families[single].argmax(1))
        test.append(np.full(int(single.sum()), split == "test"))
    held_out, groups = np.concatenate(test), np.array([t.casefold() for t in texts])
    seen = np.isin(groups, groups[~held_out]) & held_out
    keep = ~seen
    texts, groups, held_out = (
        [t for t, k in zip(texts, keep, strict=True) if k],
        groups[keep],
        held_out[keep],
    )
    model = TextModel(spec)
    rng = np.random.default_rng(seed)
    conditions = {
        CLEAN: texts,
        SPOILT["text"][0]: [shuffled(t, rng) for t in texts],
        SPOILT["text"][1]: [mistyped(t, rng) for t in texts],
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


def _audio_answers(
    config: FusionMaterialConfig, spec: ModelSpec, labels: tuple[str, ...], seed: int
) -> EncoderAnswers:
    """Recordings in which speech was found; those of the test folds are for the test."""
    voices = held_out_voices(config.audio_data, config.audio_folds, spec, seed)
    carry = mapping(ordered(r.label for r in voices.recordings), labels)
    truth = np.array([labels.index(carry.table[r.label]) for r in voices.recordings])
    folds = np.array([r.fold or 0 for r in voices.recordings])
    side = np.full(len(folds), "train", dtype="<U10")
    side[np.isin(folds, VALIDATION_FOLDS)] = "validation"
    side[np.isin(folds, TEST_FOLDS)] = "test"
    groups = np.array([r.group for r in voices.recordings])
    names = (CLEAN, *SPOILT["audio"])
    said = {
        name: Said(logits, embedding)
        for name, logits, embedding in zip(names, voices.logits, voices.embedding, strict=True)
    }
    whole = EncoderAnswers(spec, truth, side, groups, said)
    return whole.take(np.isfinite(voices.logits[0]).all(1))


_READERS = {"text": _text_answers, "audio": _audio_answers, "face": _face_answers}


def _cache_path(
    modality: FusedModality, spec: ModelSpec, config: FusionMaterialConfig, seed: int
) -> Path:
    """Named after everything that the answers depend on."""
    listed = [modality, spec.id, *sorted(spec.files.values()), getattr(config, f"{modality}_data")]
    if modality == "audio":
        listed.append(config.audio_folds)
    digest = hashlib.sha256("\n".join([*listed, str(seed)]).encode()).hexdigest()
    return Path(config.cache) / f"{modality}-{digest[:16]}.npz"


def _write(path: Path, answers: EncoderAnswers) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    said = {
        f"{part}/{name}": getattr(s, part) for name, s in answers.said.items() for part in s._fields
    }
    known = {name: getattr(answers, name) for name in ("truth", "side", "group")}
    np.savez(path, **known, **said)


def _read(path: Path, spec: ModelSpec, modality: FusedModality) -> EncoderAnswers:
    with np.load(path, allow_pickle=False) as content:
        said = {
            name: Said(content[f"logits/{name}"], content[f"embedding/{name}"])
            for name in (CLEAN, *SPOILT[modality])
        }
        return EncoderAnswers(spec, content["truth"], content["side"], content["group"], said)


def encoder_answers(
    modality: FusedModality, config: FusionMaterialConfig, labels: tuple[str, ...], seed: int
) -> EncoderAnswers:
    """What an encoder says of items outside its training split; read from the cache if known.

    Args:
        modality: `text`, `audio` or `face`
        config: encoders, data and cache
        labels: ordered, of the fusion
        seed: of the sides and of what spoils the items

    Raises:
        InvalidInput: for data that cannot be used
        ModelUnavailable: if the encoder is missing or damaged
    """
    spec = find(getattr(config, modality))
    path = _cache_path(modality, spec, config, seed)
    if not path.is_file():
        log.info("%s answers its items", spec.id)
        _write(path, _READERS[modality](config, spec, labels, seed))
    return _read(path, spec, modality)
