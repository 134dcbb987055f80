"""A recording as a user meets it: sound, picture and words in, `RecordingAnalysis` out."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..audio.pipeline import AudioModel, load_audio_model
from ..audio.windows import check_window
from ..errors import EmotionCoreError
from ..face.pipeline import FaceModel, load_face_model
from ..fusion.pipeline import FusionModel, load_fusion_model
from ..loading import (
    DEFAULT_AUDIO_MODEL,
    DEFAULT_FACE_MODEL,
    DEFAULT_FUSION_MODEL,
    DEFAULT_TEXT_MODEL,
)
from ..text.pipeline import TextModel, load_text_model
from ..types import Modality, ModelSpec
from .analysis import FusedLine, Looking, RecordingAnalysis, Stage, WordsAnalysis
from .captions.alignment import align_to_speech, clip_to
from .captions.reading import is_timed
from .conflicts import conflicts
from .fused import embeddings_read, fused_line
from .presence import shown_person, speaking
from .recognition.recogniser import Recogniser
from .run import Perceived, RecordingSource, Run
from .stages import OnStage, StageResults
from .transcript import Transcript
from .windows import Spans, face_lane, filled_windows, grid, voice_lane, words_lane
from .words import read_words

NO_SPEECH_S = np.zeros((0, 2))
LEAST_UNSEEN_S = 1.0
"""by which the sound is longer than the picture where it is told"""


class RecordingModel:
    """Looks at a recording with a model for each modality; thread-safe, so one serves everybody.

    Args:
        text: of the words
        audio: of the voice
        face: of the faces
        fusion: of what they say together
    """

    def __init__(
        self, text: TextModel, audio: AudioModel, face: FaceModel, fusion: FusionModel
    ) -> None:
        self.text, self.audio, self.face, self.fusion = text, audio, face, fusion

    @property
    def labels(self) -> tuple[str, ...]:
        """Ordered, of the fused line."""
        return self.fusion.labels

    @property
    def specs(self) -> dict[Modality, ModelSpec]:
        """Of the four models."""
        models = (self.text, self.audio, self.face, self.fusion)
        return {model.spec.modality: model.spec for model in models}

    def analyse(
        self,
        source: RecordingSource,
        *,
        transcript: Transcript | None = None,
        recogniser: Recogniser | None = None,
        fps: float = Looking.fps,
        window_s: float = Looking.window_s,
        hop_s: float = Looking.hop_s,
        on_stage: OnStage | None = None,
        should_stop: Callable[[], bool] | None = None,
        name: str | None = None,
        kept: StageResults | None = None,
    ) -> RecordingAnalysis:
        """Everything that can be said, heard and seen in a recording, in bounded memory.

        Args:
            source: path or bytes of a video or of sound
            transcript: what is said; without times it is spread over the speech
            recogniser: asked for the words where there is no transcript
            fps: frames a second that are looked at
            window_s: length of the windows of the voice and of the fused line
            hop_s: from one window to the next
            on_stage: called with stage, seconds done and seconds expected, from two threads
            should_stop: asked now and then; yes ends the analysis with what was done so far
            name: what messages call the recording; None takes the file's name
            kept: what an earlier run of the same recording with the same settings has finished;
                takes up what this one finishes

        Raises:
            InvalidInput: if neither sound nor picture can be read, or a setting does not fit
        """
        check_window(window_s, hop_s)
        name = name or (Path(source).name if isinstance(source, str | Path) else "the recording")
        looking, on_stage = Looking(fps, window_s, hop_s), on_stage or _unwatched
        kept = StageResults() if kept is None else kept
        if transcript is not None:
            kept.transcript = transcript
        run = Run(
            self.audio,
            self.face,
            source,
            name,
            looking,
            recogniser,
            on_stage,
            should_stop or (lambda: False),
            kept,
            embeddings_read(self.fusion),
        )
        perceived = run.perceive()
        bare = self._bare(name, looking, perceived, kept)
        return self._fused(bare, perceived.transcript, on_stage)

    def with_transcript(
        self, analysis: RecordingAnalysis, transcript: Transcript | None
    ) -> RecordingAnalysis:
        """The same recording with other words, or without any; nothing is decoded anew."""
        redone = ("words", "fusion")
        failures = {stage: why for stage, why in analysis.failures.items() if stage not in redone}
        before = () if analysis.words is None else analysis.words.transcript.notices
        notices = tuple(n for n in analysis.notices if n not in before)
        bare = replace(
            analysis,
            words=None,
            fused=FusedLine.empty(self.labels),
            conflicts=(),
            failures=failures,
            notices=notices,
        )
        return self._fused(bare, transcript, _unwatched)

    def _bare(
        self, name: str, looking: Looking, perceived: Perceived, kept: StageResults
    ) -> RecordingAnalysis:
        """What was heard and seen, before words and fusion."""
        found = [p for p in (perceived.voice, perceived.faces) if p is not None]
        duration_s = max(p.duration_s for p in found)
        notices = [n for p in found for n in p.notices]
        seen_s = duration_s if perceived.faces is None else perceived.faces.duration_s
        if duration_s - seen_s > LEAST_UNSEEN_S and not perceived.stopped:
            notices.append(
                f"faces were looked for up to {seen_s:,.0f} s, the sound goes on to "
                f"{duration_s:,.0f} s"
            )
        return RecordingAnalysis(
            name=name,
            duration_s=duration_s,
            voice=perceived.voice,
            words=None,
            faces=perceived.faces,
            fused=FusedLine.empty(self.labels),
            failures=dict(kept.failures),
            looking=looking,
            stopped=perceived.stopped,
            notices=tuple(dict.fromkeys(notices)),
        )

    def _fused(
        self, analysis: RecordingAnalysis, transcript: Transcript | None, on_stage: OnStage
    ) -> RecordingAnalysis:
        words = None
        if transcript is not None and len(transcript):
            words = self._words(transcript, analysis)
            notices = dict.fromkeys((*analysis.notices, *words.transcript.notices))
            analysis = replace(analysis, words=words, notices=tuple(notices))
        try:
            line = self._line(analysis, on_stage)
        except EmotionCoreError as error:  # such as an encoder that the fusion was not fitted to
            failures: dict[Stage, str] = {**analysis.failures, "fusion": str(error)}
            return replace(analysis, failures=failures)
        return replace(analysis, fused=line, conflicts=conflicts(line))

    def _words(self, transcript: Transcript, analysis: RecordingAnalysis) -> WordsAnalysis:
        """What a transcript expresses, fitted to the time of the recording."""
        if not is_timed(transcript):
            speech_s = NO_SPEECH_S if analysis.voice is None else analysis.voice.speech_s
            transcript = align_to_speech(transcript, speech_s, analysis.duration_s)
        words = read_words(self.text, clip_to(transcript, analysis.duration_s))
        people = analysis.faces.people if analysis.faces else ()
        spans_s = [(cue.start_s, cue.end_s) for cue in words.transcript.cues]
        return replace(words, person=speaking(people, np.array(spans_s).reshape(-1, 2)))

    def _line(self, analysis: RecordingAnalysis, on_stage: OnStage) -> FusedLine:
        voice, words = analysis.voice, analysis.words
        people = analysis.faces.people if analysis.faces else ()
        looking = analysis.looking
        windows = grid(analysis.duration_s, looking.window_s, looking.hop_s)
        speech = Spans(NO_SPEECH_S if voice is None else voice.speech_s)
        speaks = np.array([speech.overlap_s(window)[1].any() for window in windows])
        found = filled_windows(
            windows,
            voice and voice_lane(self.audio.spec, voice),
            words and words_lane(self.text.spec, words),
            [face_lane(self.face.spec, person) for person in people],
            shown_person(windows, people, speaks),
        )
        return fused_line(self.fusion, found, analysis.duration_s, on_stage)


def _unwatched(stage: str, done_s: float, expected_s: float | None) -> None:
    """Nobody watches."""


def load_recording_model(
    text: str | Path = DEFAULT_TEXT_MODEL,
    audio: str | Path = DEFAULT_AUDIO_MODEL,
    face: str | Path = DEFAULT_FACE_MODEL,
    fusion: str | Path = DEFAULT_FUSION_MODEL,
) -> RecordingModel:
    """A model for each modality, and one that fuses them, by bundle id, folder or hub name.

    Raises:
        ModelUnavailable: if there is none, or one is damaged
        MissingDependency: if a hub model is asked for without transformers and torch
        InvalidInput: if one is a model of another modality
    """
    return RecordingModel(
        load_text_model(text),
        load_audio_model(audio),
        load_face_model(face),
        load_fusion_model(fusion),
    )
