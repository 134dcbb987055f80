"""Router: `streamlit run app.py` shows the pages listed here."""

import streamlit as st

st.set_page_config(page_title="Emotion recognition", page_icon="🎭", layout="wide")
st.navigation(
    {
        "Recognise": [
            st.Page("pages/recognise/text.py", title="Text", icon=":material/chat:", default=True),
            st.Page("pages/recognise/voice.py", title="Voice", icon=":material/mic:"),
            st.Page("pages/recognise/photo.py", title="Photo", icon=":material/photo_camera:"),
            st.Page("pages/recognise/video.py", title="Video", icon=":material/movie:"),
            st.Page("pages/recognise/webcam.py", title="Webcam", icon=":material/videocam:"),
            st.Page("pages/recognise/together.py", title="Together", icon=":material/join_inner:"),
            st.Page("pages/recognise/recording.py", title="Recording", icon=":material/theaters:"),
        ],
        "Background": [
            st.Page("pages/background/evaluation.py", title="Evaluation", icon=":material/speed:"),
            st.Page("pages/background/about.py", title="Models and limits", icon=":material/info:"),
        ],
    }
).run()
