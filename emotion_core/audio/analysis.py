"""The value types of what is heard in a recording."""

from dataclasses import dataclass, field

import numpy as np

from ..errors import InvalidInput
from ..types import EmotionScores, EmotionTimeline


@dataclass(frozen=True, eq=False)
class VoiceProfile:
    """How a voice, or the average of many, sounds to a model: statistics of its frames.

    Attributes:
        mean: (bin,) of the logarithmic frames over speech
        deviation: (bin,) standard deviation, positive
        ordinary: (bin,) mean over ordinary speech alone, or None where it is not known
    """

    mean: np.ndarray
    deviation: np.ndarray
    ordinary: np.ndarray | None = None

    def __post_init__(self) -> None:
        for name in ("mean", "deviation", "ordinary"):
            if (value := getattr(self, name)) is not None:
                object.__setattr__(self, name, np.asarray(value, np.float32))
        ordinary = self.mean if self.ordinary is None else self.ordinary
        if self.mean.ndim != 1 or not self.mean.shape == self.deviation.shape == ordinary.shape:
            raise InvalidInput(
                f"expected a mean and a deviation per bin, got {self.mean.shape}, "
                f"{self.deviation.shape} and, of ordinary speech, {ordinary.shape}"
            )
        if not np.isfinite(self.mean + ordinary).all() or not (self.deviation > 0).all():
            raise InvalidInput("a voice profile needs finite means and positive deviations")

    def shifted(self, ordinary: np.ndarray) -> "VoiceProfile":
        """This voice, moved to that of a person whose ordinary speech has another mean (bin,).

        Raises:
            InvalidInput: if the ordinary speech of this voice is not known
        """
        if self.ordinary is None:
            raise InvalidInput(
                "the model does not know how ordinary speech sounds on the average, so it cannot "
                "be set to a person's voice; train it with neutral or calm speech"
            )
        return VoiceProfile(self.mean + ordinary - self.ordinary, self.deviation, ordinary)


@dataclass(frozen=True, eq=False)
class Prosody:
    """How something was said.

    Attributes:
        step_s: time between two points; point i lies at i * step_s
        pitch_hz: (point,) fundamental frequency, NaN where there is no voice
        energy_db: (point,) RMS level against full scale, at most 0
        pitch_median_hz: NaN without voice
        pitch_range_st: 10th to 90th percentile of the pitch in semitones, NaN without voice
        syllables_per_s: vowel nuclei per second of speech
        pause_share: share of the time between the first and the last speech that is silent
        mfcc: (13,) mean over speech of the mel-frequency cepstral coefficients
    """

    step_s: float
    pitch_hz: np.ndarray
    energy_db: np.ndarray
    pitch_median_hz: float
    pitch_range_st: float
    syllables_per_s: float
    pause_share: float
    mfcc: np.ndarray


@dataclass(frozen=True, eq=False)
class SoundPicture:
    """What a person sees of a recording, small however long it is.

    Attributes:
        duration_s: of the recording
        peaks: (column, 2) lowest and highest sample of each of equally long columns
        spectrogram_db: (mel bin, column) level, lowest frequency first, at most 0
        frequencies_hz: (mel bin,) centres
    """

    duration_s: float
    peaks: np.ndarray
    spectrogram_db: np.ndarray
    frequencies_hz: np.ndarray


@dataclass(frozen=True, eq=False)
class SpectrogramWeights:
    """How much each region of a span's spectrogram drove the answer.

    Attributes:
        span_s: start and end in the recording
        spectrogram_db: (bin, frame) as the model heard it
        frequencies_hz: (bin,) centres, lowest first
        weights: (bin, frame) in [-1, 1]; positive speaks for `label`, negative against it
        label: the label explained
        method: `occlusion`
    """

    span_s: tuple[float, float]
    spectrogram_db: np.ndarray
    frequencies_hz: np.ndarray
    weights: np.ndarray
    label: str
    method: str

    def __post_init__(self) -> None:
        if self.spectrogram_db.shape != self.weights.shape:
            raise InvalidInput(
                f"expected a weight per cell, got {self.weights.shape} for "
                f"{self.spectrogram_db.shape}"
            )


@dataclass(frozen=True, eq=False)
class VoiceAnalysis:
    """Everything that one pass over a recording found.

    Attributes:
        scores: the emotion of the whole; None where there is no speech
        timeline: one segment per window of speech; empty where there is none
        uncertain: (segment,) whether the window's calibrated answer is below the model's level
        speech_s: (span, 2) start and end of each span of speech
        prosody: pitch, energy, rate
        picture: waveform and spectrogram to draw
        notices: what a person should know of how the recording was read
        embeddings: (segment, width) float16 of the model, which fusion reads; (segment, 0) unless
            they were asked for
    """

    scores: EmotionScores | None
    timeline: EmotionTimeline
    uncertain: np.ndarray
    speech_s: np.ndarray
    prosody: Prosody
    picture: SoundPicture
    notices: tuple[str, ...] = ()
    embeddings: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), np.float16))

    @property
    def duration_s(self) -> float:
        """Length of the recording."""
        return self.picture.duration_s
