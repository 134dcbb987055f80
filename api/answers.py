"""Values of `emotion_core` as the service's answers, in the labels that were asked for."""

from collections.abc import Iterator

import numpy as np

from emotion_core.audio.analysis import VoiceAnalysis
from emotion_core.face.analysis import FaceScores, Person, VideoAnalysis
from emotion_core.fusion.evidence import FUSED, SPOKEN_NAME
from emotion_core.recording.analysis import FusedLine, RecordingAnalysis
from emotion_core.recording.labelled import Models, in_labels
from emotion_core.recording.record import summary_record
from emotion_core.recording.summary import summarise
from emotion_core.types import EmotionScores, EmotionTimeline, ModelSpec

from .schema import (
    Answer,
    AudioAnswer,
    FaceAnswer,
    FusedSegment,
    ImageAnswer,
    PersonAnswer,
    RecordingAnswer,
    Segment,
    TextAnswer,
    VideoAnswer,
)

DIGITS = 6


def _by_label(labels: tuple[str, ...], values: np.ndarray) -> dict[str, float]:
    return dict(zip(labels, values.round(DIGITS).tolist(), strict=True))


def _fields(scores: EmotionScores) -> dict[str, object]:
    presence = scores.presence
    return {
        "label": scores.label,
        "probability": round(scores.probability, DIGITS),
        "probabilities": _by_label(scores.labels, scores.probabilities),
        "uncertain": scores.uncertain,
        "present": None if presence is None else list(scores.present),
        "presence": None if presence is None else _by_label(scores.labels, presence),
        "notices": list(scores.notices),
    }


def answer_of(scores: EmotionScores) -> Answer:
    """One answer as it is."""
    return Answer.model_validate(_fields(scores))


def text_answer(scores: EmotionScores, spec: ModelSpec, labels: tuple[str, ...]) -> TextAnswer:
    """What a text expresses."""
    mapped = scores.to(labels, spec.calibration)
    return TextAnswer.model_validate(_fields(mapped) | {"model": spec.id})


def image_answer(found: FaceScores, spec: ModelSpec, labels: tuple[str, ...]) -> ImageAnswer:
    """What every face of a picture expresses."""
    faces = [
        FaceAnswer.model_validate(
            _fields(scores.to(labels, spec.calibration))
            | {"person": number, "box_xyxy": box, "confidence": round(confidence, DIGITS)}
        )
        for number, (scores, box, confidence) in enumerate(
            zip(
                found.scores,
                found.faces.boxes_xyxy.astype(np.float64).round(1).tolist(),
                found.faces.confidence.tolist(),
                strict=True,
            ),
            1,
        )
    ]
    return ImageAnswer(
        model=spec.id,
        labels=list(labels),
        width=found.size_wh[0],
        height=found.size_wh[1],
        faces=faces,
        notices=list(found.notices),
    )


def _mapped_line(
    line: EmotionTimeline, uncertain: np.ndarray, spec: ModelSpec, labels: tuple[str, ...]
) -> Iterator[tuple[tuple[float, float], EmotionScores]]:
    """Span and answer of each segment, in other labels."""
    for span_s, probabilities, unsure in zip(
        line.spans_s.tolist(), line.probabilities, uncertain.tolist(), strict=True
    ):
        scores = EmotionScores(line.labels, probabilities, uncertain=unsure)
        yield (span_s[0], span_s[1]), scores.to(labels, spec.calibration)


def _segment(span_s: tuple[float, float], scores: EmotionScores) -> dict[str, object]:
    return {
        "start_s": round(span_s[0], 3),
        "end_s": round(span_s[1], 3),
        "label": scores.label,
        "probability": round(scores.probability, DIGITS),
        "probabilities": _by_label(scores.labels, scores.probabilities),
        "uncertain": scores.uncertain,
    }


def _segments(
    line: EmotionTimeline, uncertain: np.ndarray, spec: ModelSpec, labels: tuple[str, ...]
) -> list[Segment]:
    return [
        Segment.model_validate(_segment(span_s, scores))
        for span_s, scores in _mapped_line(line, uncertain, spec, labels)
    ]


def voice_answer(
    scores: EmotionScores | None,
    analysis: VoiceAnalysis | None,
    spec: ModelSpec,
    labels: tuple[str, ...],
) -> AudioAnswer:
    """How a voice sounds, as a whole and, where it was analysed, along time.

    Args:
        scores: of the whole; None where there is no speech
        analysis: where the time line was asked for
        spec: of the model
        labels: of the answer
    """
    mapped = scores.to(labels, spec.calibration) if scores is not None else None
    line = None
    if analysis is not None:
        line = _segments(analysis.timeline, analysis.uncertain, spec, labels)
    return AudioAnswer(
        model=spec.id,
        labels=list(labels),
        answer=answer_of(mapped) if mapped is not None else None,
        timeline=line,
        duration_s=round(analysis.duration_s, 3) if analysis is not None else None,
        notices=list(
            analysis.notices if analysis is not None else mapped.notices if mapped else ()
        ),
    )


def _person(person: Person, spec: ModelSpec, labels: tuple[str, ...]) -> PersonAnswer:
    return PersonAnswer.model_validate(
        _fields(person.scores.to(labels, spec.calibration))
        | {
            "person": person.track_id,
            "seen_s": round(person.seen_s, 3),
            "timeline": _segments(person.timeline, person.uncertain, spec, labels),
        }
    )


def video_answer(analysis: VideoAnalysis, spec: ModelSpec, labels: tuple[str, ...]) -> VideoAnswer:
    """Everybody who is seen in a video, along time."""
    return VideoAnswer(
        model=spec.id,
        labels=list(labels),
        duration_s=round(analysis.duration_s, 3),
        fps=analysis.fps,
        width=analysis.size_wh[0],
        height=analysis.size_wh[1],
        persons=[_person(person, spec, labels) for person in analysis.people],
        notices=list(analysis.notices),
    )


def recording_answer(
    analysis: RecordingAnalysis, models: Models, labels: tuple[str, ...]
) -> RecordingAnswer:
    """A recording in figures, and its fused line."""
    judged = in_labels(analysis, labels, models)
    return RecordingAnswer(
        summary=summary_record(judged, summarise(judged), models), fused=list(_fused(judged.fused))
    )


def _fused(line: FusedLine) -> Iterator[FusedSegment]:
    segments = zip(
        line.timeline.spans_s.tolist(), line.timeline.probabilities, line.uncertain, strict=True
    )
    for i, ((start, end), probabilities, unsure) in enumerate(segments):
        scores = EmotionScores(line.timeline.labels, probabilities, uncertain=bool(unsure))
        shares = line.contributions[i].round(DIGITS).tolist()
        yield FusedSegment.model_validate(
            _segment((start, end), scores)
            | {
                "person": int(line.person[i]) or None,
                "contributions": dict(zip((SPOKEN_NAME[m] for m in FUSED), shares, strict=True)),
                "disagreement": str(line.disagreements[i]) if i in line.disagreements else None,
            }
        )
