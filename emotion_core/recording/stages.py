"""What the stages of an analysis have found so far; held by the caller, so a run can go on."""

from collections.abc import Callable
from dataclasses import dataclass, field

from ..audio.analysis import VoiceAnalysis
from ..face.analysis import VideoAnalysis
from .analysis import Stage
from .transcript import Transcript

OnStage = Callable[[Stage, float, float | None], None]
"""called with (stage, seconds done, seconds expected or None)"""


@dataclass
class StageResults:
    """What is finished of one recording under one set of settings.

    Attributes:
        voice: what was heard
        transcript: what was said, given or recognised
        faces: what was seen
        failures: stage -> why it gave nothing
    """

    voice: VoiceAnalysis | None = None
    transcript: Transcript | None = None
    faces: VideoAnalysis | None = None
    failures: dict[Stage, str] = field(default_factory=dict)

    def done(self, stage: Stage) -> bool:
        """Whether a stage has ended, with a result or without."""
        found = {"voice": self.voice, "words": self.transcript, "faces": self.faces}
        return stage in self.failures or found.get(stage) is not None
