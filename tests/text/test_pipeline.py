import json
import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_core import load
from emotion_core.errors import InvalidInput, LabelMismatch, ModelUnavailable
from emotion_core.labels import EKMAN7, EMOTION6
from emotion_core.registry import sha256_of
from emotion_core.scoring import softmax
from emotion_core.testing import KeywordClassifier, keyword_model
from emotion_core.text.model import BATCH_TOKENS, TextReading
from emotion_core.text.pipeline import TextModel, load_text_model
from emotion_core.types import Calibration, EmotionScores
from tests.text.tiny_network import STRENGTH, write_onnx_bundle

WORDS = ("joy", "fear", "anger", "what", "a", "day", "unknown")
sentences = st.lists(st.sampled_from(WORDS), min_size=1, max_size=9).map(" ".join)


@pytest.fixture(scope="module")
def network(tmp_path_factory) -> TextModel:
    return load(write_onnx_bundle(tmp_path_factory.mktemp("bundles") / "text-tiny"))


@given(st.lists(st.floats(-50, 50), min_size=2, max_size=9))
def test_softmax(logits):
    values = softmax(np.array(logits))
    assert values.sum() == pytest.approx(1)
    np.testing.assert_allclose(softmax(np.array(logits) + 1000), values, atol=1e-9)


@given(st.text(max_size=60))
def test_every_readable_text_has_an_answer(text):
    try:
        answer = keyword_model().predict(text)
    except InvalidInput:
        assert not text.strip() or not text.isascii() or not text.isprintable()
        return
    assert answer.probabilities.sum() == pytest.approx(1)
    assert answer.label in EKMAN7


def test_temperature_softens():
    plain, soft = (
        keyword_model(calibration=Calibration(temperature=t)).predict("joy") for t in (1, 4)
    )
    assert plain.label == soft.label == "joy"
    expected = softmax(np.array([4.0, *[0.0] * 6]) / 4)[0]
    assert soft.probability == pytest.approx(expected)
    assert soft.probability < plain.probability


@pytest.mark.parametrize(("level", "expected"), [(0.0, False), (0.5, False), (0.999, True)])
def test_uncertain_below_the_level(level, expected):
    model = keyword_model(calibration=Calibration(uncertain_below=level))
    assert model.predict("what a joy").uncertain is expected


def test_multi_label():
    calibration = Calibration(thresholds=(0.9,) * 3 + (0.99,) + (0.9,) * 3)
    answer = keyword_model(calibration=calibration, multi_label=True).predict("joy fear")
    assert answer.presence is not None
    assert answer.presence[EKMAN7.index("joy")] == pytest.approx(1 / (1 + np.exp(-4)))
    assert answer.present == ("fear",)
    assert answer.probabilities.sum() == pytest.approx(1)


def test_multi_label_without_thresholds_takes_one_half():
    assert keyword_model(multi_label=True).predict("joy fear").present == EKMAN7


def test_several_texts():
    answers = keyword_model().predict(["joy", "fear"])
    assert [a.label for a in answers] == ["joy", "fear"]
    assert keyword_model().predict([]) == []


def test_one_bad_text_of_several_is_named():
    with pytest.raises(InvalidInput, match="text 1: the text is empty"):
        keyword_model().predict(["joy", " ", "fear"])


def test_each_keeps_order_and_errors():
    answers = keyword_model().predict_each(["joy", "", "fear", None, "\x00"])  # type: ignore[list-item]
    kinds = [a.label if isinstance(a, EmotionScores) else type(a).__name__ for a in answers]
    assert kinds == ["joy", "InvalidInput", "fear", "InvalidInput", "InvalidInput"]


def test_only_bad_texts():
    assert all(isinstance(a, InvalidInput) for a in keyword_model().predict_each(["", " "]))


def test_emoji_alone_is_read():
    assert keyword_model().predict("😂").label == "joy"


def test_notices_of_a_huge_text():
    answer = keyword_model().predict("joy " * 2**18)
    assert any("only the first 20,000 of 1,048,576 characters" in n for n in answer.notices)
    assert any("tokens were read" in n for n in answer.notices)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Ich bin heute sehr glücklich und zufrieden mit allem", "de"),
        ("أنا سعيد جدا بهذا اليوم الجميل", "ar"),
        ("今日はとても楽しい一日でした", "ja"),
    ],
)
def test_other_languages_are_said(tmp_path, text, code):
    model = load(write_onnx_bundle(tmp_path / "text-tiny", languages=["en"]))
    notices = model.predict(text).notices
    assert f"the text looks like '{code}'; this model knows en only" in notices
    assert model.predict("what a wonderful day it is today").notices == ()


@given(sentences)
def test_network_adds_up_its_words(network, text):
    logits = np.zeros(7)
    for word in text.split():
        if word in EKMAN7:
            logits[EKMAN7.index(word)] += STRENGTH
    np.testing.assert_allclose(network.predict(text).probabilities, softmax(logits), atol=1e-6)


@given(st.lists(sentences, min_size=1, max_size=6), st.randoms())
def test_a_text_has_the_same_answer_in_any_company(network, texts, random):
    alone = [network.predict(t).probabilities for t in texts]
    order = list(range(len(texts)))
    random.shuffle(order)
    together = network.predict([texts[i] for i in order])
    for i, answer in zip(order, together, strict=True):
        np.testing.assert_allclose(answer.probabilities, alone[i], atol=1e-6)


def test_more_texts_than_one_batch_holds(network):
    texts = [f"{'a ' * (k % 9)}{EKMAN7[k % 7]}" for k in range(BATCH_TOKENS)]
    assert [a.label for a in network.predict(texts)] == [EKMAN7[k % 7] for k in range(BATCH_TOKENS)]


def test_truncation_is_said(network):
    assert network.predict("a " * 10 + "joy").notices == (
        "only the first 12 tokens were read; the rest was left out",
    )
    assert network.predict("a " * 9 + "joy").label == "joy"
    assert network.predict("a " * 9 + "joy").notices == ()


def test_embedding(network):
    assert network.embed(["joy", "what a fear"]).shape == (2, 7)
    with pytest.raises(InvalidInput, match="has no embedding; choose a transformer model"):
        keyword_model().embed(["joy"])
    with pytest.raises(InvalidInput, match="the text is empty"):
        network.embed([""])


def test_threads_share_a_model(network):
    texts = [f"a {label}" for label in EKMAN7] * 20
    with ThreadPoolExecutor(8) as pool:
        labels = [a.label for a in pool.map(network.predict, texts)]
    assert labels == list(EKMAN7) * 20


def test_network_of_another_width(tmp_path):
    folder = write_onnx_bundle(tmp_path / "text-tiny", outputs=6)
    with pytest.raises(LabelMismatch, match="the network has 6 outputs for 7 labels"):
        load(folder)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("model.onnx", "network cannot be opened"),
        ("tokenizer.json", "tokenizer cannot be read"),
    ],
)
def test_network_that_cannot_be_opened(tmp_path, name, what):
    folder = write_onnx_bundle(tmp_path / "text-tiny")
    (folder / name).write_bytes(b"damaged")
    path = folder / "manifest.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    content["files"][name] = sha256_of(folder / name)
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ModelUnavailable, match=f"text-tiny: the {what}"):
        load(folder)


def test_permuting_labels_permutes_the_answer(tmp_path):
    plain = load(write_onnx_bundle(tmp_path / "a", EMOTION6)).predict("love and joy and joy")
    other = load(write_onnx_bundle(tmp_path / "b", EMOTION6[::-1])).predict("love and joy and joy")
    assert other.labels == EMOTION6[::-1]
    np.testing.assert_allclose(other.probabilities, plain.probabilities[::-1], atol=1e-6)


def test_another_modality(tmp_path):
    folder = write_onnx_bundle(tmp_path / "face-x", modality="face")
    with pytest.raises(InvalidInput, match="face-x answers face, not text"):
        load_text_model(folder)


def test_network_without_an_input_limit(tmp_path):
    with pytest.raises(ModelUnavailable, match="max_tokens"):
        load(write_onnx_bundle(tmp_path / "text-tiny", input={}))


class _Moody(KeywordClassifier):
    """Fails on one text, and has no numbers for another."""

    def read(self, texts) -> list[TextReading]:
        if any("crash" in t for t in texts):
            raise RuntimeError("out of memory")
        readings = super().read(texts)
        nothing = TextReading(np.full(len(self.labels), np.nan), truncated=False)
        return [nothing if "strange" in t else r for t, r in zip(texts, readings, strict=True)]


@pytest.mark.parametrize(
    ("text", "message"),
    [("crash", "the model failed on this text: out of memory"), ("strange", r"got \[nan")],
)
def test_a_text_that_the_network_fails_on(text, message):
    model = TextModel(keyword_model().spec, _Moody())
    first, second, third = model.predict_each(["joy", text, "fear"])
    assert isinstance(first, EmotionScores)
    assert isinstance(second, InvalidInput)
    assert re.search(message, str(second))
    assert isinstance(third, EmotionScores)
