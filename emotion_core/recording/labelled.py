"""Words, voice, faces and the fused line of a recording in one label set."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from ..audio.analysis import VoiceAnalysis
from ..face.analysis import Person, VideoAnalysis
from ..fusion.evidence import Disagreement
from ..labels import LEAST_KEPT, LabelMapping, mapping
from ..types import Calibration, EmotionTimeline, Modality, ModelSpec
from .analysis import Conflict, FusedLine, RecordingAnalysis, WordsAnalysis

Models = Mapping[Modality, ModelSpec]
"""modality -> the model that answered for it; one that is not known is absent"""
NO_MODELS: Models = MappingProxyType({})


def in_labels(
    analysis: RecordingAnalysis, labels: tuple[str, ...], models: Models = NO_MODELS
) -> RecordingAnalysis:
    """Everything that was found, in one label set.

    Args:
        analysis: in the labels of each model
        labels: ordered, such as `labels.EKMAN7`
        models: whose levels tell which answers are uncertain after the mapping; without them
            an answer is as uncertain as it was

    Raises:
        LabelMismatch: if no label of a model has a place in the label set
    """
    levels = {modality: spec.calibration for modality, spec in models.items()}
    return replace(
        analysis,
        words=analysis.words and _words(analysis.words, labels, levels.get("text")),
        voice=analysis.voice and _voice(analysis.voice, labels, levels.get("audio")),
        faces=analysis.faces and _faces(analysis.faces, labels, levels.get("face")),
        fused=_fused(analysis.fused, labels, levels.get("fusion")),
        conflicts=_conflicts(analysis, labels),
    )


def _carried(
    timeline: EmotionTimeline,
    uncertain: np.ndarray,
    labels: tuple[str, ...],
    level: Calibration | None,
) -> tuple[EmotionTimeline, np.ndarray]:
    """A timeline in other labels, and (segment,) which of its answers are uncertain there."""
    if timeline.labels == labels:
        return timeline, uncertain
    carry = mapping(timeline.labels, labels)
    mapped = carry.apply(timeline.probabilities)
    lost = carry.kept(timeline.probabilities) < LEAST_KEPT
    if level is not None:
        uncertain = mapped.max(-1, initial=0) < level.for_labels(labels).uncertain_below
    return EmotionTimeline(timeline.spans_s, mapped, labels), uncertain | lost


def _words(
    words: WordsAnalysis, labels: tuple[str, ...], level: Calibration | None
) -> WordsAnalysis:
    return replace(words, scores=tuple(s and s.to(labels, level) for s in words.scores))


def _voice(
    voice: VoiceAnalysis, labels: tuple[str, ...], level: Calibration | None
) -> VoiceAnalysis:
    timeline, uncertain = _carried(voice.timeline, voice.uncertain, labels, level)
    scores = voice.scores and voice.scores.to(labels, level)
    return replace(voice, scores=scores, timeline=timeline, uncertain=uncertain)


def _person(person: Person, labels: tuple[str, ...], level: Calibration | None) -> Person:
    timeline, uncertain = _carried(person.timeline, person.uncertain, labels, level)
    return replace(
        person,
        probabilities=timeline.probabilities,
        uncertain=uncertain,
        scores=person.scores.to(labels, level),
        timeline=timeline,
    )


def _faces(
    faces: VideoAnalysis, labels: tuple[str, ...], level: Calibration | None
) -> VideoAnalysis:
    people = tuple(_person(person, labels, level) for person in faces.people)
    return replace(faces, labels=labels, people=people)


def _fused(line: FusedLine, labels: tuple[str, ...], level: Calibration | None) -> FusedLine:
    timeline, uncertain = _carried(line.timeline, line.uncertain, labels, level)
    carry = mapping(line.timeline.labels, labels)
    found = {i: _disagreement(d, carry) for i, d in line.disagreements.items()}
    kept = {i: d for i, d in found.items() if d is not None}
    return replace(line, timeline=timeline, uncertain=uncertain, disagreements=kept)


def _disagreement(disagreement: Disagreement, carry: LabelMapping) -> Disagreement | None:
    """In other labels; None where the two say the same there, or one has no place."""
    first, second = (carry.table.get(label) for label in disagreement.labels)
    if first is None or second is None or first == second:
        return None
    return replace(disagreement, labels=(first, second))


def _conflicts(analysis: RecordingAnalysis, labels: tuple[str, ...]) -> tuple[Conflict, ...]:
    carry = mapping(analysis.labels, labels)
    found = ((c, _disagreement(c.disagreement, carry)) for c in analysis.conflicts)
    return tuple(replace(c, disagreement=d) for c, d in found if d is not None)
