"""A recording in figures: seconds per emotion and person, contributions, agreement."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..audio.pipeline import NO_SPEECH
from ..face.analysis import Person
from ..fusion.evidence import FUSED, FusedModality
from ..timeline.spans import parted
from ..types import EmotionScores, EmotionTimeline
from .analysis import FusedLine, RecordingAnalysis
from .labelled import in_labels
from .moments import StrongMoment, strongest_moments
from .transcript import Cue

UNHEARD = "nobody is heard speaking, so the voice has no part in the answers"
"""in the place of what a recording of sound alone is told"""
LASTING_S, LASTING_SHARE = 5.0, 1 / 100
"""so many seconds, and such a share of the recording, an emotion must last for a change to it to
count"""


@dataclass(frozen=True)
class Distribution:
    """How long each label was the most probable one, every moment counted once.

    Attributes:
        seconds: label -> seconds
        uncertain_s: label -> how many of these were uncertain
        probabilities: label -> mean over time; empty where there is no segment
    """

    seconds: Mapping[str, float]
    uncertain_s: Mapping[str, float]
    probabilities: Mapping[str, float]

    @classmethod
    def of(cls, timeline: EmotionTimeline, uncertain: np.ndarray) -> "Distribution":
        """Of segments that may overlap: each moment goes to the nearest of them."""
        return cls._of_parts(parted(timeline.spans_s), timeline, uncertain)

    @classmethod
    def part_of(
        cls, timeline: EmotionTimeline, uncertain: np.ndarray, chosen: np.ndarray
    ) -> "Distribution":
        """As `of`, for some of the segments, (segment,) bool; the others keep their moments."""
        part = EmotionTimeline(
            timeline.spans_s[chosen], timeline.probabilities[chosen], timeline.labels
        )
        return cls._of_parts(parted(timeline.spans_s)[chosen], part, uncertain[chosen])

    @classmethod
    def _of_parts(
        cls, spans_s: np.ndarray, timeline: EmotionTimeline, uncertain: np.ndarray
    ) -> "Distribution":
        """Of segments with spans (segment, 2) that do not overlap."""
        lasting = spans_s[:, 1] - spans_s[:, 0]
        best, count = timeline.probabilities.argmax(1), len(timeline.labels)
        seconds = np.bincount(best, lasting, count)
        unsure = np.bincount(best, lasting * uncertain, count)
        mean = lasting @ timeline.probabilities / lasting.sum() if lasting.any() else []
        return cls(
            dict(zip(timeline.labels, seconds.tolist(), strict=True)),
            dict(zip(timeline.labels, unsure.tolist(), strict=True)),
            dict(zip(timeline.labels, np.asarray(mean).tolist(), strict=False)),
        )

    @property
    def total_s(self) -> float:
        """How much time it is of."""
        return sum(self.seconds.values())


@dataclass(frozen=True, eq=False)
class PersonSummary:
    """One person who was seen.

    Attributes:
        number: from 1, in the order of appearance
        name: that the transcript gives to most of what the person says; empty where it does not
        seen_s: how long the face was seen
        spoken_s: how long the cues are that the person is taken to say
        scores: of the face over the whole recording
        face: what the face alone expressed
        fused: of the fused windows in which this face took part
    """

    number: int
    name: str
    seen_s: float
    spoken_s: float
    scores: EmotionScores
    face: Distribution
    fused: Distribution

    @property
    def title(self) -> str:
        """Such as `Person 2 (Ben)`."""
        return f"Person {self.number}" + (f" ({self.name})" if self.name else "")


@dataclass(frozen=True)
class Contribution:
    """What one modality had in the fused answers.

    Attributes:
        there_s: how long it had anything to say: words, speech, a face
        there_share: the same as a share of the recording
        mean: its share of the answers over all windows; the modalities' sum to 1
        mean_there: its share over the windows in which it took part; 0 if it never did
    """

    there_s: float
    there_share: float
    mean: float
    mean_there: float


@dataclass(frozen=True)
class Shift:
    """A change from one lasting emotion to another.

    Attributes:
        time_s: where the new one begins
        before: label of the old one
        after: label of the new one
    """

    time_s: float
    before: str
    after: str


@dataclass(frozen=True, eq=False)
class RecordingSummary:
    """A recording in figures; labels are those of the fused line.

    Attributes:
        duration_s: of the recording
        labels: ordered
        overall: of the fused line
        persons: those who were seen, in order of appearance
        moments: strongest first, apart from one another
        contributions: modality -> what it had in the answers
        compared: windows in which two modalities or more took part
        agreeing: share of these in which no two disagree; NaN where there are none
        conflict_count: stretches of disagreement
        conflict_s: how much time they cover
        shifts: in order of time
    """

    duration_s: float
    labels: tuple[str, ...]
    overall: Distribution
    persons: tuple[PersonSummary, ...]
    moments: tuple[StrongMoment, ...]
    contributions: Mapping[FusedModality, Contribution]
    compared: int
    agreeing: float
    conflict_count: int
    conflict_s: float
    shifts: tuple[Shift, ...]


def summarise(analysis: RecordingAnalysis) -> RecordingSummary:
    """The figures of a recording, in the labels of its fused line.

    Raises:
        LabelMismatch: if the labels of a model have no place among those of the fused line
    """
    judged = in_labels(analysis, analysis.labels)
    line = judged.fused
    people = judged.faces.people if judged.faces else ()
    compared, agreeing = _agreement(line)
    return RecordingSummary(
        duration_s=judged.duration_s,
        labels=judged.labels,
        overall=Distribution.of(line.timeline, line.uncertain),
        persons=tuple(_person(judged, person) for person in people),
        moments=strongest_moments(judged),
        contributions=_contributions(judged),
        compared=compared,
        agreeing=agreeing,
        conflict_count=len(judged.conflicts),
        conflict_s=covered_s(np.array([(c.start_s, c.end_s) for c in judged.conflicts])),
        shifts=_shifts(line, max(LASTING_S, LASTING_SHARE * judged.duration_s)),
    )


def covered_s(spans_s: np.ndarray) -> float:
    """How much time spans (span, 2) cover together, in any order, overlapping or not.

    Example:
        >>> covered_s(np.array([[5.0, 6.0], [0.0, 2.0], [1.0, 3.0]]))
        4.0
    """
    spans = spans_s.reshape(-1, 2)
    spans = spans[spans[:, 0].argsort()]
    reached = np.maximum.accumulate(spans[:, 1])
    starts = np.maximum(spans[1:, 0], reached[:-1])
    first = spans[:1, 1] - spans[:1, 0]
    return float(first.sum() + np.maximum(spans[1:, 1] - starts, 0).sum())


def _said_by(judged: RecordingAnalysis, person: int) -> list[Cue]:
    """The cues that a person is taken to say."""
    if judged.words is None:
        return []
    cues = zip(judged.words.transcript.cues, judged.words.person.tolist(), strict=True)
    return [cue for cue, number in cues if number == person]


def _name(said: Sequence[Cue]) -> str:
    """That the transcript gives to most of what a person says; empty where it does not."""
    name, count = Counter(c.speaker for c in said).most_common(1)[0] if said else ("", 0)
    return name if 2 * count > len(said) else ""


def person_names(judged: RecordingAnalysis) -> dict[int, str]:
    """Number of each person who is seen -> name, as far as the transcript tells it."""
    people = judged.faces.people if judged.faces else ()
    names = {p.track_id: _name(_said_by(judged, p.track_id)) for p in people}
    return {number: name for number, name in names.items() if name}


def _person(judged: RecordingAnalysis, person: Person) -> PersonSummary:
    line, said = judged.fused, _said_by(judged, person.track_id)
    mine = line.person == person.track_id
    return PersonSummary(
        number=person.track_id,
        name=_name(said),
        seen_s=person.seen_s,
        spoken_s=covered_s(np.array([(c.start_s, c.end_s) for c in said])),
        scores=person.scores,
        face=Distribution.of(person.timeline, person.uncertain),
        fused=Distribution.part_of(line.timeline, line.uncertain, mine),
    )


def _there_s(judged: RecordingAnalysis) -> dict[FusedModality, float]:
    """How long each modality has anything to say."""
    words, voice, faces = judged.words, judged.voice, judged.faces
    answered = zip(words.transcript.cues, words.scores, strict=True) if words else ()
    said = [(cue.start_s, cue.end_s) for cue, scores in answered if scores is not None]
    seen = [person.timeline.spans_s for person in faces.people] if faces else []
    return {
        "text": covered_s(np.array(said)),
        "audio": covered_s(voice.speech_s) if voice else 0.0,
        "face": covered_s(np.concatenate(seen)) if seen else 0.0,
    }


def _contributions(judged: RecordingAnalysis) -> dict[FusedModality, Contribution]:
    shares, there_s = judged.fused.contributions, _there_s(judged)
    lasting = np.diff(parted(judged.fused.timeline.spans_s), axis=1)[:, 0]
    found: dict[FusedModality, Contribution] = {}
    for i, modality in enumerate(FUSED):
        took_part_s = float(lasting[shares[:, i] > 0].sum())
        given = float(lasting @ shares[:, i])
        found[modality] = Contribution(
            there_s=there_s[modality],
            there_share=min(1.0, there_s[modality] / max(judged.duration_s, 1e-9)),
            mean=given / max(float(lasting.sum()), 1e-9),
            mean_there=given / max(took_part_s, 1e-9),
        )
    return found


def _agreement(line: FusedLine) -> tuple[int, float]:
    """Windows in which two modalities or more took part, and the share that agree."""
    several = (line.contributions > 0).sum(1) >= 2
    disagree = np.zeros(len(several), bool)
    disagree[list(line.disagreements)] = True
    count = int(several.sum())
    return count, float((several & ~disagree).sum() / count) if count else float("nan")


def _shifts(line: FusedLine, least_s: float) -> tuple[Shift, ...]:
    """Changes of the sure answers from one emotion that lasts so long to another that does."""
    sure = ~line.uncertain
    spans = parted(line.timeline.spans_s)[sure]
    best = line.timeline.probabilities.argmax(1)[sure]
    edges = [0, *(np.flatnonzero(np.diff(best)) + 1).tolist(), len(best)]
    lasting = [
        (float(spans[first, 0]), line.timeline.labels[best[first]])
        for first, past in pairwise(edges)
        if past > first and (spans[first:past, 1] - spans[first:past, 0]).sum() >= least_s
    ]
    return tuple(
        Shift(time_s, before, after)
        for (_, before), (time_s, after) in pairwise(lasting)
        if before != after
    )


def notices_of(analysis: RecordingAnalysis) -> tuple[str, ...]:
    """What a person should know of how a recording and its parts were read, each once."""
    parts = (analysis.voice, analysis.words and analysis.words.transcript, analysis.faces)
    inner = [notice for part in parts if part is not None for notice in part.notices]
    told = (UNHEARD if n == NO_SPEECH else n for n in (*analysis.notices, *inner))
    return tuple(dict.fromkeys(told))
