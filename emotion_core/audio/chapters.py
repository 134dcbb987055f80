"""A recording in chapters that fit into memory, parted where nobody speaks if that can be."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from .decode import SAMPLE_RATE
from .vad import CHUNK, PAD_S, SHORTEST_GAP_S, SHORTEST_SPEECH_S, SpeechDetector
from .windows import PHRASE_GAP_S, phrases

CHAPTER_S = 60.0
SHORTEST_S = 0.1
"""of a phrase that the start of a chapter has cut"""
UNSETTLED_S = SHORTEST_SPEECH_S + SHORTEST_GAP_S + PAD_S + CHUNK / SAMPLE_RATE
"""before the end of what was heard, in which sound may yet turn out to be speech"""


class Observer(Protocol):
    """Looks at every block of a recording as it passes."""

    def push(self, samples: np.ndarray) -> None: ...


@dataclass(frozen=True, eq=False)
class Chapter:
    """A stretch of a recording.

    Attributes:
        start_s: where it starts
        samples: (time,) mono, 16 kHz
        phrases_s: (phrase, 2) speech in it, in seconds of the whole recording
    """

    start_s: float
    samples: np.ndarray
    phrases_s: np.ndarray

    @property
    def end_s(self) -> float:
        """Where the next one starts."""
        return self.start_s + len(self.samples) / SAMPLE_RATE


class Chapters:
    """Chapters of blocks, in order; `speech_s` is known when the last one has been read.

    Args:
        blocks: (time,) each, mono at 16 kHz
        observers: look at each block before its chapter is given
        should_stop: asked after each block; yes ends the recording there

    Attributes:
        speech_s: (span, 2) start and end of each span of speech
        stopped: whether `should_stop` ended it
    """

    def __init__(
        self,
        blocks: Iterable[np.ndarray],
        observers: Iterable[Observer] = (),
        should_stop: Callable[[], bool] | None = None,
    ) -> None:
        self.detector = SpeechDetector()
        self.observers = (*observers, self.detector)
        self.speech_s = np.zeros((0, 2))
        self.stopped = False
        self._blocks, self._should_stop = blocks, should_stop
        self._held: list[np.ndarray] = []
        self._start = 0

    def __iter__(self) -> Iterator[Chapter]:
        for block in self._blocks:
            for observer in self.observers:
                observer.push(block)
            self._held.append(block)
            if sum(map(len, self._held)) >= CHAPTER_S * SAMPLE_RATE:
                yield self._chapter(self.detector.so_far(), ended=False)
            if self._should_stop is not None and self._should_stop():
                self.stopped = True
                break
        self.speech_s = self.detector.finish()
        yield self._chapter(self.speech_s, ended=True)

    def _chapter(self, speech_s: np.ndarray, *, ended: bool) -> Chapter:
        """Take what is settled of what is held, up to the phrase that is still being spoken."""
        samples = np.concatenate([np.zeros(0, np.float32), *self._held])
        start_s = self._start / SAMPLE_RATE
        cut = len(samples) - (0 if ended else round(UNSETTLED_S * SAMPLE_RATE))
        settled_s = (self._start + cut) / SAMPLE_RATE
        inside = speech_s.clip(start_s, settled_s)
        spoken = phrases(inside[np.ptp(inside, axis=1) > 0])
        if not ended and len(spoken) and spoken[-1, 1] > settled_s - PHRASE_GAP_S:
            begun = int((spoken[-1, 0] - start_s) * SAMPLE_RATE)
            if begun:  # else it is as long as the chapter, and is cut
                cut, spoken = begun, spoken[:-1]
        self._held, self._start = [samples[cut:]], self._start + cut
        return Chapter(start_s, samples[:cut], spoken[np.ptp(spoken, axis=1) >= SHORTEST_S])
