import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_core.errors import InvalidInput
from emotion_core.labels import EKMAN7, IEMOCAP4
from emotion_core.testing import keyword_model
from emotion_core.text.explain import MAX_WORDS, attention_weights, occlusion_weights, word_spans
from emotion_core.text.model import WordAttention
from emotion_core.text.pipeline import load_text_model
from tests.bundles import write_naive_bayes_bundle
from tests.text.tiny_network import write_onnx_bundle

sentences = st.lists(st.sampled_from(["what", "a", "joy", "fear", "day"]), min_size=1, max_size=8)


def test_spans_of_words_and_marks():
    text = "I don't know… naïve, 我很!"
    words = [text[a:b] for a, b in word_spans(text)]
    assert words == ["I", "don't", "know", "…", "naïve", ",", "我很", "!"]


def test_spans_are_limited():
    assert len(word_spans("a " * 500)) == MAX_WORDS


def test_no_words():
    assert word_spans("").shape == (0, 2)


def test_occlusion_is_the_fall_of_the_probability():
    table = {"bad good": 0.7, "good": 0.9, "bad": 0.2}
    spans, weights = occlusion_weights(
        "bad good", lambda texts: np.array([table[t.strip()] for t in texts])
    )
    assert spans.tolist() == [[0, 3], [4, 8]]
    np.testing.assert_allclose(weights, [-0.2, 0.5])


def test_occlusion_of_the_only_word_asks_for_a_mark():
    asked: list[str] = []

    def probability(texts):
        asked.extend(texts)
        return np.array([0.9, 0.1])

    _, weights = occlusion_weights("joy", probability)
    assert asked == ["joy", "."]
    np.testing.assert_allclose(weights, [0.8])


def test_attention_is_summed_over_a_words_tokens():
    attention = WordAttention(np.array([[0, 3], [3, 6], [7, 9]]), np.array([0.1, 0.2, 0.1]))
    spans, weights = attention_weights("unsafe ok", attention)
    assert spans.tolist() == [[0, 6], [7, 9]]
    np.testing.assert_allclose(weights, [0.75, 0.25])


def test_attention_past_the_last_word_is_left_out():
    starts = 4 * np.arange(2 * MAX_WORDS)
    tokens = np.stack([starts, starts + 3], axis=1)
    attention = WordAttention(tokens, np.full(len(tokens), 1 / len(tokens)))
    spans, weights = attention_weights("joy " * len(tokens), attention)
    assert len(spans) == MAX_WORDS
    np.testing.assert_allclose(weights, 1 / MAX_WORDS)


def test_no_attention_at_all():
    attention = WordAttention(np.array([[0, 3]]), np.array([0.0]))
    assert attention_weights("joy", attention)[1].tolist() == [0]


@given(sentences)
def test_the_named_label_carries_the_answer(words):
    model = keyword_model()
    found = model.explain(" ".join(words))
    assert found.words == words
    assert found.method == "occlusion"
    assert (np.abs(found.weights) <= 1).all()
    for word, weight in zip(words, found.weights, strict=True):
        if word == found.label and words.count(word) == 1 and not {"joy", "fear"} <= {*words}:
            assert weight > 0.5
        if word not in EKMAN7:
            assert weight == pytest.approx(0)


def test_explained_in_another_label_set():
    assert keyword_model().explain("what a joy", labels=IEMOCAP4).label == "happy"


def test_methods_of_each_model(tmp_path):
    network = load_text_model(write_onnx_bundle(tmp_path / "text-tiny"))
    bayes = load_text_model(write_naive_bayes_bundle(tmp_path / "text-bayes"))
    assert network.methods == ("occlusion", "attention")
    assert bayes.methods == ("log-odds", "occlusion")
    assert keyword_model().methods == ("occlusion",)


def test_unknown_method():
    with pytest.raises(InvalidInput, match="fake-text explains by occlusion, not 'attention'"):
        keyword_model().explain("joy", "attention")


def test_nothing_to_explain():
    with pytest.raises(InvalidInput, match="the text is empty"):
        keyword_model().explain(" ")


def test_attention_of_a_network(tmp_path):
    found = load_text_model(write_onnx_bundle(tmp_path / "t")).explain("what a joy", "attention")
    assert found.words == ["what", "a", "joy"]
    np.testing.assert_allclose(found.weights, 1 / 3, rtol=1e-6)


def test_log_odds_of_naive_bayes(tmp_path):
    model = load_text_model(write_naive_bayes_bundle(tmp_path / "t"))
    found = model.explain("what a wonderful Joy, no fear")
    weights = dict(zip(found.words, found.weights, strict=True))
    assert found.label in ("fear", "joy")
    assert weights[{"joy": "Joy"}.get(found.label, found.label)] == 1
    assert weights["what"] == 0
    assert weights["wonderful"] == 0
    assert (np.abs(found.weights) <= 1).all()
