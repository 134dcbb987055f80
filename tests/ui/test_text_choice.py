"""The language of a text picks the model, unless a person chose one."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from emotion_core.labels import EKMAN7, JOY, SADNESS
from tests.bundles import write_naive_bayes_bundle
from ui.tables import exported
from ui.text_choice import TOGGLE

GERMAN = f"Heute bin ich sehr zufrieden mit meinem Leben, {JOY}"
RUSSIAN = f"Мне сегодня очень грустно и одиноко {SADNESS}"
ENGLISH = f"what a {JOY} it was to see all of my old friends again"


@pytest.fixture
def app(
    bundles: Path, start: Callable[[], AppTest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AppTest:
    """The app with a model of many languages that is weak in Russian."""
    folder = write_naive_bayes_bundle(tmp_path / "text-multilingual", EKMAN7, multi_label=True)
    (folder / "evaluation").mkdir()
    by_language = {"deu": {"macro_f1": 0.6}, "rus": {"macro_f1": 0.2}}
    record = {"languages": {"by_language": by_language}}
    (folder / "evaluation" / "results.json").write_text(json.dumps(record), encoding="utf-8")
    monkeypatch.setenv("EMOTION_MODELS", f"{bundles}:{tmp_path}")
    return start()


def answer(app: AppTest, text: str) -> AppTest:
    app.text_area(key="typed").set_value(text)
    app.button(key="answer").click()
    app.run()
    assert not app.exception
    assert not app.error
    return app


def captions(app: AppTest) -> str:
    return "\n".join(x.value for x in app.caption)


def test_the_choice_starts_on_automatic(app: AppTest):
    assert app.toggle(key=TOGGLE).value
    assert "every other language by text-multilingual" in captions(app)


@pytest.mark.parametrize(
    ("text", "language", "model"),
    [
        (ENGLISH, "English", "text-goemotions28"),
        (GERMAN, "German", "text-multilingual"),
        (RUSSIAN, "Russian", "text-multilingual"),
    ],
)
def test_the_page_says_language_and_model(app: AppTest, text: str, language: str, model: str):
    answer(app, text)
    assert f"Language: **{language}**" in captions(app)
    assert f"answered by **{model}**" in captions(app)


def test_a_weak_language_and_one_that_is_not_sure_get_a_notice(app: AppTest):
    answer(app, RUSSIAN)
    assert any("weak in Russian: macro F1 0.20" in x.value for x in app.warning)
    answer(app, "ok")
    assert any("language of the text is not sure" in x.value for x in app.warning)
    answer(app, GERMAN)
    assert not app.warning


def test_a_chosen_model_answers_every_language(app: AppTest):
    app.selectbox(key="text_model").set_value("text-emotion6").run()
    assert not app.toggle(key=TOGGLE).value
    answer(app, GERMAN)
    assert "answered by **" not in captions(app)


def test_rows_of_a_file_have_their_languages(app: AppTest):
    content = f"text\n{GERMAN.replace(',', '')}\n{ENGLISH}\n".encode()
    app.file_uploader(key="file_upload").set_value(("texts.csv", content, "text/csv"))
    app.run()
    app.button(key="file_start").click().run()
    job = app.session_state["file_job"]
    job.wait(20)
    app.run()
    assert not app.exception
    assert "text-goemotions28 (1 rows)" in captions(app)
    frame = job.frame()
    assert frame["language"].tolist() == ["de", "en"]
    assert any(x.value == "Languages" for x in app.subheader)
    written = list(csv.DictReader(io.StringIO(exported(frame, ".csv").decode())))
    assert [row["language"] for row in written] == ["de", "en"]
    table = pd.read_parquet(io.BytesIO(exported(frame, ".parquet")))
    assert table["model"].tolist() == ["text-multilingual", "text-goemotions28"]
    assert list(table.columns) == job.names


def test_another_page_takes_no_harm(app: AppTest):
    app.switch_page("pages/recognise/recording.py").run()
    assert not app.exception
    assert app.selectbox(key="text_model").value == "text-goemotions28"
    app.switch_page("pages/recognise/text.py").run()
    assert not app.exception
    assert app.toggle(key=TOGGLE).value
