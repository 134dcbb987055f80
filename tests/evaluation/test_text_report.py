"""Duplicates and the deletion test on a model whose reasons are known."""

import numpy as np

from emotion_core.evaluation.card import text_card
from emotion_core.evaluation.deletion import deletion_test
from emotion_core.evaluation.duplicates import seen_in_training
from emotion_core.evaluation.text_report import LabelledTexts, evaluate_text
from emotion_core.labels import EKMAN7
from emotion_core.testing import keyword_model

TEXTS = [f"today there is {label} in the long quiet house" for label in EKMAN7]


def test_duplicates_exact_and_normalised() -> None:
    seen = ["So happy!", "fine"]
    assert seen_in_training(["so happy", "fine"], seen).tolist() == [False, True]
    assert seen_in_training(["so happy", "fine"], seen, exact=False).tolist() == [True, True]


def test_removing_the_reason_moves_the_answer_more_than_chance() -> None:
    (found,) = deletion_test(keyword_model(), TEXTS, "occlusion", share=0.1)
    assert found["top"] > 0.7 > found["random"]
    assert found["difference_interval"][0] > 0
    assert found["texts"] == len(TEXTS)


def test_too_few_texts_with_words_to_remove() -> None:
    assert deletion_test(keyword_model(), [TEXTS[0], "so happy"], "occlusion") == []


def test_report_of_a_perfect_model() -> None:
    targets = np.eye(len(EKMAN7))
    report = evaluate_text(
        keyword_model(),
        LabelledTexts(np.arange(7), TEXTS, targets),
        TEXTS[:2],
        "simulated",
        "IEMOCAP4",
    )
    assert report.metrics["accuracy"] == 1
    assert report.duplicates["exact"] == 2
    assert report.duplicates["without"]["n"] == 5
    assert list(report.predictions.columns[:2]) == ["id", "truth"]
    assert not report.predictions.map(lambda v: v in TEXTS).any(axis=None)


def test_a_card_without_texts_that_can_be_explained() -> None:
    model = keyword_model()
    texts: list[str] = [*EKMAN7]
    split = LabelledTexts(np.arange(7), texts, np.eye(7))
    results = evaluate_text(model, split, [], "simulated").as_dict()
    assert results["deletion"] == []
    assert "Do the explanations hold?" not in text_card(model.spec, {**results, "readings": []})
