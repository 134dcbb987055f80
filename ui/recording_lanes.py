"""What was found in a recording, as lanes of the player."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType

import numpy as np

from emotion_core.fusion.evidence import FUSED, SPOKEN_NAME, Disagreement, FusedModality
from emotion_core.recording.analysis import Conflict, FusedLine, RecordingAnalysis
from emotion_core.recording.transcript import Cue
from emotion_core.timeline.spans import parted
from emotion_core.types import EmotionScores, EmotionTimeline

from .face_people import coarser, shown_people
from .palette import OTHER_COLOUR, colour, symbol
from .player import Lane, Span, SpanLane, StackLane, WaveLane
from .timeline_lanes import emotion_spans

MODALITY_COLOURS: Mapping[FusedModality, str] = {
    "text": "#7A5C86",
    "audio": "#2C9A8F",
    "face": "#E0B354",
}
CONFLICT_COLOUR, CONFLICT_SYMBOL = "#D6336C", "⚡"
NO_PICTURES: Mapping[float, str] = MappingProxyType({})
WORDS_PX = 54
"""height of a lane that holds sentences"""
ROWS_AT_MOST = 3
"""lanes for words that are said at the same time"""


def rows_of_cues(cues: Sequence[Cue]) -> list[list[int]]:
    """Numbers of the cues by lane, so that those of one lane do not overlap.

    What finds no lane goes to the last one, and takes the place of what it overlaps.
    """
    rows: list[list[int]] = []
    for i, cue in enumerate(cues):
        free = [row for row in rows if cues[row[-1]].end_s <= cue.start_s]
        if free:
            free[0].append(i)
        elif len(rows) < ROWS_AT_MOST:
            rows.append([i])
        else:
            rows[-1].append(i)
    return rows


def _cue_span(cue: Cue, end_s: float, scores: EmotionScores | None) -> Span:
    said = f"{cue.speaker}: {cue.text}" if cue.speaker else cue.text
    if scores is None:
        return Span(cue.start_s, end_s, OTHER_COLOUR, text=cue.text, tip="no words", words=said)
    unsure = scores.uncertain
    return Span(
        cue.start_s,
        end_s,
        colour(scores.label),
        symbol=symbol(scores.label),
        text=cue.text,
        tip=f"{scores.label} {scores.probability:.0%}" + ", uncertain" * unsure,
        dashed=unsure,
        words=said,
    )


def words_lanes(cues: Sequence[Cue], scores: Sequence[EmotionScores | None]) -> list[Lane]:
    """What is said, each cue in the colour of its emotion; more lanes where cues overlap."""
    lanes: list[Lane] = []
    for row in rows_of_cues(cues):
        ends = [min(cues[i].end_s, cues[j].start_s) for i, j in pairwise(row)]
        ends.append(cues[row[-1]].end_s)
        spans = [
            _cue_span(cues[i], max(end, cues[i].start_s), scores[i])
            for i, end in zip(row, ends, strict=True)
        ]
        name = "At the same time" if lanes else "Words"
        lanes.append(SpanLane(name, spans, height_px=WORDS_PX))
    return lanes


def called(number: int, names: Mapping[int, str]) -> str:
    """What a person is called: by name where the transcript gives one."""
    return names.get(number) or f"person {number}"


def people_lanes(judged: RecordingAnalysis, names: Mapping[int, str]) -> list[Lane]:
    """One lane for each person who is shown; `names` as for `recording_lanes`."""
    if judged.faces is None:
        return []
    lanes: list[Lane] = []
    for person in shown_people(judged.faces):
        spans = coarser(person.timeline, person.uncertain, judged.duration_s)
        name = called(person.track_id, names)
        lanes.append(SpanLane(f"Face of {name}", emotion_spans(*spans)))
    return lanes


def _apart(timeline: EmotionTimeline) -> EmotionTimeline:
    """Windows that no longer overlap."""
    return replace(timeline, spans_s=parted(timeline.spans_s))


def said_apart(disagreement: Disagreement) -> str:
    """What the two that disagree say, in few words."""
    pairs = zip(disagreement.modalities, disagreement.labels, strict=True)
    return ", ".join(f"{SPOKEN_NAME[m]} {symbol(label)} {label}" for m, label in pairs)


def _conflict_span(conflict: Conflict, picture: str) -> Span:
    return Span(
        conflict.start_s,
        conflict.end_s,
        CONFLICT_COLOUR,
        symbol=CONFLICT_SYMBOL,
        text=str(conflict.disagreement),
        tip=said_apart(conflict.disagreement),
        picture=picture,
    )


def contribution_lane(line: FusedLine, duration_s: float) -> StackLane:
    """The share that each modality had in the fused answer."""
    shares = EmotionTimeline(line.timeline.spans_s, line.contributions, FUSED)
    thinned, _ = coarser(_apart(shares), line.uncertain, duration_s)
    spans = thinned.spans_s
    ends = np.append(spans[1:, 0] > spans[:-1, 1], True).nonzero()[0]
    return StackLane(
        "Share of each",
        np.insert(spans[:, 0], ends + 1, spans[ends, 1]),
        np.insert(thinned.probabilities, ends + 1, np.nan, axis=0),
        [SPOKEN_NAME[modality] for modality in FUSED],
        [MODALITY_COLOURS[modality] for modality in FUSED],
    )


def recording_lanes(
    judged: RecordingAnalysis,
    names: Mapping[int, str],
    pictures: Mapping[float, str] = NO_PICTURES,
) -> list[Lane]:
    """Every lane, from what is said to where that is in doubt; what is absent has none.

    Args:
        judged: everything in one label set
        names: number of a person -> name, as far as the transcript tells it
        pictures: start of a disagreement in s -> the address of its face
    """
    lanes: list[Lane] = []
    if judged.words is not None:
        lanes += words_lanes(judged.words.transcript.cues, judged.words.scores)
    if (voice := judged.voice) is not None:
        lanes.append(WaveLane("Sound", voice.picture.peaks, height_px=44))
        spans = coarser(_apart(voice.timeline), voice.uncertain, judged.duration_s)
        lanes.append(SpanLane("Voice", emotion_spans(*spans)))
    lanes += people_lanes(judged, names)
    if len(judged.fused.timeline):
        line = judged.fused
        fused = coarser(_apart(line.timeline), line.uncertain, judged.duration_s)
        lanes.append(SpanLane("Fused", emotion_spans(*fused)))
        lanes.append(contribution_lane(line, judged.duration_s))
    if judged.conflicts:
        spans = [_conflict_span(c, pictures.get(c.start_s, "")) for c in judged.conflicts]
        lanes.append(SpanLane("Disagree", spans, height_px=WORDS_PX))
    return lanes
