"""The newest frame of a stream, answered in a thread."""

import gc
import threading
import time
import weakref
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from emotion_core.errors import InvalidInput
from emotion_core.face import live
from emotion_core.face.live import AnswerLog, LiveAnalyser, LiveAnswer, LiveState
from emotion_core.rows import columns
from emotion_core.types import Calibration, EmotionScores, Faces, ModelSpec
from tests.face.moving import BrightDetector, bright_frame

LABELS = ("joy", "anger", "neutral")
JOY, ANGER = [0.75, 0.125, 0.125], [0.125, 0.75, 0.125]
WAIT_S = 10.0


class ToldModel:
    """Answers every face what it is told, once it is let."""

    def __init__(self, labels: tuple[str, ...] = LABELS, uncertain_below: float = 0.0) -> None:
        self.spec = ModelSpec(
            id="fake-face",
            modality="face",
            labels=labels,
            architecture={"kind": "fake"},
            folder=Path(),
            files={},
            calibration=Calibration(uncertain_below=uncertain_below),
        )
        self.detector = BrightDetector()
        self.probabilities = JOY if labels == LABELS else [0.75, 0.25]
        self.error: Exception | None = None
        self.frames: list[weakref.ref[np.ndarray]] = []
        self.begun, self.may = threading.Event(), threading.Event()
        self.may.set()

    def answer(self, frame: np.ndarray, faces: Faces) -> list[EmotionScores]:
        self.frames.append(weakref.ref(frame))
        self.begun.set()
        self.may.wait(WAIT_S)
        if self.error:
            raise self.error
        return [
            EmotionScores(self.spec.labels, np.array(self.probabilities)) for _ in faces.boxes_xyxy
        ]


class Clock:
    """A clock that is set by hand."""

    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def until(holds: Callable[[], bool]) -> None:
    """Wait until it holds."""
    end_s = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < end_s, "waited in vain"
        time.sleep(0.001)


def answered(analyser: LiveAnalyser, frame: np.ndarray, time_s: float) -> LiveState:
    """What is known once this frame is answered."""
    analyser.submit(frame, time_s)
    until(lambda: analyser.state().time_s == pytest.approx(time_s, abs=1e-9))
    return analyser.state()


def play(analyser: LiveAnalyser, times_s: np.ndarray, *lefts: int) -> LiveState:
    """Show bright areas at these times, each frame answered before the next."""
    return [answered(analyser, bright_frame(*lefts), time_s) for time_s in times_s.tolist()][-1]


@contextmanager
def held(model: ToldModel) -> Generator[None]:
    """The model is at work on a frame for as long as this lasts."""
    model.begun.clear()
    model.may.clear()
    try:
        yield
    finally:
        model.may.set()


@pytest.fixture
def model() -> ToldModel:
    return ToldModel()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def analyser(model: ToldModel, clock: Clock) -> Iterator[LiveAnalyser]:
    with LiveAnalyser(model, smoothing_s=0.0, clock=clock) as opened:
        yield opened


def test_before_the_first_frame_nothing_is_known(analyser: LiveAnalyser):
    state = analyser.state()
    assert state.labels == LABELS
    assert len(state.faces) == 0
    assert state.probabilities.shape == (0, 3)
    assert np.isnan(state.time_s)
    assert (state.stream_fps, state.answered_fps, state.dropped, state.error) == (0, 0, 0, "")


def test_a_frame_is_answered(analyser: LiveAnalyser):
    state = answered(analyser, bright_frame(50, 200), 0.0)
    assert state.faces.track_id.tolist() == [1, 2]
    assert state.faces.boxes_xyxy.tolist() == [[50, 30, 90, 80], [200, 30, 240, 80]]
    assert state.probabilities.tolist() == [JOY, JOY]
    assert state.uncertain.tolist() == [False, False]


def test_a_person_keeps_the_id(analyser: LiveAnalyser):
    for step in range(12):
        answered(analyser, bright_frame(50 + 4 * step), step / 30)
    state = analyser.state()
    assert state.faces.track_id.tolist() == [1]
    assert state.faces.boxes_xyxy[0, 0] == pytest.approx(94, abs=3)


def test_older_frames_are_dropped_and_counted(analyser: LiveAnalyser, model: ToldModel):
    with held(model):
        analyser.submit(bright_frame(50), 0.0)
        assert model.begun.wait(WAIT_S)
        began_s = time.perf_counter()
        for step in range(1, 6):
            analyser.submit(bright_frame(50), step / 30)
        assert time.perf_counter() - began_s < 0.1
        assert analyser.state().dropped == 4
        assert np.isnan(analyser.state().time_s)
    until(lambda: analyser.state().time_s == 5 / 30)
    assert len(model.frames) == 2
    assert analyser.state().dropped == 4


def test_the_delay_is_from_arrival_to_answer(
    analyser: LiveAnalyser, model: ToldModel, clock: Clock
):
    with held(model):
        analyser.submit(bright_frame(50), 7.0)
        assert model.begun.wait(WAIT_S)
        clock.now_s += 0.25
    until(lambda: analyser.state().time_s == 7.0)
    assert analyser.state().delay_s == pytest.approx(0.25)


def test_rates_are_those_of_the_last_while(analyser: LiveAnalyser, model: ToldModel, clock: Clock):
    for first in range(0, 60, 3):
        with held(model):
            for step in range(first, first + 3):  # the second one is dropped
                analyser.submit(bright_frame(50), step / 30)
                assert model.begun.wait(WAIT_S)
                clock.now_s += 1 / 30
        until(lambda last=(first + 2) / 30: analyser.state().time_s == last)
    state = analyser.state()
    assert state.stream_fps == pytest.approx(30, rel=0.05)
    assert state.answered_fps == pytest.approx(20, rel=0.05)
    clock.now_s += 1.0
    assert analyser.state().stream_fps == pytest.approx(15, rel=0.1)
    clock.now_s += 5.0
    assert (analyser.state().stream_fps, analyser.state().answered_fps) == (0, 0)


def test_smoothing_goes_by_time(analyser: LiveAnalyser, model: ToldModel):
    analyser.smoothing_s = 0.5
    answered(analyser, bright_frame(50), 0.0)
    model.probabilities = ANGER
    expected = np.array(JOY)
    for time_s, step_s in [(0.1, 0.1), (0.5, 0.4), (0.55, 0.05)]:
        weight = np.exp(-step_s / 0.5)
        expected = weight * expected + (1 - weight) * np.array(ANGER)
        state = answered(analyser, bright_frame(50), time_s)
        np.testing.assert_allclose(state.probabilities, [expected], rtol=1e-9)
        np.testing.assert_allclose(state.probabilities.sum(1), 1)
    analyser.smoothing_s = 0.0
    state = answered(analyser, bright_frame(50), 0.6)
    assert state.probabilities.tolist() == [ANGER]


def test_half_the_steps_smooth_to_the_same(model: ToldModel):
    ends = []
    for steps in (5, 10):
        model.probabilities = JOY
        with LiveAnalyser(model, smoothing_s=0.3) as analyser:
            answered(analyser, bright_frame(50), 0.0)
            model.probabilities = ANGER
            ends.append(play(analyser, np.arange(1, steps + 1) / steps, 50).probabilities)
    np.testing.assert_allclose(ends[0], ends[1], rtol=1e-9)


def test_each_person_is_smoothed_apart_and_a_new_one_has_no_past(
    analyser: LiveAnalyser, model: ToldModel
):
    analyser.smoothing_s = 10.0
    answered(analyser, bright_frame(50), 0.0)
    model.probabilities = ANGER
    analyser.detect_every = 1
    state = answered(analyser, bright_frame(50, 200), 0.1)
    assert state.probabilities[0] == pytest.approx(JOY, abs=0.01)
    assert state.probabilities[1].tolist() == ANGER


def test_what_is_uncertain_is_judged_on_the_smoothed_answer(clock: Clock):
    model = ToldModel(uncertain_below=0.6)
    with LiveAnalyser(model, smoothing_s=0.5, clock=clock) as analyser:
        assert not answered(analyser, bright_frame(50), 0.0).uncertain[0]
        model.probabilities = ANGER
        state = answered(analyser, bright_frame(50), 0.3)
        assert state.probabilities.max() < 0.6
        assert state.uncertain.tolist() == [True]


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


def test_no_frame_is_kept_beyond_its_answer(analyser: LiveAnalyser, model: ToldModel):
    analyser.start()
    play(analyser, np.arange(8) / 30, 50)
    until(lambda: all(frame() is None for frame in model.frames))
    assert len(model.frames) == 8


def test_the_caller_may_draw_on_a_frame_that_was_handed_over(
    analyser: LiveAnalyser, model: ToldModel
):
    with held(model):
        analyser.submit(bright_frame(50), 0.0)
        assert model.begun.wait(WAIT_S)
        frame = bright_frame(60)
        analyser.submit(frame, 0.1)
        frame[:] = 0
    until(lambda: analyser.state().time_s == 0.1)
    assert len(analyser.state().faces) == 1


def test_an_error_is_told_and_the_stream_goes_on(analyser: LiveAnalyser, model: ToldModel):
    answered(analyser, bright_frame(50), 0.0)
    model.error = InvalidInput("the face is too small")
    analyser.submit(bright_frame(50), 0.1)
    until(lambda: analyser.state().error == "the face is too small")
    assert len(analyser.state().faces) == 0
    model.error = None
    state = answered(analyser, bright_frame(50), 0.2)
    assert state.error == ""
    assert len(state.faces) == 1


def test_a_frame_of_another_shape_is_told(analyser: LiveAnalyser):
    analyser.submit(np.zeros((120, 320), np.uint8), 0.0)
    until(lambda: "expected a frame (height, width, 3)" in analyser.state().error)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_fault_of_the_program_ends_the_answers_not_the_stream(
    analyser: LiveAnalyser, model: ToldModel, clock: Clock
):
    answered(analyser, bright_frame(50), 0.0)
    model.error = ZeroDivisionError("division by zero")
    analyser.submit(bright_frame(50), 0.1)
    analyser._thread.join(WAIT_S)
    assert not analyser._thread.is_alive()
    for step in range(5):
        clock.now_s += 0.1
        analyser.submit(bright_frame(50), 0.2 + step / 10)
    state = analyser.state()
    assert state.error == "Stopped by an error of the program: division by zero"
    assert len(state.faces) == 0
    assert state.stream_fps == pytest.approx(10, rel=0.3)


def test_close_ends_the_thread_and_later_frames_are_ignored(model: ToldModel):
    with LiveAnalyser(model) as analyser:
        answered(analyser, bright_frame(50), 0.0)
    assert not analyser._thread.is_alive()
    analyser.submit(bright_frame(50), 0.1)
    analyser.submit(bright_frame(50), 0.2)
    analyser.close()
    assert analyser.state().time_s == 0.0
    assert analyser.state().dropped == 0


def test_an_analyser_that_nobody_holds_ends_its_thread(model: ToldModel):
    analyser = LiveAnalyser(model)
    answered(analyser, bright_frame(50), 0.0)
    thread = analyser._thread
    del analyser
    gc.collect()
    thread.join(WAIT_S)
    assert not thread.is_alive()


def test_two_at_once_do_not_disturb_one_another(model: ToldModel):
    with LiveAnalyser(model) as first, LiveAnalyser(model) as second:
        second.start()
        for step in range(6):
            answered(first, bright_frame(50, 150, 250), step / 10)
            answered(second, bright_frame(100 + step), 50 + step / 10)
        assert first.state().faces.track_id.tolist() == [1, 2, 3]
        assert second.state().faces.track_id.tolist() == [1]
        assert first.history().people == [1, 2, 3]
        assert len(first.recorded()) == 0
        assert len(second.recorded()) == 6


def test_another_model_begins_without_a_past(analyser: LiveAnalyser):
    analyser.smoothing_s = 10.0
    play(analyser, np.arange(3) / 10, 50)
    other = ToldModel()
    other.probabilities = ANGER
    analyser.model = other
    assert analyser.model is other
    state = answered(analyser, bright_frame(50), 0.3)
    assert state.probabilities.tolist() == [ANGER]
    assert state.faces.track_id.tolist() == [1]
    assert len(analyser.history()) == 4


def test_a_model_with_other_labels_begins_a_new_history(analyser: LiveAnalyser):
    play(analyser, np.arange(3) / 10, 50)
    analyser.model = ToldModel(("good", "bad"))
    state = answered(analyser, bright_frame(50), 0.3)
    assert state.labels == ("good", "bad")
    assert analyser.history().labels == ("good", "bad")
    assert analyser.history().probabilities(1).tolist() == [state.probabilities[0].tolist()]


def test_a_recording_keeps_its_labels(analyser: LiveAnalyser, model: ToldModel):
    analyser.start()
    other = ToldModel(("good", "bad"))
    with pytest.raises(InvalidInput, match="expected joy, anger, neutral; got good, bad; stop it"):
        analyser.model = other
    assert analyser.model is model
    analyser.stop()
    analyser.model = other
    assert analyser.recorded().labels == LABELS


def test_an_answer_of_the_model_before_is_not_mixed_in(analyser: LiveAnalyser, model: ToldModel):
    with held(model):
        analyser.submit(bright_frame(50), 0.0)
        assert model.begun.wait(WAIT_S)
        analyser.model = ToldModel(("good", "bad"))
    until(lambda: analyser.state().time_s == 0.0)
    assert analyser.state().labels == LABELS
    assert len(analyser.history()) == 0


def test_a_stream_that_starts_again_goes_on(analyser: LiveAnalyser):
    analyser.start()
    play(analyser, np.arange(3) / 10, 50)
    analyser.submit(bright_frame(50), 0.0)
    analyser.submit(bright_frame(50), 0.1)
    until(lambda: analyser.state().time_s == pytest.approx(0.3))
    analyser.submit(bright_frame(50), 0.2)
    until(lambda: analyser.state().time_s == pytest.approx(0.4))
    times_s = analyser.recorded().times_s
    assert times_s == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])
    assert analyser.state().faces.track_id.tolist() == [1]


def test_a_real_face_of_a_stream():
    from skimage.data import astronaut

    from emotion_core.face.detect import open_detector

    model = ToldModel()
    model.detector = open_detector()  # type: ignore[assignment]
    with LiveAnalyser(model) as analyser:
        for step in range(7):
            answered(analyser, np.roll(astronaut(), 3 * step, axis=1), step / 30)
        state = analyser.state()
    assert state.faces.track_id.tolist() == [1]
    left, top, right, bottom = state.faces.boxes_xyxy[0]
    assert 190 < left < 205
    assert 270 < right < 290
    assert top < state.faces.landmarks[0, :, 1].min()
    assert state.faces.landmarks[0, :, 1].max() < bottom
