"""Seconds are counted once, people are told apart, and the figures fit together."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_core.errors import LabelMismatch
from emotion_core.fusion.evidence import FUSED, Disagreement
from emotion_core.labels import ANGER, EKMAN7, IEMOCAP4, JOY, NEUTRAL, SADNESS
from emotion_core.recording.analysis import NOBODY, FusedLine, RecordingAnalysis
from emotion_core.recording.labelled import in_labels
from emotion_core.recording.summary import (
    Distribution,
    covered_s,
    notices_of,
    summarise,
)
from emotion_core.types import EmotionTimeline
from tests.recording.examples import NAME, ROUND_S, SPEAKERS, answers, recording


def fused_line(
    named: list[str], unsure: tuple[int, ...] = (), window_s: float = 3.0, hop_s: float = 1.0
) -> FusedLine:
    """Windows of one label each, to which words and face contribute three to one."""
    starts = hop_s * np.arange(len(named))
    spans = np.stack([starts, starts + window_s], 1)
    count = len(named)
    uncertain = np.zeros(count, bool)
    uncertain[list(unsure)] = True
    return FusedLine(
        EmotionTimeline(spans, answers(EKMAN7, named), EKMAN7),
        uncertain,
        np.tile([0.75, 0.0, 0.25], (count, 1)),
        np.full((count, 3), np.nan),
        np.full(count, NOBODY),
    )


def alone(line: FusedLine, duration_s: float = 60.0) -> RecordingAnalysis:
    return RecordingAnalysis(NAME, duration_s, None, None, None, line)


def test_windows_that_overlap_count_once():
    summary = summarise(alone(fused_line([JOY] * 4 + [ANGER] * 4, unsure=(7,))))
    assert summary.overall.total_s == pytest.approx(10)  # from 0 to the end of the last window
    assert summary.overall.seconds[JOY] == pytest.approx(5)
    assert summary.overall.seconds[ANGER] == pytest.approx(5)
    assert summary.overall.uncertain_s[ANGER] == pytest.approx(2)
    assert sum(summary.overall.probabilities.values()) == pytest.approx(1)


def test_the_mean_is_over_time_and_not_over_windows():
    line = fused_line([JOY, ANGER], hop_s=4.0)
    spans = line.timeline.spans_s.copy()
    spans[1, 1] = spans[1, 0] + 9
    timeline = EmotionTimeline(spans, line.timeline.probabilities, EKMAN7)
    expected = (3 * timeline.probabilities[0] + 9 * timeline.probabilities[1]) / 12
    found = Distribution.of(timeline, line.uncertain)
    np.testing.assert_allclose(list(found.probabilities.values()), expected)


def test_a_conversation():
    summary = summarise(recording())
    assert summary.overall.total_s == pytest.approx(ROUND_S)
    first, second = summary.persons
    assert {p.number: p.name for p in summary.persons} == SPEAKERS
    assert (first.spoken_s, second.spoken_s) == pytest.approx((15, 14))
    assert (first.seen_s, second.seen_s) == pytest.approx((40, 32.6))
    assert second.face.seconds[ANGER] == pytest.approx(5)
    assert second.face.total_s == pytest.approx(second.seen_s)
    assert first.fused.total_s + second.fused.total_s == pytest.approx(ROUND_S)
    assert first.title == "Person 1 (Anna)"


def test_nobody_is_named_by_a_minority_of_lines():
    analysis = recording()
    words = analysis.words
    assert words is not None
    cues = tuple(replace(cue, speaker=f"S{i}") for i, cue in enumerate(words.transcript.cues))
    mixed = replace(words, transcript=replace(words.transcript, cues=cues))
    people = summarise(replace(analysis, words=mixed)).persons
    assert [p.title for p in people] == ["Person 1", "Person 2"]


def test_contributions():
    found = summarise(recording()).contributions
    assert sum(c.mean for c in found.values()) == pytest.approx(1)
    assert found["text"].there_s == pytest.approx(29)
    assert found["text"].there_share == pytest.approx(29 / 40)
    assert found["face"].there_share == pytest.approx(1)
    assert all(found[m].mean_there >= found[m].mean for m in FUSED)
    silent = summarise(recording(voice=False)).contributions["audio"]
    assert (silent.there_s, silent.mean, silent.mean_there) == (0, 0, 0)


def test_agreement_is_of_windows_with_two_or_more():
    line = fused_line([JOY] * 4)
    contributions = line.contributions.copy()
    contributions[3] = [1, 0, 0]
    found = {1: Disagreement(("text", "face"), (JOY, ANGER), 0.7)}
    summary = summarise(alone(replace(line, contributions=contributions, disagreements=found)))
    assert summary.compared == 3
    assert summary.agreeing == pytest.approx(2 / 3)
    assert np.isnan(summarise(recording(words=False, voice=False)).agreeing)


def test_conflicts_are_counted():
    analysis = recording()
    summary = summarise(analysis)
    assert summary.conflict_count == len(analysis.conflicts) > 0
    assert summary.conflict_s == pytest.approx(sum(c.end_s - c.start_s for c in analysis.conflicts))


def test_only_what_lasts_is_a_change():
    named = [JOY] * 8 + [ANGER] * 2 + [JOY] * 3 + [SADNESS] * 8
    shifts = summarise(alone(fused_line(named))).shifts
    assert [(s.before, s.after) for s in shifts] == [(JOY, SADNESS)]
    assert shifts[0].time_s == pytest.approx(14)  # between the centres 13.5 and 14.5
    assert summarise(alone(fused_line(named, unsure=tuple(range(13, 21))))).shifts == ()
    assert summarise(alone(fused_line(named), 3600)).shifts == ()


def test_nothing_at_all():
    summary = summarise(alone(FusedLine.empty(EKMAN7), 5))
    assert summary.overall.total_s == 0
    assert summary.overall.probabilities == {}
    assert (summary.moments, summary.persons, summary.shifts) == ((), (), ())
    assert summary.conflict_s == 0


def test_labels_without_a_place():
    line = fused_line([JOY])
    strange = EmotionTimeline(line.timeline.spans_s, line.timeline.probabilities, tuple("abcdefg"))
    analysis = replace(recording(), fused=replace(line, timeline=strange))
    with pytest.raises(LabelMismatch, match="has a place in a, b"):
        summarise(analysis)


def test_notices_are_told_once():
    analysis = recording(notices=("the sound is quiet", "the video is short"))
    assert analysis.faces is not None
    faces = replace(analysis.faces, notices=("the video is short", "frames are missing"))
    assert notices_of(replace(analysis, faces=faces)) == (
        "the sound is quiet", "the video is short", "frames are missing",
    )  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 10)), max_size=8))
def test_covered_seconds_are_those_of_the_union(pairs: list[tuple[int, int]]):
    spans = np.array([(a, a + length) for a, length in pairs], float).reshape(-1, 2)
    union = {t for a, length in pairs for t in range(a, a + length)}
    assert covered_s(spans) == len(union)


def test_another_label_set_keeps_the_time():
    analysis = recording()
    mapped = in_labels(analysis, IEMOCAP4)
    assert mapped.labels == IEMOCAP4
    assert summarise(mapped).overall.total_s == pytest.approx(summarise(analysis).overall.total_s)
    assert NEUTRAL in summarise(mapped).overall.seconds
