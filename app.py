"""Router: `streamlit run app.py` shows the pages listed here."""

import streamlit as st

st.set_page_config(page_title="Emotion recognition", page_icon="🎭", layout="wide")
st.navigation(
    {
        "Recognise": [
            st.Page("pages/text.py", title="Text", icon=":material/chat:", default=True),
            st.Page("pages/voice.py", title="Voice", icon=":material/mic:"),
        ],
        "Background": [
            st.Page("pages/about.py", title="Models and limits", icon=":material/info:"),
        ],
    }
).run()
