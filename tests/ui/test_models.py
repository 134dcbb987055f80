"""Choosing and opening models."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from emotion_core import registry
from emotion_core.labels import EKMAN7, EMOTION6, JOY, LOVE, mapping
from emotion_core.testing import keyword_model
from tests.bundles import write_naive_bayes_bundle
from ui.models import OTHER_MODEL, RESTORE, Choice

Start = Callable[[], AppTest]


def test_a_damaged_bundle_is_named_and_the_others_stay(
    start: Start, bundles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "manifest.json").write_text("{", encoding="utf-8")
    monkeypatch.setenv("EMOTION_MODELS", f"{bundles}:{tmp_path}")
    app = start()
    assert any("The model torn is left out" in x.value for x in app.warning)
    assert "text-goemotions28" in app.selectbox(key="text_model").options
    app.switch_page("pages/background/about.py").run()
    assert any("The model torn is left out" in x.value for x in app.warning)


def test_changed_weights_are_refused_and_another_model_can_be_chosen(
    start: Start, bundles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    shutil.copytree(bundles, tmp_path, dirs_exist_ok=True)
    (tmp_path / "text-goemotions28" / "vocabulary.json").write_text("[]", encoding="utf-8")
    (tmp_path / "text-goemotions28" / "manifest.json").touch()
    monkeypatch.setenv("EMOTION_MODELS", str(tmp_path))
    app = start()
    assert "vocabulary.json is damaged" in app.error[0].value
    app.selectbox(key="text_model").set_value("text-emotion6").run()
    assert not app.error
    assert not app.exception


def test_a_retrained_bundle_is_opened_again(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = write_naive_bayes_bundle(tmp_path / "own", EKMAN7)
    monkeypatch.setenv("EMOTION_MODELS", str(tmp_path))
    app = start()
    app.selectbox(key="text_model").set_value("own").run()
    assert "the model's own (7)" in app.selectbox(key="labels_own").options
    write_naive_bayes_bundle(folder, EMOTION6)
    assert json.loads((folder / "manifest.json").read_text())["labels"] == list(EMOTION6)
    app.run()
    assert "the model's own (6)" in app.selectbox(key="labels_own").options


def test_a_folder_can_be_typed(app: AppTest, tmp_path: Path):
    folder = write_naive_bayes_bundle(tmp_path / "elsewhere", EKMAN7)
    app.selectbox(key="text_model").set_value(OTHER_MODEL).run()
    assert "type a hub name or a folder" in app.error[0].value
    app.text_input(key="text_model_other").set_value(str(folder)).run()
    assert not app.error
    assert app.selectbox(key="labels_elsewhere").value == "the model's own"
    app.text_input(key="text_model_other").set_value(str(tmp_path / "nothing")).run()
    assert "no model" in app.error[0].value
    app.text_input(key="text_model_other").set_value("x" * 300).run()
    assert not app.exception
    assert "no model" in app.error[0].value


def test_where_no_model_is_the_page_says_how_to_restore_them(
    start: Start, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(registry, "available", lambda: ())
    app = start()
    app.switch_page("pages/background/about.py").run()
    assert [x.value for x in app.info] == [f"There is no model here; {RESTORE}."]
    assert "git checkout models/" in RESTORE
    app.switch_page("pages/background/evaluation.py").run()
    assert f"There is no model here; {RESTORE}." in [x.value for x in app.info]
    assert not app.exception


def test_judging_maps_and_applies_the_level():
    model = keyword_model(EMOTION6)
    scores = model.predict(f"so much {LOVE} today")
    sure = Choice(model, EKMAN7, 0.5).judge(scores)
    assert (sure.labels, sure.label, sure.uncertain) == (EKMAN7, JOY, False)
    assert Choice(model, EKMAN7, 0.99).judge(scores).uncertain
    assert not Choice(model, EMOTION6, 0.5).judge(scores).uncertain


def test_an_answer_without_a_place_in_the_label_set_is_uncertain():
    model = keyword_model(EKMAN7)
    scores = model.predict("surprise")
    four = ("angry", "happy", "sad", "neutral")
    assert mapping(EKMAN7, four).dropped
    assert Choice(model, four, 0.0).judge(scores).uncertain
