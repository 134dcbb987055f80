"""What the voice's bundles say of recordings that they have not heard."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..audio.chapters import Chapters
from ..audio.decode import AudioStream
from ..audio.model import AudioClassifier, open_audio_classifier
from ..audio.windows import pieces
from ..datasets.corpora import Recording
from ..datasets.recordings import read_recordings
from ..datasets.sources import data_path
from ..errors import InvalidInput
from ..registry import MANIFEST, read_spec
from ..types import ModelSpec
from .fusion_spoiling import noisy

log = logging.getLogger(__name__)

SNR_DB = 0.0
CLEAN, NOISY = 0, 1


class Heard(NamedTuple):
    """What a classifier says of a recording as a whole."""

    logits: np.ndarray
    """(label,)"""
    embedding: np.ndarray
    """(width,)"""


class HeldOutVoices(NamedTuple):
    """Recordings, each heard by the bundle that was trained without its fold."""

    recordings: list[Recording]
    logits: np.ndarray
    """(condition, recording, label); NaN where no speech was found"""
    embedding: np.ndarray
    """(condition, recording, width); NaN where no speech was found"""


def samples_of(path: Path) -> np.ndarray:
    """A whole recording, (time,) mono at 16 kHz."""
    with AudioStream(path) as stream:
        return np.concatenate([np.zeros(0, np.float32), *stream])


def hear(classifier: AudioClassifier, samples: np.ndarray) -> Heard | None:
    """What a classifier says of a recording, weighted by duration as it is served.

    Args:
        classifier: of the voice
        samples: (time,) mono, 16 kHz

    Returns:
        None where nobody speaks
    """
    parts, lengths = [], []
    for chapter in Chapters([samples]):
        spans = pieces(chapter.phrases_s)
        if len(spans):
            parts += classifier.read(chapter.samples, spans - chapter.start_s)
            lengths.append(spans[:, 1] - spans[:, 0])
    if not parts:
        return None
    weights = np.concatenate(lengths)
    weights /= weights.sum()
    return Heard(
        weights @ np.stack([p.logits for p in parts]),
        weights @ np.stack([p.embedding for p in parts]),
    )


def fold_bundles(folder: str, spec: ModelSpec) -> dict[int, AudioClassifier]:
    """Fold -> the classifier that was trained without it.

    Args:
        folder: with `fold-<n>/bundle`
        spec: of the bundle that is fused; those of the folds answer in its labels

    Raises:
        InvalidInput: if there is none, or one answers in other labels
    """
    found = {}
    for path in sorted(Path(folder).glob(f"fold-*/bundle/{MANIFEST}")):
        part = read_spec(path.parent)
        if part.labels != spec.labels:
            raise InvalidInput(f"{path.parent}: expected the labels {spec.labels}")
        found[int(path.parent.parent.name.removeprefix("fold-"))] = open_audio_classifier(part)
    if not found:
        raise InvalidInput(
            f"{folder}: expected fold-<n>/bundle, a bundle for each fold of the voices that "
            f"was trained without it; {spec.id} itself has heard every voice, so what it says of "
            "them is surer than what it says of a stranger"
        )
    return found


def _both(
    classifier: AudioClassifier, path: Path, rng: np.random.Generator
) -> Iterator[Heard | None]:
    """A recording as it is, and in noise."""
    samples = samples_of(path)
    yield hear(classifier, samples)
    yield hear(classifier, noisy(samples, SNR_DB, rng))


def held_out_voices(data: str, folds: str, spec: ModelSpec, seed: int) -> HeldOutVoices:
    """Recordings with a fold, each heard clean and in noise by what was trained without it.

    Raises:
        InvalidInput: if a recording has no fold, or a fold no bundle
    """
    recordings = read_recordings(data_path(data))
    classifiers = fold_bundles(folds, spec)
    if unknown := {r.fold for r in recordings} - set(classifiers):
        raise InvalidInput(f"{folds}: no bundle without fold {sorted(map(str, unknown))} of {data}")
    heard: list[list[Heard | None]] = []
    for place, recording in enumerate(recordings):
        classifier = classifiers[recording.fold or 0]
        heard.append(list(_both(classifier, recording.path, np.random.default_rng((seed, place)))))
        if (place + 1) % 100 == 0:
            log.info("%d of %d recordings are heard", place + 1, len(recordings))
    some = next(h for both in heard for h in both if h is not None)
    nothing = Heard(np.full(some.logits.shape, np.nan), np.full(some.embedding.shape, np.nan))
    logits, embedding = (
        np.stack(
            [np.stack([(both[c] or nothing)[k] for both in heard]) for c in (CLEAN, NOISY)]
        ).astype(np.float32)
        for k in (0, 1)
    )
    return HeldOutVoices(recordings, logits, embedding)
