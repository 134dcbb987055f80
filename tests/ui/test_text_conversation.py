"""A running history of what was typed."""

import csv
import io

import pytest
from streamlit.testing.v1 import AppTest

from emotion_core.labels import EKMAN7, JOY, SADNESS
from emotion_core.testing import keyword_model
from ui.models import Choice
from ui.text_choice import TOGGLE
from ui.text_conversation import Turn, history_csv


@pytest.fixture
def app(app: AppTest) -> AppTest:
    """The page with the model that is first in the list, whatever the language."""
    app.session_state[TOGGLE] = False
    return app.run()


def say(app: AppTest, *texts: str) -> AppTest:
    for text in texts:
        app.chat_input(key="conversation_said").set_value(text).run()
        assert not app.exception
    return app


def test_turns_are_kept_and_drawn(app: AppTest):
    say(app, f"so much {JOY}", f"then {SADNESS}")
    assert [m.avatar for m in app.chat_message]
    captions = " ".join(x.value for x in app.caption)
    assert f"1: 😊 {JOY}" in captions
    assert f"2: 😢 {SADNESS}" in captions
    app.slider(key="conversation_smoothing").set_value(60).run()
    assert not app.exception
    assert len(app.get("plotly_chart")) == 1


def test_turns_follow_the_chosen_model(app: AppTest):
    say(app, f"so much {JOY}")
    app.selectbox(key="text_model").set_value("text-emotion6").run()
    assert not app.exception
    assert [t.model_id for t in app.session_state["conversation_turns"]] == ["text-emotion6"]


def test_clear(app: AppTest):
    say(app, f"so much {JOY}")
    app.button(key="conversation_clear").click().run()
    assert app.session_state["conversation_turns"] == []
    assert any("one message after the other" in x.value for x in app.info)


def test_an_unreadable_turn_gets_a_message_and_the_history_stays(app: AppTest):
    say(app, f"so much {JOY}", "\u200b")
    assert "empty" in app.error[0].value
    assert len(app.session_state["conversation_turns"]) == 1


def test_the_history_as_csv():
    model = keyword_model()
    turns = [Turn(t, model.predict(t), "fake-text") for t in (JOY, SADNESS)]
    content = history_csv(Choice(model, EKMAN7, 0.5), turns)
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    assert [(r["source"], r["label"], r["text"]) for r in rows] == [
        ("0", JOY, JOY),
        ("1", SADNESS, SADNESS),
    ]
