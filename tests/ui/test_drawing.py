"""Palette, words and charts."""

import numpy as np

from emotion_core.labels import EKMAN7, EMOTION6, GOEMOTIONS28, JOY, LOVE
from emotion_core.types import EmotionScores, WordWeights
from ui.charts import distribution_bars, history_lines, probability_bars
from ui.palette import titled
from ui.words import coloured_words


def test_words_are_escaped_and_kept():
    text = '<img src=x onerror="1"> & joy!'
    spans = np.array([[1, 4], [26, 29]])
    html = coloured_words(WordWeights(text, spans, np.array([-0.5, 1.0]), JOY, "occlusion"))
    assert "<img" not in html
    assert "&lt;" in html
    assert "speaks against" in html
    assert "dotted" in html
    assert f'title="+1.00: speaks for {JOY}"' in html


def test_words_without_weight_are_plain():
    html = coloured_words(
        WordWeights("so so", np.array([[0, 2], [3, 5]]), np.zeros(2), JOY, "occlusion")
    )
    assert "span" not in html


def test_bars_are_sorted_and_named():
    scores = EmotionScores(EMOTION6, np.array([0.1, 0.2, 0.5, 0.1, 0.05, 0.05]))
    figure = probability_bars(scores, 0.4)
    assert figure.data[0].y[0] == titled(LOVE)
    assert list(figure.data[0].x) == sorted(scores.probabilities, reverse=True)
    assert len(probability_bars(scores).layout.shapes) == 0
    counts = dict.fromkeys(EKMAN7, 0) | {JOY: 3}
    assert distribution_bars(counts).data[0].text[0] == "3 (100%)"


def test_lines_that_can_be_told_apart():
    probabilities = np.full((3, 28), 1 / 28)
    figure = history_lines(GOEMOTIONS28, probabilities)
    assert len(figure.data) == 8
    assert len({line.marker.symbol for line in figure.data}) == 8
