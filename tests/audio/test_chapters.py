from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emotion_core.audio import chapters
from emotion_core.audio.chapters import SHORTEST_S, UNSETTLED_S, Chapter, Chapters
from emotion_core.audio.decode import read_audio
from emotion_core.audio.vad import speech_spans
from emotion_core.audio.windows import PHRASE_GAP_S, phrases
from tests.audio.sounds import RATE, clips, noise

CHAPTER_S = 5.0
NEVER_CUT_S = CHAPTER_S - UNSETTLED_S - PHRASE_GAP_S
"""phrases up to this length are always in one chapter"""
for_all_examples = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def _short_chapters(monkeypatch):
    monkeypatch.setattr(chapters, "CHAPTER_S", CHAPTER_S)


def silence(duration_s: float) -> np.ndarray:
    return np.zeros(round(duration_s * RATE), np.float32)


def talk(*lengths_s: float) -> np.ndarray:
    """Silence, speech, silence, speech ... of these lengths."""
    parts = [noise(t) if i % 2 else silence(t) for i, t in enumerate(lengths_s)]
    return np.concatenate([silence(0), *parts])


def split(sound: np.ndarray, size_s: float) -> list[np.ndarray]:
    size = round(size_s * RATE)
    return [sound[i : i + size] for i in range(0, len(sound), size)]


def check_chapters(found: list[Chapter], sound: np.ndarray) -> np.ndarray:
    """Nothing is lost or doubled; returns the phrases (phrase, 2) of all chapters."""
    np.testing.assert_array_equal(np.concatenate([c.samples for c in found]), sound)
    for chapter, following in pairwise(found):
        assert following.start_s == pytest.approx(chapter.end_s)
    for chapter in found:
        assert (chapter.phrases_s >= chapter.start_s).all()
        assert (chapter.phrases_s <= chapter.end_s + 1 / RATE).all()
    spoken = np.concatenate([c.phrases_s for c in found])
    assert (np.diff(spoken.ravel()) >= 0).all()
    return spoken


@pytest.mark.usefixtures("loud_is_speech")
@for_all_examples
@given(st.lists(st.floats(0.05, 2), max_size=16), st.floats(0.3, 6))
def test_phrases_are_those_of_the_whole_apart_from_cuts(lengths_s, block_s):
    sound = talk(*lengths_s)
    whole = phrases(speech_spans(sound))
    spoken = check_chapters(list(Chapters(split(sound, block_s))), sound)
    for start, end in whole:
        parts = spoken[(spoken[:, 0] >= start) & (spoken[:, 1] <= end)]
        if end - start <= NEVER_CUT_S:
            np.testing.assert_array_equal(parts, [[start, end]])
        assert parts[0, 0] == start
        assert end - parts[-1, 1] <= SHORTEST_S
        assert (parts[1:, 0] - parts[:-1, 1] < PHRASE_GAP_S + 2 * SHORTEST_S).all()
    assert len(whole) <= len(spoken)


@pytest.mark.usefixtures("loud_is_speech")
@pytest.mark.parametrize("early_s", [0.0, 0.05, 0.1, 0.2, 0.24, 0.3, 0.5, 0.6, 0.8, 1.0, 1.5])
def test_speech_across_the_end_of_a_chapter_is_in_one(early_s):
    sound = talk(1, 1, CHAPTER_S - 2 - early_s, 1.6, 4)
    spoken = check_chapters(list(Chapters(split(sound, 1))), sound)
    np.testing.assert_array_equal(spoken, phrases(speech_spans(sound)))


@pytest.mark.usefixtures("loud_is_speech")
def test_short_words_before_the_end_of_a_chapter_are_in_one():
    sound = talk(CHAPTER_S - 0.4, 0.2, 0.2, 0.2, 4)
    spoken = check_chapters(list(Chapters(split(sound, 1))), sound)
    np.testing.assert_array_equal(spoken, speech_spans(sound))


@pytest.mark.usefixtures("loud_is_speech")
@pytest.mark.parametrize("sound", [noise(60), silence(60), talk(*[0.7] * 80)])
def test_chapters_stay_short(sound):
    found = list(Chapters(split(sound, 1)))
    check_chapters(found, sound)
    assert len(found) >= 60 / (CHAPTER_S + 1)
    assert max(len(c.samples) for c in found) <= (2 * CHAPTER_S + 1) * RATE


@pytest.mark.usefixtures("loud_is_speech")
def test_a_phrase_that_is_longer_than_a_chapter_is_cut_without_a_gap():
    spoken = check_chapters(list(Chapters(split(noise(30), 1))), noise(30))
    np.testing.assert_array_equal(spoken[1:, 0], spoken[:-1, 1])
    assert spoken[0, 0] == 0
    assert spoken[-1, 1] == 30


@pytest.mark.usefixtures("loud_is_speech")
def test_one_chapter():
    sound = talk(0.5, 1, 2, 1)
    chapters_ = Chapters([sound])
    (found,) = chapters_
    assert found.start_s == 0
    assert found.end_s == 4.5
    assert len(found.phrases_s) == 2
    np.testing.assert_array_equal(chapters_.speech_s, speech_spans(sound))
    assert not chapters_.stopped


@pytest.mark.usefixtures("loud_is_speech")
def test_no_blocks():
    (found,) = Chapters([])
    assert found.samples.shape == (0,)
    assert found.phrases_s.shape == (0, 2)


class Counter:
    """Counts samples."""

    def __init__(self) -> None:
        self.samples = 0

    def push(self, samples: np.ndarray) -> None:
        self.samples += len(samples)


@pytest.mark.usefixtures("loud_is_speech")
def test_observers_have_seen_what_a_chapter_holds():
    counter, sound = Counter(), talk(*[0.9] * 30)
    for chapter in Chapters(split(sound, 1), [counter]):
        assert counter.samples >= round(chapter.end_s * RATE)
    assert counter.samples == len(sound)


@pytest.mark.usefixtures("loud_is_speech")
def test_stopped_after_some_blocks():
    sound, asked = talk(*[0.9] * 30), iter(range(100))
    chapters_ = Chapters(split(sound, 1), should_stop=lambda: next(asked) == 11)
    spoken = check_chapters(list(chapters_), sound[: 12 * RATE])
    assert chapters_.stopped
    assert chapters_.speech_s[-1, 1] <= 12
    assert spoken[-1, 1] == chapters_.speech_s[-1, 1]


@pytest.mark.data
def test_real_speech():
    pauses = [silence(t) for t in (0.2, 1.5, 0.6, 0.0, 2.5, 1.0)]
    parts = [np.append(read_audio(p)[0].mono(), s) for p, s in zip(clips(6), pauses, strict=True)]
    sound = np.concatenate(parts)
    whole = phrases(speech_spans(sound))
    spoken = check_chapters(list(Chapters(split(sound, 1))), sound)
    assert len(whole) >= 3
    for start, end in whole:
        if end - start <= NEVER_CUT_S:
            assert [start, end] in spoken.tolist()
    lost_s = np.ptp(whole, axis=1).sum() - np.ptp(spoken, axis=1).sum()
    assert 0 <= lost_s < PHRASE_GAP_S
