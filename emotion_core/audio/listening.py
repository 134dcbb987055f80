"""What is gathered while a recording is listened to, chapter by chapter."""

from collections.abc import Callable, Sequence

import numpy as np

from ..growing import GrowingArray
from ..scoring import calibrated_scores, softmax
from ..types import EmotionTimeline, ModelSpec, OnSeconds
from .analysis import VoiceAnalysis
from .chapters import Chapter, Chapters
from .decode import AudioStream
from .model import AudioReading
from .windows import check_window, pieces, sliding_windows

NO_SPEECH = (
    "no speech was found, so there is no answer; choose a recording in which somebody speaks"
)

ChapterListener = Callable[[Chapter], None]
"""hears a recording chapter by chapter, such as to recognise its words"""
Read = Callable[[Chapter, np.ndarray], list[AudioReading]]
"""answers spans (span, 2) of a chapter"""


class WeightedMean:
    """Mean of logits and embeddings, weighted by duration."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._logits = self._embedding = np.zeros(())

    def add(self, readings: Sequence[AudioReading], spans_s: np.ndarray) -> None:
        """Answers of spans (span, 2)."""
        for reading, (start, end) in zip(readings, spans_s, strict=True):
            self.seconds += end - start
            self._logits = self._logits + (end - start) * reading.logits
            self._embedding = self._embedding + (end - start) * reading.embedding

    @property
    def logits(self) -> np.ndarray:
        """(label,)"""
        return self._logits / self.seconds

    @property
    def embedding(self) -> np.ndarray:
        """(width,)"""
        return self._embedding / self.seconds


class _Windows:
    """What was answered for the windows of a time line.

    Args:
        labels: ordered
        embed: whether their embeddings are kept
    """

    def __init__(self, labels: tuple[str, ...], embed: bool) -> None:
        self._labels, self._embed = labels, embed
        self._spans_s = GrowingArray(np.float64, 2)
        self._logits = GrowingArray(np.float32, len(labels))
        self._embeddings: GrowingArray | None = None

    def add(self, readings: Sequence[AudioReading], spans_s: np.ndarray) -> None:
        """Answers of spans (span, 2)."""
        self._spans_s.extend(spans_s)
        for reading in readings:
            self._logits.append(reading.logits)
            if self._embed:
                if self._embeddings is None:
                    self._embeddings = GrowingArray(np.float16, len(reading.embedding))
                self._embeddings.append(reading.embedding)

    def timeline(self, temperature: float) -> EmotionTimeline:
        """The calibrated answers."""
        if not len(self._logits):
            return EmotionTimeline.empty(self._labels)
        scaled = self._logits.array().astype(np.float64) / temperature
        return EmotionTimeline(self._spans_s.array(), softmax(scaled), self._labels)

    def embeddings(self) -> np.ndarray:
        """(window, width); of width 0 where they were not kept."""
        if self._embeddings is None:
            return np.zeros((len(self._logits), 0), np.float16)
        return self._embeddings.array()


class Listening:
    """One pass over a recording, in bounded memory.

    Args:
        spec: labels and calibration
        window_s: length of the windows of the time line
        hop_s: from one window to the next
        embed: whether the windows' embeddings are kept

    Raises:
        InvalidInput: if window and hop do not fit
    """

    def __init__(self, spec: ModelSpec, window_s: float, hop_s: float, embed: bool) -> None:
        from .picture import PictureMaker
        from .prosody import ProsodyMeter

        check_window(window_s, hop_s)
        self._spec, self._window_s, self._hop_s = spec, window_s, hop_s
        self._meter, self._maker = ProsodyMeter(), PictureMaker()
        self._mean, self._line = WeightedMean(), _Windows(spec.labels, embed)
        self._speech_s = np.zeros((0, 2))
        self._notices: tuple[str, ...] = ()

    def through(
        self,
        stream: AudioStream,
        read: Read,
        listeners: Sequence[ChapterListener] = (),
        on_progress: OnSeconds | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> None:
        """Listen to all of a recording.

        Args:
            stream: of it
            read: answers spans of a chapter
            listeners: hear each chapter too
            on_progress: called with seconds done and seconds expected
            should_stop: asked now and then; yes ends it there
        """
        chapters = Chapters(stream, (self._meter, self._maker), should_stop)
        for chapter in chapters:
            self._answer(chapter, read)
            for listener in listeners:
                listener(chapter)
            if on_progress:
                on_progress(stream.decoded_s, stream.expected_s)
        self._speech_s, self._notices = chapters.speech_s, stream.notices
        if chapters.stopped:
            stopped = f"stopped at {stream.decoded_s:.0f} s; the rest was not analysed"
            self._notices += (stopped,)

    def _answer(self, chapter: Chapter, read: Read) -> None:
        """The parts of a chapter, of which the answer for the whole is made, and the windows."""
        parts = pieces(chapter.phrases_s)
        windows = sliding_windows(chapter.phrases_s, self._window_s, self._hop_s)
        readings = read(chapter, np.concatenate([parts, windows]))
        self._mean.add(readings[: len(parts)], parts)
        self._line.add(readings[len(parts) :], windows)

    def finish(self) -> VoiceAnalysis:
        """Everything that was heard."""
        spec, mean, notices = self._spec, self._mean, self._notices
        timeline = self._line.timeline(spec.calibration.temperature)
        sureness = timeline.probabilities.max(1, initial=0)
        return VoiceAnalysis(
            scores=calibrated_scores(spec, mean.logits) if mean.seconds else None,
            timeline=timeline,
            uncertain=sureness < spec.calibration.uncertain_below,
            speech_s=self._speech_s,
            prosody=self._meter.finish(self._speech_s),
            picture=self._maker.finish(),
            notices=notices if mean.seconds else (*notices, NO_SPEECH),
            embeddings=self._line.embeddings(),
        )
