"""The same recording, looked at in another way."""

from dataclasses import replace

import streamlit as st

from emotion_core.recording.pipeline import RecordingModel

from .recording_open import OpenRecording
from .recording_source import choose_looking, choose_recogniser

PATIENCE_S = 0.5


def again_section(recording: OpenRecording, model: RecordingModel | None) -> None:
    """A fold with the settings, and a button that analyses with them once more.

    Args:
        recording: not being analysed now
        model: chosen now; None where none can be opened
    """
    task = recording.task
    with st.expander("Analyse again in another way", icon=":material/tune:"):
        looking = choose_looking("recording_again", task.looking)
        recogniser = ""
        if task.transcript is None:
            recogniser = choose_recogniser("recording_again", task.recogniser)
        pressed = st.button(
            "Analyse again",
            disabled=model is None,
            icon=":material/replay:",
            key="recording_again",
        )
        st.caption(
            "With the models that are chosen in the sidebar now. What stays the same is not done "
            "anew: other windows leave the faces as they are, another rate of frames the voice."
        )
    if pressed and model is not None:
        recording.again(replace(task, model=model, looking=looking, recogniser=recogniser))
        recording.job.wait(PATIENCE_S)
        st.rerun()
