"""What a stream's faces were answered: history, recordings, rows."""

from collections.abc import Iterator

import numpy as np
import pytest

from emotion_core.face import live
from emotion_core.face.live import LiveAnalyser
from emotion_core.face.live_log import AnswerLog, LiveAnswer
from emotion_core.rows import columns
from tests.face.moving import bright_frame
from tests.face.streams import JOY, LABELS, ToldModel, answered, play


@pytest.fixture
def model() -> ToldModel:
    return ToldModel()


@pytest.fixture
def analyser(model: ToldModel) -> Iterator[LiveAnalyser]:
    with LiveAnalyser(model, smoothing_s=0.0) as opened:
        yield opened


def test_history_is_thinned_and_ends(model: ToldModel):
    with LiveAnalyser(model, history_s=1.0) as analyser:
        play(analyser, np.arange(60) / 30, 50)
        history = analyser.history()
    steps = np.diff(history.times_s)
    assert steps == pytest.approx(np.full(len(steps), 0.1))
    assert history.times_s[-1] == pytest.approx(1.9)
    assert history.times_s[0] == pytest.approx(0.9)
    assert history.people == [1]
    assert history.probabilities(1) == pytest.approx(np.tile(JOY, (11, 1)))


def test_history_shows_where_a_face_was_away(analyser: LiveAnalyser):
    play(analyser, np.arange(4) / 10, 50)
    play(analyser, np.arange(4, 8) / 10)
    play(analyser, np.arange(8, 11) / 10, 50)
    history = analyser.history()
    away = np.isnan(history.probabilities(1)).any(1)
    assert away.tolist() == [False] * 4 + [True] * 4 + [False] * 3


def test_a_snapshot_does_not_change(analyser: LiveAnalyser):
    play(analyser, np.arange(3) / 10, 50)
    before = analyser.history()
    play(analyser, np.arange(3, 6) / 10, 50)
    assert len(before) == 3
    assert len(analyser.history()) == 6


def test_a_recording_has_gaps_where_nobody_was(analyser: LiveAnalyser):
    answered(analyser, bright_frame(50), 4.9)
    analyser.start()
    assert analyser.recording
    play(analyser, 5 + np.arange(4) / 10, 50)
    play(analyser, 5.4 + np.arange(3) / 10)
    play(analyser, 5.7 + np.arange(2) / 10, 50)
    analyser.stop()
    answered(analyser, bright_frame(50), 6.0)
    timeline = analyser.recorded().timeline(1)
    assert timeline.labels == LABELS
    starts = [0, 0.1, 0.2, 0.3, 0.7, 0.8]
    assert timeline.spans_s == pytest.approx(np.stack([starts, np.array(starts) + 0.1], 1))
    assert timeline.probabilities == pytest.approx(np.tile(JOY, (6, 1)))
    assert len(analyser.recorded().timeline(2)) == 0
    assert not analyser.recording


def test_a_recording_as_rows(analyser: LiveAnalyser):
    analyser.start()
    play(analyser, np.arange(3) / 10, 50, 200)
    rows = analyser.recorded().rows()
    assert [list(row) for row in rows] == [columns(LABELS)] * 6
    assert [(r["source"], r["person"], r["start_s"], r["end_s"]) for r in rows[:3]] == [
        ("webcam", 1, 0.0, 0.1),
        ("webcam", 2, 0.0, 0.1),
        ("webcam", 1, 0.1, 0.2),
    ]
    assert {(r["label"], r["p_joy"], r["uncertain"], r["error"]) for r in rows} == {
        ("joy", 0.75, False, "")
    }


def test_an_answer_does_not_hold_through_a_pause_of_the_stream(analyser: LiveAnalyser):
    analyser.start()
    play(analyser, np.array([0.0, 1.5]), 50)
    spans_s = analyser.recorded().timeline(1).spans_s
    assert spans_s.tolist() == [[0.0, 0.5], [1.5, 1.6]]


def test_of_a_recording_that_is_too_long_the_end_is_kept(
    analyser: LiveAnalyser, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(live, "LONGEST_RECORDING_S", 1.0)
    analyser.start()
    play(analyser, np.arange(15) / 10, 50)
    recorded = analyser.recorded()
    assert recorded.times_s[[0, -1]] == pytest.approx([0.4, 1.4])
    assert recorded.rows()[0]["start_s"] == 0.4


def test_before_a_recording_there_is_nothing(analyser: LiveAnalyser):
    answered(analyser, bright_frame(50), 0.0)
    assert analyser.recorded().rows() == []
    assert analyser.recorded().people == []
    assert len(analyser.recorded().timeline(1)) == 0


def test_a_new_recording_gives_up_the_one_before(analyser: LiveAnalyser):
    analyser.start()
    play(analyser, np.arange(5) / 10, 50)
    analyser.start()
    play(analyser, np.arange(5, 7) / 10, 50)
    assert analyser.recorded().times_s == pytest.approx([0, 0.1])


def test_memory_is_bounded_over_hours():
    log = AnswerLog(LABELS, 600.0)
    nobody = np.zeros(0), np.zeros((0, 3)), np.zeros(0, bool)
    for time_s in np.arange(0, 1800, 0.05).tolist():
        log.add(LiveAnswer(time_s, *nobody))
    assert len(log) == 6001
    assert log.times_s[[0, -1]] == pytest.approx([1199.9, 1799.9])
