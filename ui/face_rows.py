"""What was seen in pictures and videos, as rows of a table."""

from collections.abc import Sequence

import pandas as pd

from emotion_core.face.analysis import FaceScores, VideoAnalysis
from emotion_core.rows import Row, answer_row, columns
from emotion_core.types import EmotionScores

from .tables import frame_of, timeline_rows

PLACE = ("left", "top", "right", "bottom", "confidence")
"""box of a face in px of its picture, and how sure the detector was"""
NO_FACE = "no face was found"


def picture_columns(labels: tuple[str, ...], multi_label: bool = False) -> list[str]:
    """Columns of a table of pictures."""
    return [*columns(labels, multi_label), *PLACE]


def picture_rows(
    source: str,
    found: FaceScores,
    judged: Sequence[EmotionScores],
    labels: tuple[str, ...],
    multi_label: bool = False,
) -> list[Row]:
    """One row per face from left to right; one without a label where there is none.

    Args:
        source: name of the file
        found: in the picture
        judged: what is shown of each face
        labels: of the table
        multi_label: whether several labels may apply at once
    """
    if not judged:
        row = answer_row(source, None, labels, multi_label=multi_label)
        return [row | {"notice": "; ".join((NO_FACE, *found.notices))}]
    boxes = found.faces.boxes_xyxy.astype(float).round(1).tolist()
    confidence = found.faces.confidence.astype(float).round(4).tolist()
    rows = []
    for number, (scores, box, sure) in enumerate(zip(judged, boxes, confidence, strict=True), 1):
        row = answer_row(source, scores, labels, multi_label=multi_label, person=number)
        notice = "; ".join((*scores.notices, *found.notices))
        rows.append(row | dict(zip(PLACE, [*box, sure], strict=True)) | {"notice": notice})
    return rows


def video_rows(source: str, judged: VideoAnalysis) -> pd.DataFrame:
    """One row per person and sampled moment, by time and then by person."""
    rows = [
        row
        for person in judged.people
        for row in timeline_rows(source, person.timeline, person.uncertain, person.track_id)
    ]
    frame = frame_of(rows, columns(judged.labels))
    return frame.sort_values(["start_s", "person"], ignore_index=True)
