"""Recordings analysed in a thread while the page stays usable."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from emotion_core.audio.analysis import SpectrogramWeights, VoiceAnalysis, VoiceProfile
from emotion_core.audio.pipeline import AudioModel
from emotion_core.errors import EmotionCoreError
from emotion_core.rows import Row, answer_row, columns

from .jobs import Job
from .models import VoiceChoice
from .player import Medium
from .tables import frame_of
from .uploads import Upload
from .voice_charts import spectrogram_png
from .voice_sound import converted, playable

DURATION = "duration_s"


@dataclass(frozen=True)
class Listening:
    """How a recording is listened to.

    Attributes:
        window_s: length of a segment
        hop_s: from the start of a segment to the next one's
        profile: of the person who speaks; None for the model's average voice
    """

    window_s: float = 3.0
    hop_s: float = 1.0
    profile: VoiceProfile | None = None


@dataclass(frozen=True, eq=False)
class Heard:
    """What came of a recording, ready to be shown.

    Attributes:
        analysis: by the model
        medium: what the browser plays; None where that is too long to be converted
        spectrogram: a PNG
    """

    analysis: VoiceAnalysis
    medium: Medium | None
    spectrogram: bytes


class RecordingJob(Job):
    """Analyses one recording.

    Attributes:
        heard: None until it has ended without an error
        explained: segment -> what drove its answer, as far as somebody asked
    """

    def __init__(self, model: AudioModel, recording: Upload, listening: Listening) -> None:
        self.model, self.recording, self.listening = model, recording, listening
        self.heard: Heard | None = None
        self.explained: dict[int, SpectrogramWeights] = {}
        super().__init__(None)

    def same(self, model: AudioModel, recording: Upload, listening: Listening) -> bool:
        """Whether a job with these would do the same."""
        given = (model, recording.identity, listening)
        return given == (self.model, self.recording.identity, self.listening)

    def convert(self) -> None:
        """Offer the browser a WAV in the place of a file that it cannot play."""
        heard = self.heard
        if heard and heard.medium and heard.medium.content is self.recording.content:
            medium = converted(self.recording, heard.analysis.duration_s)
            self.heard = replace(heard, medium=medium)

    def explanation(self, segment: int) -> SpectrogramWeights:
        """What drove the answer to a segment; worked out once.

        Raises:
            EmotionCoreError: if the model cannot explain it
        """
        if segment not in self.explained and self.heard is not None:
            start_s, end_s = self.heard.analysis.timeline.spans_s[segment].tolist()
            self.explained[segment] = self.model.explain(
                self.recording.content, (start_s, end_s), self.listening.profile
            )
        return self.explained[segment]

    def _progress(self, done_s: float, expected_s: float | None) -> None:
        self.done, self.total = done_s, expected_s

    def _work(self) -> None:
        analysis = self.model.analyse(
            self.recording.content,
            window_s=self.listening.window_s,
            hop_s=self.listening.hop_s,
            profile=self.listening.profile,
            on_progress=self._progress,
            should_stop=self._cancelled.is_set,
            name=self.recording.name,
        )
        medium = playable(self.recording, analysis.duration_s)
        self.heard = Heard(analysis, medium, spectrogram_png(analysis.picture))


class FilesJob(Job):
    """Answers many recordings, one row each; an error stands in its own row.

    Attributes:
        names: columns of its table
    """

    def __init__(self, choice: VoiceChoice, recordings: Sequence[Upload]) -> None:
        self.choice, self.recordings = choice, recordings
        multi_label = choice.model.spec.multi_label
        self.names = [*columns(choice.labels, multi_label), DURATION]
        self._rows: list[Row] = []
        super().__init__(len(recordings))

    def frame(self) -> pd.DataFrame:
        """The answers so far, one row per recording."""
        return frame_of(list(self._rows), self.names)

    def _work(self) -> None:
        for recording in self.recordings:
            row = self._row(recording)
            if self.cancelled:  # its answer would be that of a part
                break
            self._rows.append(row)
            self.done = len(self._rows)

    def _row(self, recording: Upload) -> Row:
        choice, model = self.choice, self.choice.model
        name, labels, multi_label = recording.name, choice.labels, model.spec.multi_label

        def progress(done_s: float, expected_s: float | None) -> None:
            self.done = len(self._rows) + (done_s / expected_s if expected_s else 0.0)

        try:
            heard = model.analyse(
                recording.content,
                on_progress=progress,
                should_stop=self._cancelled.is_set,
                name=name,
            )
        except EmotionCoreError as error:
            return answer_row(name, error, labels, multi_label=multi_label)
        answer = None if heard.scores is None else choice.judge(heard.scores)
        row = answer_row(name, answer, labels, multi_label=multi_label)
        return row | {DURATION: heard.duration_s, "notice": "; ".join(notices(heard))}


def notices(analysis: VoiceAnalysis) -> list[str]:
    """What a person should know of how the recording was read, each once."""
    own = () if analysis.scores is None else analysis.scores.notices
    return list(dict.fromkeys([*analysis.notices, *own]))
