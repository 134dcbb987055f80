"""The evaluation page: every section of every kind of model, comparison, and an own test."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from emotion_core.labels import EMOTION6
from tests.ui.evaluations import PROTOCOL, stored_answers, write_evaluated_bundle
from ui.evaluation_own_file import OwnFile
from ui.evaluation_own_words import in_words_of_the_page

PAGE = "pages/background/evaluation.py"
MODELS, COMPARE, OWN = (
    ":material/analytics: Models",
    ":material/leaderboard: Compare",
    ":material/upload_file: Your own test",
)
Start = Callable[[], AppTest]


@pytest.fixture
def page(start: Start, bundles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    write_evaluated_bundle(tmp_path / "text-own", stored_answers(), id="text-own")
    monkeypatch.setenv("EMOTION_MODELS", f"{tmp_path}:{bundles}")
    app = start()
    return app.switch_page(PAGE).run()


def opened(app: AppTest, tab: str) -> AppTest:
    app.session_state["evaluation_tab"] = tab
    return app.run()


def texts(app: AppTest) -> str:
    return "\n".join(x.value for x in (*app.markdown, *app.caption))


def charts(app: AppTest) -> int:
    return len(app.get("plotly_chart"))


def test_the_protocol_comes_first_and_each_section_has_charts(page: AppTest):
    page.selectbox(key="evaluation_model").set_value("text-own").run()
    assert PROTOCOL in texts(page)
    expected = {
        "Scores": 1, "Classes": 5, "Confusion": 1, "Probabilities": 4,
        "Training and reasons": 2, "Speed and size": 2,
    }  # fmt: skip
    for section, count in expected.items():
        page.segmented_control(key="evaluation_section").set_value(section).run()
        assert not page.exception
        assert charts(page) == count, section
        said = [c for c in page.caption if len(c.value) > 30]
        assert len(said) >= count


def test_every_model_can_be_opened(page: AppTest):
    for model in page.selectbox(key="evaluation_model").options:
        page.selectbox(key="evaluation_model").set_value(model).run()
        assert not page.exception
        assert charts(page) or "no stored answers" in page.warning[0].value


def test_the_items_of_a_cell_are_listed(page: AppTest):
    page.selectbox(key="evaluation_model").set_value("text-own").run()
    page.segmented_control(key="evaluation_section").set_value("Confusion").run()
    key = "evaluation_text-own"
    page.selectbox(key=f"{key}_truth").set_value("joy").run()
    page.selectbox(key=f"{key}_answer").set_value("joy").run()
    frame = stored_answers()
    columns = [f"p_{x}" for x in EMOTION6]
    answers = [EMOTION6[i] for i in frame[columns].to_numpy().argmax(1)]
    expected = frame[(frame["truth"] == "joy") & (pd.Series(answers) == "joy")]["id"].tolist()
    sure = dict(zip(frame["id"], frame["p_joy"], strict=True))
    listed = page.dataframe[0].value
    assert listed["item"].tolist() == sorted(expected, key=lambda item: -sure[item])[:50]
    assert set(listed["truth"]) == set(listed["answer"]) == {"joy"}


def test_published_results_stand_with_their_badges(page: AppTest):
    opened(page, COMPARE)
    assert not page.exception
    page.selectbox(key="evaluation_data_set").set_value("IEMOCAP").run()
    table = page.dataframe[0].value
    leaked = table[table["badge"].str.contains("known in training")]
    assert leaked["Accuracy"].tolist() == ["0.950", "0.850"]
    page.selectbox(key="evaluation_data_set").set_value("no data set named").run()
    assert (page.dataframe[0].value["badge"] == "❔ no protocol stated").all()
    assert "McNemar" in texts(page)


def test_ours_stand_beside_the_published(page: AppTest):
    opened(page, COMPARE)
    page.selectbox(key="evaluation_data_set").set_value("RAVDESS").run()
    table = page.dataframe[0].value
    ours = table[table["badge"] == "🔵 ours"]["system"]
    assert any("audio-cnn-bigru" in name for name in ours)
    page.selectbox(key="evaluation_data_set").set_value("RAVDESS, voice and face").run()
    table = page.dataframe[0].value
    assert (table["badge"] == "🔵 ours").sum() == 1


def own(page: AppTest, name: str, content: bytes) -> AppTest:
    """The tab with this file given."""
    file = OwnFile(name, name)
    file.path.write_bytes(content)
    page.session_state["evaluation_own_file"] = file
    return opened(page, OWN)


def test_the_example_is_said_to_be_one_and_is_scored(page: AppTest):
    opened(page, OWN)
    page.button(key="evaluation_own_example").click().run()
    assert "stored answers" in page.info[0].value
    page.button(key="evaluation_own_start").click().run()
    assert not page.exception
    assert "right" in page.success[0].value
    for section in page.segmented_control(key="evaluation_own_section").options:
        page.segmented_control(key="evaluation_own_section").set_value(section).run()
        assert not page.exception
        assert charts(page)


def test_slices_and_a_label_set(page: AppTest):
    rows = ["gold,pred,sex"] + ["Happy,joy,f", "sad,sadness,m", "angry,joy,m", "joy,Happy,f"] * 15
    own(page, "mine.csv", "\n".join(rows).encode())
    key = "evaluation_own_mine.csv"
    assert page.selectbox(key=f"{key}_truth_column").value == "gold"
    assert page.selectbox(key=f"{key}_answer_column").value == "pred"
    page.selectbox(key=f"{key}_labels").set_value("EKMAN7").run()
    page.multiselect(key=f"{key}_slices").set_value(["sex"]).run()
    page.button(key="evaluation_own_start").click().run()
    assert "60 items, 3 labels: 75.0% right" in page.success[0].value
    page.segmented_control(key="evaluation_own_section").set_value("Slices").run()
    assert "largest gap is 0.500, m below f" in texts(page)
    page.selectbox(key=f"{key}_labels").set_value("EMOTION6").run()
    assert not page.success
    assert "have changed" in texts(page)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"truth,prediction\njoy,joy\n,joy\n", "row 1"),
        (b"truth,prediction\n", "0 rows"),
        (b"truth,prediction,p_joy,p_fear\njoy,joy,0.5,0.1\n", "sum to 1"),
        (b"id,truth,prediction\n7,joy,joy\n7,fear,joy\n", "each id once"),
    ],
)
def test_bad_files_are_told_by_row(page: AppTest, content: bytes, told: str):
    own(page, "bad.csv", content)
    page.button(key="evaluation_own_start").click().run()
    assert not page.exception
    assert told in page.error[0].value
    assert "--" not in page.error[0].value


def test_options_of_the_command_line_are_named_as_on_the_page():
    told = in_words_of_the_page('mend it with --probabilities "" or --labels')
    assert told == "mend it with “Probabilities” or “Labels”"


def test_files_of_a_session_are_removed_with_it():
    file = OwnFile("a", "../../a.csv")
    file.path.write_text("x", encoding="utf-8")
    folder = file.path.parent
    assert file.path.name == "a.csv"
    del file
    assert not folder.exists()


def test_a_bundle_that_was_not_measured_is_told(page: AppTest):
    page.selectbox(key="evaluation_model").set_value("text-emotion6").run()
    assert "no stored answers" in page.warning[0].value
    assert json.dumps(page.exception.values) == "[]"
