"""Router: `streamlit run app.py` shows the pages listed here, and serves the API where it is on.

The server imports this file for `app`, which runs it as a script for every visitor.
"""

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from ui import one_port, sign_in

PAGES = {
    "Recognise": [
        ("text", "Text", "chat"),
        ("voice", "Voice", "mic"),
        ("photo", "Photo", "photo_camera"),
        ("video", "Video", "movie"),
        ("webcam", "Webcam", "videocam"),
        ("together", "Together", "join_inner"),
        ("recording", "Recording", "theaters"),
    ],
    "Build": [
        ("training", "Training", "model_training"),
    ],
    "Background": [
        ("evaluation", "Evaluation", "speed"),
        ("about", "Models and limits", "info"),
    ],
}

if __name__ != "__main__":
    PagesManager.uses_pages_directory = False  # or the first visitor is told of no such page
    app = st.App(__file__, **one_port.parts())
else:
    st.set_page_config(page_title="Emotion recognition", page_icon="🎭", layout="wide")
    sign_in.run(
        {
            group: [
                st.Page(f"pages/{group.lower()}/{name}.py", title=title, icon=f":material/{icon}:")
                for name, title, icon in pages
            ]
            for group, pages in PAGES.items()
        }
    )
