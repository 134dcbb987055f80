"""The moments of a recording in which most is expressed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np

from ..labels import NEUTRAL
from ..types import EmotionTimeline
from .analysis import NOBODY, RecordingAnalysis

Source = Literal["words", "voice", "face", "fused"]
SOURCES: tuple[Source, ...] = ("words", "voice", "face", "fused")
"""in the order of the rows of one moment"""

MOMENTS_AT_MOST = 8
LEAST_APART_S, APART_SHARE = 4.0, 1 / 20
"""between two moments: so many seconds and such a share of the recording at least"""
REPEATED, SINGLE = 0.8, 0.7
"""what a moment counts for each time that its emotion was chosen before, and if one modality
alone tells it"""
NEAR_S = 1.5
"""a face so near a moment shows it, and words so near are said then"""


class Picture(NamedTuple):
    """Which thumbnail shows a moment: that of a person's peak."""

    person: int
    peak: int


@dataclass(frozen=True)
class StrongMoment:
    """A moment in which much is expressed.

    Attributes:
        time_s: its middle
        label: what is expressed
        probability: of the label
        source: what tells it: the fused line, or one modality
        person: whose face or words, or `NOBODY`
        words: what is said then; empty where nothing is
        picture: of a face near the moment, or None
    """

    time_s: float
    label: str
    probability: float
    source: Source
    person: int = NOBODY
    words: str = ""
    picture: Picture | None = None


def strongest_moments(judged: RecordingAnalysis) -> tuple[StrongMoment, ...]:
    """The strongest first; sure answers other than neutral, apart from one another.

    The fused line counts more than one modality, and an emotion less each time it is chosen.

    Args:
        judged: everything in one label set
    """
    found = list(_candidates(judged))
    strength = np.array([m.probability * (1 if m.source == "fused" else SINGLE) for m in found])
    times = np.array([m.time_s for m in found])
    labels = np.array([m.label for m in found])
    apart_s = max(LEAST_APART_S, APART_SHARE * judged.duration_s)
    chosen = []
    while len(chosen) < MOMENTS_AT_MOST and strength.any():
        best = int(strength.argmax())
        chosen.append(found[best])
        strength[labels == labels[best]] *= REPEATED
        strength[np.abs(times - times[best]) < apart_s] = 0
    return tuple(_described(judged, moment) for moment in chosen)


def _candidates(judged: RecordingAnalysis) -> Iterator[StrongMoment]:
    line = judged.fused
    yield from _of_line("fused", line.timeline, line.uncertain, line.person)
    if (voice := judged.voice) is not None:
        nobody = np.full(len(voice.timeline), NOBODY)
        yield from _of_line("voice", voice.timeline, voice.uncertain, nobody)
    if (words := judged.words) is not None:
        for cue, s, person in zip(words.transcript.cues, words.scores, words.person, strict=True):
            if s is not None and not s.uncertain and s.label != NEUTRAL:
                middle = (cue.start_s + cue.end_s) / 2
                yield StrongMoment(middle, s.label, s.probability, "words", int(person), cue.text)
    for person in judged.faces.people if judged.faces else ():
        peaks = person.peaks
        spans = np.repeat(person.times_s[peaks][:, None], 2, 1)
        line = EmotionTimeline(spans, person.probabilities[peaks], person.timeline.labels)
        number = np.full(len(peaks), person.track_id)
        yield from _of_line("face", line, person.uncertain[peaks], number)


def _of_line(
    source: Source, timeline: EmotionTimeline, uncertain: np.ndarray, person: np.ndarray
) -> Iterator[StrongMoment]:
    """The segments that are sure and not neutral."""
    best, top = timeline.probabilities.argmax(1), timeline.probabilities.max(1)
    for i in np.flatnonzero(~uncertain):
        label = timeline.labels[best[i]]
        if label != NEUTRAL:
            middle = float(timeline.spans_s[i].mean())
            yield StrongMoment(middle, label, float(top[i]), source, int(person[i]))


def _described(judged: RecordingAnalysis, moment: StrongMoment) -> StrongMoment:
    """With the words said then, and a face that shows it."""
    words = moment.words or words_at(judged, moment.time_s, moment.person)
    return replace(moment, words=words, picture=_picture(judged, moment))


def words_at(judged: RecordingAnalysis, time_s: float, person: int = NOBODY) -> str:
    """What is said at a moment, or just before or after it; empty if nothing is.

    Args:
        judged: in any label set
        time_s: the moment
        person: whose words are taken rather if several speak
    """
    if judged.words is None:
        return ""
    cues = zip(judged.words.transcript.cues, judged.words.person, strict=True)
    said = [
        (max(cue.start_s - time_s, time_s - cue.end_s, 0.0), number != person, cue.text)
        for cue, number in cues
    ]
    gap_s, _, text = min(said, default=(np.inf, True, ""))
    return text if gap_s <= NEAR_S else ""


def _picture(judged: RecordingAnalysis, moment: StrongMoment) -> Picture | None:
    """The peak nearest to a moment, of its person or, where that is not known, of anybody.

    A face that shows something else is no picture of the moment.
    """
    peaks = [
        (abs(float(person.times_s[sample]) - moment.time_s), Picture(person.track_id, i))
        for person in (judged.faces.people if judged.faces else ())
        if moment.person in (NOBODY, person.track_id)
        for i, sample in enumerate(person.peaks)
        if judged.labels[int(person.probabilities[sample].argmax())] == moment.label
    ]
    gap_s, picture = min(peaks, default=(np.inf, None))
    return picture if gap_s <= NEAR_S else None
