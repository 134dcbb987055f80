"""The newest frame of a running camera, answered without holding up the stream."""

import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol, Self

import numpy as np

from ..errors import EmotionCoreError, InvalidInput
from ..types import EmotionScores, Faces, ModelSpec
from .detect import FaceDetector
from .live_log import AnswerLog, LiveAnswer
from .track import FaceTracker

LONGEST_RECORDING_S = 2 * 3600.0
"""of a longer recording the beginning is given up, so that memory stays bounded"""
PAST_S = 2.0
"""a face that was away for longer is answered without its past"""
RATE_S = 2.0
"""frames a second are counted over this time"""
CLOSE_S = 5.0
"""`close` waits no longer for the answer under way"""


class LiveModel(Protocol):
    """What a stream needs of a face model; `FaceModel` is one."""

    @property
    def spec(self) -> ModelSpec: ...
    @property
    def detector(self) -> FaceDetector: ...
    def answer(self, frame: np.ndarray, faces: Faces) -> list[EmotionScores]: ...


@dataclass(frozen=True, eq=False)
class LiveState:
    """What is known of a stream right now; for drawing on its next frame.

    Attributes:
        labels: ordered
        faces: of the last frame answered
        probabilities: (face, label), smoothed along time, each row summing to 1
        uncertain: (face,) whether the top probability is below the model's level
        time_s: of that frame in the stream; NaN before the first answer
        stream_fps: frames that came in, a second
        answered_fps: frames that were answered, a second
        delay_s: from the arrival of the frame to its answer
        dropped: frames that were not answered, since a newer one came
        error: why there is no answer, else empty
    """

    labels: tuple[str, ...]
    faces: Faces
    probabilities: np.ndarray
    uncertain: np.ndarray
    time_s: float = float("nan")
    stream_fps: float = 0.0
    answered_fps: float = 0.0
    delay_s: float = 0.0
    dropped: int = 0
    error: str = ""

    @classmethod
    def empty(cls, labels: tuple[str, ...], error: str = "") -> "LiveState":
        """No face at all."""
        none = np.zeros((0, len(labels)))
        return cls(labels, Faces.empty(), none, np.zeros(0, bool), error=error)


class _Shot(NamedTuple):
    """A frame of the stream, and when it arrived by the clock."""

    frame: np.ndarray
    time_s: float
    arrived_s: float


class _Inbox:
    """Holds the newest frame until it is taken; the one before is dropped."""

    def __init__(self) -> None:
        self.dropped = 0
        self._changed = threading.Condition()
        self._shot: _Shot | None = None
        self._closed = False

    def put(self, shot: _Shot) -> None:
        """Never waits; does nothing once closed."""
        with self._changed:
            if not self._closed:
                self.dropped += self._shot is not None
                self._shot = shot
                self._changed.notify()

    def take(self) -> _Shot | None:
        """Waits for a frame; None once closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._shot is not None)
            shot, self._shot = self._shot, None
            return shot

    def close(self) -> None:
        """Lets go of the frame and of whoever waits for one."""
        with self._changed:
            self._closed, self._shot = True, None
            self._changed.notify()


class _Rate:
    """How often something happens."""

    def __init__(self) -> None:
        self._times_s: deque[float] = deque(maxlen=256)

    def tick(self, now_s: float) -> None:
        """It happened."""
        self._times_s.append(now_s)

    def per_s(self, now_s: float) -> float:
        """Times a second; falls to 0 where it happens no more."""
        recent = [t for t in self._times_s if now_s - t <= RATE_S]
        return (len(recent) - 1) / (now_s - recent[0]) if recent and now_s > recent[0] else 0.0


class _Smoother:
    """Exponential smoothing of each person's answers, right for uneven steps in time."""

    def __init__(self) -> None:
        self._past: dict[int, tuple[float, np.ndarray]] = {}

    def smooth(
        self, time_s: float, people: np.ndarray, probabilities: np.ndarray, smoothing_s: float
    ) -> np.ndarray:
        """The answers (face, label) to the people (face,) of one frame, mixed with their past.

        The past weighs `exp(-step / smoothing_s)`; a time constant of 0 leaves it out.
        """
        smoothed = probabilities.copy()
        self._past = {p: past for p, past in self._past.items() if time_s - past[0] <= PAST_S}
        for face, person in enumerate(people.tolist()):
            if person in self._past and smoothing_s > 0:
                before_s, before = self._past[person]
                weight = np.exp((before_s - time_s) / smoothing_s)
                smoothed[face] = weight * before + (1 - weight) * probabilities[face]
            self._past[person] = time_s, smoothed[face]
        return smoothed


class LiveAnalyser:
    """Answers the newest frame of a stream in a thread of its own.

    The thread ends with `close`, or once nobody holds the analyser any more. No frame is kept
    beyond its answer.

    Args:
        model: shared with whoever else uses it
        smoothing_s: time constant of the answers' smoothing, 0 for none; may be set at any time,
            as may `model` and `detect_every`
        detect_every: frames from one detection of faces to the next
        history_s: how much `history` goes back
        clock: seconds that only grow; for rates and delay

    Attributes:
        recording: whether a recording goes on
    """

    def __init__(
        self,
        model: LiveModel,
        smoothing_s: float = 0.5,
        detect_every: int = 5,
        history_s: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.smoothing_s, self.detect_every, self.recording = smoothing_s, detect_every, False
        self._model, self._clock = model, clock
        self._tracker, self._smoother = FaceTracker(model.detector, detect_every), _Smoother()
        self._lock = threading.Lock()
        self._state = LiveState.empty(model.spec.labels)
        self._came, self._answered = _Rate(), _Rate()
        self._newest_s, self._shift_s = -np.inf, 0.0
        self._history = AnswerLog(model.spec.labels, history_s)
        self._recorded = AnswerLog(model.spec.labels, LONGEST_RECORDING_S)
        self._inbox = _Inbox()
        answer = weakref.WeakMethod(self._answer)
        self._thread = threading.Thread(target=_work, args=(self._inbox, answer), daemon=True)
        weakref.finalize(self, self._inbox.close)
        self._thread.start()

    def submit(self, frame: np.ndarray, time_s: float) -> None:
        """Hand over the newest frame; never waits for an answer.

        Args:
            frame: (height, width, 3) RGB uint8; copied, so the caller may draw on it
            time_s: of the frame in the stream; one that starts again from 0 is taken to go on
        """
        now_s = self._clock()
        with self._lock:
            self._came.tick(now_s)
            self._shift_s = max(self._shift_s, self._newest_s - time_s)
            self._newest_s = stream_s = time_s + self._shift_s
        self._inbox.put(_Shot(frame.copy(), stream_s, now_s))

    def state(self) -> LiveState:
        """The last answer, and how the stream runs."""
        now_s = self._clock()
        with self._lock:
            return replace(
                self._state,
                stream_fps=self._came.per_s(now_s),
                answered_fps=self._answered.per_s(now_s),
                dropped=self._inbox.dropped,
            )

    def history(self) -> AnswerLog:
        """The last `history_s` seconds."""
        with self._lock:
            return self._history.copy()

    def start(self) -> None:
        """Begin a new recording; the one before is given up."""
        with self._lock:
            self._recorded = AnswerLog(self._model.spec.labels, LONGEST_RECORDING_S)
            self.recording = True

    def stop(self) -> None:
        """End the recording; what was recorded stays."""
        with self._lock:
            self.recording = False

    def recorded(self) -> AnswerLog:
        """What was recorded since the last `start`."""
        with self._lock:
            return self._recorded.copy()

    @property
    def model(self) -> LiveModel:
        """What answers; another one begins without the past of the one before.

        Raises:
            InvalidInput: if one with other labels is set during a recording
        """
        return self._model

    @model.setter
    def model(self, model: LiveModel) -> None:
        labels, before = model.spec.labels, self._model.spec.labels
        with self._lock:
            if labels != before and self.recording:
                raise InvalidInput(
                    f"a recording keeps its labels: expected {', '.join(before)}; got "
                    f"{', '.join(labels)}; stop it before you choose this model"
                )
            if labels != before:
                self._history = AnswerLog(labels, self._history.longest_s)
            self._model, self._smoother = model, _Smoother()

    def close(self) -> None:
        """End the thread."""
        self._inbox.close()
        self._thread.join(CLOSE_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _answer(self, shot: _Shot) -> None:
        try:
            self._look(shot)
        except EmotionCoreError as error:
            self._fail(str(error))
        except Exception as error:
            self._inbox.close()
            self._fail(f"Stopped by an error of the program: {error}")
            raise

    def _fail(self, error: str) -> None:
        with self._lock:
            self._state = LiveState.empty(self._model.spec.labels, error)

    def _look(self, shot: _Shot) -> None:
        with self._lock:
            model, smoother = self._model, self._smoother
        labels = model.spec.labels
        self._tracker.detector, self._tracker.detect_every = model.detector, self.detect_every
        faces = self._tracker.update(shot.frame, shot.time_s)
        scores = model.answer(shot.frame, faces)
        answers = np.array([s.probabilities for s in scores]).reshape(-1, len(labels))
        smoothed = smoother.smooth(shot.time_s, faces.track_id, answers, self.smoothing_s)
        uncertain = smoothed.max(1) < model.spec.calibration.uncertain_below
        now_s = self._clock()
        state = LiveState(labels, faces, smoothed, uncertain, shot.time_s)
        answer = LiveAnswer(shot.time_s, faces.track_id, smoothed, uncertain)
        with self._lock:
            self._answered.tick(now_s)
            self._state = replace(state, delay_s=now_s - shot.arrived_s)
            for log in [self._history, self._recorded] if self.recording else [self._history]:
                if log.labels == labels:  # else the model was changed during this answer
                    log.add(answer)


def _work(inbox: _Inbox, answer: "weakref.WeakMethod[Callable[[_Shot], None]]") -> None:
    """Answer frames until the inbox is closed; holds the analyser only while it answers."""
    while (shot := inbox.take()) is not None:
        if (bound := answer()) is not None:
            bound(shot)
        del shot, bound
