"""Emotion of texts: one at once, a whole file, or a conversation."""

import streamlit as st

from ui.record import model_record
from ui.text_answer import text_answer
from ui.text_choice import AutomaticChoice, choose_text
from ui.text_conversation import text_conversation
from ui.text_file import text_file

TABS = (":material/edit: One text", ":material/table: File", ":material/forum: Conversation")

st.title("Which emotion is in a text?")
choice = choose_text()
if choice is not None:
    one, file, conversation = st.tabs(TABS)
    with one:
        text_answer(choice)
    with file:
        text_file(choice)
    with conversation:
        text_conversation(choice)
    automatic = isinstance(choice, AutomaticChoice)
    for model in (choice.model.english, choice.model.others) if automatic else (choice.model,):
        model_record(model)
