"""What frozen encoders say of utterances, kept so that a fusion is trained in seconds.

Each modality has a file of its own, named after everything that it depends on, so that another
encoder of one modality leaves the others' as they are. While the clips are read, parts of it lie
beside it: a run that was stopped goes on with the first part that is missing.
"""

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..datasets.paired_clip import PairedClip, PairedSet
from ..errors import InvalidInput
from ..fusion.evidence import FUSED, FusedModality
from ..hub import hub_name
from ..registry import find
from ..types import Calibration, ModelSpec
from .fusion_answers import Said
from .loop import OnProgress
from .paired_encoders import Answer, PairedEncoder, open_encoder

log = logging.getLogger(__name__)

PART_CLIPS = 64
NONE = "none"
"""id of what stands for the encoder of a modality that no clip has, and one of its labels: no
model answers in these, so that a fusion refuses what it was not trained on"""


@dataclass(frozen=True, eq=False)
class PairedAnswers:
    """What one encoder says of every clip of a set.

    Attributes:
        spec: the encoder: id, labels and temperature
        said: (clip, label) logits, NaN where the modality is missing or could not be read, and
            (clip, width) embeddings, 0 there
    """

    spec: ModelSpec
    said: Said

    @property
    def present(self) -> np.ndarray:
        """(clip,) bool."""
        return np.asarray(np.isfinite(self.said.logits).all(1))


def _file_of(clip: PairedClip, modality: FusedModality) -> Path | None:
    return clip.sound if modality == "audio" else clip.picture


def _told(clip: PairedClip, modality: FusedModality) -> list[object]:
    """What an answer to a clip depends on."""
    if modality == "text":
        return [clip.name, clip.text]
    if (path := _file_of(clip, modality)) is None:
        return [clip.name]
    status = path.stat()
    return [clip.name, str(path.absolute()), status.st_size, status.st_mtime_ns]


def _key(paired: PairedSet, modality: FusedModality, name: str) -> str:
    files = [] if hub_name(name) else sorted(find(name).files.values())
    told = [modality, name, files, list(paired.labels), *(_told(c, modality) for c in paired.clips)]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


def _write(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """In one step, so that an interrupted run leaves no half of a file."""
    draft = path.with_suffix(".new")
    with draft.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
    draft.replace(path)


def _read_part(encoder: PairedEncoder, clips: Sequence[PairedClip]) -> dict[str, np.ndarray]:
    """Answers side by side; where there is none, the reason is logged."""
    answers: list[Answer | None] = []
    for clip in clips:
        try:
            answers.append(encoder.read(clip))
        except InvalidInput as error:
            log.info("missing: %s", error)
            answers.append(None)
    labels = len(encoder.spec.labels)
    width = max((len(a.embedding) for a in answers if a), default=0)
    nothing = Answer(np.full(labels, np.nan), np.zeros(width))
    rows = [answer or nothing for answer in answers]
    return {
        "logits": np.stack([r.logits for r in rows]).astype(np.float32),
        "embedding": np.stack([r.embedding for r in rows]).astype(np.float32),
    }


def _joined(parts: Sequence[Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Parts one after the other; one in which nothing could be read has no width of its own."""
    width = max(part["embedding"].shape[1] for part in parts)
    widened = [
        np.pad(p["embedding"], ((0, 0), (0, width - p["embedding"].shape[1]))) for p in parts
    ]
    return {
        "logits": np.concatenate([p["logits"] for p in parts]),
        "embedding": np.concatenate(widened),
    }


def _read_all(
    paired: PairedSet,
    modality: FusedModality,
    name: str,
    path: Path,
    on_progress: OnProgress | None,
) -> None:
    """Write the file of a modality, part by part."""
    encoder = open_encoder(modality, name, paired.labels)
    parts = []
    for start in range(0, len(paired), PART_CLIPS):
        clips = paired.clips[start : start + PART_CLIPS]
        part = path.with_name(f"{path.stem}.part-{start:06d}.npz")
        if not part.is_file():
            _write(part, _read_part(encoder, clips))
        parts.append(part)
        if on_progress:
            on_progress(start + len(clips), len(paired))
    spec = encoder.spec
    told = {
        "id": np.array(spec.id),
        "labels": np.array(spec.labels),
        "temperature": np.array(spec.calibration.temperature),
    }
    _write(path, told | _joined([dict(np.load(part)) for part in parts]))
    for part in parts:
        part.unlink()


def embed_paired(
    paired: PairedSet,
    modality: FusedModality,
    name: str,
    cache: Path,
    on_progress: OnProgress | None = None,
) -> PairedAnswers:
    """What an encoder says of every clip, or what an earlier run read.

    Args:
        paired: the clips
        modality: which part of them is read
        name: bundle id, bundle folder, hub name (`hub:owner/name`) or hub folder; empty leaves the
            modality out
        cache: folder where the answers are kept
        on_progress: called with (clips done, clips)

    Raises:
        ModelUnavailable: if there is no such model, or it is damaged
        MissingDependency: if a hub model is asked for without transformers and torch
    """
    has_it = [bool(c.text) if modality == "text" else _file_of(c, modality) for c in paired.clips]
    if not name or not any(has_it):
        spec = ModelSpec(NONE, modality, (paired.labels[0], NONE), {}, Path(), {})
        nothing = np.full((len(paired), len(spec.labels)), np.nan, np.float32)
        return PairedAnswers(spec, Said(nothing, np.zeros((len(paired), 0), np.float32)))
    cache.mkdir(parents=True, exist_ok=True)
    path = cache / f"{paired.corpus}-{modality}-{_key(paired, modality, name)}.npz"
    if not path.is_file():
        _read_all(paired, modality, name, path, on_progress)
    answers = _read(path, modality)
    log.info(
        "%s: %s answers %d of %d clips", modality, name, int(answers.present.sum()), len(paired)
    )
    return answers


def _read(path: Path, modality: FusedModality) -> PairedAnswers:
    with np.load(path, allow_pickle=False) as content:
        spec = ModelSpec(
            id=str(content["id"]),
            modality=modality,
            labels=tuple(content["labels"].tolist()),
            architecture={},
            folder=Path(),
            files={},
            calibration=Calibration(float(content["temperature"])),
        )
        return PairedAnswers(spec, Said(content["logits"], content["embedding"]))


def embed_all(
    paired: PairedSet,
    names: Mapping[FusedModality, str],
    cache: Path,
    on_progress: OnProgress | None = None,
) -> dict[FusedModality, PairedAnswers]:
    """`embed_paired` for every modality, in the order of `FUSED`; one without a name is missing."""
    return {m: embed_paired(paired, m, names.get(m, ""), cache, on_progress) for m in FUSED}
