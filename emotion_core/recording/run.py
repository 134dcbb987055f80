"""The stages of one analysis at work: hearing and seeing, side by side."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ..audio.analysis import VoiceAnalysis
from ..audio.pipeline import AudioModel
from ..errors import EmotionCoreError, InvalidInput
from ..face.analysis import VideoAnalysis
from ..face.pipeline import FaceModel
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

    def perceive(self) -> Perceived:
        """Hear and see what earlier runs have not.

        Raises:
            InvalidInput: if neither sound nor picture can be read
        """
        with ThreadPoolExecutor(2, thread_name_prefix="recording") as pool:
            hearing, seeing = pool.submit(self._hear), pool.submit(self._see)
            voice, faces = hearing.result(), seeing.result()
        if voice is None and faces is None:
            why = "; ".join(dict.fromkeys(self.kept.failures.values()))
            raise InvalidInput(f"{self.name}: neither sound nor picture can be read: {why}")
        return Perceived(voice, faces, self.kept.transcript, self.should_stop())

    def _hear(self) -> VoiceAnalysis | None:
        """The sound track, in one pass for voice and words."""
        asked = None if self.kept.done("words") else self.recogniser
        if self.kept.done("voice") and (asked is None or self.kept.voice is None):
            return self.kept.voice
        listener = Hearing(asked, self.on_stage, self.should_stop) if asked else None
        try:
            voice = self.audio.analyse(
                self.source,
                window_s=self.looking.window_s,
                hop_s=self.looking.hop_s,
                on_progress=lambda done, expected: self.on_stage("voice", done, expected),
                should_stop=self.should_stop,
                name=self.name,
                listeners=[listener] if listener else [],
                embed=True,
            )
        except EmotionCoreError as error:
            self._fail("voice", error)
            return None
        if not self.should_stop():
            self.kept.voice = voice
            if listener:
                self._keep_words(listener)
        return voice

    def _keep_words(self, listener: Hearing) -> None:
        if listener.error:
            self._fail("words", listener.error)
        else:
            self.kept.transcript = listener.transcript()

    def _see(self) -> VideoAnalysis | None:
        """The picture track."""
        if self.kept.done("faces"):
            return self.kept.faces
        try:
            faces = self.face.analyse(
                self.source,
                fps=self.looking.fps,
                on_progress=lambda done, expected: self.on_stage("faces", done, expected),
                should_stop=self.should_stop,
                embed=True,
            )
        except EmotionCoreError as error:
            self._fail("faces", error)
            return None
        if not self.should_stop():
            self.kept.faces = faces
        return faces

    def _fail(self, stage: Stage, error: EmotionCoreError) -> None:
        """Name why a stage gave nothing, without the recording's name, which is known."""
        self.kept.failures[stage] = str(error).removeprefix(f"{self.name}: ")
