"""Whose face stands for a stretch: who speaks, else who is seen largest and longest."""

import numpy as np

from emotion_core.recording.analysis import NOBODY
from emotion_core.recording.presence import shown_person, speaking
from emotion_core.recording.speaker import who_speaks
from emotion_core.recording.windows import grid
from tests.recording.examples import ROUND_S, faces_of, lines

PEOPLE = faces_of(rounds=12).people


def test_many_spans_are_answered_like_each_by_itself():
    spans = np.array([(line.start_s, line.end_s) for line in lines(12)])
    assert len(spans) > 64
    found = speaking(PEOPLE, spans)
    assert set(found.tolist()) >= {1, 2}
    assert found.tolist() == who_speaks(PEOPLE, spans).tolist()


def test_nobody_speaks_where_nobody_is_seen():
    late = np.array([[20 * ROUND_S, 20 * ROUND_S + 3]])
    assert speaking(PEOPLE, late).tolist() == [NOBODY]
    assert speaking((), late).tolist() == [NOBODY]
    assert speaking(PEOPLE, np.zeros((0, 2))).tolist() == []


def test_who_is_seen_largest_stands_where_nobody_speaks():
    windows = grid(ROUND_S, 2, 1)
    shown = shown_person(windows, PEOPLE, np.zeros(len(windows), bool))
    heights = {p.track_id: np.ptp(p.faces.boxes_xyxy[:, 1::2], axis=1) for p in PEOPLE}
    for (start, end), number in zip(windows, shown.tolist(), strict=True):
        size = {
            p.track_id: heights[p.track_id][(p.times_s >= start) & (p.times_s < end)].sum()
            for p in PEOPLE
        }
        assert size[number] == max(size.values()) > 0


def test_who_speaks_stands_before_who_is_larger():
    windows = np.array([(line.start_s, line.end_s) for line in lines(1) if line.person == 1])
    silent, spoken = (
        shown_person(windows, PEOPLE, np.full(len(windows), speaks)) for speaks in (False, True)
    )
    assert spoken.tolist() == [1] * len(windows)
    assert silent.tolist() != spoken.tolist()


def test_windows_in_which_nobody_is_seen():
    windows = np.array([[1e4, 1e4 + 3]])
    assert shown_person(windows, PEOPLE, np.array([True])).tolist() == [NOBODY]
    assert shown_person(windows, (), np.array([True])).tolist() == [NOBODY]
