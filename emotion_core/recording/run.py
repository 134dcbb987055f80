"""The stages of one analysis at work: hearing and seeing, side by side."""

from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from ..audio.analysis import VoiceAnalysis
from ..audio.pipeline import AudioModel
from ..errors import EmotionCoreError, InvalidInput
from ..face.analysis import VideoAnalysis
from ..face.pipeline import FaceModel
from ..fusion.evidence import FusedModality
from .analysis import Looking, Stage
from .hearing import Hearing
from .recognition.recogniser import Recogniser
from .stages import OnStage, StageResults
from .transcript import Transcript

RecordingSource = str | Path | bytes


@dataclass(frozen=True, eq=False)
class Perceived:
    """What was heard and seen.

    Attributes:
        voice: None where there is no sound, or it could not be read
        faces: None where there is no picture, or it could not be read
        transcript: given or recognised; None without one
        stopped: whether a person stopped it before its end
    """

    voice: VoiceAnalysis | None
    faces: VideoAnalysis | None
    transcript: Transcript | None
    stopped: bool


@dataclass(frozen=True, eq=False)
class Run:
    """One analysis of one recording.

    Attributes:
        audio: hears
        face: sees
        source: the recording
        name: what messages call it
        looking: how it is looked at
        recogniser: writes the words down; None leaves them out
        on_stage: told how far each stage is
        should_stop: whether a person wants it to end
        kept: takes up what is finished
        embeddings: modalities whose embeddings are kept, since the fusion reads them
    """

    audio: AudioModel
    face: FaceModel
    source: RecordingSource
    name: str
    looking: Looking
    recogniser: Recogniser | None
    on_stage: OnStage
    should_stop: Callable[[], bool]
    kept: StageResults
    embeddings: frozenset[FusedModality]

    def perceive(self) -> Perceived:
        """Hear and see what earlier runs have not.

        Raises:
            InvalidInput: if neither sound nor picture can be read
        """
        over = Event()

        def should_stop() -> bool:
            return over.is_set() or self.should_stop()

        with ThreadPoolExecutor(2, thread_name_prefix="recording") as pool:
            hearing = pool.submit(self._hear, should_stop)
            seeing = pool.submit(self._see, should_stop)
            both: list[Future[Any]] = [hearing, seeing]
            try:
                wait(both, return_when=FIRST_EXCEPTION)
            finally:
                over.set()  # after a failure or Ctrl+C nobody waits for the other's end
        voice, faces = hearing.result(), seeing.result()
        if voice is None and faces is None:
            why = "; ".join(dict.fromkeys(self.kept.failures.values()))
            raise InvalidInput(f"{self.name}: neither sound nor picture can be read: {why}")
        return Perceived(voice, faces, self.kept.transcript, self.should_stop())

    def _hear(self, should_stop: Callable[[], bool]) -> VoiceAnalysis | None:
        """The sound track, in one pass for voice and words."""
        asked = None if self.kept.done("words") else self.recogniser
        if self._has_heard() and (asked is None or self.kept.voice is None):
            return self.kept.voice
        listener = Hearing(asked, self.on_stage, should_stop) if asked else None
        try:
            voice = self.audio.analyse(
                self.source,
                window_s=self.looking.window_s,
                hop_s=self.looking.hop_s,
                on_progress=lambda done, expected: self.on_stage("voice", done, expected),
                should_stop=should_stop,
                name=self.name,
                listeners=[listener] if listener else [],
                embed="audio" in self.embeddings,
            )
        except EmotionCoreError as error:
            self._fail("voice", error)
            return None
        if not should_stop():
            self.kept.voice = voice
            if listener:
                self._keep_words(listener)
        return voice

    def _has_heard(self) -> bool:
        """Whether the voice has ended; heard for another fusion, it may lack the embeddings."""
        voice = self.kept.voice
        if voice is None or "audio" not in self.embeddings or not len(voice.timeline):
            return self.kept.done("voice")
        return voice.embeddings.shape[1] > 0

    def _has_seen(self) -> bool:
        """The same for the faces."""
        faces = self.kept.faces
        if faces is None or "face" not in self.embeddings:
            return self.kept.done("faces")
        return all(person.embeddings.shape[1] for person in faces.people)

    def _keep_words(self, listener: Hearing) -> None:
        if listener.error:
            self._fail("words", listener.error)
        else:
            self.kept.transcript = listener.transcript()

    def _see(self, should_stop: Callable[[], bool]) -> VideoAnalysis | None:
        """The picture track."""
        if self._has_seen():
            return self.kept.faces
        try:
            faces = self.face.analyse(
                self.source,
                fps=self.looking.fps,
                on_progress=lambda done, expected: self.on_stage("faces", done, expected),
                should_stop=should_stop,
                embed="face" in self.embeddings,
            )
        except EmotionCoreError as error:
            self._fail("faces", error)
            return None
        if not should_stop():
            self.kept.faces = faces
        return faces

    def _fail(self, stage: Stage, error: EmotionCoreError) -> None:
        """Name why a stage gave nothing, without the recording's name, which is known."""
        self.kept.failures[stage] = str(error).removeprefix(f"{self.name}: ")
