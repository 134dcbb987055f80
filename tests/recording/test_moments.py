"""The strongest moments are sure, lie apart, and are told with what belongs to them."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from emotion_core.labels import ANGER, EKMAN7, NEUTRAL
from emotion_core.recording.labelled import in_labels
from emotion_core.recording.moments import (
    LEAST_APART_S,
    MOMENTS_AT_MOST,
    SOURCES,
    strongest_moments,
    words_at,
)
from tests.recording.examples import recording


def test_strongest_moments():
    judged = in_labels(recording(), EKMAN7)
    found = strongest_moments(judged)
    assert 3 < len(found) <= MOMENTS_AT_MOST
    for first, second in combinations(found, 2):
        assert abs(first.time_s - second.time_s) >= LEAST_APART_S
    assert all(m.label != NEUTRAL and m.source in SOURCES for m in found)
    assert len({m.label for m in found}) >= 4  # not one emotion alone
    assert found[0].source == "fused"
    assert ANGER in {m.label for m in found}


def test_a_long_recording_spreads_them():
    judged = in_labels(recording(rounds=30), EKMAN7)
    times = [m.time_s for m in strongest_moments(judged)]
    assert len(times) == MOMENTS_AT_MOST
    assert min(abs(a - b) for a, b in combinations(times, 2)) >= judged.duration_s / 20


def test_uncertain_answers_are_none():
    judged = in_labels(recording(words=False, voice=False, faces=True), EKMAN7)
    assert judged.faces is not None
    line = judged.fused
    unsure = replace(line, uncertain=np.ones(len(line.timeline), bool))
    found = strongest_moments(replace(judged, fused=unsure))
    assert {m.source for m in found} == {"face"}
    assert strongest_moments(replace(judged, fused=unsure, faces=None)) == ()


def test_pictures_and_words_belong_to_the_moment():
    judged = in_labels(recording(), EKMAN7)
    assert judged.faces is not None
    people = {p.track_id: p for p in judged.faces.people}
    found = strongest_moments(judged)
    assert any(m.picture is not None for m in found)
    for moment in found:
        if moment.picture is not None:
            person = people[moment.picture.person]
            time_s = person.times_s[person.peaks[moment.picture.peak]]
            assert abs(time_s - moment.time_s) <= 1.5
            assert moment.person in (0, person.track_id)
    assert any("what a day" in m.words for m in found)


def test_words_of_a_moment():
    judged = recording()
    assert words_at(judged, 16) == "Great. I loved every minute of it."
    assert words_at(judged, 4.7) == "Thank you so much for coming, what a day!"
    assert words_at(judged, 4.9) == "I am glad to be here."
    assert words_at(judged, 39.9) == ""
    assert words_at(recording(words=False), 16) == ""


@pytest.mark.parametrize("kept", ["words", "voice", "faces"])
def test_one_modality_alone(kept: str):
    analysis = recording(words=kept == "words", voice=kept == "voice", faces=kept == "faces")
    judged = in_labels(analysis, EKMAN7)
    assert strongest_moments(judged)
