"""Emotion of a recording: its words, voices and faces together, along time."""

import streamlit as st

from ui.models import choose_recording
from ui.recording_page import CAUTION, recording_page

st.title("What do words, voice and faces say together?")
st.caption(CAUTION)
recording_page(choose_recording())
