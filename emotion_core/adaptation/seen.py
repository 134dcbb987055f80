"""What a shipped network makes of a person's examples, by the whole path from the raw item."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..datasets.labelled_items import LabelledItems, Source
from ..errors import EmotionCoreError, InvalidInput
from ..labels import mapping
from ..scoring import softmax
from ..types import ModelSpec
from .graph import Prior
from .head import Seen

TEXTS_AT_ONCE = 64
LEAST_ANSWER = 1e-4
OnProgress = Callable[[int, int], None]


class Reading(NamedTuple):
    """Of one item: the network's own answer, and its embedding.

    Attributes:
        logits: (base label,)
        embedding: (width,)
    """

    logits: np.ndarray
    embedding: np.ndarray


Readings = Iterator[Reading | EmotionCoreError]


def _content(source: Source) -> str | Path | bytes | np.ndarray:
    return source if isinstance(source, str | Path | np.ndarray) else source.read()


def _text(source: Source) -> str:
    content = source.read_bytes() if isinstance(source, Path) else _content(source)
    return content.decode(errors="replace") if isinstance(content, bytes) else str(content)


def _cleaned(source: Source) -> str | EmotionCoreError:
    """A text as for serving, or why it is none."""
    from ..text.clean import clean

    try:
        return clean(_text(source)).text
    except EmotionCoreError as error:
        return error


def _texts(spec: ModelSpec, sources: Sequence[Source]) -> Readings:
    from ..text.model import open_classifier

    classifier = open_classifier(spec)
    if not hasattr(classifier, "embed"):
        raise InvalidInput(
            f"{spec.id} has no embedding to build on; adapt one of the transformer models"
        )
    for start in range(0, len(sources), TEXTS_AT_ONCE):
        texts = [_cleaned(s) for s in sources[start : start + TEXTS_AT_ONCE]]
        spoken = [t for t in texts if isinstance(t, str)]
        answers = classifier.read(spoken) if spoken else []
        embeddings = classifier.embed(spoken) if spoken else []  # type: ignore[attr-defined]
        found = iter([Reading(a.logits, e) for a, e in zip(answers, embeddings, strict=True)])
        yield from (next(found) if isinstance(t, str) else t for t in texts)


def _recordings(spec: ModelSpec, sources: Sequence[Source]) -> Readings:
    from ..audio.pipeline import AudioModel

    model = AudioModel(spec)
    for source in sources:
        try:
            recording = _content(source)
            yield Reading(model.logits(recording), model.embed([recording])[0])  # type: ignore[arg-type]
        except EmotionCoreError as error:
            yield error


def _faces(spec: ModelSpec, sources: Sequence[Source], aligned: bool) -> Readings:
    from ..face.pipeline import FaceModel

    model = FaceModel(spec)
    for source in sources:
        try:
            (answer,) = model.classifier.read(model.largest_crop(_content(source), aligned))  # type: ignore[arg-type]
            yield Reading(answer.logits, answer.embedding)
        except EmotionCoreError as error:
            yield error


def read_items(
    spec: ModelSpec, items: LabelledItems, aligned: bool, on_progress: OnProgress | None = None
) -> tuple[list[Reading], np.ndarray, list[str]]:
    """Let a network read examples.

    Args:
        spec: of the network
        items: texts, recordings or pictures
        aligned: whether each picture is a face already
        on_progress: called with (items done, items)

    Returns:
        readings of the items that have one, (item,) bool which these are, and why others have none
    """
    sources = [items.sources[i] for i in range(len(items))]
    readers = {
        "text": lambda: _texts(spec, sources),
        "audio": lambda: _recordings(spec, sources),
        "face": lambda: _faces(spec, sources, aligned),
    }
    if items.modality != spec.modality:
        raise InvalidInput(f"{spec.id} answers {spec.modality}, the examples are {items.modality}")
    readings, read, errors = [], np.zeros(len(items), bool), []
    for place, found in enumerate(readers[items.modality]()):
        if isinstance(found, EmotionCoreError):
            errors.append(f"{items.ids[place]}: {found}")
        else:
            readings.append(found)
            read[place] = True
        if on_progress:
            on_progress(place + 1, len(items))
    return readings, read, errors


def prior_of(spec: ModelSpec, labels: tuple[str, ...]) -> Prior | None:
    """How a network's own labels speak of the new ones; None where they do not."""
    try:
        carried = mapping(spec.labels, labels)
    except EmotionCoreError:
        return None
    return Prior(carried.matrix, spec.calibration.temperature, LEAST_ANSWER)


def seen_of(readings: Sequence[Reading], labels: tuple[str, ...], prior: Prior | None) -> Seen:
    """Readings as a head learns from them."""
    embeddings = np.stack([r.embedding for r in readings]).astype(np.float64)
    if prior is None:
        return Seen(embeddings, np.zeros((len(readings), len(labels))))
    logits = np.stack([r.logits for r in readings]).astype(np.float64)
    carried = softmax(logits / prior.temperature) @ prior.carry
    return Seen(embeddings, np.log(np.maximum(carried, prior.least)))
