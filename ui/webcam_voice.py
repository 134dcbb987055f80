"""The microphone that runs along with the camera, answered about once a second."""

import threading
import weakref
from collections import deque
from collections.abc import Callable

import av
import numpy as np

from emotion_core.audio.pipeline import AudioModel
from emotion_core.errors import EmotionCoreError, InvalidInput
from emotion_core.types import EmotionScores, Waveform

WINDOW_S = 3.0
"""what an answer is about"""
EVERY_S = 1.0
LEAST_S = 1.0
"""of less sound there is no answer"""
CLOSE_S = 5.0
"""`close` waits no longer for the answer under way"""
FULL_SCALE = 2.0**15


class RecentSound:
    """The last seconds of a microphone as mono samples; what is older is forgotten.

    Args:
        longest_s: how much is kept
    """

    def __init__(self, longest_s: float = WINDOW_S) -> None:
        self.longest_s = longest_s
        self._blocks: deque[np.ndarray] = deque()
        self._sample_rate = 0
        self._lock = threading.Lock()

    def add(self, frame: av.AudioFrame) -> None:
        """Keep a frame of 16-bit samples, interleaved, as a WebRTC stream has them."""
        channels = len(frame.layout.channels)
        samples = frame.to_ndarray().reshape(-1, channels).mean(1, dtype=np.float32) / FULL_SCALE
        with self._lock:
            if frame.sample_rate != self._sample_rate:
                self._sample_rate = frame.sample_rate
                self._blocks.clear()
            self._blocks.append(samples)
            kept = sum(map(len, self._blocks))
            while kept - len(self._blocks[0]) >= self.longest_s * self._sample_rate:
                kept -= len(self._blocks.popleft())

    def waveform(self) -> Waveform | None:
        """What is kept; None where that is too little for an answer."""
        with self._lock:
            rate, blocks = self._sample_rate, list(self._blocks)
        if sum(map(len, blocks)) < max(1, LEAST_S * rate):
            return None
        return Waveform(np.concatenate(blocks), rate)


class Listener:
    """Answers what a microphone hears, in a thread of its own.

    The thread ends with `close`, or once nobody holds the listener any more.

    Args:
        model: shared with whoever else uses it
        every_s: from one answer to the next

    Attributes:
        scores: of the last 3 s; None while nobody speaks
        error: why there is no answer, else empty
    """

    def __init__(self, model: AudioModel, every_s: float = EVERY_S) -> None:
        self.model = model
        self.scores: EmotionScores | None = None
        self.error = ""
        self._sound = RecentSound()
        self._closed = threading.Event()
        answer = weakref.WeakMethod(self._answer)
        self._thread = threading.Thread(
            target=_work, args=(self._closed, every_s, answer), daemon=True
        )
        weakref.finalize(self, self._closed.set)
        self._thread.start()

    def hear(self, frame: av.AudioFrame) -> None:
        """Take the newest sound; never waits for an answer."""
        self._sound.add(frame)

    def close(self) -> None:
        """End the thread and forget the sound."""
        self._closed.set()
        self._thread.join(CLOSE_S)
        self._sound = RecentSound()

    def _answer(self) -> None:
        waveform, self.error = self._sound.waveform(), ""
        try:
            self.scores = None if waveform is None else self.model.predict(waveform)
        except InvalidInput:  # nobody speaks
            self.scores = None
        except EmotionCoreError as error:
            self.scores, self.error = None, str(error)
        except Exception as error:
            self._closed.set()
            self.scores, self.error = None, f"Stopped by an error of the program: {error}"
            raise


def _work(
    closed: threading.Event, every_s: float, answer: "weakref.WeakMethod[Callable[[], None]]"
) -> None:
    """Answer again and again until closed; holds the listener only while it answers."""
    while not closed.wait(every_s):
        if (bound := answer()) is not None:
            bound()
        del bound
