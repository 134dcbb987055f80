"""One recording that a person gave, from the first look at it to what is downloaded."""

import threading
from dataclasses import dataclass, field, replace
from pathlib import Path

from emotion_core.errors import InvalidInput
from emotion_core.recording.analysis import RecordingAnalysis
from emotion_core.recording.labelled import Models, in_labels
from emotion_core.recording.pipeline import RecordingModel
from emotion_core.recording.portraits import NO_PORTRAITS, Portraits
from emotion_core.recording.stages import StageResults
from emotion_core.recording.summary import RecordingSummary, summarise
from emotion_core.recording.transcript import Transcript

from .face_jobs import PLAYED
from .player import Medium
from .recording_jobs import AnalysisJob, FoundJob, FusedFilmJob, Task, WordsJob
from .uploads import Upload
from .voice_sound import PLAYED as HEARD
from .voice_sound import converted


@dataclass(frozen=True, eq=False)
class Findings:
    """An analysis as it is shown.

    Attributes:
        analysis: as the models answered
        judged: all of it in the labels of the fused line
        summary: its figures
        models: those that answered
        portraits: the faces where two disagree
    """

    analysis: RecordingAnalysis
    judged: RecordingAnalysis
    summary: RecordingSummary
    models: Models
    portraits: Portraits = field(default_factory=dict)

    @classmethod
    def of(
        cls, analysis: RecordingAnalysis, model: RecordingModel, portraits: Portraits
    ) -> "Findings":
        """What a model found."""
        models: Models = {
            "text": model.text.spec,
            "audio": model.audio.spec,
            "face": model.face.spec,
            "fusion": model.fusion.spec,
        }
        judged = in_labels(analysis, analysis.labels, models)
        return cls(analysis, judged, summarise(judged), models, portraits)


class OpenRecording:
    """A recording, the work on it and what was found; shared by all pages that show it.

    Attributes:
        task: what is analysed, and how
        kept: what is finished of it
        job: the work that goes on, or that ended last
        revision: goes up with each job
        film: the annotated video, where somebody asked for it
        unplayable: whether a browser failed to play the file as it is
    """

    def __init__(self, task: Task) -> None:
        self.task, self.kept, self.revision = task, StageResults(), 0
        self.film: FusedFilmJob | None = None
        ending = Path(task.upload.name).suffix.lower()
        self.unplayable = ending not in PLAYED and ending not in HEARD
        self._earlier: RecordingAnalysis | None = None
        self._findings: Findings | None = None
        self._sound: Medium | None = None
        self._lock = threading.RLock()
        self.job: FoundJob = AnalysisJob(task, self.kept)

    @property
    def upload(self) -> Upload:
        """The file."""
        return self.task.upload

    @property
    def running(self) -> bool:
        """Whether anything is at work on it."""
        return self.job.running or (self.film is not None and self.film.running)

    @property
    def analysis(self) -> RecordingAnalysis | None:
        """What was found last."""
        return self.job.found or self._earlier

    def findings(self) -> Findings | None:
        """What was found last, as it is shown; None where nothing was."""
        analysis = self.analysis
        if analysis is None:
            return None
        with self._lock:
            if self._findings is None or self._findings.analysis is not analysis:
                portraits = self.job.portraits if self.job.found is analysis else NO_PORTRAITS
                self._findings = Findings.of(analysis, self.task.model, portraits)
            return self._findings

    def cancel(self) -> None:
        """Stop all work on it."""
        self.job.cancel()
        if self.film is not None:
            self.film.cancel()

    def go_on(self) -> None:
        """Do what is missing of an analysis that was stopped."""
        with self._lock:
            if not self.job.running:
                self._earlier = None
                self._start(AnalysisJob(self.task, self.kept))

    def again(self, task: Task) -> None:
        """Analyse the same file in another way; what that leaves as it is is not done anew."""
        with self._lock:
            self.cancel()
            self.kept = carried(self.kept, self.task, task)
            self.task, self.film, self._earlier = task, None, None
            self._start(AnalysisJob(task, self.kept))

    def read_words(self, transcript: Transcript | None) -> None:
        """Take other words for what was said; None for none at all."""
        with self._lock:
            analysis = self.analysis
            if self.job.running or analysis is None:
                return
            self.task = replace(self.task, transcript=transcript, recogniser="")
            self.kept.transcript = None
            self.kept.failures.pop("words", None)
            self._earlier = analysis
            self._start(WordsJob(self.task, analysis))

    def _start(self, job: FoundJob) -> None:
        self.job = job
        self.revision += 1

    def annotate(self, judged: RecordingAnalysis, blur: bool) -> None:
        """Draw what was found into the video."""
        with self._lock:
            if self.film is not None:
                self.film.cancel()
            if judged.faces is not None:
                self.film = FusedFilmJob(self.upload, judged, judged.faces, blur)

    def film_of(self, judged: RecordingAnalysis, blur: bool) -> FusedFilmJob | None:
        """The annotated video of these very findings, made or being made."""
        film = self.film
        fits = film is not None and film.found is judged and film.blur == blur
        return film if fits else None

    def give_up_playing(self) -> None:
        """Play the file no more, since the browser cannot."""
        self.unplayable = True

    def medium(self) -> Medium | None:
        """What the browser plays: the file, else the annotated video, else the sound alone."""
        analysis = self.analysis
        if not self.unplayable:
            ending, content = Path(self.upload.name).suffix.lower(), self.upload.content
            if ending in PLAYED and (analysis is None or analysis.faces is not None):
                return Medium(content, PLAYED[ending], "video")
            return Medium(content, HEARD.get(ending) or PLAYED[ending])
        if self.film is not None and self.film.film is not None:
            return self.film.film
        return None if analysis is None or analysis.voice is None else self._converted(analysis)

    def _converted(self, analysis: RecordingAnalysis) -> Medium | None:
        """The sound as every browser plays it; None where it is too long or damaged."""
        with self._lock:
            if self._sound is None:
                try:
                    self._sound = converted(self.upload, analysis.duration_s)
                except InvalidInput:
                    return None
            return self._sound


def carried(kept: StageResults, before: Task, after: Task) -> StageResults:
    """What still holds of finished stages when a recording is analysed in another way."""
    old, new = before.looking, after.looking
    found = StageResults()
    if before.model.face is after.model.face and old.fps == new.fps:
        found.faces = kept.faces
    windows = (old.window_s, old.hop_s) == (new.window_s, new.hop_s)
    if before.model.audio is after.model.audio and windows:
        found.voice = kept.voice
    return found
