"""Emotion of faces in front of a live camera."""

import streamlit as st

from ui.models import choose_face
from ui.record import model_record
from ui.webcam_session import webcam_session

st.title("Which emotion is on a live face?")
choice = choose_face()
if choice is not None:
    st.caption(
        "Pictures and sound stay in the memory of the computer that runs the app, and are dropped "
        "once they are answered. Only what you record is kept, as numbers."
    )
    webcam_session(choice)
    model_record(choice.model)
