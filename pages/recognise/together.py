"""Emotion of a sentence, a voice and a face, each by itself and all together."""

import streamlit as st

from ui.models import choose_recording
from ui.recording_page import CAUTION
from ui.together_page import together_page

st.title("What do a sentence, a voice and a face say together?")
st.caption(CAUTION)
model = choose_recording()
if model is not None:
    together_page(model)
