"""Emotion of voices: one recording, second by second, or several files at once."""

import streamlit as st

from ui.models import choose_voice
from ui.record import model_record
from ui.voice_files import voice_files
from ui.voice_recording import voice_recording

TABS = (":material/mic: One recording", ":material/library_music: Several files")

st.title("Which emotion is in a voice?")
choice = choose_voice()
if choice is not None:
    one, files = st.tabs(TABS)
    with one:
        voice_recording(choice)
    with files:
        voice_files(choice)
    model_record(choice.model)
