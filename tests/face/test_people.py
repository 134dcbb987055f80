"""Samples gathered to people: gaps, peaks, the answer for the whole."""

from pathlib import Path

import numpy as np
import pytest

from emotion_core.face.people import People, attention, thumbnail
from emotion_core.face.samples import Sample
from emotion_core.labels import ANGER, EKMAN7, JOY, NEUTRAL
from emotion_core.types import Calibration, Faces, ModelSpec

PICTURE = np.zeros((96, 96, 3), np.uint8)


def spec(temperature: float = 1.0) -> ModelSpec:
    return ModelSpec(
        "fake", "face", EKMAN7, {}, Path(), {}, calibration=Calibration(temperature, 0.5)
    )


def at(*track_ids: int) -> Faces:
    boxes = [(20.0 * i, 10.0, 20.0 * i + 30, 50.0) for i in track_ids]
    count = len(track_ids)
    return Faces(
        np.array(boxes).reshape(-1, 4), np.ones(count), np.array(track_ids),
        np.zeros((count, 5, 2)),
    )  # fmt: skip


def add(
    people: People,
    time_s: float,
    faces: Faces,
    answers: list[np.ndarray],
    picture: np.ndarray = PICTURE,
    embedding: np.ndarray | None = None,
) -> None:
    """One frame with some faces in it."""
    each = (faces.take(np.array([i])) for i in range(len(faces)))
    people.add(
        time_s,
        [
            Sample(time_s, face, answer, picture, embedding=embedding)
            for face, answer in zip(each, answers, strict=True)
        ],
    )


def logits(label: str, strength: float = 5.0) -> np.ndarray:
    return np.array([strength * (x == label) for x in EKMAN7])


def test_a_face_that_comes_and_goes_leaves_a_gap():
    people = People(spec(), 0.2)
    for k in range(20):
        faces = at(7) if k < 5 or k >= 15 else Faces.empty()
        add(people, k * 0.2, faces, [logits(JOY)] * len(faces))
    (person,) = people.finish()
    assert person.track_id == 1
    assert len(person.timeline) == 10
    spans = person.timeline.spans_s
    np.testing.assert_allclose(spans[4], [0.8, 1.0])
    np.testing.assert_allclose(spans[5], [3.0, 3.2])
    assert person.seen_s == pytest.approx(2.0)
    assert len(people.times_s) == 20


def test_a_sample_stands_until_the_next_frame_that_was_looked_at():
    people = People(spec(), 0.2)
    for time_s in (0.0, 0.15, 0.4, 0.75):
        add(people, time_s, at(1), [logits(JOY)])
    (person,) = people.finish()
    np.testing.assert_allclose(
        person.timeline.spans_s, [[0, 0.15], [0.15, 0.4], [0.4, 0.75], [0.75, 0.95]]
    )


def test_people_are_numbered_by_appearance_and_a_glimpse_is_nobody():
    people = People(spec(), 0.2)
    add(people, 0.0, at(5), [logits(JOY)])
    add(people, 0.2, at(5, 2), [logits(JOY), logits(NEUTRAL)])
    add(people, 0.4, at(2, 9), [logits(NEUTRAL), logits(JOY)])
    first, second = people.finish()
    assert (first.track_id, second.track_id) == (1, 2)
    assert (first.scores.label, second.scores.label) == (JOY, NEUTRAL)
    assert set(second.faces.track_id) == {2}


@pytest.mark.parametrize("memory_s", [np.inf, 0.3])
def test_glimpses_tell_when_and_where(memory_s: float):
    """Whether somebody is still followed or was let go."""
    people = People(spec(), 0.2, scale=0.5, memory_s=memory_s)
    for k, numbers in enumerate([(5,), (5, 2), (5,), (5,), (5, 9)]):
        add(people, k * 0.2, at(*numbers), [logits(JOY)] * len(numbers))
    assert len(people.finish()) == 1
    np.testing.assert_allclose(people.glimpses.times_s, [0.2, 0.8])
    np.testing.assert_allclose(
        people.glimpses.boxes_xyxy, [[80, 20, 140, 100], [360, 20, 420, 100]]
    )


def test_boxes_are_in_pixels_of_the_video():
    people = People(spec(), 0.2, scale=0.5)
    for k in range(2):
        add(people, k * 0.2, at(1), [logits(JOY)])
    (person,) = people.finish()
    np.testing.assert_allclose(person.faces.boxes_xyxy[0], [40, 20, 100, 100])


def test_each_expression_has_a_peak_with_the_face_at_that_moment():
    """A smile that grows slowly, and at once an anger that is stronger."""
    people, smile = People(spec(), 0.2), 50
    shown = [logits(JOY, 3 + 0.01 * k) for k in range(smile)]
    shown += [logits(ANGER, 8 - 0.1 * k) for k in range(5)] + [logits(NEUTRAL)] * 5
    for k, answer in enumerate(shown):
        add(people, k * 0.2, at(1), [answer], np.full_like(PICTURE, k))
    (person,) = people.finish()
    assert person.peaks.tolist() == [smile, smile - 1]
    assert [picture.shape for picture in person.thumbnails] == [(96, 96, 3)] * 2
    assert [picture[48, 48, 0] for picture in person.thumbnails] == [smile, smile - 1]
    assert [EKMAN7[k] for k in person.probabilities[person.peaks].argmax(1)] == [ANGER, JOY]


def test_the_last_sample_ends_with_the_video():
    people = People(spec(), 0.2)
    for time_s in (0.0, 0.2):
        add(people, time_s, at(1), [logits(JOY)])
    ends = [people.finish(*end)[0].timeline.spans_s[-1, 1] for end in ((), (0.25,), (0.1,))]
    np.testing.assert_allclose(ends, [0.4, 0.25, 0.2])


def test_a_sure_answer_weighs_more_than_an_unsure_one():
    people = People(spec(), 0.2)
    for k in range(4):
        add(people, k * 0.2, at(1), [logits(JOY, 8) if k == 0 else logits(NEUTRAL, 0.5)])
    (person,) = people.finish()
    assert person.scores.label == JOY
    assert not person.uncertain[0]
    assert person.uncertain[1:].all()


def test_attention_sums_to_one_and_grows_with_certainty():
    weights = attention(np.array([[1.0, 0.0], [0.7, 0.3], [0.5, 0.5]]))
    assert weights.sum() == pytest.approx(1)
    assert weights[0] > weights[1] > weights[2] > 0
    np.testing.assert_allclose(attention(np.full((3, 4), 0.25)), 1 / 3)


def test_probabilities_are_calibrated():
    people = People(spec(temperature=2.0), 0.2)
    for k in range(2):
        add(people, k * 0.2, at(1), [logits(JOY, 4)])
    (person,) = people.finish()
    expected = np.exp(2) / (np.exp(2) + 6)
    assert person.probabilities[0].max() == pytest.approx(expected)


def test_a_thumbnail_holds_the_head():
    frame = np.zeros((200, 300, 3), np.uint8)
    frame[80:120, 140:160] = (255, 0, 0)
    small = thumbnail(frame, np.array([140.0, 80, 160, 120]))
    assert small.shape == (96, 96, 3)
    assert small[48, 48].tolist() == [255, 0, 0]
    assert small[48, 2].tolist() == [0, 0, 0]
    red = small[:, 48, 0] > 128
    assert red.sum() == pytest.approx(96 / 1.4, abs=3)


def test_nobody():
    people = People(spec(), 0.2)
    add(people, 0.0, Faces.empty(), [])
    assert people.finish() == ()
    assert people.glimpses.boxes_xyxy.shape == (0, 4)


def test_who_is_gone_for_long_does_not_come_back_and_is_answered_the_same():
    found = []
    for memory_s in (np.inf, 1.0):
        people = People(spec(), 0.2, memory_s=memory_s)
        for k in range(20):
            numbers = [3] * (k < 5) + [4] * (k >= 10) + [5] * (k == 7)
            add(people, k * 0.2, at(*numbers), [logits(JOY, 1 + k)] * len(numbers))
        found.append(people.finish())
    assert [len(people) for people in found] == [2, 2]
    for before, after in zip(*found, strict=True):
        assert before.track_id == after.track_id
        assert before.peaks.tolist() == after.peaks.tolist()
        np.testing.assert_array_equal(before.timeline.spans_s, after.timeline.spans_s)
        np.testing.assert_array_equal(before.probabilities, after.probabilities)


def test_each_sample_keeps_its_embedding():
    people, given = People(spec(), 0.2), np.random.default_rng(0).normal(0, 1, (40, 64))
    for k, embedding in enumerate(given):
        add(people, k * 0.2, at(1), [logits(JOY)], embedding=embedding)
    (person,) = people.finish()
    assert person.embeddings.shape == given.shape
    np.testing.assert_allclose(person.embeddings[:], given, atol=np.ptp(given, axis=1).max() / 500)
