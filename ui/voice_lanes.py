"""What was heard in a recording, as lanes of the player."""

import numpy as np

from emotion_core.audio.analysis import Prosody, SoundPicture, VoiceAnalysis

from .models import VoiceChoice
from .palette import OTHER_COLOUR
from .player import CurveLane, Lane, PictureLane, Span, SpanLane, WaveLane, thinned
from .timeline_lanes import emotion_spans, probability_lanes

QUIETEST_DB = -60.0


def _speech_spans(speech_s: np.ndarray) -> list[Span]:
    return [Span(a, b, OTHER_COLOUR, tip="speech") for a, b in speech_s.tolist()]


def prosody_lanes(prosody: Prosody) -> list[CurveLane]:
    """Pitch, where there is any voice, and energy."""
    lanes = []
    pitch, step = thinned(prosody.pitch_hz)
    if np.isfinite(pitch).any():
        low, high = np.floor(np.nanmin(pitch) / 10) * 10, np.ceil(np.nanmax(pitch) / 10) * 10
        times = np.arange(len(pitch)) * step * prosody.step_s
        note = f"{low:.0f} to {high:.0f} Hz"
        lanes.append(CurveLane("Pitch", times, pitch, low, max(high, low + 10), " Hz", note=note))
    energy, step = thinned(np.maximum(prosody.energy_db, QUIETEST_DB))
    times = np.arange(len(energy)) * step * prosody.step_s
    note = f"{QUIETEST_DB:.0f} to 0 dB"
    return [*lanes, CurveLane("Energy", times, energy, QUIETEST_DB, 0.0, " dB", note=note)]


def spectrogram_note(picture: SoundPicture) -> str:
    """The range of the spectrogram's axis."""
    return f"{picture.frequencies_hz[0]:.0f} Hz to {picture.frequencies_hz[-1] / 1000:.1f} kHz, mel"


def voice_lanes(choice: VoiceChoice, analysis: VoiceAnalysis, spectrogram_url: str) -> list[Lane]:
    """Every lane, from the sound itself to what it says."""
    timeline, uncertain = choice.judge_timeline(analysis.timeline)
    return [
        WaveLane("Waveform", analysis.picture.peaks),
        SpanLane("Speech", _speech_spans(analysis.speech_s), height_px=12),
        SpanLane("Emotion", emotion_spans(timeline, uncertain), "hatched: uncertain"),
        PictureLane("Spectrogram", spectrogram_url, spectrogram_note(analysis.picture)),
        *prosody_lanes(analysis.prosody),
        *probability_lanes(timeline),
    ]
