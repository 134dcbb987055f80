"""The tab that answers one text at once."""

import time

import streamlit as st

from emotion_core.errors import EmotionCoreError

from .answer import answer_card, present_labels
from .charts import probability_bars, show
from .examples import SENTENCES
from .models import Choice
from .text_choice import level_of, route_line, route_of
from .words import coloured_words

METHOD_NAMES = {
    "occlusion": "leaving words out",
    "attention": "attention",
    "log-odds": "word weights",
}


def _take_example() -> None:
    if st.session_state["example"]:
        st.session_state["typed"] = st.session_state["example"]
        st.session_state["example"] = None


def _typed() -> str:
    st.text_area(
        "Type a text",
        key="typed",
        placeholder="How was your day? (Ctrl+Enter answers)",
        height=110,
        persist_state="session",
    )
    st.button("Read the emotion", type="primary", icon=":material/psychology:", key="answer")
    text = st.session_state["typed"]
    st.pills(
        "Or click an example",
        SENTENCES,
        key="example",
        on_change=_take_example,
        wrap=not text.strip(),  # one line once there is an answer, which then is in sight
    )
    return text


def _why(choice: Choice, text: str) -> None:
    model = choice.model
    st.subheader("What drove the answer")
    method = model.methods[0]
    if len(model.methods) > 1:
        method = st.segmented_control(
            "Found by",
            model.methods,
            default=method,
            required=True,
            format_func=lambda m: METHOD_NAMES[str(m)],
            key=f"method_{model.spec.id}",
        )
    weights = model.explain(text, method, choice.labels)
    st.html(coloured_words(weights))
    st.caption(
        f"Coloured words speak for **{weights.label}**, the more the thicker their underline; "
        "dotted ones speak against it. Point at a word for its weight."
    )


def _answer(choice: Choice, text: str) -> None:
    started = time.perf_counter()
    scores = choice.judge(choice.model.predict(text))
    time_ms = 1000 * (time.perf_counter() - started)
    route = route_of(choice, text)
    level = level_of(choice, route)
    if route is not None:
        st.caption(route_line(route))
    left, right = st.columns(2, gap="large")
    with left:
        answer_card(scores, level, time_ms)
        present_labels(scores)
        st.subheader("Probabilities")
        alt = f"Probability of each label; the largest is {scores.label}"
        show(probability_bars(scores, level), "probabilities", alt)
        if level:
            st.caption(f"The dotted line is the level of {level:.0%} that counts as sure.")
    with right:
        _why(choice, text)


@st.fragment
def text_answer(choice: Choice) -> None:
    """Draw the tab."""
    text = _typed()
    if not text.strip():
        st.info("Type a text or click an example: the answer appears here.")
        return
    try:
        _answer(choice, text)
    except EmotionCoreError as error:
        st.error(str(error))
