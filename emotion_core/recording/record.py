"""A recording in figures as a JSON record."""

from collections.abc import Mapping
from typing import Any

from ..fusion.evidence import SPOKEN_NAME
from .analysis import Conflict, RecordingAnalysis
from .labelled import NO_MODELS, Models
from .moments import StrongMoment
from .summary import Distribution, PersonSummary, RecordingSummary, notices_of


def summary_record(
    analysis: RecordingAnalysis, summary: RecordingSummary, models: Models = NO_MODELS
) -> dict[str, Any]:
    """What `summary.json` holds: plain values, times in seconds, shares in [0, 1].

    Args:
        analysis: what was found
        summary: its figures
        models: those that answered, of which the ids are named
    """
    compared = summary.compared
    return {
        "file": analysis.name,
        "duration_s": _round(summary.duration_s),
        "stopped": analysis.stopped,
        "labels": list(summary.labels),
        "models": {modality: spec.id for modality, spec in models.items()},
        "transcript": analysis.words.transcript.origin if analysis.words else None,
        "overall": _distribution(summary.overall),
        "persons": [_person(person) for person in summary.persons],
        "moments": [_moment(moment) for moment in summary.moments],
        "shifts": [vars(s) | {"time_s": _round(s.time_s)} for s in summary.shifts],
        "contributions": {
            SPOKEN_NAME[m]: {name: _round(value) for name, value in vars(c).items()}
            for m, c in summary.contributions.items()
        },
        "agreement": {
            "windows": compared,
            "share": _round(summary.agreeing) if compared else None,
        },
        "conflict_s": _round(summary.conflict_s),
        "conflicts": [_conflict(conflict) for conflict in analysis.conflicts],
        "failures": dict(analysis.failures),
        "notices": list(notices_of(analysis)),
    }


def _round(value: float) -> float:
    return round(float(value), 4)


def _rounded(values: Mapping[str, float]) -> dict[str, float]:
    return {name: _round(value) for name, value in values.items()}


def _distribution(distribution: Distribution) -> dict[str, Any]:
    return {name: _rounded(values) for name, values in vars(distribution).items()}


def _person(person: PersonSummary) -> dict[str, Any]:
    return {
        "person": person.number,
        "name": person.name,
        "seen_s": _round(person.seen_s),
        "spoken_s": _round(person.spoken_s),
        "label": person.scores.label,
        "probabilities": _rounded(person.scores.as_dict()),
        "face": _distribution(person.face),
        "fused": _distribution(person.fused),
    }


def _moment(moment: StrongMoment) -> dict[str, Any]:
    return {
        "time_s": _round(moment.time_s),
        "label": moment.label,
        "probability": _round(moment.probability),
        "modality": moment.source,
        "person": moment.person or None,
        "words": moment.words,
    }


def _conflict(conflict: Conflict) -> dict[str, Any]:
    found = conflict.disagreement
    pairs = zip(found.modalities, found.labels, strict=True)
    return {
        "start_s": _round(conflict.start_s),
        "end_s": _round(conflict.end_s),
        "person": conflict.person or None,
        "labels": {SPOKEN_NAME[m]: label for m, label in pairs},
        "strength": _round(found.strength),
        "sentence": str(found),
    }
