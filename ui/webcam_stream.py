"""The camera of one browser: every frame is shown at once with the newest answers drawn in."""

import threading
import time
from typing import NamedTuple

import av
import numpy as np

from emotion_core.face.live import LiveAnalyser, LiveState
from emotion_core.face.live_log import AnswerLog
from emotion_core.types import EmotionScores, Faces

from .models import FaceChoice, VoiceChoice
from .webcam_picture import View, shown
from .webcam_voice import Listener

HISTORY_S = 60.0
LONGEST_PX = 640
"""side of the pictures that are answered; that of a live connection's changes with its load"""


class Recording(NamedTuple):
    """What was recorded of a stream.

    Attributes:
        log: the answers
        choice: whose answers they are
    """

    log: AnswerLog
    choice: FaceChoice


class Settings(NamedTuple):
    """How a stream is answered and shown.

    Attributes:
        view: of the picture
        smoothing_s: time constant of the answers' smoothing
        voice: what answers the microphone, which starts with the camera; None leaves it out
    """

    view: View = View()
    smoothing_s: float = 0.5
    voice: VoiceChoice | None = None


def answered(state: LiveState, choice: FaceChoice) -> tuple[Faces, list[EmotionScores]]:
    """The faces of the last frame and what each expresses, in the chosen label set.

    There are none as long as a model that was just chosen has not answered yet.
    """
    if state.labels != choice.model.labels:
        return Faces.empty(), []
    scores = [choice.judge(EmotionScores(state.labels, p)) for p in state.probabilities]
    return state.faces, scores


def _resized(frame: av.VideoFrame, picture: np.ndarray, scale: float) -> np.ndarray:
    """A frame, of which there is a picture (height, width, 3) RGB already, at another size."""
    if scale == 1:
        return picture
    width, height = round(scale * frame.width), round(scale * frame.height)
    return frame.to_ndarray(format="rgb24", width=width, height=height)


class WebcamStream:
    """Answers the frames of a camera, and its microphone where that runs along.

    Its threads start with the first frame and end with `end`. What was answered last, and what
    was recorded, stays until the next start.

    Args:
        choice: model, label set and level

    Attributes:
        settings: may be set at any time, by `apply`
        recording: the last one that has ended
        error: why the stream broke off, else empty
    """

    def __init__(self, choice: FaceChoice) -> None:
        self.choice, self.settings = choice, Settings()
        self.recording: Recording | None = None
        self.error = ""
        self._analyser: LiveAnalyser | None = None
        self._listener: Listener | None = None
        self._running = self._playing = False
        self._newest_s = self._recording_s = time.monotonic()
        self._lock = threading.Lock()

    def apply(self, choice: FaceChoice, settings: Settings) -> None:
        """Take over what a person chose, also while the stream runs.

        Raises:
            InvalidInput: if a recording runs, and another model has other labels
        """
        analyser = self._analyser
        if analyser is not None:
            if choice.model is not analyser.model:
                analyser.model = choice.model
            analyser.smoothing_s = settings.smoothing_s
        if self._listener is not None and settings.voice is not None:
            self._listener.model = settings.voice.model
        self.choice, self.settings = choice, settings

    def answer(self, frame: av.VideoFrame) -> av.VideoFrame:
        """A frame of the camera with the newest answers drawn in; waits for none."""
        try:
            picture = frame.to_ndarray(format="rgb24")
            analyser = self._opened()
            self._newest_s = time.monotonic()
            scale = LONGEST_PX / max(frame.width, frame.height)
            analyser.submit(_resized(frame, picture, scale), frame.time)
            faces, scores = answered(analyser.state(), self.choice)
            drawn = shown(picture, faces.scaled(1 / scale), scores, self.settings.view)
            return av.VideoFrame.from_ndarray(drawn, format="rgb24")
        except Exception as error:
            self.error = f"Stopped by an error of the program: {error}"
            self.end()
            raise

    def hear(self, frame: av.AudioFrame) -> None:
        """A frame of the microphone."""
        listener = self._listener
        if listener is not None and self._running and self.settings.voice is not None:
            listener.hear(frame)

    def end(self) -> None:
        """End the threads, without waiting for them: the server's event loop calls this."""
        with self._lock:
            self._keep_recording()
            ended = [x for x in (self._analyser, self._listener) if x is not None and self._running]
            self._running = False
        for worker in ended:
            threading.Thread(target=worker.close, daemon=True).start()

    @property
    def running(self) -> bool:
        """Whether frames are being answered."""
        return self._running

    def watch(self, playing: bool) -> None:
        """Say whether the browser holds the stream open."""
        if playing and not self._playing:
            self._newest_s = time.monotonic()
        self._playing = playing

    def waiting_s(self) -> float:
        """How long no frame has come, although the browser holds the stream open."""
        return time.monotonic() - self._newest_s if self._playing else 0.0

    def state(self) -> LiveState:
        """What is seen now, and how the stream runs."""
        analyser = self._analyser
        return LiveState.empty(self.choice.model.labels) if analyser is None else analyser.state()

    def history(self) -> AnswerLog:
        """The last minute, in the labels of the model."""
        analyser = self._analyser
        empty = AnswerLog(self.choice.model.labels, HISTORY_S)
        return empty if analyser is None else analyser.history()

    def heard(self) -> EmotionScores | str:
        """What the microphone says, or in words why there is no answer; empty where it is off."""
        listener, voice = self._listener, self.settings.voice
        if voice is None or not self._running:
            return ""
        if listener is None:
            return "from the next start of the camera on"
        scores = listener.scores
        if scores is None or scores.labels != voice.model.labels:
            return listener.error or "nobody speaks"
        return voice.judge(scores)

    def start_recording(self) -> None:
        """Keep the answers from now on; does nothing where none come."""
        with self._lock:
            if self._analyser is not None and self._running:
                self._analyser.start()
                self._recording_s = time.monotonic()

    def stop_recording(self) -> None:
        """End the recording."""
        with self._lock:
            self._keep_recording()

    def recorded_s(self) -> float | None:
        """How long the recording has been running; None where none runs."""
        analyser = self._analyser
        if analyser is None or not analyser.recording:
            return None
        return time.monotonic() - self._recording_s

    def _opened(self) -> LiveAnalyser:
        """What answers the frames, started if this is the first one."""
        with self._lock:
            if self._analyser is None or not self._running:
                voice, self.error = self.settings.voice, ""
                self._analyser = LiveAnalyser(
                    self.choice.model, self.settings.smoothing_s, history_s=HISTORY_S
                )
                self._listener = None if voice is None else Listener(voice.model)
                self._running = True
            return self._analyser

    def _keep_recording(self) -> None:
        analyser = self._analyser
        if analyser is not None and analyser.recording:
            analyser.stop()
            self.recording = Recording(analyser.recorded(), self.choice)
