"""A recording analysed, or its words read anew, in a thread while the page stays usable."""

from dataclasses import dataclass
from typing import BinaryIO

from emotion_core.face.analysis import VideoAnalysis
from emotion_core.recording.analysis import STAGES, Looking, RecordingAnalysis, Stage
from emotion_core.recording.film import annotate_recording
from emotion_core.recording.pipeline import RecordingModel
from emotion_core.recording.portraits import NO_PORTRAITS, Portraits, conflict_portraits
from emotion_core.recording.recognition.recogniser import open_recogniser
from emotion_core.recording.stages import StageResults
from emotion_core.recording.transcript import Transcript

from .face_jobs import FilmJob
from .jobs import Job
from .uploads import Upload


@dataclass(frozen=True, eq=False)
class Task:
    """What is to be analysed, and how.

    Attributes:
        upload: the file
        model: answers
        looking: how it is looked at and listened to
        recogniser: what writes the words down where nobody gave them; empty for nothing
        transcript: what a person gave
    """

    upload: Upload
    model: RecordingModel
    looking: Looking = Looking()
    recogniser: str = ""
    transcript: Transcript | None = None

    @property
    def worded(self) -> bool:
        """Whether words are to be read."""
        return bool(self.recogniser) or self.transcript is not None


class FoundJob(Job):
    """Work that ends with an analysis.

    Attributes:
        found: None until it has ended without an error
        portraits: the faces where two disagree
    """

    found: RecordingAnalysis | None = None
    portraits: Portraits = NO_PORTRAITS

    def _keep(self, upload: Upload, found: RecordingAnalysis) -> None:
        """Take up what was found, with the faces of the moments that will be shown."""
        self.portraits = conflict_portraits(upload.content, found)
        self.found = found


class AnalysisJob(FoundJob):
    """Analyses one recording, stage by stage.

    Args:
        task: what, and how
        kept: what is finished already; filled as stages end
    """

    def __init__(self, task: Task, kept: StageResults) -> None:
        self.task, self.kept = task, kept
        self._stages: dict[Stage, tuple[float, float | None]] = {}
        super().__init__(None)

    def stage_s(self, stage: Stage) -> tuple[float, float | None]:
        """Seconds of the recording that a stage has done, and those expected, if known."""
        return self._stages.get(stage, (0.0, None))

    def stage_share(self, stage: Stage) -> float | None:
        """How much of a stage is done, in [0, 1]; None while that is not known."""
        if self.kept.done(stage) or not self.running:
            return 1.0
        done, expected = self.stage_s(stage)
        return min(1.0, done / expected) if expected else None

    def seconds_left(self) -> float | None:
        """Of the slowest stage, as they go on side by side."""
        shares = [self.stage_share(stage) for stage in STAGES if self.stage_s(stage)[1]]
        known = [share for share in shares if share is not None]
        return self.elapsed_s * (1 / least - 1) if (least := min(known, default=0)) else None

    def _on_stage(self, stage: Stage, done_s: float, expected_s: float | None) -> None:
        if stage == "words":  # written down as the voice is listened to
            expected_s = expected_s or self.stage_s("voice")[1]
        self._stages[stage] = done_s, expected_s

    def _work(self) -> None:
        task, looking = self.task, self.task.looking
        found = task.model.analyse(
            task.upload.content,
            transcript=task.transcript,
            recogniser=open_recogniser(task.recogniser) if task.recogniser else None,
            fps=looking.fps,
            window_s=looking.window_s,
            hop_s=looking.hop_s,
            on_stage=self._on_stage,
            should_stop=self._cancelled.is_set,
            name=task.upload.name,
            kept=self.kept,
        )
        self._keep(task.upload, found)


class WordsJob(FoundJob):
    """Reads the words of a task in an analysed recording; nothing is listened to anew."""

    def __init__(self, task: Task, analysis: RecordingAnalysis) -> None:
        self._task, self._analysis = task, analysis
        super().__init__(None)

    def _work(self) -> None:
        task = self._task
        found = task.model.with_transcript(self._analysis, task.transcript)
        self._keep(task.upload, found)


class FusedFilmJob(FilmJob):
    """Draws what was found together into a video.

    Attributes:
        found: that is drawn, in one label set
    """

    def __init__(
        self, video: Upload, found: RecordingAnalysis, faces: VideoAnalysis, blur: bool
    ) -> None:
        self.found = found
        super().__init__(video, faces, blur)

    def _draw(self, target: BinaryIO) -> tuple[str, ...]:
        return annotate_recording(
            self.video.content,
            self.found,
            target,
            blur=self.blur,
            on_progress=self._progress,
            should_stop=self._cancelled.is_set,
        )
