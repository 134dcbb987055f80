"""The people of a video along time, as they were chosen to be shown."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from emotion_core.face.analysis import Person, VideoAnalysis
from emotion_core.types import EmotionTimeline

from .face_seen import encoded
from .models import FaceChoice
from .palette import titled
from .player import Lane, Moment, SpanLane, served
from .timeline_lanes import emotion_spans, probability_lanes

PEOPLE_AT_MOST = 12
"""who have a card and a lane; the table has everybody"""
SEGMENTS_AT_MOST = 1500
"""of one lane; more than a screen has pixels"""


def _judged_person(choice: FaceChoice, person: Person) -> Person:
    shown, uncertain = choice.judge_timeline(person.timeline)
    return replace(
        person,
        timeline=shown,
        probabilities=shown.probabilities,
        uncertain=uncertain,
        scores=choice.judge(person.scores),
    )


def judged_video(choice: FaceChoice, analysis: VideoAnalysis) -> VideoAnalysis:
    """What was seen, in the chosen label set and by the chosen level."""
    people = tuple(_judged_person(choice, person) for person in analysis.people)
    return replace(analysis, labels=choice.labels, people=people)


def shown_people(judged: VideoAnalysis) -> list[Person]:
    """Those who were seen longest, in order of appearance."""
    longest = sorted(judged.people, key=lambda person: -person.seen_s)[:PEOPLE_AT_MOST]
    return sorted(longest, key=lambda person: person.track_id)


def coarser(
    timeline: EmotionTimeline, uncertain: np.ndarray, duration_s: float
) -> tuple[EmotionTimeline, np.ndarray]:
    """Means over equally long steps, where there are more segments than a lane can show.

    Args:
        timeline: without overlap
        uncertain: (segment,)
        duration_s: of the time axis

    Returns:
        the timeline, and (segment,) whether most of a step's answers are uncertain
    """
    if len(timeline) <= SEGMENTS_AT_MOST:
        return timeline, uncertain
    step_s = duration_s / SEGMENTS_AT_MOST
    steps = np.floor(timeline.spans_s[:, 0] / step_s)
    first = np.flatnonzero(np.diff(steps, prepend=-1))
    sizes = np.diff(first, append=len(steps))
    spans = np.stack([timeline.spans_s[first, 0], timeline.spans_s[first + sizes - 1, 1]], axis=1)
    means = np.add.reduceat(timeline.probabilities, first) / sizes[:, None]
    unsure = np.add.reduceat(uncertain.astype(int), first) > sizes / 2
    return EmotionTimeline(spans, means, timeline.labels), unsure


def people_lanes(people: Sequence[Person], chosen: Person, duration_s: float) -> list[Lane]:
    """One lane of emotions per person, then the probabilities of one of them."""
    lanes: list[Lane] = []
    for person in people:
        spans = emotion_spans(*coarser(person.timeline, person.uncertain, duration_s))
        note = "curves below" if person is chosen else ""
        lanes.append(SpanLane(f"Person {person.track_id}", spans, note))
    timeline, _ = coarser(chosen.timeline, chosen.uncertain, duration_s)
    return [*lanes, *probability_lanes(timeline)]


def peak_moments(person: Person, place: str) -> list[Moment]:
    """The moments at which a person expresses most, by time.

    Args:
        person: judged
        place: prefix of the names under which the browser gets the pictures
    """
    moments = []
    for i in np.argsort(person.peaks):
        sample, picture = int(person.peaks[i]), encoded(person.thumbnails[i])
        best = int(person.probabilities[sample].argmax())
        text = f"{titled(person.timeline.labels[best])} {person.probabilities[sample, best]:.0%}"
        text += "?" * bool(person.uncertain[sample])
        url = served(picture, "image/jpeg", f"{place}.{person.track_id}.{sample}")
        moments.append(Moment(float(person.times_s[sample]), url, text))
    return moments


def seconds_per_label(person: Person) -> dict[str, float]:
    """How long each label was the most probable one."""
    spans = person.timeline.spans_s
    best = person.probabilities.argmax(1)
    sums = np.bincount(
        best, weights=spans[:, 1] - spans[:, 0], minlength=person.probabilities.shape[1]
    )
    return dict(zip(person.timeline.labels, sums.round(1).tolist(), strict=True))
