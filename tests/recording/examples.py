"""A small conversation as a whole analysis: two people, their words, voices and faces.

Everything is made by a formula from `SCRIPT`, so that what a test expects can be read off it.
"""

from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np

from emotion_core.audio.analysis import Prosody, SoundPicture, VoiceAnalysis
from emotion_core.face.analysis import Person, VideoAnalysis
from emotion_core.fusion.evidence import FUSED, Disagreement, FusedModality
from emotion_core.labels import (
    ANGER,
    CALM,
    CARING,
    CURIOSITY,
    DISAPPOINTMENT,
    EKMAN7,
    GOEMOTIONS28,
    GRATITUDE,
    JOY,
    LOVE,
    NEUTRAL,
    RAVDESS8,
    SADNESS,
    SURPRISE,
    mapping,
)
from emotion_core.recording.analysis import (
    NOBODY,
    FusedLine,
    RecordingAnalysis,
    Stage,
    WordsAnalysis,
)
from emotion_core.recording.conflicts import conflicts
from emotion_core.recording.transcript import Cue, Transcript
from emotion_core.types import EmotionScores, EmotionTimeline, Faces
from ui.face_drawn import Look, draw_face
from ui.face_drawn import Person as Drawn

WINDOW_S, HOP_S, STEP_S = 3.0, 1.0, 0.2
EMBEDDING = 4
"""width of every embedding"""
SURE, UNSURE_BELOW = 0.5, 0.4
NAME, ROUND_S = "interview.mp4", 40.0
"""name of the recording, and how long the script takes"""


@dataclass(frozen=True)
class Line:
    """One line of the script, and what each modality expresses while it is said."""

    start_s: float
    end_s: float
    person: int
    speaker: str
    text: str
    words: str
    voice: str
    face: str


SCRIPT = (
    Line(1, 4.5, 1, "Anna", "Thank you so much for coming, what a day!", GRATITUDE, JOY, JOY),
    Line(5, 9, 2, "Ben", "I am glad to be here.", JOY, NEUTRAL, JOY),
    Line(10, 13, 1, "Anna", "So, how did the exam go?", CURIOSITY, NEUTRAL, NEUTRAL),
    Line(15, 20, 2, "Ben", "Great. I loved every minute of it.", LOVE, ANGER, ANGER),
    Line(21, 24.5, 1, "Anna", "What? You look furious!", SURPRISE, SURPRISE, SURPRISE),
    Line(26, 31, 2, "Ben", "I failed, and I let you down.", DISAPPOINTMENT, SADNESS, SADNESS),
    Line(32, 37, 1, "Anna", "You will do it, <b>I promise</b> & I help.", CARING, CALM, SADNESS),
)
"""in the fourth line the words say joy, and voice and face say anger; in the last, the words say
joy and the face says sadness"""
SPEAKERS = {1: "Anna", 2: "Ben"}
SEEN_S = {1: ((0.0, 40.0),), 2: ((4.0, 20.6), (22.0, 38.0))}
"""person -> when the face is seen"""

LOOKS = {
    JOY: Look(smile=1.0, mouth=0.6),
    ANGER: Look(smile=-0.6, brows=-1.3, worry=-0.5, eyes=0.75),
    SURPRISE: Look(mouth=1.0, brows=1.0, eyes=1.5),
    SADNESS: Look(smile=-1.0, brows=-0.6, worry=1.0, eyes=0.45),
}
DRAWN = {1: Drawn((150, 104, 76), (28, 22, 20), long_hair=True), 2: Drawn()}


def lines(rounds: int = 1) -> list[Line]:
    """The script, said so many times over."""
    return [
        Line(line.start_s + i * ROUND_S, line.end_s + i * ROUND_S, *list(vars(line).values())[2:])
        for i in range(rounds)
        for line in SCRIPT
    ]


def answers(labels: tuple[str, ...], named: list[str], restless: float = 0.0) -> np.ndarray:
    """(answer, label) with about 0.8 for the label of each, always the same.

    Args:
        labels: ordered
        named: the label of each answer
        restless: how far the answers stray from their label; from 1 on they jump about
    """
    rng = np.random.default_rng(0)
    logits = (0.2 + 2 * restless) * rng.standard_normal((len(named), len(labels)))
    logits[np.arange(len(named)), [labels.index(n) for n in named]] += np.log(4 * len(labels))
    odds = np.exp(logits)
    return odds / odds.sum(1, keepdims=True)


def words_of(rounds: int = 1, restless: float = 0.0) -> WordsAnalysis:
    """What was said, by name and by the person who is seen speaking it."""
    script = lines(rounds)
    cues = tuple(Cue(line.start_s, line.end_s, line.text, line.speaker) for line in script)
    rows = answers(GOEMOTIONS28, [line.words for line in script], restless)
    scores = tuple(EmotionScores(GOEMOTIONS28, r, uncertain=bool(r.max() < 0.2)) for r in rows)
    embeddings = np.ones((len(cues), EMBEDDING), np.float32)
    people = np.array([line.person for line in script])
    return WordsAnalysis(Transcript(cues, "SRT"), scores, embeddings, people)


def voice_of(rounds: int = 1, restless: float = 0.0) -> VoiceAnalysis:
    """What was heard: windows in which somebody speaks."""
    duration_s = rounds * ROUND_S
    spans, named = [], []
    for line in lines(rounds):
        for start in np.arange(line.start_s, line.end_s - WINDOW_S + 0.01, HOP_S):
            spans.append((start, start + WINDOW_S))
            named.append(line.voice)
    rows = answers(RAVDESS8, named, restless)
    speech_s = np.array([(line.start_s, line.end_s) for line in lines(rounds)])
    return VoiceAnalysis(
        EmotionScores(RAVDESS8, rows.mean(0)),
        EmotionTimeline(np.array(spans), rows, RAVDESS8),
        rows.max(1) < UNSURE_BELOW,
        speech_s,
        Prosody(0.1, np.full(5, 180.0), np.full(5, -20.0), 180.0, 6.0, 4.1, 0.2, np.zeros(13)),
        _picture(duration_s, speech_s),
        embeddings=np.ones((len(rows), EMBEDDING), np.float16),
    )


def _picture(duration_s: float, speech_s: np.ndarray, columns: int = 800) -> SoundPicture:
    """A waveform that is loud where somebody speaks."""
    times = (np.arange(columns) + 0.5) * duration_s / columns
    spoken = ((speech_s[:, :1] <= times) & (times < speech_s[:, 1:])).any(0)
    swell = np.abs(np.sin(2.3 * times) * np.sin(7.1 * times))
    level = 0.02 + 0.6 * spoken * (0.3 + swell)
    spectrogram = np.full((8, columns), -60.0, np.float32)
    return SoundPicture(duration_s, np.stack([-level, level], 1), spectrogram, np.arange(8) * 500.0)


def faces_of(rounds: int = 1, restless: float = 0.0) -> VideoAnalysis:
    """What was seen: two people, who look neutral while they do not speak."""
    duration_s = rounds * ROUND_S
    times = np.arange(round(duration_s / STEP_S)) * STEP_S
    people = tuple(_person(number, times, rounds, restless) for number in SEEN_S)
    return VideoAnalysis(EKMAN7, people, times, duration_s, 1 / STEP_S, (640, 360))


def _person(number: int, times: np.ndarray, rounds: int, restless: float) -> Person:
    """One of the two; the box of the second is the larger one."""
    within = times % ROUND_S
    seen = times[np.any([(a <= within) & (within < b) for a, b in SEEN_S[number]], axis=0)]
    named, mouth = [NEUTRAL] * len(seen), np.full(len(seen), 0.01)
    for line in lines(rounds):
        if line.person == number:
            first, past = np.searchsorted(seen, (line.start_s, line.end_s))
            named[first:past], mouth[first:past] = [line.face] * (past - first), 0.08
    rows = answers(EKMAN7, named, restless)
    strength = 1 - rows[:, EKMAN7.index(NEUTRAL)]
    peaks: list[int] = []
    for i in np.argsort(-strength, kind="stable").tolist():
        if len(peaks) < 6 and all(abs(seen[i] - seen[j]) >= 2 for j in peaks):
            peaks.append(i)
    side, left = 60 + 20 * number, 200.0 * number
    boxes = np.tile([left, 80, left + side, 80 + side], (len(seen), 1))
    nowhere = np.full((len(seen), 5, 2), np.nan)
    faces = Faces(boxes, np.ones(len(seen)), np.full(len(seen), number), nowhere)
    return Person(
        track_id=number,
        times_s=seen,
        faces=faces,
        probabilities=rows,
        uncertain=rows.max(1) < UNSURE_BELOW,
        scores=EmotionScores(EKMAN7, rows.mean(0)),
        timeline=EmotionTimeline(np.stack([seen, seen + STEP_S], 1), rows, EKMAN7),
        peaks=np.array(peaks),
        thumbnails=np.stack([portrait(number, named[i]) for i in peaks]),
        mouth_motion=mouth,
        embeddings=np.ones((len(seen), EMBEDDING), np.float16),
    )


@cache
def portrait(number: int, label: str) -> np.ndarray:
    """One of the two drawn with an expression, (96, 96, 3) RGB uint8."""
    frame = np.full((96, 96, 3), 190, np.float32)
    draw_face(frame, (48, 46), 30, DRAWN[number], LOOKS.get(label, Look()))
    return np.clip(frame, 0, 255).astype(np.uint8)


Said = dict[FusedModality, np.ndarray]
"""modality -> probabilities (label,) in the labels of the fused line"""


def fused_of(
    words: WordsAnalysis | None,
    voice: VoiceAnalysis | None,
    faces: VideoAnalysis | None,
    rounds: int = 1,
) -> FusedLine:
    """The mean of what is there in each window; by hand, without any fusion model.

    Only the first time that the script is said is looked at, and stands for the others.
    """
    spans, rows, shares, people, disagreements = [], [], [], [], {}
    for start in np.arange(0, ROUND_S - WINDOW_S + 0.01, HOP_S):
        span = (float(start), float(start) + WINDOW_S)
        said, person = _said(words, voice, faces, span)
        if not said:
            continue
        if (found := _disagreement(said)) is not None:
            disagreements[len(spans)] = found
        sureness = np.array([said[m].max() if m in said else 0.0 for m in FUSED])
        spans.append(span)
        rows.append(np.mean(list(said.values()), axis=0))
        shares.append(sureness / sureness.sum())
        people.append(person)
    if not spans:
        return FusedLine.empty(EKMAN7)
    shifts = np.repeat(np.arange(rounds) * ROUND_S, len(spans))[:, None]
    line = EmotionTimeline(np.tile(spans, (rounds, 1)) + shifts, np.tile(rows, (rounds, 1)), EKMAN7)
    contributions = np.tile(shares, (rounds, 1))
    surprise = np.where(contributions > 0, 1 - contributions, np.nan)
    unsure = line.probabilities.max(1) < UNSURE_BELOW
    later = {i + n * len(spans): d for n in range(rounds) for i, d in disagreements.items()}
    return FusedLine(line, unsure, contributions, surprise, np.tile(people, rounds), later)


def _said(
    words: WordsAnalysis | None,
    voice: VoiceAnalysis | None,
    faces: VideoAnalysis | None,
    span: tuple[float, float],
) -> tuple[Said, int]:
    """What each modality says in a window, and whose face took part: the speaker's."""
    said: Said = {}
    person = NOBODY
    if words is not None:
        cues = words.transcript.cues
        near = [i for i, cue in enumerate(cues) if cue.start_s < span[1] and cue.end_s > span[0]]
        if near:
            best = max(near, key=lambda i: _overlap(cues[i], span))
            scores, person = words.scores[best], int(words.person[best])
            if scores is not None:
                said["text"] = mapping(scores.labels, EKMAN7).apply(scores.probabilities)
    if voice is not None and len(rows := _within(voice.timeline, span)):
        said["audio"] = mapping(voice.timeline.labels, EKMAN7).apply(rows).mean(0)
    if faces is not None:
        for one in sorted(faces.people, key=lambda one: one.track_id != person):
            if len(rows := _within(one.timeline, span)):
                said["face"] = rows.mean(0)
                return said, one.track_id
    return said, NOBODY


def _overlap(cue: Cue, span: tuple[float, float]) -> float:
    return min(cue.end_s, span[1]) - max(cue.start_s, span[0])


def _within(timeline: EmotionTimeline, span: tuple[float, float]) -> np.ndarray:
    """Probabilities (segment, label) of the segments whose middle lies in a window."""
    first, past = np.searchsorted((timeline.spans_s[:, 0] + timeline.spans_s[:, 1]) / 2, span)
    return timeline.probabilities[first:past]


def _disagreement(said: Said) -> Disagreement | None:
    """The first two that are sure of different things, neither of which is neutral."""
    for first, second in combinations(FUSED, 2):
        if not {first, second} <= set(said):
            continue
        one, other = (EKMAN7[int(said[m].argmax())] for m in (first, second))
        strength = float(min(said[first].max(), said[second].max()))
        if one != other and NEUTRAL not in (one, other) and strength >= SURE:
            return Disagreement((first, second), (one, other), strength)
    return None


def recording(
    *,
    words: bool = True,
    voice: bool = True,
    faces: bool = True,
    rounds: int = 1,
    restless: float = 0.0,
    failures: dict[Stage, str] | None = None,
    notices: tuple[str, ...] = (),
) -> RecordingAnalysis:
    """The analysis of the conversation, or of a part of it.

    Args:
        words: whether there is a transcript
        voice: whether there is sound
        faces: whether there is a picture
        rounds: how many times the script is said, 40 s each
        restless: how far answers stray from the script
        failures: stage -> why it gave nothing
        notices: of the recording
    """
    said = words_of(rounds, restless) if words else None
    heard = voice_of(rounds, restless) if voice else None
    seen = faces_of(rounds, restless) if faces else None
    duration_s = rounds * ROUND_S
    line = fused_of(said, heard, seen, rounds)
    return RecordingAnalysis(
        name=NAME,
        duration_s=duration_s,
        voice=heard,
        words=said,
        faces=seen,
        fused=line,
        conflicts=conflicts(line),
        failures=failures or {},
        notices=notices,
    )
