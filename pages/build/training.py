"""Train a model on one's own data, watch it learn, and adapt a shipped one to a few examples."""

import streamlit as st

from ui.adapt_tab import adapt_tab
from ui.training_start import start_tab
from ui.training_watch import watch_tab

TABS = {
    ":material/tune: A few examples": adapt_tab,
    ":material/model_training: A whole training": start_tab,
    ":material/monitoring: Trainings": watch_tab,
}

st.title("Teach a model your own emotions")
st.caption(
    "With 8 to 64 examples of each label, a new head on a shipped model takes a minute. With "
    "thousands, train a model of your own. Either stands in every list of models afterwards."
)
for tab, (_, draw) in zip(
    st.tabs(list(TABS), on_change="rerun", key="training_tab"), TABS.items(), strict=True
):
    if tab.open:
        with tab:
            draw()
