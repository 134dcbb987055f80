"""Emotion of faces in pictures: one picture, face by face, or several files at once."""

import streamlit as st

from ui.face_files import face_files
from ui.face_picture import face_picture
from ui.face_source import CAUTION
from ui.models import choose_face
from ui.record import model_record

TABS = (":material/photo: One picture", ":material/photo_library: Several pictures")

st.title("Which emotion does a face show?")
st.caption(CAUTION)
choice = choose_face()
if choice is not None:
    one, files = st.tabs(TABS)
    with one:
        face_picture(choice)
    with files:
        face_files(choice)
    model_record(choice.model)
