"""The tab that keeps a running history and shows how it moves."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from emotion_core.errors import EmotionCoreError
from emotion_core.rows import answer_row
from emotion_core.timeline.smoothing import smooth
from emotion_core.types import EmotionScores

from .charts import history_lines, show
from .models import Choice
from .palette import titled
from .tables import TEXT, export_columns, exported, frame_of
from .text_choice import route_of

TURNS = "conversation_turns"


@dataclass(frozen=True, eq=False)
class Turn:
    """One thing said and what a model answered, in the model's own labels."""

    text: str
    scores: EmotionScores
    model_id: str


def _say(choice: Choice, text: str) -> None:
    scores = choice.model.predict(text)
    st.session_state[TURNS].append(Turn(text, scores, choice.model.spec.id))


def _read_again(choice: Choice) -> list[Turn]:
    """The turns, those of another model answered anew by the chosen one."""
    now = choice.model.spec.id
    turns = [
        t if t.model_id == now else Turn(t.text, choice.model.predict(t.text), now)
        for t in st.session_state[TURNS]
    ]
    st.session_state[TURNS] = turns
    return turns


def history_csv(choice: Choice, turns: list[Turn]) -> bytes:
    """The turns as the bytes of a CSV file, in the columns of every table of answers."""
    multi_label = choice.model.spec.multi_label
    rows = [
        answer_row(i, choice.judge(t.scores), choice.labels, multi_label=multi_label)
        | {TEXT: t.text}
        for i, t in enumerate(turns)
    ]
    return exported(frame_of(rows, export_columns(choice.labels, multi_label)), ".csv")


def _clear() -> None:
    st.session_state[TURNS] = []


def _buttons(choice: Choice, turns: list[Turn]) -> None:
    with st.container(horizontal=True):
        st.button("Clear", on_click=_clear, icon=":material/delete:", key="conversation_clear")
        st.download_button(
            "Download the history",
            lambda: history_csv(choice, turns),
            "conversation.csv",
            "text/csv",
            on_click="ignore",
            icon=":material/download:",
            key="conversation_download",
        )


def _history(choice: Choice, turns: list[Turn]) -> None:
    answers = [choice.judge(t.scores) for t in turns]
    percent = st.slider(
        "Smoothing",
        0,
        90,
        0,
        5,
        format="%d%%",
        key="conversation_smoothing",
        help="How much of each point comes from the turns before it.",
    )
    moved = smooth(np.stack([a.probabilities for a in answers]), percent / 100)
    show(history_lines(choice.labels, moved), "history", "Probabilities from turn to turn")
    with st.container(height=360, border=False):
        for place, (turn, scores) in enumerate(zip(turns, answers, strict=True), start=1):
            with st.chat_message("user", avatar=":material/person:"):
                st.text(turn.text[:2000])
                unsure = ", uncertain" if scores.uncertain else ""
                route = route_of(choice, turn.text)
                spoken = f", {route.language.name}" if route else ""
                st.caption(
                    f"{place}: {titled(scores.label)}, {scores.probability:.0%}{unsure}{spoken}"
                )
                for notice in scores.notices:
                    st.caption(f"Note: {notice}")


@st.fragment
def text_conversation(choice: Choice) -> None:
    """Draw the tab."""
    st.session_state.setdefault(TURNS, [])
    said = st.chat_input("Say something", key="conversation_said")
    try:
        if said:
            _say(choice, said)
        turns = _read_again(choice)
    except EmotionCoreError as error:
        st.error(str(error))
        turns = st.session_state[TURNS]
    if not turns:
        st.info("Type one message after the other: a chart shows how the emotions move.")
        return
    _history(choice, turns)
    _buttons(choice, turns)
