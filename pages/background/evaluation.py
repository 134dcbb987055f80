"""How good each model is, beside what others published, and a test of a person's own answers."""

import streamlit as st

from ui.evaluation_compare import compare_tab
from ui.evaluation_leak_check import leak_tab
from ui.evaluation_models import models_tab
from ui.evaluation_own import own_tab
from ui.evaluation_show import image_choice

TABS = {
    ":material/analytics: Models": models_tab,
    ":material/leaderboard: Compare": compare_tab,
    ":material/upload_file: Your own test": own_tab,
    ":material/content_copy: Leaks": leak_tab,
}

st.title("How good are the answers?")
st.caption(
    "Scores say how often answers agree with the labels that people gave to the same texts, voices "
    "and faces. They hold for items like those, and not for everybody and everything."
)
image_choice()
for tab, (_, draw) in zip(
    st.tabs(list(TABS), on_change="rerun", key="evaluation_tab"), TABS.items(), strict=True
):
    if tab.open:
        with tab:
            draw()
