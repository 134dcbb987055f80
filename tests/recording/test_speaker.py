"""Whose mouth moves while something is said."""

import os
from pathlib import Path

import numpy as np
import pytest

from emotion_core.face.analysis import Person
from emotion_core.face.pipeline import load_face_model
from emotion_core.loading import DEFAULT_FACE_MODEL
from emotion_core.recording.analysis import NOBODY
from emotion_core.recording.speaker import LEAST_MOTION, who_speaks
from tests.recording.talkers import side_by_side

GRID = Path(os.environ.get("EMOTION_DATA", "../shared/data")) / "video" / "grid"
MOVES, STILL = 3 * LEAST_MOTION, 0.0


class _Seen:
    """As much of a `Person` as tells who speaks."""

    def __init__(self, track_id: int, motion: list[float]) -> None:
        self.track_id = track_id
        self.times_s = np.arange(len(motion)) / 5
        self.mouth_motion = np.array([np.nan, *motion[1:]])


def people(*motion: list[float]) -> list[Person]:
    return [_Seen(i, m) for i, m in enumerate(motion, 1)]  # type: ignore[misc]


def test_the_mouth_that_moves_most_speaks():
    seen = people([MOVES] * 10 + [STILL] * 10, [STILL] * 10 + [MOVES] * 10)
    assert who_speaks(seen, np.array([[0.0, 1.9], [2.0, 3.9]])).tolist() == [1, 2]


def test_nobody_speaks_where_no_mouth_moves():
    assert who_speaks(people([STILL] * 20), np.array([[0.0, 3.0]])).tolist() == [NOBODY]


def test_a_face_that_is_hardly_seen_is_not_taken_for_the_speaker():
    assert who_speaks(people([MOVES] * 3), np.array([[0.0, 3.0]])).tolist() == [NOBODY]


def test_without_people_or_spans():
    assert who_speaks([], np.array([[0.0, 3.0]])).tolist() == [NOBODY]
    assert who_speaks(people([MOVES] * 9), np.zeros((0, 2))).tolist() == []


@pytest.mark.skipif(not GRID.is_dir(), reason="needs the data sets that $EMOTION_DATA names")
@pytest.mark.parametrize("speaker_left", [True, False])
def test_of_two_real_people_the_one_who_talks(speaker_left: bool):
    film = side_by_side(GRID / "sbwe5n.mpg", GRID / "bbaf2n.mpg", speaker_left=speaker_left)
    seen = load_face_model(DEFAULT_FACE_MODEL).analyse(film)
    assert len(seen.people) == 2
    middle = seen.size_wh[0] / 2
    expected = [
        p.track_id
        for p in seen.people
        if (np.median(p.faces.boxes_xyxy[:, [0, 2]]) < middle) == speaker_left
    ]
    assert who_speaks(seen.people, np.array([[0.5, 2.2]])).tolist() == expected
