"""The value types of a recording in which words, voice and faces were looked at together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from ..audio.analysis import VoiceAnalysis
from ..errors import InvalidInput
from ..face.analysis import VideoAnalysis
from ..fusion.evidence import FUSED, Disagreement
from ..types import EmotionScores, EmotionTimeline
from .transcript import Transcript

Stage = Literal["voice", "words", "faces", "fusion"]
STAGES: tuple[Stage, ...] = ("voice", "words", "faces", "fusion")
"""in the order in which they end"""
NOBODY = 0
"""in the place of a person's number: nobody is seen, or it is not known who speaks"""


@dataclass(frozen=True)
class Looking:
    """How a recording is looked at.

    Attributes:
        fps: frames a second
        window_s: length of the windows of the voice and of the fused line
        hop_s: from one window to the next
    """

    fps: float = 5.0
    window_s: float = 3.0
    hop_s: float = 1.0


@dataclass(frozen=True, eq=False)
class WordsAnalysis:
    """What the words of a recording express.

    Attributes:
        transcript: the words
        scores: one per cue, in the text model's labels; None for a cue without words
        embeddings: (cue, width) float32, zeros for a cue without words; (cue, 0) where the model
            has none
        person: (cue,) number of the person who is seen speaking it, or `NOBODY`
    """

    transcript: Transcript
    scores: tuple[EmotionScores | None, ...]
    embeddings: np.ndarray
    person: np.ndarray

    def __post_init__(self) -> None:
        counts = {len(self.transcript), len(self.scores), len(self.embeddings), len(self.person)}
        if len(counts) != 1:
            raise InvalidInput(f"expected one value per cue, got {sorted(counts)}")


@dataclass(frozen=True, eq=False)
class FusedLine:
    """The fused answers along time.

    Attributes:
        timeline: one segment per window in which anything was said, heard or seen
        uncertain: (segment,) whether the calibrated answer is below the model's level
        contributions: (segment, modality) in the order of `FUSED`, each row summing to 1; 0 for a
            modality that was not there
        surprise: (segment, modality) in [0, 1], NaN where it is not known
        person: (segment,) number of the person whose face took part, or `NOBODY`
        disagreements: segment -> which modalities disagree there
    """

    timeline: EmotionTimeline
    uncertain: np.ndarray
    contributions: np.ndarray
    surprise: np.ndarray
    person: np.ndarray
    disagreements: Mapping[int, Disagreement] = field(default_factory=dict)

    def __post_init__(self) -> None:
        count = len(self.timeline)
        for name in ("contributions", "surprise"):
            if getattr(self, name).shape != (count, len(FUSED)):
                raise InvalidInput(
                    f"{name}: expected {(count, len(FUSED))}, got {getattr(self, name).shape}"
                )
        if len(self.uncertain) != count or len(self.person) != count:
            raise InvalidInput(f"expected one value for each of {count} segments")

    @classmethod
    def empty(cls, labels: tuple[str, ...]) -> "FusedLine":
        """Nothing was said, heard or seen."""
        none = np.zeros((0, len(FUSED)))
        nobody = np.zeros(0, np.int64)
        return cls(EmotionTimeline.empty(labels), np.zeros(0, bool), none, none, nobody)


@dataclass(frozen=True)
class Conflict:
    """A stretch of the fused line in which the same modalities disagree.

    Attributes:
        start_s: where it starts
        end_s: where it ends
        person: whose face took part, or `NOBODY`
        disagreement: the strongest of the stretch
    """

    start_s: float
    end_s: float
    person: int
    disagreement: Disagreement


@dataclass(frozen=True, eq=False)
class RecordingAnalysis:
    """Everything that was found in a recording.

    Attributes:
        name: of the file
        duration_s: of the recording: the longest of what was heard and seen
        voice: None where there is no sound, or it could not be read
        words: None without a transcript
        faces: None where there is no picture, or it could not be read
        fused: the three together, on windows of equal length
        conflicts: where they disagree, in order of time
        failures: stage -> why it gave nothing, in words; a part that a recording simply lacks is
            named here too, such as `the file has no video track`
        looking: how it was looked at
        stopped: whether a person stopped it before its end
        notices: what a person should know of how it was read
    """

    name: str
    duration_s: float
    voice: VoiceAnalysis | None
    words: WordsAnalysis | None
    faces: VideoAnalysis | None
    fused: FusedLine
    conflicts: tuple[Conflict, ...] = ()
    failures: Mapping[Stage, str] = field(default_factory=dict)
    looking: Looking = Looking()
    stopped: bool = False
    notices: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """Ordered, of the fused line."""
        return self.fused.timeline.labels
