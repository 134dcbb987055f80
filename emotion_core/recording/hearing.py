"""Words written down chapter by chapter, while the voice is listened to."""

from collections.abc import Callable

from ..audio.chapters import Chapter
from ..errors import EmotionCoreError
from .recognition.recogniser import Recogniser
from .stages import OnStage
from .transcript import Cue, Transcript


class Hearing:
    """Hands each chapter to a recogniser; one that fails is not asked again.

    Args:
        recogniser: writes the words down
        on_stage: told how far the words are
        should_stop: asked now and then

    Attributes:
        error: why the recogniser gave up, or None
    """

    def __init__(
        self, recogniser: Recogniser, on_stage: OnStage, should_stop: Callable[[], bool]
    ) -> None:
        self.recogniser, self.on_stage, self.should_stop = recogniser, on_stage, should_stop
        self.error: EmotionCoreError | None = None
        self._cues: list[Cue] = []

    def __call__(self, chapter: Chapter) -> None:
        """Write down what is said in a chapter."""
        if self.error is not None:
            return
        start_s = chapter.start_s
        try:
            cues = self.recogniser.recognise(
                chapter.samples, chapter.phrases_s - start_s, should_stop=self.should_stop
            )
        except EmotionCoreError as error:
            self.error = error
            return
        self._cues += [Cue(start_s + c.start_s, start_s + c.end_s, c.text) for c in cues]
        self.on_stage("words", chapter.end_s, None)

    def transcript(self) -> Transcript:
        """What was said in all chapters so far."""
        by = self.recogniser
        return Transcript(tuple(self._cues), by.name, by.reliability, by.notices)
