"""How something was said, in numbers: pitch, rate, pauses, energy, timbre."""

import numpy as np
import streamlit as st

from emotion_core.audio.analysis import VoiceAnalysis


def _said(value: float, digits: int, unit: str = "") -> str:
    return f"{value:.{digits}f}{unit}" if np.isfinite(value) else "–"


def speech_level_db(analysis: VoiceAnalysis) -> float:
    """The median level while somebody speaks; NaN without speech."""
    prosody = analysis.prosody
    times = np.arange(len(prosody.energy_db)) * prosody.step_s
    # a moment lies in a span if more spans have started than ended
    started = np.searchsorted(analysis.speech_s[:, 0], times, "right")
    ended = np.searchsorted(analysis.speech_s[:, 1], times, "right")
    spoken = prosody.energy_db[started > ended]
    return float(np.median(spoken)) if len(spoken) else float("nan")


def voice_prosody(analysis: VoiceAnalysis) -> None:
    """Show the descriptors and what they are not."""
    prosody = analysis.prosody
    speech_s = float(np.diff(analysis.speech_s, axis=1).sum())
    facts = {
        "Pitch, median (Hz)": _said(prosody.pitch_median_hz, 0),
        "Pitch range (semitones)": _said(prosody.pitch_range_st, 1),
        "Syllables per second": _said(prosody.syllables_per_s, 1),
        "Pauses": _said(100 * prosody.pause_share, 0, "%"),
        "Level of speech (dB)": _said(speech_level_db(analysis), 0),
        "Seconds of speech": _said(speech_s, 1),
    }
    with st.container(horizontal=True):
        for name, value in facts.items():
            st.metric(name, value, width=160)
    st.caption(
        "These numbers describe how something was said. They are no diagnosis and say nothing of "
        "a person's health, character or credibility."
    )
    with st.expander("Timbre: mel-frequency cepstral coefficients (MFCC)"):
        names = [f"c{i}" for i in range(len(prosody.mfcc))]
        st.dataframe(
            {"coefficient": names, "mean over speech": np.round(prosody.mfcc, 2)},
            hide_index=True,
            key="voice_mfcc",
        )
