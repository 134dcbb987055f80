"""Type a text and see the answer."""

import pytest
from streamlit.testing.v1 import AppTest

from emotion_core.labels import ANGER, EMOTION6, FEAR, GOEMOTIONS28, JOY, SADNESS
from ui.examples import SENTENCES
from ui.text_choice import TOGGLE


@pytest.fixture
def app(app: AppTest) -> AppTest:
    """The page with the model that is first in the list, whatever the language."""
    app.session_state[TOGGLE] = False
    return app.run()


def html(app: AppTest) -> str:
    return " ".join(element.value for element in app.html)


def answer(app: AppTest, text: str) -> AppTest:
    app.text_area(key="typed").set_value(text)
    app.button(key="answer").click()
    app.run()
    assert not app.exception
    return app


def test_first_visit_shows_examples_and_a_hint(app: AppTest):
    assert not app.exception
    assert app.title[0].value == "Which emotion is in a text?"
    assert any("the answer appears here" in x.value for x in app.info)
    assert app.pills(key="example").options == list(SENTENCES)
    assert [tab.label.split()[-1] for tab in app.tabs] == ["text", "File", "Conversation"]


def test_a_text_is_answered(app: AppTest):
    answer(app, f"today is {JOY}")
    assert f">{JOY}</div>" in html(app)
    assert "probable" in html(app)
    assert any(x.value.startswith("Answered in") and x.value.endswith("ms") for x in app.caption)
    assert len(app.get("plotly_chart")) == 1
    assert f"speaks for {JOY}" in html(app)


def test_an_example_is_answered_by_a_click(app: AppTest):
    app.pills(key="example").set_value(SENTENCES[1]).run()
    assert app.text_area(key="typed").value == SENTENCES[1]
    assert app.pills(key="example").value is None
    assert "probable" in html(app)


def test_present_labels_of_a_multi_label_model(app: AppTest):
    answer(app, f"{FEAR} and {FEAR}")
    assert any(x.value.startswith("**Present in the text:**") for x in app.markdown)


def test_another_model_and_its_own_labels(app: AppTest):
    app.selectbox(key="text_model").set_value("text-emotion6").run()
    assert app.selectbox(key="labels_text-emotion6").value == "the model's own"
    answer(app, f"{ANGER} is {ANGER}")
    assert f">{ANGER}</div>" in html(app)
    assert not any(x.value.startswith("**Present") for x in app.markdown)


def test_labels_are_mapped_and_the_loss_is_said(app: AppTest):
    assert app.selectbox(key="labels_text-goemotions28").value == "EKMAN7"
    assert any("anger stands for" in x.value for x in app.caption)
    app.selectbox(key="labels_text-goemotions28").set_value("the model's own").run()
    assert not any("stands for" in x.value for x in app.caption)
    options = app.selectbox(key="labels_text-goemotions28").options
    assert options[0] == f"the model's own ({len(GOEMOTIONS28)})"
    assert f"EMOTION6 ({len(EMOTION6)})" in options


def test_the_level_decides_what_is_uncertain(app: AppTest):
    level = app.slider(key="level_text-goemotions28_7")
    assert level.value == 30
    answer(app, f"{SADNESS} {SADNESS}")
    assert "✓ sure" in html(app)
    app.slider(key="level_text-goemotions28_7").set_value(95)
    answer(app, SADNESS)
    assert "uncertain: below the level of 95%" in html(app)


@pytest.mark.parametrize("method", ["log-odds", "occlusion"])
def test_each_method_explains(app: AppTest, method: str):
    answer(app, f"the {JOY} is wonderful")
    app.segmented_control(key="method_text-goemotions28").set_value(method).run()
    assert not app.exception
    assert f"speaks for {JOY}" in html(app)


def test_the_record_and_the_informative_words_are_shown(app: AppTest):
    assert any("none: this bundle is a fake" in x.value for x in app.caption)
    assert any("Most informative words" in x.value for x in app.markdown)


def test_a_page_change_keeps_the_text(app: AppTest):
    answer(app, f"so much {JOY}")
    app.switch_page("pages/background/about.py").run()
    assert not app.exception
    assert any("Not a diagnosis" in x.value for x in app.warning)
    app.switch_page("pages/recognise/text.py").run()
    assert app.text_area(key="typed").value == f"so much {JOY}"


@pytest.mark.parametrize("text", ["", "   \n ", "\t"])
def test_blank_text_gets_a_hint(app: AppTest, text: str):
    answer(app, text)
    assert any("Type a text" in x.value for x in app.info)
    assert not app.error


@pytest.mark.parametrize("text", ["\x00\x01\x02", "\u200d\u200b"])
def test_nothing_readable_gets_a_message(app: AppTest, text: str):
    answer(app, text)
    assert "empty" in app.error[0].value
    answer(app, f"then {JOY}")
    assert not app.error


@pytest.mark.parametrize(
    "text",
    [
        "😂😂😂",
        "אני שמח מאוד היום",
        "أنا سعيد جدا اليوم",
        f"{JOY}\x07\x00 {JOY}",
        "<script>1</script>",
    ],
)
def test_unusual_text_is_answered(app: AppTest, text: str):
    answer(app, text)
    assert not app.error
    assert "probable" in html(app)
    assert "<script>" not in html(app)


def test_a_foreign_language_gets_a_notice(app: AppTest):
    answer(app, "Ich bin heute wirklich sehr glücklich und zufrieden mit meinem Leben")
    assert any("this model knows" in x.value for x in app.warning)


def test_a_huge_text_is_cut_with_a_notice(app: AppTest):
    app.selectbox(key="text_model").set_value("text-emotion6").run()
    answer(app, f"{JOY} is wonderful " * 60_000)
    assert any("Only the first" in x.value for x in app.warning)
    assert f">{JOY}</div>" in html(app)
