"""The language of a text picks the model."""

import json
from pathlib import Path

import pytest

from emotion_core.errors import EmotionCoreError, InvalidInput
from emotion_core.labels import EKMAN7, EMOTION6, JOY, LOVE, SADNESS
from emotion_core.testing import keyword_model
from emotion_core.text.pipeline import TextModel, load_text_model
from emotion_core.text.routing import AutomaticTextModel, recorded_scores
from emotion_core.text.table import inspect_table, predict_rows, read_table, table_rows
from emotion_core.types import EmotionScores

ENGLISH = f"what a {LOVE} it was to see all of my old friends again"
GERMAN = f"Heute bin ich sehr zufrieden mit meinem Leben, {JOY}"
RUSSIAN = f"Мне сегодня очень грустно и одиноко {SADNESS}"


def others(tmp_path: Path, **scores: float) -> TextModel:
    """A model whose record holds the macro F1 of some languages."""
    model = keyword_model(EKMAN7)
    (tmp_path / "evaluation").mkdir()
    record = {"languages": {"by_language": {k: {"macro_f1": v} for k, v in scores.items()}}}
    (tmp_path / "evaluation" / "results.json").write_text(json.dumps(record), encoding="utf-8")
    object.__setattr__(model.spec, "folder", tmp_path)
    return model


@pytest.fixture
def automatic(tmp_path: Path) -> AutomaticTextModel:
    return AutomaticTextModel(keyword_model(EMOTION6), others(tmp_path, deu=0.6, rus=0.3))


@pytest.mark.parametrize(
    ("text", "code", "english"), [(ENGLISH, "en", True), (GERMAN, "de", False)]
)
def test_the_language_picks_the_model(automatic, text, code, english):
    route = automatic.route(text)
    assert route.language.code == code
    assert route.model is (automatic.english if english else automatic.others)
    assert not route.notices


@pytest.mark.parametrize(("text", "english"), [("ok", True), ("🙂", False), ("да", False)])
def test_a_short_text_is_not_sure_and_says_so(automatic, text, english):
    route = automatic.route(text)
    assert not route.language.code
    assert route.model is (automatic.english if english else automatic.others)
    assert "not sure" in route.notices[0]


def test_answers_come_in_order_in_one_label_set(automatic):
    answers = automatic.predict([GERMAN, ENGLISH, RUSSIAN])
    assert [a.label for a in answers] == [JOY, JOY, SADNESS]
    assert {a.labels for a in answers} == {EKMAN7}
    assert all(a.probabilities.sum() == pytest.approx(1) for a in answers)
    assert automatic.predict(ENGLISH).label == JOY  # love stands for joy


def test_one_answer_equals_that_of_the_picked_model(automatic):
    expected = automatic.others.predict(GERMAN)
    found = automatic.predict(GERMAN)
    assert found.probabilities.tolist() == expected.probabilities.tolist()


def test_a_weak_language_gets_a_notice(automatic):
    assert "weak in Russian: macro F1 0.30" in automatic.predict(RUSSIAN).notices[-1]
    assert not automatic.predict(GERMAN).notices


def test_an_unreadable_text_fails_alone(automatic):
    first, second = automatic.predict_each(["  ", GERMAN])
    assert isinstance(first, InvalidInput)
    assert isinstance(second, EmotionScores)
    with pytest.raises(EmotionCoreError, match="empty"):
        automatic.predict(" ")
    with pytest.raises(InvalidInput, match="text 0"):
        automatic.predict([" ", GERMAN])


def test_explanations_come_from_the_picked_model(automatic):
    weights = automatic.explain(GERMAN)
    assert weights.label == JOY
    assert weights.words[int(weights.weights.argmax())] == JOY
    with pytest.raises(InvalidInput, match="no embedding"):
        automatic.embed([GERMAN])


def test_each_row_of_a_file_has_its_language(automatic, tmp_path):
    path = tmp_path / "rows.txt"
    path.write_text(f"{GERMAN}\n\n{ENGLISH}\n", encoding="utf-8")
    table = inspect_table(path)
    (paired,) = predict_rows(automatic, read_table(table), table.rows)
    rows = table_rows(paired, EKMAN7)
    assert [row.get("language") for row in rows] == ["de", None, "en"]
    assert rows[1]["error"]
    assert rows[0]["model"] == automatic.others.spec.id


def test_a_bundle_without_a_record_has_no_scores():
    assert recorded_scores(keyword_model().spec) == {}


def test_the_shipped_models():
    model = load_text_model("auto")
    answers = model.predict(
        ["I am so happy that you came, thank you so much!", "Ich bin heute so traurig und allein"]
    )
    assert [a.label for a in answers] == [JOY, SADNESS]
