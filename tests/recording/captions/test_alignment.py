"""Sentences without times, spread over the speech; transcripts that are too long."""

import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_core.audio.decode import read_audio
from emotion_core.audio.vad import speech_spans
from emotion_core.errors import InvalidInput
from emotion_core.recording.captions.alignment import align_to_speech, clip_to
from emotion_core.recording.captions.reading import is_timed
from emotion_core.recording.transcript import Cue, Transcript
from tests.audio.sounds import CLIPS, RATE, silence

NO_SPEECH = np.zeros((0, 2))


def untimed(*texts: str) -> Transcript:
    return Transcript(tuple(Cue(0, 0, text) for text in texts), "plain text")


def times(transcript: Transcript) -> list[tuple[float, float]]:
    return [(round(c.start_s, 6), round(c.end_s, 6)) for c in transcript.cues]


def test_in_proportion_to_their_length():
    found = align_to_speech(untimed("a" * 34, "a" * 84), np.array([[2.0, 8.0]]), 10)
    assert times(found) == [(2, 4), (4, 8)]
    assert found.notices[0].startswith("the lines had no times")


def test_at_the_pause_that_is_near():
    spans = np.array([[1.0, 3.5], [4.5, 7.0]])
    found = align_to_speech(untimed("Somewhat shorter.", "Longer than the other one."), spans, 10)
    assert times(found) == [(1, 3.5), (4.5, 7)]


def test_across_a_pause():
    spans = np.array([[0.0, 2.0], [2.1, 4.0], [6.0, 10.0]])
    found = align_to_speech(untimed("a" * 40, "a" * 40), spans, 12)
    assert times(found) == [(0, 4), (6, 10)]


def test_tempo_is_kept_even_where_pauses_mislead():
    spans = np.array([[k * 2.0, k * 2.0 + 1.5] for k in range(12)])
    found = align_to_speech(untimed(*["The same again."] * 6), spans, 24)
    assert times(found) == [(k * 4, k * 4 + 3.5) for k in range(6)]


def test_without_speech_over_the_whole():
    found = align_to_speech(untimed("One.", "Two."), NO_SPEECH, 8)
    assert times(found) == [(0, 4), (4, 8)]
    assert found.notices == ("no speech was found, so the lines were spread over the whole "
                             "recording",)  # fmt: skip


def test_what_has_times_keeps_them():
    timed = Transcript((Cue(1, 2, "Hello"),), "SRT")
    assert align_to_speech(timed, NO_SPEECH, 10) is timed
    empty = untimed()
    assert align_to_speech(empty, NO_SPEECH, 10) is empty


@pytest.mark.parametrize(("text", "much"), [("a" * 4000, "much (400.0"), ("a", "little (0.1")])
def test_a_text_that_does_not_fit_is_told(text, much):
    found = align_to_speech(untimed(text), np.array([[0.0, 10.0]]), 10)
    assert found.notices[1].startswith(f"the text is too {much.replace('(', 'for the speech (')}")


@pytest.mark.parametrize(
    ("speech_s", "duration_s"), [(np.zeros(3), 1.0), (np.zeros((2, 3)), 1.0), (NO_SPEECH, 0.0)]
)
def test_what_cannot_be_aligned(speech_s, duration_s):
    with pytest.raises(InvalidInput, match="expected spans"):
        align_to_speech(untimed("a"), speech_s, duration_s)


@given(
    st.lists(st.integers(0, 400), min_size=1, max_size=60),
    st.lists(st.integers(0, 3000), max_size=20),
    st.integers(10, 6000),
)
def test_sentences_follow_one_another_inside_the_speech(lengths, edges, duration):
    duration_s = duration / 100
    spans = np.array(sorted(edges)[: len(edges) // 2 * 2]).reshape(-1, 2) / 100
    found = align_to_speech(untimed(*("a" * n for n in lengths)), spans, duration_s)
    starts = np.array([c.start_s for c in found.cues])
    ends = np.array([c.end_s for c in found.cues])
    assert len(found) == len(lengths)
    assert is_timed(found)
    assert (np.diff(starts) >= -1e-6).all()
    assert (starts[1:] >= ends[:-1] - 1e-6).all()
    inside = spans.clip(0, duration_s)
    inside = inside[np.ptp(inside, axis=1) > 0]
    first, last = (inside[0, 0], inside[-1, 1]) if len(inside) else (0, duration_s)
    assert starts[0] == pytest.approx(first)
    assert ends.max() == pytest.approx(last)


def test_far_more_sentences_than_can_be_said():
    found = align_to_speech(untimed(*["Hi."] * 5000), np.array([[1.0, 2.0]]), 3)
    assert found.cues[-1].end_s == pytest.approx(2)
    assert np.ptp([c.end_s - c.start_s for c in found.cues]) < 1e-6


@pytest.mark.data
def test_acted_sentences_are_found_again():
    index = CLIPS / "index.csv"
    if not index.is_file():
        pytest.skip("needs the data sets that $EMOTION_DATA names")
    with index.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["speaker"] in ("03", "08")][::10]
    rng = np.random.default_rng(0)
    parts, texts, starts_s, now_s = [], [], [], 0.0
    for row in rows:
        samples = read_audio(CLIPS / row["file"])[0].samples[0]
        spans = speech_spans(samples)
        samples = samples[: round(spans[-1, 1] * RATE)]
        parts += [samples, silence(rng.uniform(0, 3))]
        texts.append(f"{row['statement']}.")
        starts_s.append(now_s + spans[0, 0])
        now_s += sum(map(len, parts[-2:])) / RATE
    sound = np.concatenate(parts)
    found = align_to_speech(untimed(*texts), speech_spans(sound), now_s)
    errors = np.abs(np.array([c.start_s for c in found.cues]) - starts_s)
    even = np.abs(np.linspace(0, now_s, len(texts), endpoint=False) - starts_s)
    assert errors.mean() < 0.3
    assert errors.mean() < even.mean() / 3


def test_nothing_lies_after_the_end():
    long = Transcript(
        tuple(Cue(float(k), k + 1.5, f"{k}") for k in range(10)), "SRT", 1.0, ("before",)
    )
    found = clip_to(long, 4.25)
    assert times(found) == [(0, 1.5), (1, 2.5), (2, 3.5), (3, 4.25), (4, 4.25)]
    assert found.notices == (
        "before",
        "5 of 10 lines lie after the end of the recording",
        "2 lines were cut at the end of the recording",
    )
    assert clip_to(found, 4.25) == found


def test_a_transcript_that_fits_stays():
    fits = Transcript((Cue(0, 2, "Hello"), Cue(1, 2, "you")), "SRT")
    assert clip_to(fits, 2) == fits
    assert clip_to(untimed("Hello"), 2) == untimed("Hello")


def test_single_lines_are_told_as_such():
    found = clip_to(Transcript((Cue(0, 3, "Hello"), Cue(3, 4, "you")), "SRT"), 2)
    assert found.notices == (
        "1 of 2 lines lies after the end of the recording",
        "1 line was cut at the end of the recording",
    )
