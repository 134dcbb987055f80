"""Streams of bright areas, answered by a model that is told what to say."""

import threading
import time
import weakref
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from emotion_core.face.live import LiveAnalyser, LiveState
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
