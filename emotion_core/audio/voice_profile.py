"""How a person usually sounds, from some ordinary speech."""

import numpy as np

from ..errors import InvalidInput
from .analysis import VoiceProfile
from .chapters import Chapters
from .decode import AudioSource, AudioStream
from .model import OnnxAudioClassifier
from .windows import pieces

LEAST_SPEECH_S = 5.0
"""below which the statistics of a voice say little"""
LONGEST_S = 300.0
"""of a recording; more of it would change little"""


def _spoken(
    classifier: OnnxAudioClassifier, source: AudioSource, until_s: float, name: str | None
) -> np.ndarray:
    """Levels (frame, bin) of all speech."""
    found, heard_s = [], 0.0
    with AudioStream(source, name=name) as stream:
        for chapter in Chapters(stream):
            levels = classifier.levels(chapter.samples)
            spans = np.minimum(pieces(chapter.phrases_s), until_s) - chapter.start_s
            for start, end in spans[spans[:, 1] > spans[:, 0]]:
                piece = levels[classifier.extractor.place((start, end))]
                if len(piece):
                    found.append(piece)
                    heard_s += end - start
            if chapter.end_s >= until_s:
                break
        if heard_s < LEAST_SPEECH_S:
            raise InvalidInput(
                f"{stream.name}: expected {LEAST_SPEECH_S:.0f} s of speech or more to know a voice "
                f"by, got {heard_s:.1f} s; about a minute is best"
            )
    return np.concatenate(found)


def measure_profile(
    classifier: OnnxAudioClassifier,
    source: AudioSource,
    until_s: float | None = None,
    *,
    name: str | None = None,
) -> VoiceProfile:
    """The bundle's average voice, moved as far as a person's ordinary speech lies from the average.

    Ordinary speech alone does not tell how far a voice goes when it is moved, so the deviation
    stays that of the average voice.

    Args:
        classifier: whose frames are measured
        source: path, bytes or `Waveform`, about a minute of ordinary speech
        until_s: use the recording up to there; at most five minutes of it are used
        name: what messages call the recording; None takes the file's name

    Raises:
        InvalidInput: if it cannot be decoded, holds less than 5 s of speech, or the model takes
            no profile
    """
    if classifier.profile is None:
        raise InvalidInput("the model normalises every window by itself and takes no voice profile")
    until_s = LONGEST_S if until_s is None else min(until_s, LONGEST_S)
    return classifier.profile.shifted(_spoken(classifier, source, until_s, name).mean(0))
