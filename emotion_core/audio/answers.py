"""Recordings as rows of a table: one each, or one per window of speech."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from ..errors import EmotionCoreError
from ..folders import files_in
from ..rows import Row, answer_row
from ..types import EmotionScores
from .decode import ENDINGS
from .pipeline import HOP_S, WINDOW_S, AudioModel


def recordings_in(paths: Iterable[Path]) -> list[Path]:
    """The files named, and the recordings in the folders named, in order.

    Raises:
        InvalidInput: if a folder holds no recording
    """
    return files_in(paths, "recordings", ENDINGS)


def whole_row(model: AudioModel, path: Path, labels: tuple[str, ...]) -> Row:
    """The answer for a recording as a whole, or its error."""
    try:
        answer = model.predict(path).to(labels, model.spec.calibration)
    except EmotionCoreError as error:
        return answer_row(str(path), error, labels)
    return answer_row(str(path), answer, labels)


def timeline_rows(
    model: AudioModel,
    path: Path,
    labels: tuple[str, ...],
    window_s: float = WINDOW_S,
    hop_s: float = HOP_S,
) -> Iterator[Row]:
    """One row per window of speech; one without a label where there is none, or the error."""
    try:
        analysis = model.analyse(path, window_s=window_s, hop_s=hop_s)
    except EmotionCoreError as error:
        yield answer_row(str(path), error, labels)
        return
    line, notices = analysis.timeline, analysis.notices
    if not len(line):
        yield answer_row(str(path), None, labels) | {"notice": "; ".join(notices)}
    for span, probabilities, unsure in zip(
        line.spans_s, line.probabilities, analysis.uncertain, strict=True
    ):
        scores = EmotionScores(line.labels, probabilities, uncertain=bool(unsure), notices=notices)
        answer = scores.to(labels, model.spec.calibration)
        start, end = (round(float(t), 3) for t in span)
        yield answer_row(str(path), answer, labels, span_s=(start, end))
