"""Pictures and videos as rows of a table: one per face, or one per person and sampled moment."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from ..errors import EmotionCoreError
from ..folders import files_in
from ..rows import Row, answer_row
from ..types import EmotionScores, OnSeconds
from .analysis import VideoAnalysis
from .pipeline import VIDEO_FPS, FaceModel

PICTURE_ENDINGS = (
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".avif",
)  # fmt: skip
VIDEO_ENDINGS = (
    ".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".mts", ".m2ts", ".3gp",
    ".flv", ".wmv", ".ogv",
)  # fmt: skip


class _Moment(NamedTuple):
    """What one person expressed for one span of a video."""

    span_s: tuple[float, float]
    person: int
    answer: EmotionScores


def pictures_in(paths: Iterable[Path]) -> list[Path]:
    """The files named, and the pictures in the folders named, in order.

    Raises:
        InvalidInput: if a folder holds no picture
    """
    return files_in(paths, "pictures", PICTURE_ENDINGS)


def videos_in(paths: Iterable[Path]) -> list[Path]:
    """The files named, and the videos in the folders named, in order.

    Raises:
        InvalidInput: if a folder holds no video
    """
    return files_in(paths, "videos", VIDEO_ENDINGS)


def picture_rows(
    model: FaceModel, path: Path, labels: tuple[str, ...], aligned: bool = False
) -> list[Row]:
    """One row per face from left to right; one without a label where there is none, or the error.

    Args:
        model: answers
        path: of a picture
        labels: of the table
        aligned: whether the picture is a face already, so that nothing is detected
    """
    try:
        found = model.predict(path, aligned)
        noted = [replace(s, notices=(*s.notices, *found.notices)) for s in found.scores]
        answers = [scores.to(labels, model.spec.calibration) for scores in noted]
    except EmotionCoreError as error:
        return [answer_row(str(path), error, labels)]
    if not answers:
        return [_nobody(path, labels, found.notices)]
    return [answer_row(str(path), a, labels, person=i) for i, a in enumerate(answers, 1)]


def video_rows(
    model: FaceModel,
    path: Path,
    labels: tuple[str, ...],
    fps: float = VIDEO_FPS,
    on_progress: OnSeconds | None = None,
) -> list[Row]:
    """One row per person and sampled moment, by time; one without a label if nobody is seen.

    Args:
        model: answers
        path: of a video
        labels: of the table
        fps: frames a second that are looked at
        on_progress: called with seconds done and seconds expected
    """
    try:
        analysis = model.analyse(path, fps=fps, on_progress=on_progress)
        moments = [(m, m.answer.to(labels, model.spec.calibration)) for m in _moments(analysis)]
    except EmotionCoreError as error:
        return [answer_row(str(path), error, labels)]
    if not moments:
        return [_nobody(path, labels, analysis.notices)]
    return [
        answer_row(str(path), answer, labels, person=moment.person, span_s=moment.span_s)
        for moment, answer in moments
    ]


def _moments(analysis: VideoAnalysis) -> list[_Moment]:
    """What everybody expressed at each sampled moment, by time and then by person."""
    moments = []
    for person in analysis.people:
        line = person.timeline
        for (start, end), probabilities, unsure in zip(
            line.spans_s.tolist(), line.probabilities, person.uncertain, strict=True
        ):
            answer = EmotionScores(
                line.labels, probabilities, uncertain=bool(unsure), notices=analysis.notices
            )
            span_s = round(start, 3), round(end, 3)
            moments.append(_Moment(span_s, person.track_id, answer))
    return sorted(moments, key=lambda moment: (moment.span_s[0], moment.person))


def _nobody(path: Path, labels: tuple[str, ...], notices: tuple[str, ...]) -> Row:
    return answer_row(str(path), None, labels) | {"notice": "; ".join(notices)}
