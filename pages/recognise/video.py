"""Emotion of faces in a video: everybody who is seen, second by second."""

import streamlit as st

from ui.face_source import CAUTION
from ui.face_video import face_video
from ui.models import choose_face
from ui.record import model_record

st.title("Which emotions does a video show?")
st.caption(CAUTION)
choice = choose_face()
if choice is not None:
    face_video(choice)
    model_record(choice.model)
