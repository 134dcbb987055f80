"""Voice calibration: what the model takes for the ordinary voice of the person who speaks."""

from dataclasses import dataclass

import streamlit as st

from emotion_core.audio.analysis import VoiceProfile
from emotion_core.audio.pipeline import AudioModel
from emotion_core.errors import EmotionCoreError

from .models import VoiceChoice
from .uploads import Upload
from .voice_source import uploaded_or_recorded

OWN_VOICE = "voice_own"
OWN_FILE, THIS_RECORDING = "another recording", "the start of this recording"


@dataclass(frozen=True, eq=False)
class OwnVoice:
    """The voice of a person, as one model hears it.

    Attributes:
        profile: what the model is given
        model: that the profile was made for
        origin: what it was made from, in words
    """

    profile: VoiceProfile
    model: AudioModel
    origin: str


def _forget() -> None:
    st.session_state.pop(OWN_VOICE, None)


def _from_file(model: AudioModel) -> OwnVoice | None:
    """A profile of a recording made for this."""
    recording = uploaded_or_recorded("About a minute of ordinary speech", "voice_calibration")
    clicked = st.button("Calibrate", disabled=recording is None, key="voice_calibrate")
    if recording is None or not clicked:
        return None
    profile = model.profile(recording.content, name=recording.name)
    return OwnVoice(profile, model, recording.name)


def _from_start(model: AudioModel, recording: Upload) -> OwnVoice | None:
    """A profile of the recording's first seconds."""
    seconds = st.slider("Seconds from its start", 5, 180, 60, 5, key="voice_calibration_s")
    if not st.button("Calibrate", key="voice_calibrate"):
        return None
    profile = model.profile(recording.content, until_s=seconds, name=recording.name)
    return OwnVoice(profile, model, f"the first {seconds} s of {recording.name}")


def _made(model: AudioModel, recording: Upload | None) -> OwnVoice | None:
    """A new profile, once a person has asked for it."""
    origins = [OWN_FILE] if recording is None else [OWN_FILE, THIS_RECORDING]
    origin = st.segmented_control(
        "Ordinary speech from", origins, default=OWN_FILE, required=True, key="voice_own_from"
    )
    with st.spinner("Listening to the ordinary voice…"):
        if origin == THIS_RECORDING and recording is not None:
            return _from_start(model, recording)
        return _from_file(model)


def voice_profile(choice: VoiceChoice, recording: Upload | None) -> VoiceProfile | None:
    """The widgets, and the profile to listen with; None for the average voice."""
    st.markdown("**Voice calibration**")
    st.caption(
        "Some people speak loudly or in a high voice without being upset. From about a minute of "
        "ordinary speech the model learns what is ordinary for this person and judges the rest "
        "against that. It is kept for this session only, and nothing is stored."
    )
    own: OwnVoice | None = st.session_state.get(OWN_VOICE)
    if own is None or own.model is not choice.model:
        try:
            own = _made(choice.model, recording)
        except EmotionCoreError as error:
            st.error(str(error))
            return None
        if own is None:
            return None
        st.session_state[OWN_VOICE] = own
        st.rerun()
    st.success(f"Calibrated to {own.origin}.", icon=":material/record_voice_over:")
    st.button("Drop the calibration", on_click=_forget, icon=":material/delete:", key="voice_drop")
    return own.profile
