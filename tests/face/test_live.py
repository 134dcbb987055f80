"""The newest frame of a stream, answered in a thread."""

import gc
import time
from collections.abc import Iterator

import numpy as np
import pytest

from emotion_core.errors import InvalidInput
from emotion_core.face.live import LiveAnalyser
from tests.face.moving import bright_frame
from tests.face.streams import (
    ANGER,
    JOY,
    LABELS,
    WAIT_S,
    Clock,
    ToldModel,
    answered,
    held,
    play,
    until,
)


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
