"""A voice model as a user meets it: recordings in, `EmotionScores` and `VoiceAnalysis` out."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple, overload

import numpy as np

from ..errors import EmotionCoreError, InvalidInput
from ..scoring import calibrated_scores, softmax
from ..types import EmotionScores, ModelSpec, OnSeconds
from .analysis import SpectrogramWeights, VoiceAnalysis, VoiceProfile
from .chapters import Chapter, Chapters
from .decode import SAMPLE_RATE, AudioSource, AudioStream
from .explain import blank_level, occlusion_weights
from .features import DB_OF_NEPERS
from .listening import NO_SPEECH, ChapterListener, Listening, WeightedMean
from .model import AudioClassifier, AudioReading, OnnxAudioClassifier, open_audio_classifier
from .voice_profile import measure_profile
from .windows import pieces

WINDOW_S, HOP_S = 3.0, 1.0
LONGEST_EXPLAINED_S = 30.0


class _Whole(NamedTuple):
    """The answer for a recording as a whole."""

    logits: np.ndarray
    embedding: np.ndarray
    notices: tuple[str, ...]


class AudioModel:
    """Decodes, finds speech, classifies and calibrates; thread-safe, so one serves everybody.

    Args:
        spec: labels and calibration
        classifier: opened from the bundle unless given
    """

    def __init__(self, spec: ModelSpec, classifier: AudioClassifier | None = None) -> None:
        self.spec = spec
        self.classifier = classifier or open_audio_classifier(spec)

    @property
    def labels(self) -> tuple[str, ...]:
        """Ordered labels of the answers."""
        return self.spec.labels

    @overload
    def predict(
        self, source: AudioSource, profile: VoiceProfile | None = None, *, name: str | None = None
    ) -> EmotionScores: ...
    @overload
    def predict(
        self, source: Sequence[AudioSource], profile: VoiceProfile | None = None
    ) -> list[EmotionScores]: ...
    def predict(
        self,
        source: AudioSource | Sequence[AudioSource],
        profile: VoiceProfile | None = None,
        *,
        name: str | None = None,
    ) -> EmotionScores | list[EmotionScores]:
        """The emotion of one recording as a whole, or of several.

        Args:
            source: path, bytes or `Waveform`, or a list of these
            profile: the speaker's own; None takes the average voice of the bundle
            name: what messages call one recording; None takes the file's name

        Raises:
            InvalidInput: if a recording cannot be decoded or holds no speech

        Example:
            >>> from emotion_core.types import Waveform
            >>> load_audio_model("audio-cnn-bigru").predict(Waveform(np.zeros(16_000), 16_000))
            Traceback (most recent call last):
            emotion_core.errors.InvalidInput: ... no speech was found, so there is no answer; ...
        """
        if isinstance(source, list | tuple):
            return [self.predict(s, profile) for s in source]
        whole = self._whole(source, profile, name)  # type: ignore[arg-type]
        return calibrated_scores(self.spec, whole.logits, whole.notices)

    def logits(self, source: AudioSource, profile: VoiceProfile | None = None) -> np.ndarray:
        """What the network says of a whole recording before calibration, (label,).

        Raises:
            InvalidInput: if it cannot be decoded or holds no speech
        """
        return self._whole(source, profile).logits

    def predict_each(
        self, sources: Iterable[AudioSource], profile: VoiceProfile | None = None
    ) -> list[EmotionScores | EmotionCoreError]:
        """Answer each recording, with the error in the place of one that has no answer."""
        answers: list[EmotionScores | EmotionCoreError] = []
        for source in sources:
            try:
                answers.append(self.predict(source, profile))
            except EmotionCoreError as error:
                answers.append(error)
        return answers

    def embed(self, sources: Sequence[AudioSource]) -> np.ndarray:
        """Embeddings (recording, width) for fusion and few-shot training.

        Raises:
            InvalidInput: if a recording cannot be decoded or holds no speech
        """
        return np.stack([self._whole(source, None).embedding for source in sources])

    def analyse(
        self,
        source: AudioSource,
        *,
        window_s: float = WINDOW_S,
        hop_s: float = HOP_S,
        profile: VoiceProfile | None = None,
        on_progress: OnSeconds | None = None,
        should_stop: Callable[[], bool] | None = None,
        name: str | None = None,
        listeners: Sequence[ChapterListener] = (),
        embed: bool = False,
    ) -> VoiceAnalysis:
        """Everything that can be heard in a recording, in one pass and bounded memory.

        Args:
            source: path, bytes or `Waveform`
            window_s: length of the windows of the time line
            hop_s: from one window to the next
            profile: the speaker's own; None takes the average voice of the bundle
            on_progress: called with seconds done and seconds expected
            should_stop: asked now and then; yes ends the analysis with what was done so far
            name: what messages call the recording; None takes the file's name
            listeners: hear each chapter too, in the same pass
            embed: whether the windows' embeddings are kept

        Raises:
            InvalidInput: if the recording cannot be decoded, or window and hop do not fit
        """
        heard = Listening(self.spec, window_s, hop_s, embed)
        read = partial(self._read, profile=profile)
        with AudioStream(source, name=name) as stream:
            heard.through(stream, read, listeners, on_progress, should_stop)
        return heard.finish()

    def profile(
        self, source: AudioSource, until_s: float | None = None, *, name: str | None = None
    ) -> VoiceProfile:
        """How a person usually sounds, from about a minute of ordinary speech.

        Args:
            source: path, bytes or `Waveform`
            until_s: use the recording up to there; at most five minutes of it are used
            name: what messages call the recording; None takes the file's name

        Raises:
            InvalidInput: if it holds less than 5 s of speech
        """
        return measure_profile(self.frame_classifier, source, until_s, name=name)

    def explain(
        self,
        source: AudioSource,
        span_s: tuple[float, float],
        profile: VoiceProfile | None = None,
    ) -> SpectrogramWeights:
        """Which time-frequency regions of a span drove its answer.

        Args:
            source: path, bytes or `Waveform`
            span_s: start and end, at most 30 s apart
            profile: as for `analyse`

        Raises:
            InvalidInput: if the span is empty, too long or outside the recording
        """
        classifier = self.frame_classifier
        levels = classifier.levels(cut_span(source, span_s))
        if not len(levels):
            raise InvalidInput(f"nothing to explain between {span_s[0]:.2f} and {span_s[1]:.2f} s")
        label = int(self.probabilities([levels], profile)[0].argmax())
        weights = occlusion_weights(
            levels, blank_level(levels), lambda w: self.probabilities(w, profile)[:, label]
        )
        decibels = (levels - levels.max()) * DB_OF_NEPERS
        return SpectrogramWeights(
            span_s=span_s,
            spectrogram_db=decibels.T,
            frequencies_hz=classifier.extractor.frequencies_hz,
            weights=weights.T,
            label=self.labels[label],
            method="occlusion",
        )

    def probabilities(
        self, levels: Sequence[np.ndarray], profile: VoiceProfile | None = None
    ) -> np.ndarray:
        """Calibrated (window, label) of windows of logarithmic frames, (frame, bin) each."""
        readings = self.frame_classifier.read_levels(levels, profile)
        logits = np.stack([r.logits for r in readings]).astype(np.float64)
        return softmax(logits / self.spec.calibration.temperature)

    def _whole(
        self, source: AudioSource, profile: VoiceProfile | None, name: str | None = None
    ) -> _Whole:
        """Answer a recording as a whole."""
        mean = WeightedMean()
        with AudioStream(source, name=name) as stream:
            for chapter in Chapters(stream):
                parts = pieces(chapter.phrases_s)
                mean.add(self._read(chapter, parts, profile), parts)
            if not mean.seconds:
                raise InvalidInput(f"{stream.name}: {'; '.join((*stream.notices, NO_SPEECH))}")
            return _Whole(mean.logits, mean.embedding, stream.notices)

    def _read(
        self, chapter: Chapter, spans_s: np.ndarray, profile: VoiceProfile | None = None
    ) -> list[AudioReading]:
        if not len(spans_s):
            return []
        return self.classifier.read(chapter.samples, spans_s - chapter.start_s, profile)

    @property
    def frame_classifier(self) -> OnnxAudioClassifier:
        """The classifier, if it reads frames; `InvalidInput` if it reads samples."""
        if not isinstance(self.classifier, OnnxAudioClassifier):
            raise InvalidInput(
                f"{self.spec.id} reads samples and not frames, so it has neither voice profile nor "
                "explanation; choose a model of this project"
            )
        return self.classifier


def cut_span(source: AudioSource, span_s: tuple[float, float]) -> np.ndarray:
    """Samples (time,) of a span of a recording, decoded no further than its end."""
    finite = np.isfinite(span_s).all()
    start, end = (round(t * SAMPLE_RATE) if finite else 0 for t in span_s)
    if not 0 <= start < end <= start + LONGEST_EXPLAINED_S * SAMPLE_RATE:
        raise InvalidInput(
            f"expected a span of at most {LONGEST_EXPLAINED_S:.0f} s, got {span_s[0]:.2f} to "
            f"{span_s[1]:.2f} s"
        )
    kept, at = [], 0
    with AudioStream(source) as stream:
        for block in stream:
            kept.append(block[max(0, start - at) : max(0, end - at)])
            at += len(block)
            if at >= end:
                break
    return np.concatenate(kept)


def load_audio_model(model: str | Path) -> AudioModel:
    """A voice model by bundle id, bundle folder, hub name (`hub:owner/name`) or hub folder.

    Raises:
        ModelUnavailable: if there is none, or it is damaged
        MissingDependency: if a hub model is asked for without transformers and torch
        InvalidInput: if it is a model of another modality
    """
    from ..hub import hub_name
    from ..registry import find

    if name := hub_name(model):
        from .hub import load_hub_model

        return AudioModel(*load_hub_model(name))
    spec = find(model)
    if spec.modality != "audio":
        raise InvalidInput(f"{spec.id} answers {spec.modality}, not audio")
    return AudioModel(spec)
