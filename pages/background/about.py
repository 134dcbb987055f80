"""What the app does, which models it has, and what it is not."""

import streamlit as st

from emotion_core import registry
from ui.models import RESTORE, every_model
from ui.palette import titled
from ui.record import facts, metrics_table, model_card

st.title("Models and limits")
st.markdown(
    "This app says which emotion a text, a voice, a face or a recording of all three most likely "
    "**expresses**, how probable each emotion is, and what drove the answer. Everything runs on "
    "the computer that runs the app: no text, recording or picture leaves it.\n"
    "- **In memory** stays what you give on the pages for voices, photos, videos, the webcam and "
    "recordings.\n"
    "- **In a private temporary folder** lie files of texts, examples to adapt a model to and "
    "files on the Evaluation page, until they are read, or until you remove them or leave; of an "
    "app that was killed, they go when it starts again.\n"
    "- **On the disk** the Training page keeps the models that you make, and an uploaded table "
    "until its training ends or fails, or until you delete one that you stopped."
)
st.warning(
    "**Not a diagnosis.** An answer describes words, a tone of voice or a facial expression, not "
    "what a person feels, thinks or is. Do not use it to judge health, fitness for work, "
    "credibility or any other trait of a person. It is often wrong: on irony, on quotes, on "
    "dialects and languages that a model was not trained on, on noisy voices, on dark or turned "
    "faces.",
    icon=":material/warning:",
)
st.subheader("The models that are here")
specs = every_model()
if not specs:
    st.info(f"There is no model here; {RESTORE}.")
for spec in specs:
    with st.container(border=True):
        st.markdown(f"#### {spec.id}")
        st.caption(" · ".join(titled(label) for label in spec.labels))
        scores, rest = st.columns(2)
        with scores:
            metrics_table(spec)
        with rest:
            facts(spec)
        model_card(spec)
for name, reason in registry.damaged().items():
    st.warning(f"The model {name} is left out: {reason}", icon=":material/broken_image:")
