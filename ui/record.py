"""What is known of a model: its measured scores, licence, data and card."""

import streamlit as st

from emotion_core.audio.pipeline import AudioModel
from emotion_core.face.pipeline import FaceModel
from emotion_core.text.naive_bayes import NaiveBayesClassifier
from emotion_core.text.pipeline import TextModel
from emotion_core.types import ModelSpec

from .palette import titled

WORDS_PER_LABEL = 12


def _number(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def metrics_table(spec: ModelSpec) -> None:
    """The measured scores and the protocol that they were measured by."""
    if spec.metrics:
        rows = {"Measure": list(spec.metrics), "Value": list(map(_number, spec.metrics.values()))}
        st.dataframe(rows, hide_index=True, width="stretch", key=f"metrics_{spec.id}")
    else:
        st.markdown("No measured scores.")
    st.caption(f"Protocol: {spec.protocol or 'not stated'}")


def facts(spec: ModelSpec) -> None:
    """Licence, languages, training data and the command that made the model."""
    known = ", ".join(spec.languages) or "not stated"
    st.markdown(f"- **Licence:** {spec.licence or 'not stated'}\n- **Languages:** {known}")
    for source in spec.training_data:
        st.markdown("- **Trained on:** " + ", ".join(f"{v}" for v in source.values()))
    if spec.command:
        st.code(spec.command, language="bash", wrap_lines=True)


def informative_words(classifier: NaiveBayesClassifier) -> None:
    """The words that most set each label apart."""
    st.markdown("**Most informative words**")
    found = classifier.informative_words(WORDS_PER_LABEL)
    rows = {
        "Label": [titled(label) for label in found],
        "Words (how many times as likely as under the next label)": [
            ", ".join(f"{word} (×{ratio:.0f})" for word, ratio in words) for words in found.values()
        ],
    }
    st.table(rows)


def model_card(spec: ModelSpec) -> None:
    """The bundle's `card.md`, folded, where it has one."""
    card = spec.folder / "card.md"
    if spec.files and card.is_file():
        with st.expander("Model card", icon=":material/description:"):
            st.markdown(card.read_text(encoding="utf-8", errors="replace"))


def model_record(model: TextModel | AudioModel | FaceModel) -> None:
    """Everything that is known of the model that answers."""
    spec = model.spec
    with st.expander(f"About the model {spec.id}: measured scores, licence, data"):
        scores, rest = st.columns(2)
        with scores:
            metrics_table(spec)
        with rest:
            facts(spec)
        if isinstance(model.classifier, NaiveBayesClassifier):
            informative_words(model.classifier)
    model_card(spec)
