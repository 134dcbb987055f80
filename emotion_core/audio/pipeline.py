"""A voice model as a user meets it: recordings in, `EmotionScores` and `VoiceAnalysis` out."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple, overload

import numpy as np

from ..errors import EmotionCoreError, InvalidInput
from ..scoring import calibrated_scores, softmax
from ..types import EmotionScores, EmotionTimeline, ModelSpec, OnSeconds
from .analysis import SpectrogramWeights, VoiceAnalysis, VoiceProfile
from .chapters import Chapter, Chapters
from .decode import SAMPLE_RATE, AudioSource, AudioStream
from .explain import blank_level, occlusion_weights
from .features import DB_OF_NEPERS
from .model import AudioClassifier, AudioReading, OnnxAudioClassifier, open_audio_classifier
from .voice_profile import measure_profile
from .windows import check_window, pieces, sliding_windows

WINDOW_S, HOP_S = 3.0, 1.0
LONGEST_EXPLAINED_S = 30.0
NO_SPEECH = (
    "no speech was found, so there is no answer; choose a recording in which somebody speaks"
)


ChapterListener = Callable[[Chapter], None]
"""hears a recording chapter by chapter, such as to recognise its words"""


class _WeightedMean:
    """Mean of logits and embeddings, weighted by duration."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._logits = self._embedding = np.zeros(())

    def add(self, readings: Sequence[AudioReading], spans_s: np.ndarray) -> None:
        """Answers of spans (span, 2)."""
        for reading, (start, end) in zip(readings, spans_s, strict=True):
            self.seconds += end - start
            self._logits = self._logits + (end - start) * reading.logits
            self._embedding = self._embedding + (end - start) * reading.embedding

    @property
    def logits(self) -> np.ndarray:
        """(label,)"""
        return self._logits / self.seconds

    @property
    def embedding(self) -> np.ndarray:
        """(width,)"""
        return self._embedding / self.seconds


class _Windows:
    """What was answered for the windows of a time line.

    Args:
        embed: whether their embeddings are kept
    """

    def __init__(self, embed: bool) -> None:
        self.logits: list[np.ndarray] = []
        self._embed = embed
        self._spans: list[np.ndarray] = []
        self._embeddings: list[np.ndarray] = []

    def add(self, readings: Sequence[AudioReading], spans_s: np.ndarray) -> None:
        """Answers of spans (span, 2)."""
        self._spans.append(spans_s)
        self.logits += [r.logits for r in readings]
        if self._embed:
            self._embeddings += [r.embedding.astype(np.float16) for r in readings]

    @property
    def spans_s(self) -> np.ndarray:
        """(window, 2)"""
        return np.concatenate(self._spans)

    @property
    def embeddings(self) -> np.ndarray:
        """(window, width); of width 0 where they were not kept."""
        if self._embeddings:
            return np.stack(self._embeddings)
        return np.zeros((len(self.logits), 0), np.float16)


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
        from .picture import PictureMaker
        from .prosody import ProsodyMeter

        check_window(window_s, hop_s)
        meter, maker = ProsodyMeter(), PictureMaker()
        mean, line = _WeightedMean(), _Windows(embed)
        with AudioStream(source, name=name) as stream:
            chapters = Chapters(stream, (meter, maker), should_stop)
            for chapter in chapters:
                parts = pieces(chapter.phrases_s)
                windows = sliding_windows(chapter.phrases_s, window_s, hop_s)
                readings = self._read(chapter, np.concatenate([parts, windows]), profile)
                mean.add(readings[: len(parts)], parts)
                line.add(readings[len(parts) :], windows)
                for listener in listeners:
                    listener(chapter)
                if on_progress:
                    on_progress(stream.decoded_s, stream.expected_s)
            notices = stream.notices
            if chapters.stopped:
                notices += (f"stopped at {stream.decoded_s:.0f} s; the rest was not analysed",)
        timeline = self._timeline(line.spans_s, line.logits)
        return VoiceAnalysis(
            scores=calibrated_scores(self.spec, mean.logits) if mean.seconds else None,
            timeline=timeline,
            uncertain=timeline.probabilities.max(1, initial=0)
            < self.spec.calibration.uncertain_below,
            speech_s=chapters.speech_s,
            prosody=meter.finish(chapters.speech_s),
            picture=maker.finish(),
            notices=notices if mean.seconds else (*notices, NO_SPEECH),
            embeddings=line.embeddings,
        )

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
        mean = _WeightedMean()
        with AudioStream(source, name=name) as stream:
            for chapter in Chapters(stream):
                parts = pieces(chapter.phrases_s)
                mean.add(self._read(chapter, parts, profile), parts)
            if not mean.seconds:
                raise InvalidInput(f"{stream.name}: {'; '.join((*stream.notices, NO_SPEECH))}")
            return _Whole(mean.logits, mean.embedding, stream.notices)

    def _read(
        self, chapter: Chapter, spans_s: np.ndarray, profile: VoiceProfile | None
    ) -> list[AudioReading]:
        if not len(spans_s):
            return []
        return self.classifier.read(chapter.samples, spans_s - chapter.start_s, profile)

    def _timeline(self, spans_s: np.ndarray, logits: list[np.ndarray]) -> EmotionTimeline:
        if not logits:
            return EmotionTimeline.empty(self.labels)
        scaled = np.stack(logits).astype(np.float64) / self.spec.calibration.temperature
        return EmotionTimeline(spans_s, softmax(scaled), self.labels)

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
