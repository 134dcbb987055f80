"""What was heard in a recording, as lanes of the player."""

from itertools import pairwise

import numpy as np

from emotion_core.audio.analysis import Prosody, SoundPicture, VoiceAnalysis
from emotion_core.types import EmotionTimeline

from .models import VoiceChoice
from .palette import OTHER_COLOUR, colour, symbol, titled
from .player import CurveLane, Lane, PictureLane, Span, SpanLane, WaveLane, thinned

CURVES_AT_MOST = 8
"""labels whose probability is drawn"""
QUIETEST_DB = -60.0


def shown_spans(spans_s: np.ndarray) -> np.ndarray:
    """Spans, (segment, 2), that no longer overlap: each moment goes to the nearest centre."""
    shown = spans_s.copy()
    overlapping = spans_s[:-1, 1] > spans_s[1:, 0]
    middle = (spans_s[:-1, 1] + spans_s[1:, 0]) / 2
    shown[:-1, 1] = np.where(overlapping, middle, spans_s[:-1, 1])
    shown[1:, 0] = np.where(overlapping, middle, spans_s[1:, 0])
    return shown


def emotion_spans(timeline: EmotionTimeline, uncertain: np.ndarray) -> list[Span]:
    """One span for each run of segments with the same label, as sure as each other."""
    if not len(timeline):
        return []
    best = timeline.probabilities.argmax(1)
    spans = shown_spans(timeline.spans_s)
    changed = (np.diff(best) != 0) | (uncertain[1:] != uncertain[:-1])
    changed |= spans[1:, 0] > spans[:-1, 1]
    edges = [0, *(np.flatnonzero(changed) + 1).tolist(), len(best)]
    found = []
    for first, past in pairwise(edges):
        label, unsure = timeline.labels[best[first]], bool(uncertain[first])
        mean = timeline.probabilities[first:past, best[first]].mean()
        found.append(
            Span(
                start_s=float(spans[first, 0]),
                end_s=float(spans[past - 1, 1]),
                colour=colour(label),
                symbol=symbol(label),
                text=label + "?" * unsure,
                tip=f"{label} {mean:.0%}" + ", uncertain" * unsure,
                dashed=unsure,
            )
        )
    return found


def _speech_spans(speech_s: np.ndarray) -> list[Span]:
    return [Span(a, b, OTHER_COLOUR, tip="speech") for a, b in speech_s.tolist()]


def _steps(spans_s: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Times and values of a curve that holds each segment's value to its end, then stops.

    Args:
        spans_s: (segment, 2) without overlap
        values: (segment,)
    """
    ends = np.append(spans_s[1:, 0] > spans_s[:-1, 1], True).nonzero()[0]
    times = np.insert(spans_s[:, 0], ends + 1, spans_s[ends, 1])
    return times, np.insert(values, ends + 1, np.nan)


def probability_lanes(timeline: EmotionTimeline) -> list[CurveLane]:
    """The probability along time of the labels that peak highest, the highest on top."""
    if not len(timeline):
        return []
    spans = shown_spans(timeline.spans_s)
    order = np.argsort(-timeline.probabilities.max(0), kind="stable")[:CURVES_AT_MOST]
    lanes = []
    for i in order:
        label = timeline.labels[i]
        times, values = _steps(spans, 100 * timeline.probabilities[:, i])
        lanes.append(
            CurveLane(
                titled(label),
                times,
                values,
                0,
                100,
                "%",
                colour=colour(label),
                filled=True,
                stepped=True,
                height_px=28,
            )
        )
    return lanes


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
